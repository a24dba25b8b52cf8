"""Which rows does an XLSX hold? Those of the first sheet that has any, streamed by openpyxl.

openpyxl passes over rows and cells that stand out of their order, which no spreadsheet writes.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from openpyxl import load_workbook
from openpyxl.styles.numbers import is_date_format
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.escape import unescape

from worker.errors import Refused
from worker.lists.source import Cell, Row, is_blank

#: The last row of the format; what lies beyond it is a fault of the file.
_LAST_ROW = 1_048_576
#: Unpacked bytes of a sheet, which is streamed, and of any other part, which is held in memory.
_LARGEST_SHEET_BYTES, _LARGEST_PART_BYTES = 2_000_000_000, 300_000_000
#: Real sheets shrink to a tenth or a fifteenth when they are packed, bombs to a thousandth.
_MOST_SHRINKING = 200

_is_date_format = lru_cache(is_date_format)


class Spreadsheet:
    """An XLSX list; implements `Source`."""

    format = "xlsx"
    encoding = ""
    delimiter = ""

    def __init__(self, path: Path, name: str) -> None:
        self._name = name
        self._done = False
        # openpyxl judges a path by its ending, and leaves it open when it fails.
        self._file = path.open("rb")
        try:
            with self._refusing_damage():
                self._parts = ZipFile(self._file).infolist()
                self._book = self._load()
                self._sheet = self._first_with_data()
        except BaseException:
            self.close()
            raise

    def rows(self) -> Iterator[Row]:
        """From the first row that shows anything to the last; empty rows between them are rows."""
        self._done = False
        last = 0
        with self._refusing_damage():
            for number, cells in self._rows(self._sheet) if self._sheet else ():
                for gap in range(last + 1 if last else number, number):
                    yield gap, ()
                last = number
                yield number, cells
        self._done = True

    def progress(self) -> float:
        if self._done or self._file.closed:
            return float(self._done)
        # How far the part that is being read has been read, packed as it is.
        position = self._file.tell()
        part = max((p for p in self._parts if p.header_offset < position), key=lambda p: p.header_offset)
        return min(1.0, (position - part.header_offset) / max(1, part.compress_size))

    def close(self) -> None:
        self._file.close()

    def _load(self) -> Any:
        for part in self._parts:
            most = _LARGEST_SHEET_BYTES if "/worksheets/" in part.filename else _LARGEST_PART_BYTES
            if part.file_size > min(most, max(1_000_000, part.compress_size * _MOST_SHRINKING)):
                raise Refused(
                    "file_broken",
                    f"{self._name} unpacks to more than any list needs ({part.filename}); copy the rows into a new "
                    "spreadsheet and save that.",
                )
        book = load_workbook(self._file, read_only=True, data_only=True, keep_links=False)
        if not book.worksheets:
            raise ValueError("no sheet that can be found")
        # Without them openpyxl leaves numbers as they are; it would make #VALUE! of a phone number in a date format.
        book._date_formats = frozenset()  # noqa: SLF001
        return book

    def _first_with_data(self) -> Any:
        """The sheet of the list, a hidden one only where no other has data; None if none has."""
        for sheet in sorted(self._book.worksheets, key=lambda sheet: sheet.sheet_state != "visible"):
            # Some programs write a size that is not the sheet's.
            sheet.reset_dimensions()
            if any(True for _ in self._rows(sheet)):
                return sheet
        return None

    def _rows(self, sheet: Any) -> Iterator[Row]:
        """The rows of the sheet that show anything."""
        for number, cells in enumerate(sheet.iter_rows(), 1):
            if number > _LAST_ROW:
                raise ValueError(f"row {number}")
            values = [self._value(cell) for cell in cells]
            if not all(map(is_blank, values)):
                yield number, values

    def _value(self, cell: Any) -> Cell:
        value = cell.value
        if value is None:
            return None
        if isinstance(value, str):
            return unescape(value) if "_x" in value else value
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, int | float):
            return (self._date_text(value) if _is_date_format(cell.number_format) else None) or _shown(value)
        # A date that is stored as text of ISO 8601.
        return _written(value)

    def _date_text(self, days: float) -> str | None:
        """The days since the workbook's epoch as a date; None if no calendar has it."""
        try:
            return _written(from_excel(days, self._book.epoch))
        except (OverflowError, ValueError):
            return None

    @contextmanager
    def _refusing_damage(self) -> Iterator[None]:
        """Whatever a damaged file makes openpyxl raise becomes one sentence.

        What it warns of (styles and extensions that it does not know) is no matter to a list.
        """
        warnings.filterwarnings("ignore", module=r"openpyxl\.")
        try:
            yield
        except (Refused, MemoryError):
            raise
        except Exception as fault:
            # Neither openpyxl nor zipfile has an error of its own for damage; a fault of the disk has a number.
            if isinstance(fault, OSError) and fault.errno:
                raise
            raise Refused(
                "file_broken", f"{self._name} is a damaged spreadsheet; open it and save it again as .xlsx."
            ) from fault


def _shown(number: float) -> int | float:
    """A stored number: whole ones as int, others as the 15 digits that a spreadsheet shows of them."""
    if isinstance(number, int):
        return number
    return int(number) if number.is_integer() and abs(number) < 10**15 else float(f"{number:.15g}")


def _written(moment: object) -> str:
    """A date as Vietnam writes it (02/03/2026, and 08:30 unless it is midnight): it may be filled into a text."""
    match moment:
        case time():
            return moment.strftime("%H:%M")
        case datetime() if moment.time() != time():
            return moment.strftime("%d/%m/%Y %H:%M")
        case date():
            return moment.strftime("%d/%m/%Y")
        case _:
            return str(moment)
