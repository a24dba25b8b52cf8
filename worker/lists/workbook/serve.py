"""The process that reads a workbook: `python -m worker.lists.workbook.serve`, with the file open and a request on its input.

It has a limit of memory and one of computing, no settings and no secrets; whatever a file makes of it costs this process and
one refused list. First it says how it reads the file, then the rows in blocks, at last what is to be said about them.
"""

import gc
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from worker.errors import Refused
from worker.lists.source import ReadOptions
from worker.lists.workbook.choose import Book, choose, look_through
from worker.lists.workbook.scan import Scan
from worker.lists.workbook.wire import MOST_CPU_SECONDS, MOST_MEMORY_BYTES, Request, pack


def main() -> None:
    """Answer one request."""
    _limit()
    request = Request(**json.loads(sys.stdin.buffer.readline()))
    out = sys.stdout.buffer
    try:
        with os.fdopen(request.file, "rb", closefd=False) as file:
            for message in _answers(file, request):
                out.write(pack(message))
                out.flush()
    except BrokenPipeError:
        # Nobody listens any more.
        os._exit(0)


def _limit() -> None:
    # Ends with the pipe, not with a signal that means the process that waits for its rows.
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    for what, most in (
        (resource.RLIMIT_AS, MOST_MEMORY_BYTES),
        (resource.RLIMIT_CPU, MOST_CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        # A limit that is lower already stays. The system kills at the harder limit, and says why at the softer one.
        lower = hard != resource.RLIM_INFINITY
        resource.setrlimit(what, (min(most, hard), min(most + 5, hard)) if lower else (most, most + 5))
    # Rows hold no circles, and looking for them costs a fifth of the time.
    gc.disable()


def _answers(file: BinaryIO, request: Request) -> Iterator[dict[str, Any]]:
    try:
        yield from _read(file, request)
    except Refused as fault:
        yield {"refused": [fault.rule, str(fault), fault.details]}
    except MemoryError:
        yield {"costly": True}
    except ImportError as fault:
        yield {"broken": str(fault)}
    except BrokenPipeError:
        raise
    except Exception as fault:  # noqa: BLE001 - neither zipfile nor calamine has one error for damage
        if isinstance(fault, OSError) and fault.errno:
            yield {"unreadable": [fault.errno, os.strerror(fault.errno)]}
        else:
            yield {"damaged": f"{type(fault).__name__}: {fault}"}


def _read(file: BinaryIO, request: Request) -> Iterator[dict[str, Any]]:
    options = ReadOptions(sheet=request.sheet, hidden=request.hidden)
    book = _open(file, request)
    sheet, notes = choose(book, request.name, options)
    found = Scan() if sheet is None else book.scan(sheet)
    if sheet is not None:
        notes = [*notes, *look_through(found, sheet, request.name, options)]
    yield {"sheet": sheet.title if sheet else "", "notes": notes, "hidden_columns": found.hidden_columns}
    blocks = book.blocks(sheet, skip_hidden=options.hidden == "skip") if sheet else iter(())
    for block in blocks:
        if block.numbers:
            part = {"columns": block.columns} if block.columns is not None else {"rows": block.rows}
            yield {"numbers": block.numbers, "progress": book.progress(), **part}
    yield {"end": book.notes()}


def _open(file: BinaryIO, request: Request) -> Book:
    # Each format imports what it needs.
    match request.format:
        case "xlsx":
            from worker.lists.workbook.xlsx import Xlsx  # noqa: PLC0415

            return Xlsx(file, request.name)
        case "xlsb":
            from worker.lists.workbook.xlsb import Xlsb  # noqa: PLC0415

            return Xlsb(file, request.name)
        case "ods":
            from worker.lists.workbook.ods import Ods  # noqa: PLC0415

            return Ods(file, request.name)
        case _:
            from worker.lists.workbook.xls import Xls  # noqa: PLC0415

            return Xls(file, request.name)


if __name__ == "__main__":
    main()
