"""Reads the rows of a sheet in any form that XML allows: prefixes, comments, other quotation marks, texts of several pieces."""

import re
from typing import Final

from worker.lists.source import Cell
from worker.lists.workbook.cells import Block, Cells, put
from worker.lists.workbook.parts import Attributes, feed, parser_for
from worker.lists.workbook.texts import unescaped

_LETTERS: Final = re.compile("[A-Z]+")
_NO_HEIGHT: Final = re.compile(r"0(?:\.0*)?")


class Events:
    """An XML parser that fills blocks of rows."""

    def __init__(self, cells: Cells) -> None:
        self._read = cells
        self._parser = parser_for(self._start, self._end, self._text)
        self._block = Block()
        self._row: list[Cell] = []
        self._cell: Attributes = {}
        self._pieces: list[str] = []
        self._in_data = self._in_row = self._taking = False
        self._guides = 0

    def read(self, block: bytes, *, last: bool = False) -> None:
        """The next bytes; Damaged where they are no XML or contradict themselves."""
        feed(self._parser, block, last=last)

    def take(self) -> Block:
        """The rows that have ended since the last time."""
        taken, self._block = self._block, Block()
        if self._in_row and taken.numbers:
            self._block.numbers.append(taken.numbers.pop())
            self._block.rows.append(taken.rows.pop())
        return taken.without_blanks()

    def _start(self, name: str, attributes: Attributes) -> None:
        match name:
            case "sheetData":
                self._in_data = True
            case "row" if self._in_data:
                hidden = attributes.get("hidden") in {"1", "true"} or bool(
                    _NO_HEIGHT.fullmatch(attributes.get("ht", ""))
                )
                self._row = self._read.begin(self._block, attributes.get("r", ""), hidden=hidden)
                self._in_row = True
            case "c" if self._in_row:
                self._cell = attributes
                self._pieces.clear()
            case "rPh":
                # How a text is pronounced, in smaller letters above it.
                self._guides += 1
            case "v" | "t":
                self._taking = self._in_row and not self._guides

    def _end(self, name: str) -> None:
        match name:
            case "sheetData":
                self._in_data = False
            case "row":
                self._in_row = False
            case "c" if self._in_row:
                self._end_cell()
            case "rPh":
                self._guides -= 1
            case "v" | "t":
                self._taking = False

    def _end_cell(self) -> None:
        kind, text = self._cell.get("t", ""), "".join(self._pieces)
        named = self._cell.get("r", "")
        letters = _LETTERS.match(named)
        value = self._read.value(kind, self._cell.get("s", ""), unescaped(text)) if text else None
        put(self._row, letters[0] if letters else "", value)

    def _text(self, text: str) -> None:
        if self._taking:
            self._pieces.append(text)
