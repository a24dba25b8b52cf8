"""The cells of a sheet and the row each stands in; shared by all ways of reading a sheet's XML."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from operator import lt
from typing import Final

from worker.lists.source import Cell
from worker.lists.workbook.numbers import Formats, written
from worker.lists.workbook.parts import Damaged
from worker.lists.workbook.texts import Texts, cleaned

#: The last row and column of the format; what lies beyond is a fault of the file.
LAST_ROW: Final = 1_048_576
LAST_COLUMN: Final = 16_384
#: A block is handed on when it has so many rows, or so many cells.
MOST_ROWS: Final = 1000
MOST_CELLS: Final = 200_000
_WIDE_GAP: Final = 256


@dataclass(slots=True)
class Block:
    """Rows that follow one another: by columns where all have the same, else row by row."""

    numbers: list[int] = field(default_factory=list)
    #: A column is None where none of the rows has a cell in it.
    columns: list[Sequence[Cell] | None] | None = None
    #: A row is None where it is hidden and left out.
    rows: list[Sequence[Cell] | None] = field(default_factory=list)
    #: How many cells `is_full` has counted.
    cells: int = 0

    def each(self) -> Iterator[tuple[int, Sequence[Cell] | None]]:
        """Row by row."""
        if self.columns is None:
            return zip(self.numbers, self.rows, strict=True)
        nothing: Sequence[Cell] = [None] * len(self.numbers)
        rows = zip(*(nothing if one is None else one for one in self.columns), strict=True)
        return zip(self.numbers, rows, strict=True)

    def is_full(self) -> bool:
        """Whether it should be handed on; asked after each row."""
        last = self.rows[-1] if self.rows else None
        self.cells += len(last or ())
        return len(self.numbers) >= MOST_ROWS or self.cells >= MOST_CELLS

    def without_blanks(self) -> "Block":
        """The same without rows that have nothing in any cell."""
        if all(map(any, (cells or (1,) for cells in self.rows))):
            return self
        kept = [
            (number, cells)
            for number, cells in zip(self.numbers, self.rows, strict=True)
            if cells is None or any(cells) or 0 in cells
        ]
        return Block([number for number, _ in kept], None, [cells for _, cells in kept])


class Cells:
    """Reads the cells of one sheet, whose rows come in their order; `skip_hidden` leaves rows out that nobody sees."""

    def __init__(self, texts: Texts, styles: Formats, *, skip_hidden: bool = False) -> None:
        self.texts, self.skip_hidden = texts, skip_hidden
        self._formats = styles
        self._readers: dict[str, Callable[[str], Cell]] = {}
        self._showers: dict[str, Callable[[str], str] | None] = {}
        self._last = 0

    def begin(self, block: Block, number: str, *, hidden: bool) -> list[Cell]:
        """A row begins: its cells, still to be filled."""
        this = int(number) if number else self._last + 1
        if not self._last < this <= LAST_ROW:
            raise Damaged(f"row {this} below row {self._last}")
        self._last = this
        cells: list[Cell] = []
        block.numbers.append(this)
        block.rows.append(None if hidden and self.skip_hidden else cells)
        return cells

    def pass_rows(self, numbers: list[int]) -> None:
        """Many rows at once."""
        if not (numbers[0] > self._last and all(map(lt, numbers, numbers[1:])) and numbers[-1] <= LAST_ROW):
            raise Damaged("rows out of their order")
        self._last = numbers[-1]

    def value(self, kind: str, style: str, stored: str) -> Cell:
        """A stored value as its cell shows it."""
        match kind:
            case "" | "n":
                return self._reader(style)(stored)
            case "s":
                return self.text(style, self.texts[int(stored)]) if stored else None
            case "str" | "inlineStr":
                return self.text(style, stored)
            case "e":
                return stored
            case "b":
                return None if not stored else "TRUE" if stored in {"1", "true"} else "FALSE"
            case "d":
                return iso(stored)
            case _:
                raise Damaged(f"cells of kind {kind}")

    def column(self, kind: str, style: str, column: Sequence[str], *, odd: bool) -> Sequence[Cell]:
        """The stored values of a column; `odd` where some may have escapes."""
        if kind in {"s", "str", "inlineStr"} and self._shows(style) is not None:
            return [self.value(kind, style, cleaned(one) if odd and kind != "s" else one) or None for one in column]
        if kind == "s":
            texts = self.texts
            return [texts[int(one)] if one else None for one in column]
        if kind in {"str", "inlineStr"}:
            if odd:
                return [cleaned(one) or None for one in column]
            return [one or None for one in column] if "" in column else column
        if self._formats.general(style):
            try:
                return list(map(int, column))
            except ValueError:
                pass  # a decimal or an empty cell among them
        read = self._reader(style)
        return [read(one) for one in column]

    def text(self, style: str, stored: str) -> str:
        """A text as its cell shows it."""
        shows = self._shows(style)
        return stored if shows is None or not stored else shows(stored)

    def _shows(self, style: str) -> Callable[[str], str] | None:
        if style not in self._showers:
            self._showers[style] = self._formats.text(style)
        return self._showers[style]

    def _reader(self, style: str) -> Callable[[str], Cell]:
        if (reader := self._readers.get(style)) is None:
            reader = self._readers[style] = self._formats.reader(style)
        return reader


def put(cells: list[Cell], column: str, value: Cell) -> None:
    """Put a value into the cell of a row that the letters name; "" for the next."""
    place = column_index(column) if column else len(cells)
    if place >= LAST_COLUMN:
        raise Damaged("a column beyond the last")
    if place < len(cells):
        cells[place] = value
        return
    if value is None and place - len(cells) > _WIDE_GAP:
        return  # a format far out, which shows nothing
    if place > len(cells):
        cells.extend([None] * (place - len(cells)))
    cells.append(value)


@lru_cache(LAST_COLUMN)
def column_index(letters: str) -> int:
    """`A` is 0; Damaged for a column beyond the last."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    if not 0 < index <= LAST_COLUMN:
        raise Damaged(f"column {letters}")
    return index - 1


def iso(stored: str) -> str:
    """A date that is stored as text of ISO 8601."""
    for kind in (date, time, datetime):
        try:
            return written(kind.fromisoformat(stored))
        except ValueError:
            continue
    return stored


def letters(index: int) -> str:
    """0 is `A`."""
    named = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        named = chr(65 + rest) + named
    return named
