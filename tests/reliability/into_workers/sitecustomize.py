"""Is this a worker that sends? Python imports this file by itself wherever its folder is on PYTHONPATH."""

import sys

if any(word.startswith("send.") for word in sys.orig_argv):
    from tests.reliability import points

    points.install()
