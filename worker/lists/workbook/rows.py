"""The rows of a sheet's XML, in blocks.

A block whose rows have one shape is read by a pattern made from it, column by column; another one cell by cell; and one that
has anything unusual by an XML parser. Before that a parser without handlers sees every byte, so that what is no XML is
refused whoever reads it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import IO, Final
from xml.parsers import expat

from worker.lists.source import Cell
from worker.lists.workbook.cells import Block, Cells, put
from worker.lists.workbook.events import Events
from worker.lists.workbook.parts import LARGEST_PART_BYTES, Damaged, blocks, checker, feed
from worker.lists.workbook.shapes import ATTRIBUTES, Shape, shape_of
from worker.lists.workbook.texts import cleaned

_LONGEST_ROW: Final = 64 << 20
_ENTRY: Final = re.compile(
    rf"<(?:(row{ATTRIBUTES}) ?/?>"
    r'|c(?: r="([A-Z]{1,3})\d+")?(?: s="(\d+)")?(?: t="(\w+)")?(?: s="(\d+)")? ?'
    rf"(?:/>|>(?:<f{ATTRIBUTES}(?:/>|>[^<]*</f>))?"
    r'(?:<v>([^<]*)</v>|<v/>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>))'
)
_ROW_STARTS: Final = ("<row ", "<row>", "<row/")
_STARTS: Final = ("<c ", "<c>", "<c/", *_ROW_STARTS)
_DATA: Final = re.compile(rb"<((?:\w+:)?)sheetData\s*(/?)>")
_END: Final = b"</sheetData>"
_ROW_NUMBER: Final = re.compile(r' r="(\d+)"')
_HIDDEN: Final = re.compile(r' hidden="(?:1|true)"| ht="0(?:\.0*)?"')


class SheetRows:
    """Reads one sheet once."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._shape: Shape | None = None

    def blocks(self, part: IO[bytes]) -> Iterator[Block]:
        """The rows with cells in their order; Damaged where the sheet contradicts itself, after the rows above that."""
        stream = blocks(part)
        head = b""
        while not (found := _DATA.search(head)):
            block = next(stream, None)
            if block is None or len(head) > LARGEST_PART_BYTES:
                feed(checker(), head, last=True)
                return
            head += block
        stream = chain([head], stream)
        yield from self._slowly(stream) if found[1] else self._quickly(stream, found)

    def _quickly(self, stream: Iterator[bytes], data: re.Match[bytes]) -> Iterator[Block]:
        check, seen, begins = checker(), 0, data.end()
        kept, done = b"", bool(data[2])
        for block in stream:
            broken = _check(check, block)
            if not done:
                kept += block[begins : None if broken is None else max(0, check.ErrorByteIndex - seen)]
                begins = 0
                done = _END in kept
                end = kept.rfind(b"</row>", 0, kept.find(_END) if done else len(kept)) + 6
                if end > 5:
                    whole, kept = kept[:end], kept[end:]
                    yield self._read(whole.decode())
                elif len(kept) > _LONGEST_ROW:
                    raise Damaged("a row without an end")
            seen += len(block)
            if broken is not None:
                raise broken
        feed(check, b"", last=True)

    def _read(self, text: str) -> Block:
        """Some whole rows."""
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if "<!" not in text and "<?" not in text and ":row" not in text:
            block = self._by_shape(text) or self._by_entries(text)
            if block is not None:
                return block
        events = Events(self._cells)
        events.read(f"<worksheet><sheetData>{text}".encode())
        return events.take()

    def _slowly(self, stream: Iterator[bytes]) -> Iterator[Block]:
        """A sheet whose tags have a prefix."""
        events = Events(self._cells)
        for block in stream:
            broken = None
            try:
                events.read(block)
            except Damaged as fault:
                broken = fault
            yield events.take()
            if broken is not None:
                raise broken
        events.read(b"", last=True)

    def _by_shape(self, text: str) -> Block | None:
        """Rows of one shape; None where there are others."""
        if self._cells.skip_hidden and ("hidden" in text or 'ht="0' in text):
            return None
        rows = sum(map(text.count, _ROW_STARTS))
        for shape in dict.fromkeys((self._shape, shape_of(text))):
            if shape is not None and len(found := shape.pattern.findall(text)) == rows:
                self._shape = shape
                named, *values = zip(*found, strict=True)
                numbers = list(map(int, named))
                self._cells.pass_rows(numbers)
                odd = "&" in text or "_x" in text
                columns: list[Sequence[Cell] | None] = [None] * (1 + shape.cells[-1][0])
                for (place, kind, style), column in zip(shape.cells, values, strict=True):
                    columns[place] = self._cells.column(kind, style, column, odd=odd)
                return Block(numbers, columns)
        return None

    def _by_entries(self, text: str) -> Block | None:
        """Rows whose cells are all of a usual form; None where one is not."""
        found = _ENTRY.findall(text)
        if len(found) != sum(map(text.count, _STARTS)):
            return None
        block = Block()
        cells: list[Cell] = []
        texts, value_of, text_of = self._cells.texts, self._cells.value, self._cells.text
        odd = "&" in text or "_x" in text
        for row, column, style, kind, late_style, stored, inline in found:
            if row:
                number, hidden = _ROW_NUMBER.search(row), _HIDDEN.search(row)
                cells = self._cells.begin(block, number[1] if number else "", hidden=bool(hidden))
            elif inline:
                put(cells, column, text_of(style or late_style, cleaned(inline) if odd else inline))
            elif kind == "s":
                put(cells, column, text_of(style or late_style, texts[int(stored)]) if stored else None)
            else:
                put(cells, column, value_of(kind, style or late_style, cleaned(stored) if odd else stored))
        return block.without_blanks()


def _check(parser: expat.XMLParserType, block: bytes) -> Damaged | None:
    try:
        feed(parser, block)
    except Damaged as fault:
        return fault
    return None
