"""What the process that reads a workbook says to ours: frames of JSON, each behind its length."""

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

_LENGTH: Final = struct.Struct(">I")
#: Of address space; calamine holds a whole sheet, the readers of this package some dozens of MB.
MOST_MEMORY_BYTES: Final = 1 << 30
#: Of computing; a million rows take about five.
MOST_CPU_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be read, and how."""

    #: The number of the open file.
    file: int
    #: xlsx, xlsb, xls or ods.
    format: str
    #: What the file is called in sentences.
    name: str
    #: As in `ReadOptions`.
    sheet: str
    hidden: str


#: Of one frame: a block has some hundred kB, and what is larger would fill the memory of whoever reads it.
MOST_FRAME_BYTES: Final = 64 << 20


class TooLarge(Exception):
    """A frame that no list needs."""


def pack(message: dict[str, Any]) -> bytes:
    """One frame."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return _LENGTH.pack(len(body)) + body


def receive(stream: BinaryIO) -> bytes | None:
    """The body of the next frame; None where the other side has ended, TooLarge before it is received."""
    read: Callable[[int], bytes] = stream.read
    head = read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MOST_FRAME_BYTES:
        raise TooLarge
    body = read(length)
    return body if len(body) == length else None
