"""Opens a list: one door for CSV, TXT and workbooks; what is no list is refused here in one sentence.

with open_list(Path("customers.xlsx")) as customers:
    for row, cells in customers.rows():
        phone.read(cells[customers.phone_column])
"""

import stat
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Self

from worker.domain.phone import several
from worker.errors import Refused
from worker.lists import legacy
from worker.lists.columns import layout_of
from worker.lists.delimited import Delimited
from worker.lists.footnotes import Footnotes
from worker.lists.kind import HEAD_BYTES, workbook_kind
from worker.lists.source import AS_FOUND, LONGEST_GAP, Cell, ReadOptions, Row, Source, is_blank, passed_over
from worker.lists.spelling import Spelling
from worker.lists.workbook.child import Workbook

#: How many rows are looked at to find the heading and the column of the numbers.
_JUDGED_ROWS = 1000
#: The first rows that a person may look at; the heading lies among them or nowhere, where it is found without being named.
_TOP_ROWS = 20


class ListFile:
    """An open list; a context manager, which closes it.

    Nothing of the list is held in memory but the first rows while they are judged.
    """

    def __init__(self, source: Source, name: str, options: ReadOptions) -> None:
        self._source, self._name = source, name
        self._reading = False
        self._convert = legacy.converter(options.encoding)
        #: Cells that were not converted, because they need not be.
        self._left = 0
        shown = ((number, self._read(cells)) for number, cells in source.rows() if not all(map(is_blank, cells)))
        head = list(islice(shown, _JUDGED_ROWS))
        if self._convert is None:
            legacy.refuse_unnoticed((cell for _, cells in head for cell in cells), name)
        self._layout = layout_of(
            head, name, options, plain=source.format == "txt", placed=bool(source.sheet), hidden=source.hidden_columns
        )
        self.format = source.format
        self.encoding = source.encoding
        self.delimiter = source.delimiter
        #: The sheet of a workbook; empty elsewhere.
        self.sheet = source.sheet
        #: Index of the column of the numbers.
        self.phone_column = self._layout.phone_column
        #: The variable that each column is, by position; "" where its heading is blank.
        self.columns = self._layout.columns
        self.has_header = self._layout.header_row > 0
        #: The row of the heading as the file numbers it; 0 without one.
        self.header_row = self._layout.header_row
        #: The first rows that show anything, with the heading and what stands above it.
        self.top: Sequence[Row] = head[:_TOP_ROWS]
        below = [cells for number, cells in head if number > self.header_row]
        self._footnotes = Footnotes(below, self.phone_column)
        self._blank_runs: dict[int, int] = {}
        #: To be shown every value that goes into a text.
        self.spelling = Spelling(name)

    @property
    def notes(self) -> Sequence[str]:
        """Sentences about how the list was read; complete when all rows were."""
        every_cell = "Each cell is a number of its own: a line with several numbers is as many rows."
        left = f"{self._left} cells are in Unicode already and left as they are; look at the samples of the others."
        return (
            *self._source.notes,
            *self._layout.notes,
            *([every_cell] if self._layout.every_cell else []),
            *(passed_over(rows, row) for row, rows in self._blank_runs.items()),
            *([left] if self._left else []),
            *self._footnotes.notes,
            *self.spelling.notes(),
        )

    def description(self) -> dict[str, object]:
        """What was read, for people and programs: the file, its sheet, heading row, column of the numbers, and columns."""
        at = self.phone_column
        named = self.columns[at] if at < len(self.columns) else ""
        return {
            "file": self._name,
            "sheet": self.sheet or None,
            "header_row": self.header_row or None,
            "phone_column": named or f"column {at + 1}",
            "columns": list(self.columns),
        }

    def too_wide(self, cells: Sequence[Cell]) -> bool:
        """Whether a row has more cells than the heading, so that its values stand in the wrong columns."""
        widest = self._layout.widest
        return len(cells) > widest > 0 and any(not is_blank(cell) for cell in cells[widest:])

    def rows(self) -> Iterator[Row]:
        """Every row below the heading with its number in the file, from the first each time it is called.

        A row has a cell for every column of `columns` and for the number; a blank one has nothing in them. Blank rows
        at the end are none, and nor are more than a thousand on end: a stray cell far below is no list. Raises
        Refused(`file_broken`) where the file cannot be read to its end.
        """
        self._reading, self._left = True, 0
        return self._each_cell() if self._layout.every_cell else self._footnotes.without(self._each_row())

    def _each_row(self) -> Iterator[Row]:
        width = self._layout.width
        blank: Sequence[Cell] = ("",) * width
        gaps: list[int] = []
        last, blanks = self._layout.header_row, 0
        at, convert = self.phone_column, self._convert
        for number, cells in self._below_heading():
            # Nearly every row has its number: it is not blank, whatever else it has.
            if len(cells) < width or is_blank(cells[at]):
                if not cells or all(map(is_blank, cells)):
                    blanks += 1
                    if blanks <= LONGEST_GAP:
                        gaps.append(number)
                    continue
                if len(cells) < width:
                    cells = [*cells, *blank[len(cells) :]]  # noqa: PLW2901
            if blanks:
                if blanks > LONGEST_GAP:
                    self._blank_runs[last] = blanks
                else:
                    yield from ((gap, blank) for gap in gaps)
                gaps.clear()
                blanks = 0
            last = number
            if convert is not None:
                self._left += sum(isinstance(cell, str) and legacy.in_unicode(cell) for cell in cells)
                cells = self._read(cells)  # noqa: PLW2901
            yield number, cells

    def _each_cell(self) -> Iterator[Row]:
        filled = (cell for _, cells in self._below_heading() for cell in cells if not is_blank(cell))
        apart: Iterator[Cell] = chain.from_iterable(several(cell) or [cell] for cell in filled)
        return ((number, (cell,)) for number, cell in enumerate(apart, 1))

    def _below_heading(self) -> Iterator[Row]:
        # What stands above a heading (a title, empty rows) belongs to it.
        header_row = self._layout.header_row
        rows = self._source.rows()
        for row in rows:
            if row[0] > header_row:
                return chain((row,), rows)
        return iter(())

    def _read(self, cells: Sequence[Cell]) -> Sequence[Cell]:
        convert = self._convert
        return cells if convert is None else [convert(cell) if isinstance(cell, str) else cell for cell in cells]

    def see(self, row: int, values: Iterable[str]) -> None:
        """Look at values that go into a text; Refused(`file_encoding`) where they are surely in an old encoding."""
        self.spelling.look(row, values)

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


def open_list(path: Path, name: str | None = None, options: ReadOptions = AS_FOUND) -> ListFile:
    """Open a list of any format; `name` is what the file is called in sentences, if not by its path.

    Raises Refused: `file_missing`, `file_is_directory`, `file_unreadable`, `file_empty`, `file_only_header`,
    `file_not_a_list`, `file_encrypted`, `file_encoding`, `file_broken`, `file_no_phone_column`,
    `file_two_phone_columns`, and `file_unknown_…` for what was named and is not there.
    """
    name = name or str(path)
    source = _source(path, name, options)
    try:
        return ListFile(source, name, options)
    except BaseException:
        source.close()
        raise


def first_rows(path: Path, name: str, options: ReadOptions, most: int) -> list[Row]:
    """The first rows that show anything, as they stand: for a person who is to say how a list that was refused is to be read.

    Raises Refused as `open_list`, but for what the columns are.
    """
    source = _source(path, name, options)
    try:
        return list(islice((row for row in source.rows() if not all(map(is_blank, row[1]))), most))
    finally:
        source.close()


def _source(path: Path, name: str, options: ReadOptions) -> Source:
    try:
        head = _head(path, name)
        kind = workbook_kind(path, head, name)
        return Workbook(path, name, options, kind) if kind else Delimited(path, head, name, options)
    except OSError as fault:
        raise Refused("file_unreadable", f"{name} cannot be read: {fault.strerror or fault}.") from fault


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
