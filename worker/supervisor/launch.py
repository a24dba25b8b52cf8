"""A script between the supervisor and a process: ties the process to its parent and becomes its command.

Called as `python -I -S launch.py PARENT COMMAND`. Done here and not between fork and exec of the supervisor, where
Python code may hang as soon as there are threads.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    parent, command = int(sys.argv[1]), sys.argv[2]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))  # outlives exec; SIGTERM: celery ends warmly
    if os.getppid() != parent:
        sys.exit("The supervisor has gone.")  # it died before the line above took hold
    os.execv("/bin/sh", ["sh", "-c", f"exec {command}"])  # noqa: S606 -- the shell is for ${NAME:-default}
