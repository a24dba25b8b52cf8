"""The parts of a workbook that is a ZIP archive: opened within limits, and read as a stream of events or as UTF-8."""

import codecs
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from typing import IO, BinaryIO, Final
from urllib.parse import unquote
from xml.parsers import expat
from zipfile import ZipFile

from worker.errors import Refused

#: Unpacked bytes of a sheet, which is streamed, of the shared texts, and of any other part.
LARGEST_SHEET_BYTES: Final = 2_000_000_000
LARGEST_TEXTS_BYTES: Final = 300_000_000
LARGEST_PART_BYTES: Final = 20_000_000
#: Real sheets shrink to a tenth or a fifteenth when they are packed, bombs to a thousandth.
_MOST_SHRINKING: Final = 200
BLOCK: Final = 1 << 18
_DECLARED: Final = re.compile(rb"""^<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)["']""")

Attributes = Mapping[str, str]


class Damaged(Exception):
    """What stands in the file contradicts itself, or its format."""


class Parts:
    """The parts of one workbook; `name` is what the file is called in sentences."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._name = name
        self._archive = ZipFile(file)
        # Names of parts are the same whatever their case (ISO/IEC 29500-2, 6.2.2.3).
        self._infos = {info.filename.lower(): info for info in self._archive.infolist()}
        self._reading: tuple[IO[bytes], int] | None = None

    def __contains__(self, path: str) -> bool:
        return path.lower() in self._infos

    def open(self, path: str, most: int = LARGEST_PART_BYTES) -> IO[bytes]:
        """One part, unpacked as it is read; Damaged where it is missing, Refused where it is larger than `most`."""
        info = self._infos.get(path.lower())
        if info is None:
            raise Damaged(f"no part {path}")
        if info.file_size > min(most, max(1_000_000, info.compress_size * _MOST_SHRINKING)):
            raise Refused(
                "file_broken",
                f"{self._name} unpacks to more than any list needs ({info.filename}); copy the rows into a new "
                "spreadsheet and save that.",
            )
        part = self._archive.open(info)
        self._reading = (part, info.file_size)
        return part

    def progress(self) -> float:
        """How far the part that was opened last has been read."""
        if self._reading is None:
            return 0.0
        part, size = self._reading
        return 1.0 if part.closed else min(1.0, part.tell() / max(1, size))

    def relations(self, path: str) -> dict[str, tuple[str, str]]:
        """What a part refers to: id -> (the last word of the kind, the path of the other part)."""
        folder, base = posixpath.split(path)
        found: dict[str, tuple[str, str]] = {}

        def start(name: str, attributes: Attributes) -> None:
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                target = unquote(attributes.get("Target", ""))
                other = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], other)

        with self.open(posixpath.join(folder, "_rels", f"{base}.rels")) as part:
            walk(part, start)
        return found


def walk(
    part: IO[bytes],
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] = lambda _name: None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Read a part through, calling with names that have lost their prefix; Damaged where it is no XML."""
    parser = parser_for(start, end, text)
    for block in blocks(part):
        feed(parser, block)
    feed(parser, b"", last=True)


def parser_for(
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] = lambda _name: None,
    text: Callable[[str], None] | None = None,
) -> expat.XMLParserType:
    """A parser that calls with names that have lost their prefix."""
    parser = checker()
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    if text is not None:
        parser.buffer_text = True
        parser.CharacterDataHandler = text
    return parser


def checker() -> expat.XMLParserType:
    """A parser that only sees whether this is XML without a document type, which could name what is not in it."""
    parser = expat.ParserCreate("utf-8")

    def refuse(*_: object) -> None:
        raise Damaged("a document type")

    parser.StartDoctypeDeclHandler = refuse
    return parser


def feed(parser: expat.XMLParserType, block: bytes, *, last: bool = False) -> None:
    """Give a parser the next bytes; Damaged where they are no XML."""
    try:
        parser.Parse(block, last)
    except expat.ExpatError as fault:
        raise Damaged(f"no XML: {expat.ErrorString(fault.code)}") from fault


def blocks(part: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a part in UTF-8, whatever encoding it declares; Damaged where they are not in it."""
    head = part.read(BLOCK)
    encoding = _encoding(head)
    if encoding is None:
        while head:
            yield head
            head = part.read(BLOCK)
        return
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        while head:
            yield decoder.decode(head).encode()
            head = part.read(BLOCK)
        yield decoder.decode(b"", final=True).encode()
    except (LookupError, UnicodeError) as fault:
        raise Damaged("bytes that are not in its encoding") from fault


def _encoding(head: bytes) -> str | None:
    """The encoding of a part that is not in UTF-8."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    declared = _DECLARED.match(head.removeprefix(codecs.BOM_UTF8))
    name = declared[1].decode().lower() if declared else "utf-8"
    return None if name in {"utf-8", "utf8", "us-ascii", "ascii"} else name
