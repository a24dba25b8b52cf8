"""Chooses the sheet that is the list: the named one, or the only visible one with numbers; nothing is guessed."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Protocol

from worker.errors import Refused
from worker.lists.columns import layout_of
from worker.lists.header import count
from worker.lists.headings import clean_name
from worker.lists.source import Cell, ReadOptions, Row, is_blank
from worker.lists.workbook.cells import Block
from worker.lists.workbook.scan import Scan
from worker.lists.workbook.xlsx import Sheet

#: Rows of each sheet that are looked at to find the one with numbers.
_COUNTED_ROWS = 2000


class Book(Protocol):
    """An open workbook of any format."""

    #: xlsx, xlsb, xls or ods.
    format: str

    @property
    def sheets(self) -> Sequence[Sheet]:
        """In the order of their tabs."""
        ...

    def scan(self, sheet: Sheet) -> Scan:
        """What the sheet hides."""
        ...

    def blocks(self, sheet: Sheet, *, skip_hidden: bool = False) -> Iterator[Block]:
        """The rows of a sheet that have cells, in their order."""
        ...

    def progress(self) -> float:
        """How far the sheet that was read last has been read, from 0 to 1."""
        ...

    def notes(self) -> list[str]:
        """Sentences about what was read."""
        ...


def choose(book: Book, name: str, options: ReadOptions) -> tuple[Sheet | None, list[str]]:
    """The sheet that is the list (None where none has any data), and what should be said about it; else Refused."""
    if options.sheet:
        return _named(book, name, options.sheet), []
    visible = [sheet for sheet in book.sheets if sheet.visible]
    full = [sheet for sheet in visible if _has_data(book, sheet)]
    notes: list[str] = []
    if len(full) > 1:
        found, notes = _with_numbers(book, name, full)
        full = found or full[:1]
    if full:
        return full[0], notes
    # A hidden one only where no other has data.
    hidden = next((sheet for sheet in book.sheets if not sheet.visible and _has_data(book, sheet)), None)
    return hidden, [f"Sheet {hidden.title} is hidden, and the only one with data."] if hidden else []


def look_through(found: Scan, sheet: Sheet, name: str, options: ReadOptions) -> list[str]:
    """Refused for hidden rows of which nothing was said, and for formulas without results; sentences about the rest."""
    if found.formulas:
        raise Refused(
            "file_formulas_without_values",
            f"{name}: {found.formulas} formulas have no stored result, the first in cell {found.first_formula}. "
            "Open the file in Excel or LibreOffice, save it, and try again.",
            {"formulas": found.formulas, "cell": found.first_formula},
        )
    if not found.hidden:
        return []
    if not options.hidden:
        raise Refused(
            "file_hidden_rows",
            f"{name}: {found.hidden} of {found.rows} rows of sheet {sheet.title} are hidden, by a filter or by hand. Say "
            "whether they get the text: --hidden keep, or --hidden skip.",
            {"hidden": found.hidden, "visible": found.rows - found.hidden},
        )
    does = "left out" if options.hidden == "skip" else "read like the others"
    return [f"{found.hidden} hidden rows are {does}."]


def _named(book: Book, name: str, asked: str) -> Sheet:
    wanted = clean_name(asked).casefold()
    for sheet in book.sheets:
        if clean_name(sheet.title).casefold() == wanted:
            return sheet
    titles = ", ".join(sheet.title for sheet in book.sheets)
    raise Refused("file_unknown_sheet", f"{name} has no sheet {asked}; its sheets are: {titles}.")


def _with_numbers(book: Book, name: str, sheets: Sequence[Sheet]) -> tuple[list[Sheet], list[str]]:
    """Of several sheets the one with numbers; Refused where more than one has any."""
    counted = [(sheet, _numbers(book, sheet)) for sheet in sheets]
    found = [(sheet, numbers) for sheet, numbers in counted if numbers]
    if len(found) > 1:
        named = ", ".join(f"{sheet.title} ({numbers} numbers)" for sheet, numbers in found)
        raise Refused(
            "file_several_sheets",
            f"{name} has {len(found)} sheets with phone numbers: {named}. Name the one that is the list: --sheet NAME.",
            {"sheets": [sheet.title for sheet, _ in found]},
        )
    if not found:
        return [], []
    return [found[0][0]], [f"Of {len(sheets)} sheets only {found[0][0].title} has phone numbers."]


def _has_data(book: Book, sheet: Sheet) -> bool:
    return any(True for _ in _filled(book, sheet))


def _numbers(book: Book, sheet: Sheet) -> int:
    """How many mobile numbers the first rows of a sheet hold, in the column that would be read; in all where none is sure.

    Ids and amounts under headings that say so are none.
    """
    rows = list(islice(_filled(book, sheet), _COUNTED_ROWS))
    try:
        layout = layout_of(rows, sheet.title, placed=True)
    except Refused as fault:
        return 0 if fault.rule in {"file_no_phone_column", "file_only_header"} else count(chain(*map(_cells, rows)))[0]
    at = layout.phone_column
    return count(cells[at] for number, cells in rows if number > layout.header_row and at < len(cells))[0]


def _cells(row: Row) -> Sequence[Cell]:
    return row[1]


def _filled(book: Book, sheet: Sheet) -> Iterator[Row]:
    """The rows of the sheet that show anything."""
    for block in book.blocks(sheet):
        for number, cells in block.each():
            if cells is not None and not all(map(is_blank, cells)):
                yield number, cells
