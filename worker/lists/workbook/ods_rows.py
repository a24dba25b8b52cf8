"""Reads the rows of one table of an OpenDocument spreadsheet."""

import re
from dataclasses import dataclass, field
from typing import Final

from worker.lists.source import Cell
from worker.lists.workbook.cells import LAST_COLUMN, iso, letters
from worker.lists.workbook.numbers import PHONE_LIKE, bare, number
from worker.lists.workbook.parts import Attributes, checker

_DURATION: Final = re.compile(r"(-?)PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d+)?S)?")
#: What may be inside a paragraph of a cell.
_SPACES: Final = {"text:s": " ", "text:tab": "\t", "text:line-break": "\n"}
_HIDES: Final = frozenset(["collapse", "filter"])
_SPANS: Final = frozenset(["text:span", "text:a"])


@dataclass(slots=True)
class OdsRow:
    """A row, and how often it stands there."""

    number: int
    times: int
    hidden: bool
    cells: list[Cell] = field(default_factory=list)
    #: Columns of formulas without a result.
    formulas: list[str] = field(default_factory=list)


class TableReader:
    """An XML parser that finds the rows of the table with this place among the tables."""

    def __init__(self, place: int) -> None:
        self.parser = checker()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._place, self._tables, self._depth = place, -1, 0
        self._found: list[OdsRow] = []
        self._next = 1
        self._row: OdsRow | None = None
        self._cell: Attributes | None = None
        self._blank = 0
        #: Paragraphs of the cell; None outside them, as in a note or a drawing that hangs on it.
        self._paragraphs: list[list[str]] = []
        self._in_paragraph = False
        self._foreign = 0
        self._folded = 0
        self._next_column = 1
        #: The first and the last of columns on end that are hidden.
        self.hidden_columns: list[tuple[int, int]] = []

    def take(self) -> list[OdsRow]:
        """The rows that have ended since the last time and show anything."""
        found, self._found = self._found, []
        return found

    def _start(self, name: str, said: dict[str, str]) -> None:
        if name == "table:table":
            self._depth += 1
            self._tables += self._depth == 1
            return
        if self._tables != self._place or self._depth != 1:
            return
        if self._cell is not None:
            self._start_inside(name, said)
        elif name in {"table:table-cell", "table:covered-table-cell"} and self._row is not None:
            self._cell = said
            self._paragraphs = []
            self._in_paragraph, self._foreign = False, 0
        elif name == "table:table-row":
            times = max(1, int(said.get("table:number-rows-repeated", "1")))
            hidden = said.get("table:visibility") in _HIDES or bool(self._folded)
            self._row, self._blank = OdsRow(self._next, times, hidden), 0
            self._next += times
        elif name == "table:table-column":
            times = max(1, int(said.get("table:number-columns-repeated", "1")))
            if said.get("table:visibility") in _HIDES or self._folded:
                self.hidden_columns.append((self._next_column, self._next_column + times - 1))
            self._next_column += times
        elif name in {"table:table-row-group", "table:table-column-group"}:
            self._folded += bool(self._folded) or said.get("table:display") == "false"

    def _start_inside(self, name: str, said: dict[str, str]) -> None:
        if self._foreign or (name != "text:p" and not self._in_paragraph):
            self._foreign += 1
        elif name == "text:p" and not self._in_paragraph:
            self._in_paragraph = True
            self._paragraphs.append([])
        elif name in _SPACES:
            self._paragraphs[-1].append(_SPACES[name] * min(1000, int(said.get("text:c", "1"))))
        elif name not in _SPANS:
            self._foreign += 1

    def _end(self, name: str) -> None:
        if name == "table:table":
            self._depth -= 1
        elif self._tables != self._place or self._depth != 1:
            return
        elif self._cell is not None and name in {"table:table-cell", "table:covered-table-cell"}:
            self._end_cell(self._cell, covered=name != "table:table-cell")
            self._cell = None
        elif self._cell is not None:
            if self._foreign:
                self._foreign -= 1
            elif name == "text:p":
                self._in_paragraph = False
        elif name == "table:table-row" and self._row is not None:
            if self._row.cells or self._row.formulas:
                self._found.append(self._row)
            self._row = None
        elif name in {"table:table-row-group", "table:table-column-group"}:
            self._folded = max(0, self._folded - 1)

    def _text(self, text: str) -> None:
        if self._in_paragraph and not self._foreign:
            self._paragraphs[-1].append(text)

    def _end_cell(self, said: Attributes, *, covered: bool) -> None:
        row = self._row
        if row is None:
            return
        times = max(1, min(LAST_COLUMN, int(said.get("table:number-columns-repeated", "1"))))
        text = "\n".join("".join(pieces) for pieces in self._paragraphs)
        value = None if covered else _shown(said, text)
        if value is None:
            if "table:formula" in said and "office:value-type" not in said and not covered:
                row.formulas.append(letters(len(row.cells) + self._blank))
            # Rows end with blank cells up to the last column of the format.
            self._blank += times
            return
        row.cells += [None] * self._blank
        row.cells += [value] * min(times, LAST_COLUMN - len(row.cells))
        self._blank = 0


def _shown(said: Attributes, text: str) -> Cell:
    """What a cell shows; dates and truths as in all other workbooks, and phone numbers whole, however they are shown."""
    match said.get("office:value-type"):
        case "float" | "currency" | "percentage" as kind:
            return _number(number(said.get("office:value", "0")), text.strip(), share=kind == "percentage")
        case "date":
            return iso(said.get("office:date-value", text))
        case "time":
            found = _DURATION.fullmatch(said.get("office:time-value", ""))
            return f"{found[1]}{int(found[2] or 0):02d}:{int(found[3] or 0):02d}" if found else text or None
        case "boolean":
            return "TRUE" if said.get("office:boolean-value") == "true" else "FALSE"
        case _:
            return text or said.get("office:string-value") or None


def _number(value: float, shown: str, *, share: bool) -> Cell:
    if abs(value) >= PHONE_LIKE:
        return shown if shown.isdecimal() and shown != str(value) and int(shown) == value else bare(value)
    if not shown and share:
        return f"{bare(value * 100)}%"
    return bare(value) if not shown or str(bare(value)) == shown else shown
