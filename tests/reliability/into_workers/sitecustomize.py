"""Puts the points into a worker that sends, or into its nursery. Python imports this if its folder is on PYTHONPATH."""

import sys

if any(word.startswith("send.") or word.endswith("/nursery.py") for word in sys.orig_argv):
    from tests.reliability import points

    points.install()
