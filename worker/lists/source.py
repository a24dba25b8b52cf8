"""The parts that all list formats share: numbered rows of cells, read as a stream, as often as wanted."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

#: Text as it stands in the file, a spreadsheet's number (whole ones as int), or nothing.
Cell = str | int | float | None
#: The row's number as a spreadsheet shows it (the first is 1), and its cells.
Row = tuple[int, Sequence[Cell]]

#: What may stand around a cell's text without being seen; \x1a is how old programs end a file.
UNSEEN = " \t\r\n\v\f\x1a\u00a0\u00ad\u2007\u200b\u200c\u200d\u200e\u200f\u202f\u2060\u3000\ufeff"

#: More blank rows on end are no rows of a list: what stands below them strayed there.
LONGEST_GAP = 1000


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a person says that a list is to be read; empty fields leave it to what the file shows."""

    #: A heading, or the number of a column (the first is 1).
    phone_column: str = ""
    #: The name of the sheet of a workbook.
    sheet: str = ""
    #: `keep` reads hidden rows like others, `skip` leaves them out; empty: a list with hidden rows is refused.
    hidden: str = ""
    #: auto, utf-8, cp1258, tcvn3, vni or viscii.
    encoding: str = "auto"
    #: The number of the heading's row as the file numbers it; `0`: there is none.
    header_row: str = ""


#: Nothing was said.
AS_FOUND = ReadOptions()


class Source(Protocol):
    """One open list file."""

    #: csv, txt, xlsx, xlsb, xls or ods.
    format: str
    #: The codec's name; empty for a spreadsheet.
    encoding: str
    #: Empty where there is a single column, and for a spreadsheet.
    delimiter: str
    #: The name of the sheet that is read; empty where there are none.
    sheet: str

    #: The first and the last of columns on end that a workbook hides, counted from 0.
    hidden_columns: Sequence[Sequence[int]]

    @property
    def notes(self) -> Sequence[str]:
        """Sentences about how the file was read; complete when all rows were."""
        ...

    def rows(self) -> Iterator[Row]:
        """All rows from the first, one reading at a time; raises Refused(`file_broken`) where the file cannot be read on."""
        ...

    def progress(self) -> float:
        """How much of the file the latest `rows()` has read, from 0 to 1."""
        ...

    def close(self) -> None:
        """Give the file back; harmless when repeated."""
        ...


class RowList(Protocol):
    """A list as planning reads it: a file, a stored audience, or the numbers of a campaign."""

    @property
    def columns(self) -> Sequence[str]:
        """The variable that each column is, by position; "" where it is none."""
        ...

    @property
    def phone_column(self) -> int:
        """Index of the column of the numbers."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """Sentences about how the list was read."""
        ...

    def rows(self) -> Iterator[Row]:
        """Every row with its number, from the first each time it is called."""
        ...

    def too_wide(self, cells: Sequence[Cell]) -> bool:
        """Whether a row has more cells than the heading, so that its values stand in the wrong columns."""
        ...

    def see(self, row: int, values: Iterable[str]) -> None:
        """Be told of values that go into a text: of an old encoding they are the first sign."""
        ...

    def progress(self) -> float:
        """How much of it `rows()` has read, from 0 to 1."""
        ...

    def description(self) -> dict[str, object]:
        """What was read, for people and programs."""
        ...


def is_blank(cell: Cell) -> bool:
    """Whether nothing can be seen in the cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip(UNSEEN))


def passed_over(rows: int, below: int) -> str:
    """The sentence about a longer gap."""
    return f"{rows:,} blank rows below row {below} are passed over."
