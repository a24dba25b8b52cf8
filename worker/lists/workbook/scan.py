"""What a sheet's XML says that its cells do not: hidden rows, and formulas whose results were never stored."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from worker.lists.workbook.parts import Damaged, blocks

_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_HIDDEN = re.compile(rb"""\bhidden=["'](?:1|true)["']|\bht=["']0(?:\.0*)?["']""")
_MAY_HIDE = re.compile(rb"""hidden=|ht=["']0""")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_HIDDEN_COLUMN = re.compile(rb"""\bhidden=["'](?:1|true)["']|\bwidth=["']0(?:\.0*)?["']""")
_SPAN = re.compile(rb"""\b(min|max)=["'](\d+)["']""")
_FILLED = re.compile(rb"<(?:\w+:)?(?:v|is)\b[^/>]*>")
_EMPTY_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*[^/]>[^<]*</(?:\w+:)?f>|>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_CELL = re.compile(rb'\br="([A-Z]{1,3}\d+)"')
#: A row is never longer.
_LONGEST_ROW = 64 << 20


@dataclass(slots=True)
class Scan:
    """What was found in a whole sheet."""

    #: Rows with cells that somebody or a filter has hidden.
    hidden: int = 0
    #: Rows with cells.
    rows: int = 0
    #: Formulas without a result, and the first of them.
    formulas: int = 0
    first_formula: str = ""
    #: The first and the last of columns on end that are hidden, counted from 0.
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)

    def hide(self, first: int, last: int) -> None:
        """Columns from this to that, counted from 1, are hidden."""
        self.hidden_columns.append((first - 1, last - 1))


def scan(sheet: IO[bytes]) -> Scan:
    """Read the XML of a sheet through once; Damaged for a row that cannot be one."""
    found = Scan()
    for chunk in _whole_rows(sheet):
        if not found.rows:
            _find_hidden_columns(chunk, found)
        found.rows += max(chunk.count(b"</row>"), chunk.count(b":row>"))
        if _MAY_HIDE.search(chunk):
            _count_hidden(chunk, found)
        if b"<f" in chunk or b":f" in chunk:
            for cell in _EMPTY_FORMULA.finditer(chunk):
                if b't="str"' in cell[1]:
                    continue  # a result that is an empty text
                found.formulas += 1
                if not found.first_formula and (named := _CELL.search(cell[1])):
                    found.first_formula = named[1].decode()
    return found


def _find_hidden_columns(chunk: bytes, found: Scan) -> None:
    """They stand before the first row."""
    row = _ROW.search(chunk)
    for column in _COLUMN.finditer(chunk, 0, row.start() if row else len(chunk)):
        span = {name: int(place) for name, place in _SPAN.findall(column[1])}
        if _HIDDEN_COLUMN.search(column[1]) and len(span) == 2:
            found.hide(span[b"min"], span[b"max"])


def _count_hidden(chunk: bytes, found: Scan) -> None:
    tags = list(_ROW.finditer(chunk))
    for tag, after in zip(tags, [*tags[1:], None], strict=False):
        if _HIDDEN.search(tag[1]) and _FILLED.search(chunk, tag.end(), after.start() if after else len(chunk)):
            found.hidden += 1


def _whole_rows(sheet: IO[bytes]) -> Iterator[bytes]:
    """The XML in pieces that end with a row."""
    kept = b""
    for block in blocks(sheet):
        kept += block
        end = max(kept.rfind(b"</row>"), kept.rfind(b":row>"))
        if end >= 0:
            end = kept.index(b">", end) + 1
            yield kept[:end]
            kept = kept[end:]
        elif len(kept) > _LONGEST_ROW:
            raise Damaged("a row without an end")
    if kept:
        yield kept
