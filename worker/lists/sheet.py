"""What do the elements of one sheet of an XLSX mean? Rows of cells, gathered while expat reads."""

from worker.lists.markup import new_parser
from worker.lists.source import Cell, is_blank
from worker.lists.workbook import Workbook, unescaped

NumberedCells = tuple[int, list[Cell]]

#: The limits of the format; what lies beyond them is a fault of the file.
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384


class SheetReader:
    """Feed its `parser`, and take from `found` the rows that show anything, each with its number.

    Raises ValueError or LookupError for a sheet that contradicts itself.
    """

    def __init__(self, book: Workbook) -> None:
        self.found: list[NumberedCells] = []
        self._book = book
        self._texts, self._date_styles = book.texts, book.date_styles
        self._columns: dict[str, int] = {}
        self._pieces: list[str] = []
        self._cells: list[Cell] = []
        self._number = self._column = 0
        self._kind = self._style = ""
        self._row_tag = self._cell_tag = ""
        self._value_tags: frozenset[str] = frozenset()
        self.parser = new_parser()
        self.parser.StartElementHandler = self._root
        self.parser.EndElementHandler = self._end

    def _root(self, tag: str, _: dict[str, str]) -> None:
        """The first element tells the prefix that every tag of the part has."""
        prefix = tag.removesuffix("worksheet")
        self._row_tag, self._cell_tag = f"{prefix}row", f"{prefix}c"
        self._value_tags = frozenset({f"{prefix}v", f"{prefix}t"})
        self.parser.StartElementHandler = self._start

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == self._cell_tag:
            self._kind, self._style = attributes.get("t", ""), attributes.get("s", "")
            letters = attributes.get("r", "").rstrip("0123456789")
            if letters not in self._columns:
                self._columns[letters] = _column(letters)
            # A cell without a reference follows the one before it.
            self._column = self._columns[letters] if letters else self._column + 1
        elif tag in self._value_tags:
            self.parser.CharacterDataHandler = self._pieces.append
        elif tag == self._row_tag:
            number = int(attributes.get("r", self._number + 1))
            if not self._number < number <= _LAST_ROW:
                raise ValueError(f"row {number} after row {self._number}")
            self._number, self._column = number, 0

    def _end(self, tag: str) -> None:
        if tag in self._value_tags:
            self.parser.CharacterDataHandler = None
        elif tag == self._cell_tag:
            if self._pieces:
                self._take("".join(self._pieces))
                self._pieces.clear()
        elif tag == self._row_tag:
            if not all(map(is_blank, self._cells)):
                self.found.append((self._number, self._cells))
            self._cells = []

    def _take(self, text: str) -> None:
        """Put the value of the current cell at its place; cells that are left out are empty."""
        missing = self._column - 1 - len(self._cells)
        if missing < 0 or self._column > _LAST_COLUMN:
            raise ValueError(f"column {self._column} of row {self._number}")
        if missing:
            self._cells.extend([None] * missing)
        self._cells.append(self._value(text))

    def _value(self, text: str) -> Cell:
        match self._kind:
            case "s":
                return self._texts[int(text)]
            case "" | "n":
                number = number_of(text)
                return (self._book.date_text(number) or number) if self._style in self._date_styles else number
            case "b":
                return "TRUE" if text == "1" else "FALSE"
            case _:
                return unescaped(text)


def number_of(text: str) -> int | float:
    """A stored number: whole ones as int, others as the 15 digits that a spreadsheet shows of them."""
    if text.isdigit():
        return int(text)
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 10**15 else float(f"{number:.15g}")


def _column(letters: str) -> int:
    """A -> 1, AB -> 28; 0 for none."""
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column
