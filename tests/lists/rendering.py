"""What LibreOffice shows of a number in a format: asked once, and kept in `files/formats.json`.

`python -m tests.lists.rendering` asks again, where `soffice` is found.
"""

import csv
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

from tests.lists.books import MAIN, an_xlsx

RECORDED = Path(__file__).parent / "files" / "formats.json"
_SEED, _PAIRS = 20261129, 600
_NUMBERS = (
    "0",
    "00",
    "00000",
    "#",
    "##0",
    "#,##0",
    "0,000",
    "0.0",
    "0.00",
    "#.##",
    "0.0#",
    "#,##0.00",
    "?0",
    "0.0?",
    "#,###",
    "000.000",
)
_BEFORE = ("", "", "", '"KH"', "+", "- ", "$", "[$€]", "(", "[Red]", "_(", "\\x", "* ")
_AFTER = (
    "",
    "",
    "",
    "%",
    " %",
    ' "đ"',
    "đ",
    ")",
    " ₫",
    "_)",
    '\\ "VND"',
    "\\ [$₫-42A]",
    "\\ VND",
    "E+00",
    ",",
    " ?/?",
    "-0",
    '"d"',
)
_VALUES = (
    0,
    1,
    -1,
    5,
    0.5,
    -0.5,
    0.05,
    0.125,
    1.006,
    12.345,
    -12.345,
    99.995,
    123,
    1234,
    -1234.5,
    1500000,
    99999999,
    0.2,
    2.5,
    3.14159,
)
_DATES = (
    "dd/mm/yyyy",
    "d/m/yyyy",
    "mm/yyyy",
    "dd/mm",
    "yyyy",
    "h:mm",
    "hh:mm:ss",
    "dd/mm/yyyy hh:mm",
    "[h]:mm",
    "[$-42A]dd/mm/yyyy",
)


def pairs() -> list[tuple[float, str]]:
    """Numbers and formats by chance, always the same."""
    source = random.Random(_SEED)
    found = dict.fromkeys(
        (source.choice(_VALUES), ";".join(_section(source) for _ in range(source.choice((1, 1, 1, 2, 3)))))
        for _ in range(_PAIRS)
    )
    dated = [(day, code) for code in _DATES for day in (46083, 46083.354166666664, 0.75, 1.5)]
    return [*found, *dated]


def rendered(asked: list[tuple[float, str]]) -> list[str]:
    """What LibreOffice shows of each."""
    with tempfile.TemporaryDirectory() as folder:
        styles = "".join(
            f'<numFmt numFmtId="{164 + at}" formatCode={quoteattr(code)}/>' for at, (_, code) in enumerate(asked)
        )
        xfs = "".join(f'<xf numFmtId="{164 + at}" applyNumberFormat="1"/>' for at in range(len(asked)))
        rows = "".join(
            f'<row r="{at}"><c r="A{at}" s="{at - 1}"><v>{n!r}</v></c></row>' for at, (n, _) in enumerate(asked, 1)
        )
        an_xlsx(
            Path(folder) / "asked.xlsx",
            f'<worksheet xmlns="{MAIN}"><cols><col min="1" max="1" width="60"/></cols><sheetData>{rows}</sheetData></worksheet>',
            None,
            f'<styleSheet xmlns="{MAIN}"><numFmts count="{len(asked)}">{styles}</numFmts><cellXfs>{xfs}</cellXfs></styleSheet>',
        )
        subprocess.run(
            [
                *("soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to"),
                *("csv:Text - txt - csv (StarCalc):44,34,76,1,,1033", "asked.xlsx"),
            ],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=120,
        )
        with (Path(folder) / "asked.csv").open(encoding="utf-8", newline="") as file:
            return [row[0] if row else "" for row in csv.reader(file)]


def found() -> bool:
    """Whether LibreOffice is here."""
    return shutil.which("soffice") is not None


def _section(source: random.Random) -> str:
    return source.choice(_BEFORE) + source.choice(_NUMBERS) + source.choice(_AFTER)


if __name__ == "__main__":
    asked = pairs()
    lines = [json.dumps([*pair, shown], ensure_ascii=False) for pair, shown in zip(asked, rendered(asked), strict=True)]
    RECORDED.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    sys.stdout.write(f"{len(lines)} kept\n")
