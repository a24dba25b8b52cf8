"""An XLSX workbook, in the transitional or the strict form (ISO/IEC 29500): its sheets and their rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from worker.lists.workbook.cells import Block, Cells
from worker.lists.workbook.numbers import BUILT_IN, GENERAL, Formats
from worker.lists.workbook.parts import (
    LARGEST_SHEET_BYTES,
    LARGEST_TEXTS_BYTES,
    Attributes,
    Damaged,
    Parts,
    walk,
)
from worker.lists.workbook.rows import SheetRows
from worker.lists.workbook.scan import Scan, scan
from worker.lists.workbook.texts import Texts, read_texts


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet by its title, and what its book finds it by."""

    title: str
    visible: bool
    place: str


class Xlsx:
    """One workbook; implements `Book`. Damaged where it contradicts itself."""

    format = "xlsx"

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._parts = Parts(file, name)
        self._book = next(
            (path for kind, path in self._parts.relations("").values() if kind == "officeDocument"), "xl/workbook.xml"
        )
        self._relations = self._parts.relations(self._book)
        self._formats = Formats()
        self.sheets = self._sheets()

    def scan(self, sheet: Sheet) -> Scan:
        """What the sheet hides."""
        with self._parts.open(sheet.place, LARGEST_SHEET_BYTES) as part:
            return scan(part)

    def blocks(self, sheet: Sheet, *, skip_hidden: bool = False) -> Iterator[Block]:
        """The rows of a sheet that have cells."""
        rows = SheetRows(Cells(self._texts, self._styles, skip_hidden=skip_hidden))
        with self._parts.open(sheet.place, LARGEST_SHEET_BYTES) as part:
            yield from rows.blocks(part)

    def progress(self) -> float:
        """How far the sheet has been read."""
        return self._parts.progress()

    def notes(self) -> list[str]:
        """Sentences about what was read."""
        return self._formats.notes()

    @cached_property
    def _texts(self) -> Texts:
        path = self._of_kind("sharedStrings")
        if path is None or path not in self._parts:
            return Texts()
        with self._parts.open(path, LARGEST_TEXTS_BYTES) as part:
            return read_texts(part)

    @cached_property
    def _styles(self) -> Formats:
        path = self._of_kind("styles")
        if path is not None and path in self._parts:
            with self._parts.open(path) as part:
                walk(part, _StyleReader(self._formats).start)
        return self._formats

    def _of_kind(self, kind: str) -> str | None:
        return next((path for named, path in self._relations.values() if named == kind), None)

    def _sheets(self) -> list[Sheet]:
        found: list[Sheet] = []

        def start(name: str, attributes: Attributes) -> None:
            if name == "workbookPr":
                self._formats.from_1904 = attributes.get("date1904") in {"1", "true"}
            elif name == "sheet":
                ids = (value for key, value in attributes.items() if key.endswith(":id"))
                kind, path = self._relations.get(next(ids, ""), ("", ""))
                if kind == "worksheet":
                    visible = attributes.get("state", "visible") == "visible"
                    found.append(Sheet(attributes.get("name", ""), visible, path))

        with self._parts.open(self._book) as part:
            walk(part, start)
        if not found:
            raise Damaged("no sheet that can be found")
        return found


class _StyleReader:
    """Reads which number format each style of a cell has."""

    def __init__(self, formats: Formats) -> None:
        self._formats = formats
        self._own: dict[str, str] = {}
        self._of_cells = False

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        match name:
            case "numFmt":
                self._own[attributes.get("numFmtId", "")] = attributes.get("formatCode", GENERAL)
            case "cellXfs":
                self._of_cells = True
            case "cellStyles" | "dxfs" | "cellStyleXfs":
                self._of_cells = False
            case "xf" if self._of_cells:
                named = attributes.get("numFmtId", "0")
                self._formats.codes.append(self._own.get(named) or BUILT_IN.get(int(named), GENERAL))
