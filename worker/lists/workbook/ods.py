"""An OpenDocument spreadsheet: its tables, and their rows as they are shown.

OpenDocument stores beside a value the text that its cell shows, so that no number format has to be understood (OpenDocument
1.3, part 3, 9.1 and 19.644 to 19.689).
"""

import re
from collections.abc import Iterator, Sequence
from typing import IO, BinaryIO, Final

from worker.errors import Refused
from worker.lists.source import is_blank
from worker.lists.workbook.cells import LAST_ROW, Block
from worker.lists.workbook.ods_rows import OdsRow, TableReader
from worker.lists.workbook.parts import BLOCK, LARGEST_SHEET_BYTES, Damaged, Parts, blocks, feed
from worker.lists.workbook.scan import Scan
from worker.lists.workbook.texts import cleaned
from worker.lists.workbook.xlsx import Sheet

_CONTENT: Final = "content.xml"
_TABLE: Final = re.compile(rb"<table:table(\s[^>]*)?>")
_STYLE: Final = re.compile(rb'<style:style\b([^>]*\bstyle:family="table"[^>]*)>\s*<style:table-properties\b([^>]*)>')
_SAID: Final = re.compile(rb'\b([\w-]+:[\w-]+)="([^"]*)"')
#: What lies over the end of a block: no tag of a table is longer.
_OVERLAP: Final = 4096


class Ods:
    """One spreadsheet; implements `Book`. Damaged where it contradicts itself."""

    format = "ods"

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._parts = Parts(file, name)
        if "META-INF/manifest.xml" in self._parts:
            with self._parts.open("META-INF/manifest.xml") as part:
                if b"encryption-data" in part.read():
                    raise Refused(
                        "file_encrypted", f"{name} is protected by a password; save it without one and try again."
                    )
        with self._open() as part:
            self.sheets: Sequence[Sheet] = _sheets(part)

    def scan(self, sheet: Sheet) -> Scan:
        """What the sheet hides."""
        found = Scan()
        for row in self._rows(sheet, found):
            filled = not all(map(is_blank, row.cells))
            found.rows += filled
            found.hidden += filled and row.hidden
            found.formulas += len(row.formulas)
            if row.formulas and not found.first_formula:
                found.first_formula = f"{row.formulas[0]}{row.number}"
        return found

    def blocks(self, sheet: Sheet, *, skip_hidden: bool = False) -> Iterator[Block]:
        """The rows of a sheet that have cells."""
        block = Block()
        for row in self._rows(sheet):
            for number in range(row.number, row.number + row.times):
                block.numbers.append(number)
                block.rows.append(None if skip_hidden and row.hidden else row.cells)
                if block.is_full():
                    yield block
                    block = Block()
        yield block

    def progress(self) -> float:
        """How far the tables have been read."""
        return self._parts.progress()

    def notes(self) -> list[str]:
        """Nothing has to be said: the texts are those that the cells show."""
        return []

    def _rows(self, sheet: Sheet, found: Scan | None = None) -> Iterator[OdsRow]:
        """The rows of a table; what it hides of its columns goes into `found`."""
        reader = TableReader(int(sheet.place))
        with self._open() as part:
            for block in blocks(part):
                broken = None
                try:
                    feed(reader.parser, block)
                except Damaged as fault:
                    broken = fault
                for row in reader.take():
                    if row.number + row.times - 1 > LAST_ROW:
                        raise Damaged("a row beyond the last")
                    yield row
                if broken is not None:
                    raise broken
            feed(reader.parser, b"", last=True)
        if found is not None:
            for columns in reader.hidden_columns:
                found.hide(*columns)

    def _open(self) -> IO[bytes]:
        return self._parts.open(_CONTENT, LARGEST_SHEET_BYTES)


def _sheets(content: IO[bytes]) -> list[Sheet]:
    """The tables in their order; found by their tags alone, because the rows between them may be millions."""
    hidden: set[bytes] = set()
    found: list[Sheet] = []
    kept, done = b"", 0
    while block := content.read(BLOCK):
        kept += block
        for style in _STYLE.finditer(kept):
            said, shown = dict(_SAID.findall(style[1])), dict(_SAID.findall(style[2]))
            if shown.get(b"table:display") == b"false":
                hidden.add(said.get(b"style:name", b""))
        for tag in _TABLE.finditer(kept, done):
            said = dict(_SAID.findall(tag[1] or b""))
            title = cleaned(said.get(b"table:name", b"").decode())
            found.append(Sheet(title, said.get(b"table:style-name") not in hidden, str(len(found))))
            done = tag.end()
        cut = max(0, len(kept) - _OVERLAP)
        kept, done = kept[cut:], max(0, done - cut)
    if not found:
        raise Damaged("no table")
    return found
