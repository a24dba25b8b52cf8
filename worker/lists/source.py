"""What do all list formats have in common? Numbered rows of cells, read as a stream, as often as wanted."""

from collections.abc import Iterator, Sequence
from typing import Protocol

#: Text as it stands in the file, a spreadsheet's number (whole ones as int), or nothing.
Cell = str | int | float | None
#: The row's number as a spreadsheet shows it (the first is 1), and its cells.
Row = tuple[int, Sequence[Cell]]

#: What may stand around a cell's text without being seen.
UNSEEN = " \t\r\n\u00a0\u200b\ufeff"


class Source(Protocol):
    """One open list file."""

    #: csv, txt or xlsx.
    format: str
    #: The codec's name; empty for a spreadsheet.
    encoding: str
    #: Empty where there is a single column, and for a spreadsheet.
    delimiter: str

    def rows(self) -> Iterator[Row]:
        """All rows from the first, one reading at a time; raises Refused(`file_broken`) where the file cannot be read on."""
        ...

    def progress(self) -> float:
        """How much of the file the latest `rows()` has read, from 0 to 1."""
        ...

    def close(self) -> None:
        """Give the file back; harmless when repeated."""
        ...


def is_blank(cell: Cell) -> bool:
    """Whether nothing can be seen in the cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip(UNSEEN))
