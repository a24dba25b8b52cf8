"""Which rows does an XLSX hold? The first sheet that has any, streamed.

Read with zipfile and expat rather than python-calamine: that library lays a sheet out as a full rectangle before its
first row (265-300 MB for a million rows of three columns, and with them for every further column), and a stray cell in
the far corner makes it abort the whole process for want of memory, which nobody can catch. openpyxl streams, but
needs 42 s for that million. This takes about 8 s and 15 MB, plus the shared texts.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile, ZipFile

from defusedxml.common import DefusedXmlException

from worker.errors import Refused
from worker.lists.markup import parse
from worker.lists.sheet import NumberedCells, SheetReader
from worker.lists.source import Row
from worker.lists.workbook import Workbook

#: Whatever a damaged archive, part or reference makes its readers raise (RuntimeError: a member with a password).
_BROKEN = (
    BadZipFile, zlib.error, EOFError, ExpatError, ParseError, DefusedXmlException, LookupError, ValueError, StopIteration,
    RuntimeError, NotImplementedError,
)  # fmt: skip


class Spreadsheet:
    """An XLSX list; implements `Source`."""

    format = "xlsx"
    encoding = ""
    delimiter = ""

    def __init__(self, path: Path, name: str) -> None:
        self._name = name
        self._progress = 0.0
        self._archive = ZipFile(path)
        try:
            self._book = Workbook(self._archive)
            self._sheet = next((sheet for sheet in self._book.sheets if any(self._rows(sheet))), None)
        except _BROKEN as fault:
            self.close()
            raise self._broken() from fault
        self._progress = 0.0

    def rows(self) -> Iterator[Row]:
        """From the first row that shows anything to the last; empty rows between them are rows."""
        last = 0
        try:
            for number, cells in self._rows(self._sheet) if self._sheet else ():
                for gap in range(last + 1 if last else number, number):
                    yield gap, ()
                last = number
                yield number, cells
        except _BROKEN as fault:
            raise self._broken() from fault
        self._progress = 1.0

    def progress(self) -> float:
        return self._progress

    def close(self) -> None:
        self._archive.close()

    def _rows(self, sheet: str) -> Iterator[NumberedCells]:
        """The rows of the sheet that show anything."""
        size = self._book.size(sheet) or 1
        reader = SheetReader(self._book)
        with self._book.open(sheet) as file:
            for done in parse(reader.parser, file):
                self._progress = min(1.0, done / size)
                yield from reader.found
                reader.found.clear()

    def _broken(self) -> Refused:
        return Refused("file_broken", f"{self._name} is a damaged spreadsheet; open it and save it again as .xlsx.")
