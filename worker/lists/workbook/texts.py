"""The texts that the cells of a workbook share: packed, because three million of them would not fit as objects."""

import re
from array import array
from itertools import accumulate, chain
from os import pread
from tempfile import TemporaryFile
from typing import IO, Final, cast

from worker.lists.workbook.parts import Attributes, Damaged, blocks, checker, feed, parser_for

#: With more bytes the texts lie in a file without a name, and a window of them in memory.
_MOST_IN_MEMORY: Final = 96 << 20
_WINDOW: Final = 1 << 16
#: A table of so few is kept as it is.
_FEW: Final = 50_000
_ITEM: Final = re.compile(rb'<si><t(?: xml:space="preserve")?>([^<]*)</t></si>|<si><t/></si>|<si/>')
_OPENS: Final = (b"<si>", b"<si/", b"<si ")
_PREFIXED: Final = re.compile(rb"<\w+:sst\b")
_LONGEST_ITEM: Final = 64 << 20
_ODD: Final = re.compile(rb"&|_x|\r")
_ENTITY: Final = re.compile(r"&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Texts:
    """A table of texts by their number."""

    def __init__(self) -> None:
        #: Where each text ends.
        self._ends = array("Q", [0])
        self._packed = bytearray()
        self._file: IO[bytes] | None = None
        self._flushed = 0
        self._window, self._from = b"", 0
        self._few: list[str] | None = []

    def __len__(self) -> int:
        return len(self._ends) - 1

    def extend(self, texts: list[bytes]) -> None:
        """Add texts in UTF-8."""
        end = self._ends[-1]
        ends = accumulate(map(len, texts), initial=end)
        next(ends)
        self._ends.extend(ends)
        self._packed += b"".join(texts)
        if self._few is not None:
            self._few.extend(text.decode() for text in texts)
            if len(self._few) > _FEW:
                self._few = None
        if len(self._packed) > _MOST_IN_MEMORY:
            self._flush()

    def complete(self) -> None:
        """No more texts follow."""
        if self._few is not None:
            self._packed = bytearray()
        elif self._file is not None:
            self._flush()

    def __getitem__(self, at: int) -> str:
        if self._few is not None:
            return self._few[at] if at >= 0 else self._missing(at)
        if not 0 <= at < len(self._ends) - 1:
            self._missing(at)
        start, end = self._ends[at], self._ends[at + 1]
        if self._file is None:
            return self._packed[start:end].decode()
        if not self._from <= start <= end <= self._from + len(self._window):
            self._window = pread(self._file.fileno(), max(_WINDOW, end - start), start)
            self._from = start
        return self._window[start - self._from : end - self._from].decode()

    def _missing(self, at: int) -> str:
        raise Damaged(f"text {at} of {len(self)}")

    def _flush(self) -> None:
        if self._file is None:
            # No name, no trace: it is gone with this process.
            self._file = cast("IO[bytes]", TemporaryFile(buffering=0))  # noqa: SIM115
        view = memoryview(self._packed)
        written = 0
        while written < len(view):
            written += self._file.write(view[written:])
        view.release()
        self._packed.clear()


def read_texts(part: IO[bytes]) -> Texts:
    """The table of shared texts of a workbook; Damaged where it is none."""
    texts, check, kept = Texts(), checker(), b""
    stream = blocks(part)
    head = next(stream, b"")
    if _PREFIXED.search(head):
        items = Items()
        for block in chain([head], stream):
            texts.extend(items.read(block))
        items.read(b"", last=True)
        texts.complete()
        return texts
    for block in chain([head], stream):
        feed(check, block)
        kept += block
        end = kept.rfind(b"</si>") + 5
        if end < 5:
            if len(kept) > _LONGEST_ITEM:
                raise Damaged("a text without an end")
            continue
        whole, kept = kept[max(0, kept.find(b"<si")) : end], kept[end:]
        found = _plain(whole)
        texts.extend(Items(b"<sst>").read(whole) if found is None else found)
    feed(check, b"", last=True)
    texts.complete()
    return texts


def _plain(items: bytes) -> list[bytes] | None:
    """The texts of whole items; None where one is not as simple as nearly all are."""
    if b"<!" in items or b"<?" in items:
        return None
    found = _ITEM.findall(items)
    if len(found) != sum(map(items.count, _OPENS)):
        return None
    if b"&" in items or b"_x" in items or b"\r" in items:
        return [cleaned(one.decode()).encode() if _ODD.search(one) else one for one in found]
    return found


class Items:
    """Reads items in any form that XML allows."""

    def __init__(self, before: bytes = b"") -> None:
        self._parser = parser_for(self._start, self._end, self._text)
        self._found: list[bytes] = []
        self._pieces: list[str] = []
        self._inside = self._guides = 0
        if before:
            feed(self._parser, before)

    def read(self, block: bytes, *, last: bool = False) -> list[bytes]:
        """The texts that end in this block."""
        feed(self._parser, block, last=last)
        found, self._found = self._found, []
        return found

    def _start(self, name: str, _: Attributes) -> None:
        if name == "si":
            self._pieces.clear()
        elif name == "rPh":
            # How a text is pronounced, in smaller letters above it.
            self._guides += 1
        elif name == "t" and not self._guides:
            self._inside += 1

    def _end(self, name: str) -> None:
        if name == "si":
            self._found.append(unescaped("".join(self._pieces)).encode())
        elif name == "rPh":
            self._guides -= 1
        elif name == "t" and not self._guides:
            self._inside -= 1

    def _text(self, text: str) -> None:
        if self._inside:
            self._pieces.append(text)


def cleaned(text: str) -> str:
    """A text as it stands between tags, without the escapes of XML and of workbooks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unescaped(_ENTITY.sub(_character, text) if "&" in text else text)


def unescaped(text: str) -> str:
    """Characters that XML does not allow are written as `_x000D_`."""
    return _ESCAPED.sub(_escaped, text) if "_x" in text else text


def _character(found: re.Match[str]) -> str:
    # The parser has seen that there is no other name.
    return chr(int(found[1])) if found[1] else chr(int(found[2], 16)) if found[2] else _NAMED[found[3]]


def _escaped(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    # Halves of a character and NUL are none that a text could have.
    return "\ufffd" if 0xD800 <= code < 0xE000 or not code else chr(code)
