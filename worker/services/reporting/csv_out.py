"""Tables for spreadsheets: one writer of CSV for everything, in which no cell can run as a formula."""

import csv
import re
from collections.abc import Iterable
from typing import Any, TextIO

#: A spreadsheet runs a cell that begins so, also behind blanks, and takes full-width signs for plain ones.
_RISKY = re.compile(r"[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
#: Plain numbers begin with a sign too, and run nothing.
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
#: By it spreadsheets know that a file is UTF-8.
BYTE_ORDER_MARK = "\ufeff"


def safe(cell: str) -> str:
    """The cell as text: with an apostrophe in front where a spreadsheet would run it."""
    return f"'{cell}" if _RISKY.match(cell) and not _NUMBER.fullmatch(cell) else cell


class CsvWriter:
    """Writes rows as CSV; every text in them is made safe."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file)

    def __call__(self, row: Iterable[Any]) -> None:
        """Write one row."""
        self._writer.writerow([safe(cell) if type(cell) is str else cell for cell in row])
