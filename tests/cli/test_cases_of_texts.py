"""The rest of the inputs that people have got wrong (workbooks, texts, counts), each through the command line."""

import csv
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cli.terminal import Said, Terminal
from tests.cli.test_cases import CARE, NAMES, dry, mobiles, table
from tests.lists.test_legacy import spelled
from worker.clock import Clock
from worker.domain.window import VIETNAM


def book(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def rule(said: Said) -> str:
    assert said.code == 1, said
    return str(said.document["error"]["rule"])


def test_a1f_headings_that_people_use(terminal: Terminal, tmp_path: Path) -> None:
    ids = [f"9000000{n:02d}" for n in range(25)]
    for heading in ("Số ĐT KH", "Contact No."):
        path = written(tmp_path / "list.csv", table(ids, mobiles(25), heading=f"Mã đơn,{heading}"))
        assert dry(terminal, path).document["list"]["phone_column"] == heading


def test_a5b_three_hotlines_on_a_summary_are_not_the_list(terminal: Terminal, tmp_path: Path) -> None:
    hotlines, people = [["Hotline"], *([one] for one in mobiles(3, 700))], [["SĐT"], *([one] for one in mobiles(25))]
    path = book(tmp_path / "list.xlsx", {"Tổng hợp": hotlines, "Khách hàng": people})
    said = dry(terminal, path)
    assert rule(said) == "file_several_sheets"
    assert "Tổng hợp" in said.err
    assert dry(terminal, path, "--sheet", "Khách hàng").document["valid"] == 25


def test_a7_placeholders_and_c24_numbers_of_no_carrier(terminal: Terminal, tmp_path: Path) -> None:
    strange = [f"071{n:07d}" for n in range(25)]
    path = written(tmp_path / "list.csv", table([*strange, "1234567890", "0987654321", "0999999999"], heading="phone"))
    made = dry(terminal, path).document
    assert (made["valid"], made["refused_by_reason"]) == (25, {"placeholder": 3})
    assert any(note.startswith("25 numbers begin with digits that no carrier") for note in made["notes"])


def test_b1_a_value_that_says_there_is_none_and_c11_its_sentence(terminal: Terminal, tmp_path: Path) -> None:
    missing = ["#N/A", "NULL", "None", "nan", "undefined", "\\N", "[object Object]", "(trống)"]
    names = [*missing, "A\u0007B", *NAMES[:16]]
    path = written(tmp_path / "list.csv", table(mobiles(25), names, heading="phone,ten"))
    said = dry(terminal, path, "--refused", str(tmp_path / "refused.csv"), text="Chao {ten}")
    assert said.document["valid"] == 16
    with (tmp_path / "refused.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["reason"] for row in rows[:8]] == ["text_missing_value: ten"] * 8
    assert [row["row"] for row in rows] == [str(n) for n in range(2, 11)]
    assert all(re.fullmatch(r"[A-Z{].* .*\.", row["explanation"]) for row in rows), "a sentence each"


def test_b2_a_text_says_what_the_cells_show(terminal: Terminal, tmp_path: Path) -> None:
    rows = [["phone", "ma", "giam", "no"], *([one, 123, 0.2, 1_500_000] for one in mobiles(25))]
    path = book(tmp_path / "list.xlsx", {"Khách": rows})
    made = openpyxl.load_workbook(path)
    for row in made["Khách"].iter_rows(min_row=2):
        row[1].number_format, row[2].number_format, row[3].number_format = "00000", "0%", "#,##0"
    made.save(path)
    said = dry(terminal, path, text="ma {ma} giam {giam} no {no}")
    assert said.document["samples"][0]["text"] == "ma 00123 giam 20% no 1,500,000"


def test_b4_old_encodings_are_recognised_and_converted(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    names = ["Nguyễn Văn Đầm", "Trần Thị Hương", "Phạm Thu Thủy"] * 9
    lines = "".join(f"{one},{spelled(name, 'tcvn3')}\n" for one, name in zip(mobiles(25), names, strict=False))
    path.write_bytes(("phone,ten\n" + lines).encode("latin-1"))
    said = dry(terminal, path, text="Chao {ten}")
    assert rule(said) == "file_encoding"
    assert "--encoding tcvn3" in said.err
    made = dry(terminal, path, "--encoding", "tcvn3", text="Chao {ten}").document
    assert made["samples"][0]["text"].lower() == "chao nguyễn văn đầm"
    wrong = "".join(
        f"{one},{name.encode().decode('cp1252', 'ignore')}\n" for one, name in zip(mobiles(25), names, strict=False)
    )
    assert rule(dry(terminal, written(path, "phone,ten\n" + wrong), text="Chao {ten}")) == "file_encoding"


def test_b5_care_texts_wait_for_their_hours(terminal: Terminal, tmp_path: Path) -> None:
    path = written(tmp_path / "list.csv", table(mobiles(3), heading="phone"))
    tomorrow = Clock().now().astimezone(VIETNAM) + timedelta(days=1)
    words = [
        "campaign",
        "create",
        "--provider",
        "esms",
        "--sender",
        "LOA",
        "--kind",
        "care",
        "--text",
        CARE,
        "--list",
        path,
    ]
    words += ["--at", f"{tomorrow:%d/%m/%Y} 22:40", "--again", "--json"]
    made = terminal.loa(*words, LOA_CARE_WINDOWS="07:00-21:00").document
    opening = f"{tomorrow + timedelta(days=1):%Y-%m-%d}T07:00:00+07:00"
    assert made["scheduled_for"] == opening
    assert any("07:00-21:00 only" in note for note in made["notes"])
    shown = terminal.loa("campaign", "show", made["id"], "--json", LOA_CARE_WINDOWS="07:00-21:00").document
    assert (shown["leaves"], shown["until"]) == (opening, None)
    late = terminal.loa(*words, "--until", f"{tomorrow:%d/%m/%Y}", LOA_CARE_WINDOWS="07:00-21:00")
    assert rule(late) == "until_too_early"


def test_c6_and_c23_a_heading_with_a_line_break_or_hard_blank_is_the_same_name(
    terminal: Terminal, tmp_path: Path
) -> None:
    broken = book(tmp_path / "a.xlsx", {"Khách": [["SĐT", "Họ\ntên"], *([one, "Lan"] for one in mobiles(25))]})
    hard = written(tmp_path / "b.csv", table(mobiles(25), NAMES, heading="phone,Họ\u00a0tên"))
    for path in (broken, hard):
        assert dry(terminal, path, text="Chao {Họ tên}").document["samples"][0]["text"] == "Chao Lan"


def test_c7_the_strict_form_and_c9_formulas_without_results(terminal: Terminal, tmp_path: Path) -> None:
    path = book(tmp_path / "strict.xlsx", {"Khách": [["SĐT"], *([one] for one in mobiles(25))]})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            old, new = (
                rb"http://schemas.openxmlformats.org/(spreadsheetml|officeDocument)/2006/(main|relationships)",
                rb"http://purl.oclc.org/ooxml/\1/\2",
            )
            archive.writestr(name, re.sub(old, new, content))
    assert dry(terminal, path).document["valid"] == 25
    formulas = book(tmp_path / "formulas.xlsx", {"Khách": [["SĐT"], *([f'="{one}"'] for one in mobiles(25))]})
    said = dry(terminal, formulas)
    assert rule(said) == "file_formulas_without_values"
    assert "save it" in said.err


def test_c21_a_row_with_more_cells_than_the_heading_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    good = "".join(f"A,B,{one}\n" for one in mobiles(24))
    path = written(tmp_path / "list.csv", "name,note,phone\nA, B,0987654320,0901200023\n" + good)
    made = dry(terminal, path).document
    assert (made["valid"], made["invalid"], made["refused_by_reason"]) == (24, 1, {"row_too_wide": 1})


def test_c22_typographic_values_are_noted_with_their_cost_and_written_plainly(
    terminal: Terminal, tmp_path: Path
) -> None:
    names = ["O’Neil", "D–E", *NAMES[:23]]
    path = written(tmp_path / "list.csv", table(mobiles(25), names, heading="phone,ten"))
    text = "Chao {ten}, " + "x" * 112
    made = dry(terminal, path, text=text).document
    assert made["parts_total"] == 27
    assert any("2 rows" in note and "--plain" in note and "690 VND" in note for note in made["notes"])
    plain = dry(terminal, path, "--plain", text=text).document
    assert plain["parts_total"] == 25
    assert plain["samples"][0]["text"].startswith("Chao O'Neil")


def test_c25_markup_that_fibos_server_refuses_is_warned_of(terminal: Terminal, tmp_path: Path) -> None:
    path = written(tmp_path / "list.csv", table(mobiles(3), heading="phone"))
    words = [
        "campaign",
        "create",
        "--provider",
        "fibo",
        "--sender",
        "LOA",
        "--kind",
        "care",
        "--text",
        "Chao <b>ban</b>",
    ]
    keys = {"LOA_FIBO_CLIENT_NO": "CL0000000001", "LOA_FIBO_CLIENT_PASS": "sandbox-pass"}
    made = terminal.loa(*words, "--list", path, "--dry-run", "--json", **keys).document
    assert any("Fibo's web server refuses" in note for note in made["notes"])


def test_an_ad_with_a_name_names_fibo(terminal: Terminal, tmp_path: Path) -> None:
    path = written(tmp_path / "list.csv", table(mobiles(25), [f"Lan {n}" for n in range(25)], heading="phone,ten"))
    words = [
        "campaign",
        "create",
        "--provider",
        "esms",
        "--sender",
        "LOA",
        "--kind",
        "ads",
        "--text",
        "(QC) Chao {ten}",
    ]
    said = terminal.loa(*words, "--list", path, "--dry-run", "--json")
    assert rule(said) == "too_few_numbers_per_text"
    assert "Fibo (provider fibo)" in said.err


@pytest.mark.parametrize("at", ["28/13/2026 9:00", "31/02/2027", "9:00"])
def test_a_date_that_is_none_is_said_with_the_forms_that_are(terminal: Terminal, tmp_path: Path, at: str) -> None:
    said = dry(terminal, written(tmp_path / "list.csv", table(mobiles(3), heading="phone")), "--at", at)
    assert said.code == 2
    assert "02/03/2026 9:00 (the day first)" in said.err
