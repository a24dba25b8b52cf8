"""A long file is written to disk by one and read by another, so that it begins at once and nobody waits.

A reader who dawdles holds no transaction open: the writer goes on at the database's pace, and the disk is between them. Reports
are written by a process of their own (`worker/api/export.py`), for one-time passwords are taken in by this one. Only so many
downloads go at once (LOA_MAX_DOWNLOADS), and their threads are not those of the other doors.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import IO, Any, Final, TextIO
from uuid import UUID

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from worker.errors import Refused, Unavailable
from worker.outages import check_room
from worker.services.deps import Deps
from worker.wiring import Loa

BLOCK: Final = 1 << 18
LOOK_EVERY_S: Final = 0.02
RETRY_AFTER_S: Final = 10
CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: The words of a workbook by context and code, as `report_xlsx` wants them; without any it has its own names.
Words = Mapping[str, Mapping[str, str]]
AS_THEY_ARE: Final[Words] = {}

#: Writes into the file, and calls the second now and then; what that raises ends it.
Write = Callable[[TextIO, Callable[[int], None]], object]


class ReaderWentAwayError(Exception):
    """Nobody wants the rest."""


class Share:
    """The downloads that this process has in hand; each has a thread."""

    def __init__(self, most: int) -> None:
        self._most, self._taken, self._lock = most, 0, Lock()
        self.threads = ThreadPoolExecutor(most, thread_name_prefix="download")

    def take(self) -> ExitStack:
        """A place, given back when it is closed; Refused `too_many_downloads` where none is free."""
        with self._lock:
            if self._taken >= self._most:
                sentence = (
                    f"{self._most} downloads are going on, and more would slow other requests down: try again soon."
                )
                raise Refused("too_many_downloads", sentence, {"retry_after_s": RETRY_AFTER_S})
            self._taken += 1
        held = ExitStack()
        held.callback(self._give_back)
        return held

    def close_later(self, lines: Generator[bytes, None, None]) -> None:
        """End a writer, without waiting for it."""
        with suppress(RuntimeError):  # the process is ending
            self.threads.submit(lines.close)

    def _give_back(self) -> None:
        with self._lock:
            self._taken -= 1

    def close(self) -> None:
        """End its threads."""
        self.threads.shutdown(wait=False, cancel_futures=True)


class Download(StreamingResponse):
    """An answer that gives back what it holds, however it ends."""

    def __init__(self, held: ExitStack, content: Any, media_type: str, disposition: str) -> None:
        super().__init__(content, media_type=media_type, headers={"Content-Disposition": disposition})
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._held.close()


def report(
    request: Request, deps: Deps, name: str, campaign_id: UUID, disposition: str, words: Words = AS_THEY_ARE
) -> Download:
    """A report of a campaign that is there, written by a process of its own as the actor may see it; a workbook in these words.

    A workbook begins when all of it is written, for it goes back to what it wrote; everything else begins at once.
    """
    share: Share = request.app.state.downloads
    with share.take() as held:
        deps.uploads.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_room(deps.uploads)
        file = held.enter_context(TemporaryFile("w+b", dir=deps.uploads))  # noqa: SIM115 - it is closed with the place
        process = _started(request.app.state.loa, deps, name, campaign_id, file, words)
        held.callback(_ended, process)
        if name.endswith(".xlsx"):
            _succeeded(process.wait())
        content = _written(share, process, file.fileno())
        return Download(held.pop_all(), content, XLSX if name.endswith(".xlsx") else CSV, disposition)


def rows(request: Request, deps: Deps, write: Write, disposition: str) -> Download:
    """A shorter table, which a thread writes."""
    share: Share = request.app.state.downloads
    with share.take() as held:
        deps.uploads.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_room(deps.uploads)
        lines = blocks(write, deps.uploads)
        # It may be at work at this moment, and ends its writer when nobody holds it any more.
        held.callback(share.close_later, lines)
        content = _each(share, lines)
        return Download(held.pop_all(), content, CSV, disposition)


def _started(
    loa: Loa, deps: Deps, name: str, campaign_id: UUID, file: IO[bytes], words: Words
) -> "subprocess.Popen[bytes]":
    asked = {
        "report": name,
        "campaign": str(campaign_id),
        "actor": asdict(deps.actor),
        "words": words,
        "database_url": loa.database_url,
        "redis_url": loa.redis_url,
    }
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "worker.api.export"],
            stdin=subprocess.PIPE,
            stdout=file,
            start_new_session=True,
        )
    except OSError as fault:
        raise Unavailable(f"The process that writes reports cannot be started: {fault.strerror}; try again.") from fault
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    with suppress(BrokenPipeError), process.stdin:
        process.stdin.write(json.dumps(asked, default=str).encode())
    return process


def _ended(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def _succeeded(code: int) -> None:
    if code:
        raise Unavailable(f"The process that writes a report ended with {code}; its log tells why.")


async def _written(share: Share, process: "subprocess.Popen[bytes]", descriptor: int) -> AsyncIterator[bytes]:
    """What a process writes, while it does; its fault breaks the answer off."""
    loop, at = asyncio.get_running_loop(), 0
    while True:
        # Asked before reading: what is there once it has ended is all there is.
        code = process.poll()
        if block := await loop.run_in_executor(share.threads, os.pread, descriptor, BLOCK, at):
            at += len(block)
            yield block
        elif code is None:
            await asyncio.sleep(LOOK_EVERY_S)
        else:
            _succeeded(code)
            return


async def _each(share: Share, lines: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The same of a thread's."""
    loop = asyncio.get_running_loop()
    while (block := await loop.run_in_executor(share.threads, next, lines, b"")) != b"":
        yield block


def blocks(write: Write, folder: Path) -> Generator[bytes, None, None]:
    """What `write` writes, while it does, by way of a file without a name in `folder`; a fault of it breaks the answer off."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_room(folder)
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
