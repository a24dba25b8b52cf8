"""How is a list opened? One door for CSV, TXT and XLSX; what is no list is refused here in one sentence.

with open_list(Path("customers.xlsx")) as customers:
    for row, cells in customers.rows():
        phone.read(cells[customers.phone_column])
"""

import stat
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Self

from worker.errors import Refused
from worker.lists.columns import layout_of
from worker.lists.delimited import Delimited
from worker.lists.kind import HEAD_BYTES, is_workbook
from worker.lists.source import Cell, Row, Source, is_blank

#: How many rows are looked at to find the heading and the column of the numbers.
_JUDGED_ROWS = 200


class ListFile:
    """An open list; a context manager, which closes it.

    Nothing of the list is held in memory but the first rows while they are judged.
    """

    def __init__(self, source: Source, name: str) -> None:
        self._source = source
        self._reading = False
        head = list(islice((row for row in source.rows() if not all(map(is_blank, row[1]))), _JUDGED_ROWS))
        self._layout = layout_of(head, name)
        self.format = source.format
        self.encoding = source.encoding
        self.delimiter = source.delimiter
        #: Index of the column of the numbers.
        self.phone_column = self._layout.phone_column
        #: The variable that each column is, by position; "" where its heading is blank.
        self.columns = self._layout.columns
        self.has_header = self._layout.header_row > 0

    def rows(self) -> Iterator[Row]:
        """Every row below the heading with its number in the file, from the first each time it is called.

        A row has a cell for every column of `columns` and for the number; a blank one has nothing in them. Raises
        Refused(`file_broken`) where the file cannot be read to its end.
        """
        self._reading = True
        width = self._layout.width
        blank: Sequence[Cell] = ("",) * width
        rows = self._source.rows()
        # What stands above a heading (a title, empty rows) belongs to it.
        for row in rows:
            if row[0] > self._layout.header_row:
                rows = chain((row,), rows)
                break
        for number, cells in rows:
            if len(cells) >= width:
                yield number, cells
            else:
                yield number, [*cells, *blank[len(cells) :]] if cells else blank

    def progress(self) -> float:
        """How much of the file `rows()` has read, from 0 to 1."""
        return self._source.progress() if self._reading else 0.0

    def close(self) -> None:
        """Give the file back; harmless when repeated."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_list(path: Path, name: str | None = None) -> ListFile:
    """Open a list of any format; `name` is what the file is called in sentences, if not by its path.

    Raises Refused: `file_missing`, `file_is_directory`, `file_unreadable`, `file_empty`, `file_only_header`,
    `file_not_a_list`, `file_encrypted`, `file_encoding`, `file_broken`, `file_no_phone_column`,
    `file_two_phone_columns`.
    """
    name = name or str(path)
    try:
        head = _head(path, name)
        source = _spreadsheet(path, name) if is_workbook(path, head, name) else Delimited(path, head, name)
    except OSError as fault:
        raise Refused("file_unreadable", f"{name} cannot be read: {fault.strerror or fault}.") from fault
    try:
        return ListFile(source, name)
    except BaseException:
        source.close()
        raise


def _spreadsheet(path: Path, name: str) -> Source:
    from worker.lists.spreadsheet import Spreadsheet  # noqa: PLC0415 - openpyxl is slow to import, and few lists need it

    return Spreadsheet(path, name)


def _head(path: Path, name: str) -> bytes:
    """The first bytes of a regular file that is not empty."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError) as fault:
        raise Refused("file_missing", f"There is no file {name}.") from fault
    if stat.S_ISDIR(mode):
        raise Refused("file_is_directory", f"{name} is a folder; give the list file in it.")
    if not stat.S_ISREG(mode):
        raise Refused("file_not_a_list", f"{name} is not a regular file but a device or pipe; give a file.")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise Refused("file_empty", f"{name} is empty; a list has one phone number a row.")
    return head
