"""Locks on who may start, stop and use the servers: on files, and dropped by the kernel when their holder dies."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from worker.errors import Unavailable


@contextmanager
def opened(path: Path, make: bool = True) -> Iterator[int]:
    """A descriptor of the lock file, made where asked; children do not inherit it (PEP 446)."""
    descriptor = os.open(path, os.O_RDWR | (os.O_CREAT if make else 0), 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def taken(descriptor: int, operation: int) -> bool:
    """Try `LOCK_EX` or `LOCK_SH` without waiting; False when somebody else's lock forbids it."""
    with suppress(BlockingIOError):
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
        return True
    return False


def take(descriptor: int, operation: int, wait_s: float, what: str) -> None:
    """As `taken`, waiting; after `wait_s` seconds Unavailable says that `what` has not ended."""
    if not within(wait_s, lambda: taken(descriptor, operation), 0.02):  # flock(2) knows no time limit
        raise Unavailable(f"{what} for {wait_s:.0f} s; try again, or end the `loa` command that hangs.")


def within(wait_s: float, done: Callable[[], bool], every_s: float) -> bool:
    """Look once every few moments; False when it is not `done` after `wait_s` seconds."""
    deadline = time.monotonic() + wait_s
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return True


@contextmanager
def held(path: Path, wait_s: float, what: str) -> Iterator[None]:
    """Hold the file's exclusive lock for a while."""
    with opened(path) as descriptor:
        take(descriptor, fcntl.LOCK_EX, wait_s, what)
        yield
