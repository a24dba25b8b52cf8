"""Is this a worker that sends, or the nursery that forks them? Python imports this by itself if its folder is on PYTHONPATH."""

import sys

if any(word.startswith("send.") or word.endswith("/nursery.py") for word in sys.orig_argv):
    from tests.reliability import points

    points.install()
