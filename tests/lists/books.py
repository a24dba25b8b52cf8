"""Workbooks for tests: XLSX in any spelling, and .xlsb, which no library writes."""

import os
import resource
import struct
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from worker.errors import Refused
from worker.lists.source import ReadOptions
from worker.lists.workbook import serve
from worker.lists.workbook.wire import MOST_MEMORY_BYTES, Request, pack

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


@contextmanager
def limited_memory() -> Iterator[None]:
    """So much memory more than now as the process that reads workbooks may have: a damaged file may make a library take all."""
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    mapped = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + MOST_MEMORY_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))


def read_here(path: Path, kind: str, **options: str) -> list[tuple[int, list[Any]]]:
    """The rows as the process that reads workbooks would say them, without the process: for very many files."""
    reading = ReadOptions(**options)
    rows: list[tuple[int, list[Any]]] = []
    with limited_memory(), path.open("rb") as file:
        request = Request(file.fileno(), kind, path.name, reading.sheet, reading.hidden)
        for message in serve._answers(file, request):
            pack(message)
            if "refused" in message:
                raise Refused(*message["refused"])
            if "damaged" in message:
                raise Refused("file_broken", message["damaged"])
            if "numbers" in message:
                cells: Iterator[Any]
                if "rows" in message:
                    cells = iter(message["rows"])
                else:
                    nothing = [None] * len(message["numbers"])
                    cells = zip(*(nothing if one is None else one for one in message["columns"]), strict=True)
                rows += [(number, list(one)) for number, one in zip(message["numbers"], cells, strict=True) if one]
    return rows


def an_xlsx(
    path: Path, sheet: str | bytes, texts: str | bytes | None = None, styles: str | None = None, title: str = "S"
) -> Path:
    """An archive around the XML of a sheet, of its table of shared texts and of its styles."""
    kinds = {"sharedStrings": texts, "styles": styles}
    relations = "".join(
        f'<Relationship Id="{kind}" Type="{RELATIONS}/{kind}" Target="{kind}.xml"/>'
        for kind, content in kinds.items()
        if content is not None
    )
    ooxml = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    named = {
        "workbook": "sheet.main",
        "worksheets/sheet1": "worksheet",
        "styles": "styles",
        "sharedStrings": "sharedStrings",
    }
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _declared({f"{name}.xml": f"{ooxml}.{kind}+xml" for name, kind in named.items()}),
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="b" Type="{RELATIONS}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name="{title}" sheetId="1" '
        'r:id="s"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="s" Type="{RELATIONS}/worksheet" '
        f'Target="worksheets/sheet1.xml"/>{relations}</Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
        **{f"xl/{kind}.xml": content for kind, content in kinds.items() if content is not None},
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def _declared(kinds: Mapping[str, str]) -> str:
    each = "".join(f'<Override PartName="/xl/{name}" ContentType="{kind}"/>' for name, kind in kinds.items())
    relations = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    return f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{relations}{each}</Types>'


def _looks() -> bytes:
    """One font, fill, border and style, which LibreOffice wants before it believes a format."""
    colour = struct.pack("<BBh", 3, 64, 0) + b"\0\0\0\xff"
    font = struct.pack("<HHHH", 220, 0, 400, 0) + bytes([0, 2, 0, 0]) + colour + bytes([2]) + wide("Calibri")
    fill = struct.pack("<I", 0) + colour * 2 + bytes(48)
    border = bytes(1) + bytes(10) * 5
    return b"".join(
        record(begin, struct.pack("<I", 1)) + record(kind, data) + record(end)
        for begin, kind, data, end in (
            (611, 43, font, 612),
            (603, 45, fill, 604),
            (613, 46, border, 614),
            (626, 47, struct.pack("<HHHHH", 0xFFFF, 0, 0, 0, 0) + bytes(6), 627),
        )
    )


def record(kind: int, data: bytes = b"") -> bytes:
    """One record of [MS-XLSB], 2.1.4."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, left = b"", len(data)
    while True:
        size += bytes([left & 0x7F | (0x80 if left > 127 else 0)])
        left >>= 7
        if not left:
            return head + size + data


def wide(text: str) -> bytes:
    """A text behind its length."""
    stored = text.encode("utf-16-le")
    return struct.pack("<I", len(stored) // 2) + stored


_LOOKS = _looks()


def an_xlsb(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    *,
    formats: Sequence[str] = (),
    hidden: Sequence[int] = (),
    hidden_column: int | None = None,
    shared: bool = True,
) -> Path:
    """A binary workbook; a cell is None, a text, a number, a truth, or (number, place of its format from 1), or an error as
    bytes."""
    texts: list[str] = []
    excel = "application/vnd.ms-excel"
    kinds = {"workbook": f"{excel}.sheet.binary.macroEnabled.main", "styles": f"{excel}.styles"}
    kinds |= {"sharedStrings": f"{excel}.sharedStrings"}
    kinds |= {f"worksheets/sheet{at}": f"{excel}.worksheet" for at in range(1, len(sheets) + 1)}
    parts = {"[Content_Types].xml": _declared({f"{name}.bin": kind for name, kind in kinds.items()}).encode()}
    parts["_rels/.rels"] = (
        f'<Relationships xmlns="{PACKAGE}"><Relationship Id="b" Type="{RELATIONS}/officeDocument" '
        'Target="xl/workbook.bin"/></Relationships>'.encode()
    )
    bundle, relations, columns = b"", "", b""
    if hidden_column is not None:
        one = struct.pack("<IIIIH", hidden_column, hidden_column, 2304, 0, 1)
        columns = record(390) + record(60, one) + record(391)
    for at, (title, rows) in enumerate(sheets.items(), 1):
        bundle += record(156, struct.pack("<II", 0, at) + wide(f"s{at}") + wide(title))
        relations += f'<Relationship Id="s{at}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{at}.bin"/>'
        data = b"".join(
            _row(number, cells, number in hidden, texts, shared=shared) for number, cells in enumerate(rows, 1)
        )
        size = record(148, struct.pack("<IIII", 0, max(0, len(rows) - 1), 0, max(map(len, rows), default=1) - 1))
        parts[f"xl/worksheets/sheet{at}.bin"] = (
            record(129) + size + columns + record(145) + data + record(146) + record(130)
        )
    for kind, name in (("styles", "styles"), ("sharedStrings", "sharedStrings")):
        relations += f'<Relationship Id="{kind}" Type="{RELATIONS}/{kind}" Target="{name}.bin"/>'
    parts["xl/workbook.bin"] = record(131) + record(153, bytes(12)) + record(143) + bundle + record(144) + record(132)
    parts["xl/_rels/workbook.bin.rels"] = f'<Relationships xmlns="{PACKAGE}">{relations}</Relationships>'.encode()
    parts["xl/sharedStrings.bin"] = (
        record(159, struct.pack("<II", len(texts), len(texts)))
        + b"".join(record(19, b"\0" + wide(one)) for one in texts)
        + record(160)
    )
    own = b"".join(record(44, struct.pack("<H", 164 + at) + wide(one)) for at, one in enumerate(formats))
    styles = b"".join(
        record(47, struct.pack("<HHHHH", 0, code, 0, 0, 0) + bytes(6)) for code in (0, *range(164, 164 + len(formats)))
    )
    parts["xl/styles.bin"] = (
        record(278)
        + (record(615, struct.pack("<I", len(formats))) + own + record(616) if formats else b"")
        + _LOOKS + record(617, struct.pack("<I", len(formats) + 1)) + styles + record(618)
        + record(279)
    )  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def _row(number: int, cells: Sequence[Any], hidden: bool, texts: list[str], *, shared: bool) -> bytes:
    # rw, ixfe, miyRw, two bytes of flags, one more, count of spans ([MS-XLSB], 2.4.718)
    head = struct.pack("<IIH", number - 1, 0, 300) + bytes([0, 0x10 if hidden else 0, 0]) + struct.pack("<I", 0)
    return record(0, head) + b"".join(_cell(at, cell, texts, shared=shared) for at, cell in enumerate(cells))


def _cell(at: int, cell: Any, texts: list[str], *, shared: bool) -> bytes:  # noqa: PLR0911 - one for each kind
    value, style = cell if isinstance(cell, tuple) else (cell, 0)
    head = struct.pack("<II", at, style)
    match value:
        case None:
            return record(1, head)
        case bool():
            return record(4, head + bytes([value]))
        case bytes():
            return record(3, head + value)
        case str() if shared:
            texts.append(value)
            return record(7, head + struct.pack("<I", len(texts) - 1))
        case str():
            return record(6, head + wide(value))
        case int() if abs(value) < 1 << 29:
            return record(2, head + struct.pack("<I", (value << 2 | 2) & 0xFFFFFFFF))
        case _:
            return record(5, head + struct.pack("<d", value))


def environment_of(pid: int) -> dict[str, str]:
    """What a process was started with."""
    pairs = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return dict(os.fsdecode(one).split("=", 1) for one in pairs if one)  # type: ignore[misc]
