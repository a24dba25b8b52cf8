"""Which rows does an XLSX hold? Those of the first sheet that has any, streamed by openpyxl.

openpyxl passes over rows and cells that stand out of their order, which no spreadsheet writes.
"""

import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.styles.numbers import is_date_format
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.escape import unescape

from worker.errors import Refused
from worker.lists.source import Cell, Row, is_blank

#: The last row that the format has; more rows are a fault of the file.
_LAST_ROW = 1_048_576
#: Unpacked bytes of a sheet, and of any other part: those are read into memory. What is larger is no list (a zip bomb).
_LARGEST_SHEET_BYTES, _LARGEST_PART_BYTES = 2_000_000_000, 300_000_000
#: Sheets shrink to a tenth or a thirtieth when they are packed, bombs to a thousandth.
_MOST_SHRINKING = 200

#: What openpyxl and those below it raise for a damaged file (RuntimeError: a part with a password). It names none of its own.
_BROKEN = (
    BadZipFile, zlib.error, EOFError, ParseError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError,
    RuntimeError,
)  # fmt: skip

_is_date_format = cache(is_date_format)


class Spreadsheet:
    """An XLSX list; implements `Source`."""

    format = "xlsx"
    encoding = ""
    delimiter = ""

    def __init__(self, path: Path, name: str) -> None:
        self._name = name
        self._done = False
        self._file = path.open("rb")
        try:
            with self._refusing():
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
        with self._refusing():
            for number, cells in self._rows(self._sheet) if self._sheet else ():
                for gap in range(last + 1 if last else number, number):
                    yield gap, ()
                last = number
                yield number, cells
        self._done = True

    def progress(self) -> float:
        if self._done or self._file.closed:
            return float(self._done)
        position = self._file.tell()
        part = max((part for part in self._parts if part.header_offset < position), key=lambda part: part.header_offset)
        return min(1.0, (position - part.header_offset) / max(1, part.compress_size))

    def close(self) -> None:
        self._file.close()
