"""Both kinds of report as LibreOffice opens them, where it is installed: what people see is what was written."""

import csv
import shutil
import subprocess
from pathlib import Path

import pytest

from worker.services.reporting import report, report_xlsx

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")

#: Every sheet as a CSV in UTF-8, each cell as it is shown and not as it is stored.
ALL_SHEETS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
FORMULA = '=HYPERLINK("http://example.com","x")'


def opened(path: Path, tmp_path: Path) -> dict[str, list[list[str]]]:
    """Each sheet of a file by its name, as LibreOffice shows it."""
    out = tmp_path / f"seen-{path.suffix[1:]}"
    # Its dialog proposes UTF-8 where a file begins with a byte order mark; without a screen it takes the system's own encoding.
    reading = ["--infilter=CSV:44,34,76"] if path.suffix == ".csv" else []
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    subprocess.run(
        [str(SOFFICE), home, "--headless", *reading, "--convert-to", ALL_SHEETS, "--outdir", str(out), str(path)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    sheets = {}
    for seen in out.iterdir():
        with seen.open(encoding="utf-8-sig", newline="") as file:
            sheets[seen.stem.removeprefix(f"{path.stem}-")] = list(csv.reader(file))
    return sheets


@pytest.fixture
def made(loa, tmp_path):
    path = tmp_path / "khach.csv"
    names = ["Nguyễn Thị Ánh", FORMULA, "-1", "0012345678901234567890", "O’Neil"]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["phone", "ten"], *([f"0900000{n:03}", name] for n, name in enumerate(names))])
    made = loa.create(path, provider="fibo", kind="care", text="Chao {ten}")
    loa.go()
    return made


def test_the_workbook_opens_with_every_cell_as_it_was_written(loa, made, tmp_path):
    path = tmp_path / "report.xlsx"
    with path.open("wb") as file:
        report_xlsx.write(loa.deps, made.campaign.id, file, lambda _rows: None)
    sheets = opened(path, tmp_path)
    heading, *rows = sheets["Recipients"]
    at = {name: heading.index(name) for name in ("phone", "ten", "sent_at", "state")}
    assert [row[at["phone"]] for row in rows] == [f"0900000{n:03}" for n in range(5)], "the leading zero stays"
    assert [row[at["ten"]] for row in rows] == ["Nguyễn Thị Ánh", FORMULA, "-1", "0012345678901234567890", "O’Neil"]
    assert {row[at["sent_at"]] for row in rows} == {"02/03/2026 09:00:00"}, "a date, shown the day first"
    totals = {row[0]: row[1] for row in sheets["Totals"] if len(row) > 1}
    assert (totals["accepted"], totals["cost so far (VND)"]) == ("5", "1725")


def test_the_csv_opens_in_utf_8_and_runs_nothing(loa, made, tmp_path):
    path = tmp_path / "report.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        report.write_recipients(loa.deps, made.campaign.id, file, lambda _rows: None)
    ((heading, *rows),) = opened(path, tmp_path).values()
    at = {name: heading.index(name) for name in ("phone", "ten")}
    names = [row[at["ten"]] for row in rows]
    assert names[0] == "Nguyễn Thị Ánh"
    assert names[1].endswith(FORMULA), "shown, not run"
    # What a CSV cannot keep, and why there is a workbook: a spreadsheet takes phones and ids for quantities.
    assert [row[at["phone"]] for row in rows] == [f"900000{n:03}" for n in range(5)]
