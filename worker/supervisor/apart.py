"""Work that is done in a fork, so that its imports go with it; on Linux, where there are forks of ours anyway."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_PR_SET_PDEATHSIG: Final = 1


def apart(work: Callable[P, T], *words: P.args, **named: P.kwargs) -> T:
    """What `work` answers or raises. Both cross between processes, and so must the words: they are pickled."""
    if sys.platform != "linux":
        return work(*words, **named)
    with ProcessPoolExecutor(1, get_context("fork"), initializer=_end_with, initargs=(os.getpid(),)) as fork:
        return fork.submit(work, *words, **named).result()


def _end_with(parent: int) -> None:
    """A fork whose parent was killed would wait for its next work for ever."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:  # it died before the line above took hold
        os._exit(1)
