"""Locks on who may start, stop and use the servers: on files, and dropped by the kernel when their holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def take(descriptor: int, operation: int, wait_s: float, what: str) -> None:
    """As `taken`, waiting; after `wait_s` seconds Unavailable says that `what` has not ended."""
    deadline = time.monotonic() + wait_s
    while not taken(descriptor, operation):
        if time.monotonic() > deadline:
            raise Unavailable(f"{what} for {wait_s:.0f} s; try again, or end the `loa` command that hangs.")
        time.sleep(0.02)  # flock(2) knows no time limit


@contextmanager
def held(path: Path, wait_s: float, what: str) -> Iterator[None]:
    """Hold the file's exclusive lock for a while."""
    with opened(path) as descriptor:
        take(descriptor, fcntl.LOCK_EX, wait_s, what)
        yield
