"""How does a long file go out? Written to disk by one thread and read by another, so that it begins at once and nobody waits.

A reader who dawdles holds no transaction open: the writer goes on at the database's pace, and the disk is between them.
"""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, TextIO

BLOCK: Final = 1 << 18
LOOK_EVERY_S: Final = 0.02

#: Writes into the file, and calls the second now and then; what that raises ends it.
Write = Callable[[TextIO, Callable[[int], None]], object]


class ReaderWentAwayError(Exception):
    """Nobody wants the rest."""


def blocks(write: Write, folder: Path) -> Iterator[bytes]:
    """What `write` writes, while it does, by way of a file without a name in `folder`; a fault of it breaks the answer off."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    gone = False

    def look(_lines: int) -> None:
        if gone:
            raise ReaderWentAwayError

    with (
        TemporaryFile("w", encoding="utf-8", newline="", dir=folder) as file,
        ThreadPoolExecutor(1) as writer,
    ):

        def whole() -> None:
            write(file, look)
            file.flush()

        writing = writer.submit(whole)
        try:
            yield from _follow(file.fileno(), writing)
        finally:
            gone = True


def _follow(descriptor: int, writing: "Future[None]") -> Iterator[bytes]:
    at = 0
    while True:
        # Asked before reading: what is there once it has ended is all there is.
        ended = writing.done()
        if block := os.pread(descriptor, BLOCK, at):
            at += len(block)
            yield block
        elif ended:
            writing.result()
            return
        else:
            time.sleep(LOOK_EVERY_S)
