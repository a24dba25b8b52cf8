"""A workbook of Excel 97 to 2003 (.xls), read by xlrd, which also knows its number formats and hidden rows."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any, BinaryIO

import xlrd
from xlrd import compdoc

from worker.errors import Refused
from worker.lists.source import Cell, is_blank
from worker.lists.workbook.cells import Block
from worker.lists.workbook.numbers import GENERAL, Formats
from worker.lists.workbook.parts import Damaged
from worker.lists.workbook.scan import Scan
from worker.lists.workbook.xlsx import Sheet


class Xls:
    """One workbook; implements `Book`. Damaged where it contradicts itself."""

    format = "xls"

    def __init__(self, file: BinaryIO, name: str) -> None:
        content = file.read()
        _check_short_streams(content)
        try:
            # What it prints about odd files has no reader.
            self._book = xlrd.open_workbook(
                file_contents=content, formatting_info=True, on_demand=True, logfile=_Silent()
            )
        except xlrd.XLRDError as fault:
            if "encrypted" in str(fault):
                raise Refused(
                    "file_encrypted", f"{name} is protected by a password; save it without one and try again."
                ) from fault
            raise Damaged(str(fault)) from fault
        self._formats = Formats(from_1904=bool(self._book.datemode))
        self._codes = {
            at: self._book.format_map[xf.format_key].format_str or GENERAL for at, xf in enumerate(self._book.xf_list)
        }
        self._loaded = self._passed = 0
        self.sheets: Sequence[Sheet] = [
            Sheet(title, self._book._sheet_visibility[at] == 0, str(at))  # noqa: SLF001 - before the sheet is loaded
            for at, title in enumerate(self._book.sheet_names())
        ]

    def scan(self, sheet: Sheet) -> Scan:
        """What the sheet hides; a formula always has a result stored with it."""
        found = Scan()
        loaded = self._load(sheet)
        for at in range(loaded.nrows):
            filled = not all(kind == xlrd.XL_CELL_TEXT and is_blank(value) for kind, value in _stored(loaded, at))
            found.rows += filled
            found.hidden += filled and _is_hidden(loaded, at)
        for at, info in loaded.colinfo_map.items():
            if info.hidden or not info.width:
                found.hide(at + 1, at + 1)
        return found

    def blocks(self, sheet: Sheet, *, skip_hidden: bool = False) -> Iterator[Block]:
        """The rows of a sheet that have cells."""
        loaded = self._load(sheet)
        self._loaded, self._passed = loaded.nrows, 0
        for start in range(0, loaded.nrows, 1000):
            block = Block()
            for at in range(start, min(loaded.nrows, start + 1000)):
                block.numbers.append(at + 1)
                block.rows.append(None if skip_hidden and _is_hidden(loaded, at) else self._cells(loaded, at))
            self._passed = start
            yield block.without_blanks()

    def progress(self) -> float:
        """How far the sheet has been read."""
        return self._passed / self._loaded if self._loaded else 0.0

    def notes(self) -> list[str]:
        """Sentences about what was read."""
        return self._formats.notes()

    def _load(self, sheet: Sheet) -> Any:
        return self._book.sheet_by_index(int(sheet.place))

    def _cells(self, loaded: Any, at: int) -> list[Cell]:
        return [self._shown(loaded.cell(at, column)) for column in range(loaded.row_len(at))]

    def _shown(self, cell: Any) -> Cell:
        match cell.ctype:
            case xlrd.XL_CELL_NUMBER | xlrd.XL_CELL_DATE:
                if not isfinite(cell.value):
                    raise Damaged("a number without end")
                return self._formats.shown(cell.value, self._codes.get(cell.xf_index, GENERAL))
            case xlrd.XL_CELL_TEXT:
                text = str(cell.value).replace("\0", "\ufffd")
                shows = self._formats.text_in(self._codes.get(cell.xf_index, GENERAL))
                return text if shows is None or not text else shows(text)
            case xlrd.XL_CELL_BOOLEAN:
                return "TRUE" if cell.value else "FALSE"
            case xlrd.XL_CELL_ERROR:
                return str(xlrd.error_text_from_code.get(cell.value, "#N/A"))
            case _:
                return None


def _stored(loaded: Any, at: int) -> Iterator[tuple[int, Any]]:
    """Kind and value of the cells that are not empty."""
    for kind, value in zip(loaded.row_types(at), loaded.row_values(at), strict=True):
        if kind not in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK}:
            yield kind, value


def _is_hidden(loaded: Any, at: int) -> bool:
    info = loaded.rowinfo_map.get(at)
    return info is not None and bool(info.hidden)


def ends(next_of: Sequence[int], first: int) -> bool:
    """Whether a chain in a table, where each place names the next one, comes to a place that the table has not."""
    for _ in range(len(next_of) + 1):
        if not 0 <= first < len(next_of):
            return True
        first = next_of[first]
    return False


def _check_short_streams(content: bytes) -> None:
    # A short stream is the only one whose sectors xlrd follows without looking whether they repeat.
    if not content.startswith(compdoc.SIGNATURE):
        return
    container = compdoc.CompDoc(content, logfile=_Silent())
    for entry in container.dirlist:
        if entry.tot_size < container.min_size_std_stream and not ends(container.SSAT, entry.first_SID):
            raise Damaged(f"the sectors of {entry.name!r} go round in a circle")


class _Silent:
    def write(self, _text: str) -> None:
        """Nowhere."""

    def flush(self) -> None:
        """Nothing."""
