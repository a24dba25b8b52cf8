"""A workbook as a source of rows, read by a process of its own: what goes wrong there becomes one sentence here."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import worker
from worker.errors import Refused, Unavailable
from worker.lists.source import LONGEST_GAP, Cell, ReadOptions, Row, passed_over
from worker.lists.workbook.wire import MOST_CPU_SECONDS, MOST_MEMORY_BYTES, Request, TooLarge, receive

_ROOT: Final = str(Path(worker.__file__).parent.parent)
#: Frames of the first rows are kept, which are read twice: judged, and then read with all others.
_MOST_KEPT_BYTES: Final = 16 << 20
_PIPE_BYTES: Final = 1 << 20
#: As a spreadsheet ends its answer, by hand or by the system's lack of memory.
_KILLED: Final = -signal.SIGKILL


class Workbook:
    """A list in a workbook; implements `Source`."""

    encoding = ""
    delimiter = ""

    def __init__(self, path: Path, name: str, options: ReadOptions, kind: str) -> None:
        self.format = kind
        self._path, self._name, self._options = path, name, options
        self._process: subprocess.Popen[bytes] | None = None
        self._kept: list[dict[str, Any]] = []
        self._kept_bytes = 0
        #: Whether all that was received is kept.
        self._from_start = True
        self._ended = False
        self._progress = 0.0
        first = self._start()
        #: The name of the sheet that is read.
        self.sheet: str = first["sheet"]
        #: The first and the last of columns on end that are hidden, counted from 0.
        self.hidden_columns: Sequence[Sequence[int]] = first.get("hidden_columns", ())
        #: Sentences about how the workbook was read; complete when all rows were.
        self.notes: list[str] = first["notes"]

    def rows(self) -> Iterator[Row]:
        """From the first row that shows anything to the last; empty rows between them are rows, if they are not very many."""
        last = 0
        for message in self._messages():
            for number, cells in _each(message):
                if cells is None:
                    last = max(last, number) if last else 0
                    continue
                missing = number - last - 1 if last else 0
                if missing <= LONGEST_GAP:
                    yield from ((gap, ()) for gap in range(number - missing, number))
                elif (note := passed_over(missing, last)) not in self.notes:
                    self.notes.append(note)
                last = number
                yield number, cells

    def progress(self) -> float:
        """How much has been read, from 0 to 1."""
        return self._progress

    def close(self) -> None:
        """End the process; harmless when repeated."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):
                cast("BinaryIO", pipe).close()

    def _messages(self) -> Iterator[dict[str, Any]]:
        """All blocks from the first."""
        if not self._from_start:
            self.close()
            self._start()
        kept = list(self._kept)
        for message in kept:
            self._progress = message["progress"]
            yield message
        keeping = not kept
        while not self._ended:
            message = self._receive()
            if "end" in message:
                self._ended = True
                self.notes.extend(one for one in message["end"] if one not in self.notes)
                break
            keeping = keeping and self._kept_bytes < _MOST_KEPT_BYTES
            if keeping:
                self._kept.append(message)
            else:
                self._from_start = False
                self._kept.clear()
            self._progress = message["progress"]
            yield message
        self._progress = 1.0

    def _start(self) -> dict[str, Any]:
        """Start the process; how it reads the file."""
        self._kept.clear()
        self._kept_bytes, self._from_start, self._ended, self._progress = 0, True, False, 0.0
        with self._path.open("rb") as file:
            request = Request(file.fileno(), self.format, self._name, self._options.sheet, self._options.hidden)
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "worker.lists.workbook.serve"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[file.fileno()],
                    # None of our settings, which hold secrets.
                    env={
                        "PYTHONPATH": os.pathsep.join([_ROOT, *filter(None, sys.path)]),
                        "TMPDIR": tempfile.gettempdir(),
                        "PYTHONUTF8": "1",
                    },
                    start_new_session=True,
                )
            except OSError as fault:
                raise Unavailable(
                    f"The process that reads workbooks cannot be started: {fault.strerror}; try again."
                ) from fault
        stdin, stdout = cast("BinaryIO", self._process.stdin), cast("BinaryIO", self._process.stdout)
        with suppress(OSError, AttributeError):
            fcntl.fcntl(stdout.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        with suppress(BrokenPipeError):
            stdin.write(json.dumps(asdict(request)).encode() + b"\n")
            stdin.flush()
        return self._receive()

    def _receive(self) -> dict[str, Any]:
        """The next message; raises what it says went wrong."""
        process = self._process
        if process is None:
            raise Refused("file_broken", f"{self._name} was closed while it was read.")
        try:
            body = receive(cast("BinaryIO", process.stdout))
        except TooLarge as fault:
            raise self._costly() from fault
        if body is None:
            raise self._death(process.wait())
        self._kept_bytes += len(body)
        message: dict[str, Any] = json.loads(body)
        if "numbers" in message or "end" in message or "sheet" in message:
            return message
        self.close()
        if "refused" in message:
            raise Refused(*message["refused"])
        if "unreadable" in message:
            raise OSError(*message["unreadable"])
        if "costly" in message:
            raise self._costly()
        if "broken" in message:
            raise Unavailable(f"The process that reads workbooks does not work here: {message['broken']}.")
        raise Refused(
            "file_broken", f"{self._name} is a damaged spreadsheet; open it and save it again as .xlsx."
        ) from ValueError(message.get("damaged", ""))

    def _death(self, code: int) -> Exception:
        """Why there are no more messages."""
        self.close()
        if code == _KILLED:
            return Unavailable(f"The process that reads {self._name} was killed from outside; try again.")
        if code >= 0:
            return Unavailable(f"The process that reads {self._name} ended with code {code}, which is a fault of Loa.")
        return self._costly()

    def _costly(self) -> Refused:
        self.close()
        return Refused(
            "file_too_costly",
            f"{self._name} cannot be read within {MOST_MEMORY_BYTES >> 20} MB of memory and {MOST_CPU_SECONDS} seconds of "
            "computing: it is damaged, or far larger than a list. Copy the rows into a new spreadsheet and save that as "
            ".xlsx or CSV.",
        )


def _each(message: dict[str, Any]) -> Iterator[tuple[int, Sequence[Cell] | None]]:
    """The rows of a block."""
    numbers: list[int] = message["numbers"]
    if (rows := message.get("rows")) is not None:
        return zip(numbers, rows, strict=True)
    nothing: list[Cell] = [None] * len(numbers)
    columns = (nothing if one is None else one for one in message["columns"])
    return zip(numbers, zip(*columns, strict=True), strict=True)
