"""Made-up lists of recipients for the benchmarks."""

import random
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

#: Where the numbers of the lists for single sends begin.
FIRST = 900_000_000
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TO = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
#: The parts of a workbook around its one sheet.
_FRAME = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/'
    f'vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_KIND}.sharedStrings+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="b" Type="{_TO}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_TO}"><sheets><sheet name="People" sheetId="1" r:id="s"/></sheets>'
    "</workbook>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="s" Type="{_TO}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="t" Type="{_TO}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
}


def messy(path: Path, numbers: int) -> Path:
    """Numbers in no order, with a name beside each and one repeat in two hundred."""
    source = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        file.write("phone,name\n")
        for n in range(numbers):
            digits = source.randrange(100_000_000) if n % 200 else 12_345_678
            file.write(f"09{digits:08d},Khách hàng {n % 5000}\n")
    return path


def plain(path: Path, numbers: int) -> Path:
    """So many different numbers."""
    with path.open("w", encoding="utf-8") as file:
        file.write("phone\n")
        file.writelines(f"{phone}\n" for phone in phones(numbers))
    return path


def phones(numbers: int) -> list[str]:
    """The numbers of `plain`, as they are written in Vietnam."""
    return [f"0{FIRST + n}" for n in range(numbers)]


def three_columns(path: Path, rows: int) -> Path:
    """A number, a name and a code in each row, as the file's name says: CSV, `shared.xlsx`, `inline.xlsx` or `distinct.xlsx`.

    In `distinct.xlsx` no text stands twice; else names repeat after 5,000.
    """
    how = path.stem
    names = rows if how == "distinct" else 5000
    source = random.Random(7)

    def cells() -> Iterator[tuple[str, str, str]]:
        for n in range(rows):
            phone = n if how == "distinct" else source.randrange(100_000_000) if n % 200 else 12_345_678
            yield f"09{phone % 100_000_000:08d}", f"Khách hàng {n % names}", f"KH{n:08d}"

    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8") as file:
            file.write("phone,name,code\n")
            file.writelines(",".join(one) + "\n" for one in cells())
        return path
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in _FRAME.items():
            archive.writestr(name, content)
        texts: dict[str, int] = {}
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            part.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for row, values in enumerate(chain([("phone", "name", "code")], cells()), 1):
                if how == "inline":
                    each = (f' t="inlineStr"><is><t>{value}</t></is>' for value in values)
                else:
                    each = (f' t="s"><v>{texts.setdefault(value, len(texts))}</v>' for value in values)
                written = "".join(f'<c r="{column}{row}"{one}</c>' for column, one in zip("ABC", each, strict=True))
                part.write(f'<row r="{row}" spans="1:3">{written}</row>'.encode())
            part.write(b"</sheetData></worksheet>")
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            part.write(f'<sst xmlns="{_MAIN}">'.encode())
            for text in texts:
                part.write(f"<si><t>{text}</t></si>".encode())
            part.write(b"</sst>")
    return path
