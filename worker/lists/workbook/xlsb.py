"""A binary workbook of Excel (.xlsb): the parts of an XLSX as records instead of XML ([MS-XLSB], 2.1.4 and 2.4)."""

import struct
from collections.abc import Iterator, Sequence
from functools import cached_property
from math import isfinite
from typing import IO, BinaryIO, Final

from worker.lists.source import Cell
from worker.lists.workbook.cells import LAST_COLUMN, LAST_ROW, Block
from worker.lists.workbook.numbers import BUILT_IN, GENERAL, Formats
from worker.lists.workbook.parts import (
    BLOCK,
    LARGEST_PART_BYTES,
    LARGEST_SHEET_BYTES,
    LARGEST_TEXTS_BYTES,
    Damaged,
    Parts,
)
from worker.lists.workbook.scan import Scan
from worker.lists.workbook.texts import Texts
from worker.lists.workbook.xlsx import Sheet

_ROW, _ITEM, _FORMAT, _STYLE, _RICH, _BOOK, _SHEET, _END_ROWS = 0, 19, 44, 47, 62, 153, 156, 146
_COLUMNS, _BEGIN_STYLES, _END_STYLES = 60, 617, 618
#: Records of cells with their column, and the short ones that stand in the column after the last.
_CELLS: Final = range(1, 12)
_SHORT_CELLS: Final = {12: 1, 13: 2, 14: 3, 15: 4, 16: 5, 17: 6, 18: 7}
_ERRORS: Final = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_BOOK_PART: Final = "xl/workbook.bin"


class Xlsb:
    """One workbook; implements `Book`. Damaged where it contradicts itself."""

    format = "xlsb"

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._parts = Parts(file, name)
        self._relations = self._parts.relations(_BOOK_PART)
        self._formats = Formats()
        self.sheets: Sequence[Sheet] = self._sheets()

    def scan(self, sheet: Sheet) -> Scan:
        """What the sheet hides."""
        found = Scan()
        for kind, data in self._records(sheet.place, LARGEST_SHEET_BYTES):
            if kind == _COLUMNS and (data[16] & 1 or not int.from_bytes(data[8:12], "little")):
                found.hide(int.from_bytes(data[:4], "little") + 1, int.from_bytes(data[4:8], "little") + 1)
            if kind == _ROW:
                break
        for _, cells, hidden in self._rows(sheet, values=False):
            found.rows += bool(cells)
            found.hidden += bool(cells) and hidden
        return found

    def blocks(self, sheet: Sheet, *, skip_hidden: bool = False) -> Iterator[Block]:
        """The rows of a sheet that have cells."""
        block = Block()
        for number, cells, hidden in self._rows(sheet):
            block.numbers.append(number)
            block.rows.append(None if hidden and skip_hidden else cells)
            if block.is_full():
                yield block.without_blanks()
                block = Block()
        yield block.without_blanks()

    def progress(self) -> float:
        """How far the sheet has been read."""
        return self._parts.progress()

    def notes(self) -> list[str]:
        """Sentences about what was read."""
        return self._formats.notes()

    def _rows(self, sheet: Sheet, *, values: bool = True) -> Iterator[tuple[int, list[Cell], bool]]:
        """Number, cells and whether it is hidden, of each row; without `values` only that there are cells."""
        number, cells, hidden = 0, list[Cell](), False
        for kind, data in self._records(sheet.place, LARGEST_SHEET_BYTES):
            if kind == _ROW:
                if number:
                    yield number, cells, hidden
                last, number = number, int.from_bytes(data[:4], "little") + 1
                if not last < number <= LAST_ROW:
                    raise Damaged(f"row {number} below row {last}")
                cells, hidden = [], bool(data[11] & 0x10)
            elif kind == _END_ROWS:
                break
            elif kind in _CELLS or kind == _RICH or kind in _SHORT_CELLS:
                place = len(cells) if kind in _SHORT_CELLS else int.from_bytes(data[:4], "little")
                rest = data if kind in _SHORT_CELLS else data[4:]
                if place >= LAST_COLUMN or place < len(cells) or not number:
                    raise Damaged("cells out of their order")
                kind = _SHORT_CELLS.get(kind, kind)  # noqa: PLW2901
                if kind != 1:
                    cells += [None] * (place - len(cells))
                    cells.append(self._value(kind, rest) if values else 1)
        if number:
            yield number, cells, hidden

    def _value(self, kind: int, data: bytes) -> Cell:
        """What a cell shows; its data begin with the style."""
        style, stored = str(int.from_bytes(data[:3], "little")), data[4:]
        if kind in {2, 5, 9}:
            value = _rk(int.from_bytes(stored[:4], "little")) if kind == 2 else struct.unpack_from("<d", stored)[0]
            return self._number(value, style)
        match kind:
            case 3 | 11:
                return _ERRORS.get(stored[0], "#N/A")
            case 4 | 10:
                return "TRUE" if stored[0] else "FALSE"
            case 7:
                return self._written(self._texts[int.from_bytes(stored[:4], "little")], style)
            case _:
                return self._written(_text(stored, 1 if kind == _RICH else 0)[0], style)

    def _written(self, text: str, style: str) -> str:
        shows = self._styles.text(style)
        return text if shows is None or not text else shows(text)

    def _number(self, value: float, style: str) -> Cell:
        if not isfinite(value):
            raise Damaged("a number without end")
        return self._styles.shown(value, self._styles.code(style))

    @cached_property
    def _texts(self) -> Texts:
        texts = Texts()
        if (path := self._of_kind("sharedStrings")) is not None:
            pending: list[bytes] = []
            for kind, data in self._records(path, LARGEST_TEXTS_BYTES):
                if kind == _ITEM:
                    pending.append(_text(data, 1)[0].encode("utf-8", "replace"))
                    if len(pending) >= 10_000:
                        texts.extend(pending)
                        pending = []
            texts.extend(pending)
        texts.complete()
        return texts

    @cached_property
    def _styles(self) -> Formats:
        own: dict[int, str] = {}
        of_cells = False
        if (path := self._of_kind("styles")) is not None:
            for kind, data in self._records(path, LARGEST_PART_BYTES):
                if kind == _FORMAT:
                    own[int.from_bytes(data[:2], "little")] = _text(data, 2)[0]
                elif kind in {_BEGIN_STYLES, _END_STYLES}:
                    of_cells = kind == _BEGIN_STYLES
                elif kind == _STYLE and of_cells:
                    named = int.from_bytes(data[2:4], "little")
                    self._formats.codes.append(own.get(named) or BUILT_IN.get(named, GENERAL))
        return self._formats

    def _of_kind(self, kind: str) -> str | None:
        return next((path for named, path in self._relations.values() if named == kind), None)

    def _sheets(self) -> list[Sheet]:
        found: list[Sheet] = []
        for kind, data in self._records(_BOOK_PART, LARGEST_PART_BYTES):
            if kind == _BOOK:
                self._formats.from_1904 = bool(data[0] & 1)
            elif kind == _SHEET:
                named, end = _text(data, 8)
                what, path = self._relations.get(named, ("", ""))
                if what == "worksheet":
                    found.append(Sheet(_text(data, end)[0], int.from_bytes(data[:4], "little") == 0, path))
        if not found:
            raise Damaged("no sheet that can be found")
        return found

    def _records(self, path: str, most: int) -> Iterator[tuple[int, bytes]]:
        with self._parts.open(path, most) as part:
            yield from _records(part)


def _records(part: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Kind and data of each record."""
    kept, at = b"", 0
    while True:
        # A header is six bytes at most; the data may be longer than what was read so far.
        if len(kept) - at < 6:
            kept, at = kept[at:] + part.read(BLOCK), 0
            if not kept:
                return
        kind, start = _varying(kept, at, 2)
        size, start = _varying(kept, start, 4)
        while len(kept) - start < size:
            if not (more := part.read(max(BLOCK, size))):
                raise Damaged("a record without an end")
            kept, start = kept[start:] + more, 0
        at = start + size
        yield kind, kept[start:at]


def _varying(data: bytes, at: int, longest: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = 0
    for place in range(longest):
        value |= (data[at + place] & 0x7F) << (7 * place)
        if not data[at + place] & 0x80:
            break
    return value, at + place + 1


def _text(data: bytes, at: int) -> tuple[str, int]:
    """A text behind its length in UTF-16 units, and where it ends; Damaged where it is cut off."""
    length = int.from_bytes(data[at : at + 4], "little")
    end = at + 4 + (0 if length == 0xFFFFFFFF else 2 * length)
    if end > len(data):
        raise Damaged("a text without an end")
    return data[at + 4 : end].decode("utf-16-le", "replace").replace("\0", "\ufffd"), end


def _rk(stored: int) -> float:
    """A number in four bytes ([MS-XLSB], 2.5.122)."""
    if stored & 2:
        whole = (stored >> 2) - (1 << 30 if stored & 0x80000000 else 0)
        return whole / 100 if stored & 1 else whole
    value: float = struct.unpack("<d", struct.pack("<Q", (stored & 0xFFFFFFFC) << 32))[0]
    return value / 100 if stored & 1 else value
