"""What is in an XLSX besides the rows? Its sheets, its shared texts, and which cell styles show dates."""

import re
from datetime import datetime, timedelta
from posixpath import join, normpath
from typing import IO
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from defusedxml.ElementTree import fromstring

from worker.lists.markup import local, new_parser, parse

#: The shared texts are held in memory; a workbook that has more is no list (a zip bomb is one such).
_MOST_TEXT_BYTES = 300_000_000
_LARGEST_PART_BYTES = 30_000_000
#: Number formats that every spreadsheet has without declaring them and that show dates or times (ECMA-376, 18.8.30).
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
#: What stands in a format without being one: quoted text, escaped characters, colours and locales; [h] is one.
_NOT_FORMAT = re.compile(r'"[^"]*"|[\\_*].|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION_ID = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


class Workbook:
    """The parts of one open archive; broken ones raise what zipfile, expat and the look-ups raise."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._main = next(iter(self._related("", "/officeDocument").values()))
        book = self._xml(self._main)
        sheets = self._related(self._main, "/worksheet")
        #: The paths of the sheets in their order, hidden ones last.
        self.sheets = [sheets[relation] for relation in _sheets(book) if relation in sheets]
        # Old Macintosh workbooks count from 1904.
        mac = any(e.get("date1904") in {"1", "true"} for e in book.iter() if e.tag.endswith("}workbookPr"))
        self._epoch = datetime(1904, 1, 1) if mac else datetime(1899, 12, 30)  # noqa: DTZ001  # a sheet has no zone
        #: Every text that cells refer to by its position.
        self.texts = [
            text for part in self._related(self._main, "/sharedStrings").values() for text in self._texts(part)
        ]
        #: The styles (as cells name them) that show a number as a date or time.
        self.date_styles = frozenset(
            style for part in self._related(self._main, "/styles").values() for style in _date_styles(self._xml(part))
        )

    def open(self, part: str) -> IO[bytes]:
        """A part as a stream of bytes."""
        return self._archive.open(part)

    def size(self, part: str) -> int:
        """The bytes of a part, unpacked."""
        return self._archive.getinfo(part).file_size

    def date_text(self, days: float) -> str | None:
        """A date as Vietnam writes it (02/03/2026, and 08:30 unless it is midnight); None if no calendar has it.

        It may be filled into the text of a campaign, so it is written for its readers.
        """
        try:
            # Days are binary fractions: 08:30 may be stored a hair before itself.
            moment = self._epoch + timedelta(days=days, milliseconds=1)
        except OverflowError:
            return None
        if 0 <= days < 1:
            return moment.strftime("%H:%M")
        return moment.strftime("%d/%m/%Y" if days == int(days) else "%d/%m/%Y %H:%M")

    def _related(self, part: str, kind: str) -> dict[str, str]:
        """Relation id -> path, for the parts of that kind that `part` refers to."""
        folder, _, file = part.rpartition("/")
        relations = join(folder, "_rels", f"{file}.rels")
        return {
            relation.get("Id", ""): normpath(join("/", folder, relation.get("Target", ""))).lstrip("/")
            for relation in self._xml(relations)
            if relation.get("Type", "").endswith(kind)
        }

    def _xml(self, part: str) -> Element:
        if self.size(part) > _LARGEST_PART_BYTES:
            raise ValueError(f"{part} is too large")
        root: Element = fromstring(self._archive.read(part))
        return root

    def _texts(self, part: str) -> list[str]:
        if self.size(part) > _MOST_TEXT_BYTES:
            raise ValueError(f"{part} is too large")
        texts: list[str] = []
        pieces: list[str] = []
        guide = False
        parser = new_parser()

        def start(tag: str, _: object) -> None:
            nonlocal guide
            match local(tag):
                case "t" if not guide:
                    parser.CharacterDataHandler = pieces.append
                # The phonetic guide of East Asian texts is not the text.
                case "rPh":
                    guide = True

        def end(tag: str) -> None:
            nonlocal guide
            match local(tag):
                case "t":
                    parser.CharacterDataHandler = None
                case "rPh":
                    guide = False
                case "si":
                    texts.append(unescaped("".join(pieces)))
                    pieces.clear()

        parser.StartElementHandler, parser.EndElementHandler = start, end
        with self.open(part) as file:
            for _ in parse(parser, file):
                pass
        return texts


def unescaped(text: str) -> str:
    """The text with the characters that XML cannot hold (`_x000D_`) as themselves."""
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text) if "_x" in text else text


def _sheets(book: Element) -> list[str]:
    """The relation ids of the sheets, visible ones first."""
    sheets = [element for element in book.iter() if element.tag.endswith("}sheet")]
    sheets.sort(key=lambda sheet: sheet.get("state", "visible") != "visible")
    return [sheet.get(_RELATION_ID) or sheet.get(_STRICT_RELATION_ID) or "" for sheet in sheets]


def _date_styles(styles: Element) -> set[str]:
    dates = set(_BUILT_IN_DATES)
    for element in styles.iter():
        if element.tag.endswith("}numFmt"):
            code = _NOT_FORMAT.sub("", element.get("formatCode", ""))
            (dates.add if re.search("[dmyhs]", code, re.IGNORECASE) else dates.discard)(
                int(element.get("numFmtId", "0"))
            )
    cells = next((element for element in styles if element.tag.endswith("}cellXfs")), ())
    return {str(style) for style, cell in enumerate(cells) if int(cell.get("numFmtId", "0")) in dates}
