"""What is in an XLSX besides the rows? Its sheets, its shared texts, and which cell styles show dates.

Read with the standard library's zipfile and expat rather than with a spreadsheet library (decision and measurements in
`spreadsheet.py`).
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from posixpath import join, normpath
from typing import IO
from xml.etree.ElementTree import Element  # noqa: S405  # only the type; defusedxml parses
from xml.parsers import expat
from zipfile import ZipFile

from defusedxml.ElementTree import fromstring

#: The tables of a workbook are held in memory; a workbook that needs more is no list (a zip bomb is one such).
_LARGEST_PART_BYTES = 300_000_000
_BLOCK_BYTES = 1 << 18
#: Number formats that every spreadsheet has without declaring them and that show dates or times (ECMA-376, 18.8.30).
_BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
#: What stands in a format without being one: quoted text, escaped characters, colours and locales, but not [h].
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class BrokenWorkbookError(Exception):
    """The workbook contradicts itself or is made to harm; the reader turns it into a sentence."""


class Workbook:
    """The parts of one open XLSX archive; raises KeyError, ValueError, expat's or zipfile's errors where it is broken."""

    def __init__(self, archive: ZipFile) -> None:
        self.archive = archive
        main = next(iter(self._targets("", "/officeDocument").values()))
        book, targets = self._xml(main), self._targets(main, "/worksheet")
        self.sheets = [targets[sheet] for sheet in _sheets(book) if sheet in targets]
        self._epoch = _epoch(book)
        texts = next(iter(self._targets(main, "/sharedStrings").values()), None)
        self.texts = list(self._texts(texts)) if texts else []
        styles = next(iter(self._targets(main, "/styles").values()), None)
        self.date_styles = _date_styles(self._xml(styles)) if styles else frozenset()

    def date_text(self, days: float) -> str | None:
        """A date as Vietnam writes it (02/03/2026, with 08:30 unless it is midnight); None if no calendar has it.

        It may be filled into a text, so it is written for its reader.
        """
        try:
            moment = self._epoch + timedelta(days=days) + timedelta(milliseconds=1)
        except OverflowError:
            return None
        if 0 <= days < 1:
            return moment.strftime("%H:%M")
        return moment.strftime("%d/%m/%Y" if days == int(days) else "%d/%m/%Y %H:%M")

    def _targets(self, part: str, kind: str) -> dict[str, str]:
        """Relation id -> path of the related parts of that kind."""
        folder, _, file = part.rpartition("/")
        relations = join(folder, "_rels", f"{file}.rels")
        return {
            relation.get("Id", ""): normpath(join("/", folder, relation.get("Target", ""))).lstrip("/")
            for relation in (self._xml(relations) if relations in self.archive.NameToInfo else ())
            if relation.get("Type", "").endswith(kind)
        }

    def _xml(self, part: str) -> Element:
        with self.open(part, _LARGEST_PART_BYTES // 10) as file:
            root: Element = fromstring(file.read())
            return root

    def open(self, part: str, largest: int | None = None) -> IO[bytes]:
        """A part of the archive as a stream; one that says it is larger than `largest` bytes is refused."""
        if largest and self.archive.getinfo(part).file_size > largest:
            raise BrokenWorkbookError(f"{part} is too large")
        return self.archive.open(part)

    def _texts(self, part: str) -> Iterator[str]:
        found: list[str] = []
        piece: list[str] = []
        reading = _TextOnly(piece)

        def end(tag: str) -> None:
            reading.end(tag)
            if tag.rpartition(":")[2] == "si":
                found.append(unescaped("".join(piece)))
                piece.clear()

        parser = safe_parser()
        parser.StartElementHandler, parser.EndElementHandler = reading.start, end
        reading.attach(parser)
        with self.open(part, _LARGEST_PART_BYTES) as file:
            for _ in parse(parser, file):
                yield from found
                found.clear()


class _TextOnly:
    """Collects what stands in <t>, except the phonetic guide <rPh> of East Asian texts."""

    def __init__(self, into: list[str]) -> None:
        self._into = into
        self._guide = False

    def attach(self, parser: expat.XMLParserType) -> None:
        self._parser = parser

    def start(self, tag: str, _: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "t" and not self._guide:
            self._parser.CharacterDataHandler = self._into.append
        elif tag == "rPh":
            self._guide = True

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "t":
            self._parser.CharacterDataHandler = None
        elif tag == "rPh":
            self._guide = False
