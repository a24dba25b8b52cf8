"""Finds the encoding of a text from the whole file, not its beginning: one byte near the end may tell.

Order: a byte order mark, UTF-16 without one (by where the zero bytes stand), UTF-8, and windows-1258, the code page of
Vietnamese Windows, in which old programs still export.
"""

import codecs
import unicodedata
from pathlib import Path

from worker.errors import Refused
from worker.lists.kind import refuse_binary
from worker.lists.legacy import looks_legacy, mostly_vietnamese

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK_BYTES = 1 << 20


def encoding_of(path: Path, head: bytes, name: str, asked: str = "auto") -> str:
    """The codec that reads the whole file; raises Refused where none does or where the text has NUL characters.

    An old encoding that was asked for (tcvn3, vni, viscii) is read as Latin-1, byte by byte, and converted cell by cell.
    """
    candidates = _asked(asked) or _candidates(head)
    if candidates[0] == "utf-8":
        refuse_binary(head, name)
    for codec in candidates:
        try:
            _read_through(path, codec, name)
        except UnicodeError:
            continue
        return _not_unnoticed(path, codec)
    if asked != "auto":
        raise Refused("file_encoding", f"{name} is not {asked} text throughout: leave --encoding out, or name another.")
    raise Refused(
        "file_encoding",
        f"{name} is neither UTF-8 nor UTF-16 nor windows-1258 text throughout; save it as CSV in UTF-8.",
        {"tried": list(candidates)},
    )


def _asked(encoding: str) -> tuple[str, ...]:
    match encoding:
        case "auto":
            return ()
        case "utf-8":
            return ("utf-8-sig",)
        case "cp1258":
            return ("cp1258",)
        case _:
            # A file in Unicode may hold what was typed in such a font.
            return ("utf-8-sig", "latin-1")


def _not_unnoticed(path: Path, codec: str) -> str:
    """windows-1258 reads nearly all bytes: where it makes less sense than an old encoding, the cells show which it is."""
    if codec != "cp1258":
        return codec
    with path.open("rb") as file:
        sample = file.read(_BLOCK_BYTES)
    old, new = sample.decode("latin-1"), unicodedata.normalize("NFC", sample.decode(codec, "replace"))
    return "latin-1" if looks_legacy(old) and not mostly_vietnamese(new) else codec


def _candidates(head: bytes) -> tuple[str, ...]:
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return (codec,)
    # Digits and Latin letters have their zero byte second in little endian, first in big endian.
    half = len(head) // 2
    first, second = head[0::2].count(0), head[1::2].count(0)
    if second > 0.4 * half and first < 0.05 * half:
        return ("utf-16-le",)
    if first > 0.4 * half and second < 0.05 * half:
        return ("utf-16-be",)
    return ("utf-8", "cp1258")


def _read_through(path: Path, codec: str, name: str) -> None:
    decoder = codecs.getincrementaldecoder(codec)()
    line = 1
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            text = decoder.decode(block)
            if "\0" in text:
                line += text.count("\n", 0, text.index("\0"))
                raise Refused(
                    "file_broken",
                    f"{name} has a NUL character in line {line}, which no list has; export it again.",
                    {"line": line},
                )
            ends = text.count("\n")
            if not ends and len(text) * 2 > _BLOCK_BYTES // 2 and "\r" not in text:
                raise Refused(
                    "file_line_too_long",
                    f"{name} has a line of more than {len(text):,} characters near line {line}; a list has one row a line, "
                    "of a few hundred at most. Export it again.",
                    {"line": line},
                )
            line += ends
        decoder.decode(b"", final=True)
