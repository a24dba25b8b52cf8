"""Reports that open well, and run nothing."""

import csv
import io
import re
from pathlib import Path

import openpyxl
import pytest

import worker
from worker.services.reporting import report, report_xlsx
from worker.services.reporting.csv_out import safe


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1+1", "-1+1", "@x", "\t=1", "\n=1", "\r=1", " =1", "\u00a0=1", "＝1", "＋a", "－a", "＠a", "\tx"]
)
def test_a_cell_that_a_spreadsheet_would_run_is_text(cell):
    assert safe(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["0901234567", "+84901234567", "-5", "An", "", "a=b", "100 - 200", "Nguyễn"])
def test_other_cells_stay_as_they_are(cell):
    assert safe(cell) == cell


def test_one_module_writes_csv():
    root = Path(worker.__file__).parent
    allowed = {"services/reporting/csv_out.py", "cli/demo/sample_list.py", "api/upload.py"}
    found = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if re.search(r"csv\.(Dict)?[wW]riter", path.read_text())
    }
    assert found == allowed


@pytest.fixture
def made(loa, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("phone,ten\n0900000001,An\n0900000002,=HYPERLINK(1)\n0900000003,Binh\n", encoding="utf-8")
    made = loa.create(path, kind="care", text="Chao {ten}")
    loa.go()
    return made


def test_the_csv_names_time_id_and_values_and_opens_as_utf_8(loa, made):
    file = io.StringIO()
    assert report.write_recipients(loa.deps, made.campaign.id, file, lambda _lines: None) == 3
    assert file.getvalue()[0] == "\ufeff"
    rows = list(csv.DictReader(io.StringIO(file.getvalue()[1:])))
    assert [row["phone"] for row in rows] == ["0900000001", "0900000002", "0900000003"]
    assert [row["ten"] for row in rows] == ["An", "'=HYPERLINK(1)", "Binh"]
    assert {row["state"] for row in rows} == {"accepted"}
    assert all(row["provider_ref"] and row["sent_at"].startswith("2026-03-02T09:00:00+07:00") for row in rows)


def test_the_workbook_keeps_zeros_ids_and_dates(loa, made, tmp_path):
    with (tmp_path / "report.xlsx").open("wb") as file:
        assert report_xlsx.write(loa.deps, made.campaign.id, file, lambda _lines: None) == 3
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    assert book.sheetnames == ["Totals", "Recipients"]
    heading, *rows = book["Recipients"].iter_rows()
    names = [cell.value for cell in heading]
    assert names == [*report.COLUMNS, "ten"]
    assert book["Recipients"].freeze_panes == "A2"
    phone, ref, sent, ten = (names.index(name) for name in ("phone", "provider_ref", "sent_at", "ten"))
    assert [row[phone].value for row in rows] == ["0900000001", "0900000002", "0900000003"]
    assert {row[phone].data_type for row in rows} == {row[ref].data_type for row in rows} == {"s"}
    assert all(row[sent].is_date for row in rows)
    assert (rows[1][ten].value, rows[1][ten].data_type) == ("=HYPERLINK(1)", "s")
    totals = {row[0].value: row[1].value for row in book["Totals"].iter_rows()}
    assert (totals["numbers"], totals["accepted"], totals["text"]) == (3, 3, "Chao {ten}")


def test_more_recipients_than_a_sheet_has_rows_go_on_a_second(loa, made, tmp_path, monkeypatch):
    monkeypatch.setattr(report_xlsx, "MOST_ROWS", 2)
    with (tmp_path / "report.xlsx").open("wb") as file:
        report_xlsx.write(loa.deps, made.campaign.id, file, lambda _lines: None)
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    assert [book[name].max_row for name in book.sheetnames[1:]] == [3, 2]
