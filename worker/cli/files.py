"""Writes a file whole or not at all: a full disk or a crash leaves what was there before."""

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO

from worker import outages
from worker.errors import Refused

STDOUT = "-"


@contextmanager
def whole(target: str) -> Iterator[TextIO]:
    """A text file that takes its name only when the block ends well; `-` is stdout.

    Raises Refused `cannot_write` with the reason, DiskFull where there is no room.
    """
    if target == STDOUT:
        yield sys.stdout
        sys.stdout.flush()
        return
    with whole_bytes(target) as raw:
        file = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        try:
            yield file
            file.flush()
        finally:
            file.detach()


@contextmanager
def whole_bytes(target: str) -> Iterator[BinaryIO]:
    """The same for bytes."""
    path = Path(target).resolve()
    _check(path)
    if path.exists() and not path.is_file():
        # A pipe or a device: there is nothing to replace, and /dev/null should stay what it is.
        with path.open("wb") as stream:
            yield stream
        return
    fresh: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        fresh = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        fresh.chmod(0o666 & ~_umask())
        fresh.replace(path)
    except OSError as fault:
        if fault.errno in outages.NO_ROOM:
            raise outages.no_room(path) from fault
        raise Refused("cannot_write", f"{path} cannot be written: {fault.strerror or fault}.") from fault
    finally:
        if fresh is not None:
            with suppress(FileNotFoundError):
                fresh.unlink()


def _check(path: Path) -> None:
    if path.is_dir():
        raise Refused("cannot_write", f"{path} is a folder: name a file in it.")
    if not path.parent.is_dir():
        raise Refused("cannot_write", f"The folder {path.parent} does not exist: make it, or name another.")


def _umask() -> int:
    """The mode bits that the person does not want; the system only tells them while changing them."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def same(one: str, other: str) -> bool:
    """Whether two names lead to one file, links included; `-` is no file."""
    if STDOUT in (one, other):
        return False
    try:
        return Path(one).samefile(other)
    except OSError:
        return Path(one).absolute() == Path(other).absolute()
