"""Exports of other programs and lists as people keep them, each through the command line: what is read, or the way out."""

import csv
from pathlib import Path

import openpyxl
import pytest

from tests.cli.terminal import Terminal
from tests.cli.test_cases import CARE, dry, mobiles, table
from tests.cli.test_cases_of_texts import book, rule, written

NAMES = ["Lan", "Mai", "Hùng", "Đức", "Trần Thị Hương"] * 5
IDS = [f"9000000{n:02d}" for n in range(25)]


def people(*above: list[object]) -> list[list[object]]:
    return [*above, *([n, name, one] for n, (name, one) in enumerate(zip(NAMES, mobiles(25), strict=True), 1))]


def test_a_title_about_phones_and_two_rows_of_heading(terminal: Terminal, tmp_path: Path) -> None:
    titled = people(["DANH SÁCH SĐT KHÁCH HÀNG THÁNG 11"], [], ["STT", "Họ tên", "Di động"])
    made = dry(terminal, book(tmp_path / "a.xlsx", {"KH": titled}), text="Chao {Họ tên}").document
    assert (made["list"]["header_row"], made["list"]["phone_column"], made["valid"]) == (3, "Di động", 25)
    parents = [["Tên", "Số điện thoại", None], [None, "Bố", "Mẹ"]]
    parents += [list(row) for row in zip(NAMES, mobiles(25), mobiles(25, 500), strict=True)]
    path = book(tmp_path / "b.xlsx", {"Lớp": parents})
    said = dry(terminal, path)
    assert rule(said) == "file_two_phone_columns"
    assert "column 2 (Bố) with 25 numbers, column 3 (Mẹ) with 25 numbers" in said.err
    assert dry(terminal, path, "--phone-column", "Mẹ").document["list"]["header_row"] == 2


def test_accounts_are_no_numbers_and_numbers_elsewhere_are_named(terminal: Terminal, tmp_path: Path) -> None:
    accounts = written(tmp_path / "a.csv", table(mobiles(25), NAMES, heading="Số TK,Chủ TK"))
    assert rule(dry(terminal, accounts)) == "file_no_phone_column"
    blank = written(tmp_path / "b.csv", table([""] * 25, mobiles(25), heading="SĐT,Zalo"))
    said = dry(terminal, blank)
    assert rule(said) == "file_ambiguous_phone_column"
    assert "no mobile number in column 1 (SĐT), and there are numbers in column 2 (Zalo) with 25 numbers" in said.err
    assert dry(terminal, blank, "--phone-column", "Zalo").document["valid"] == 25


def test_a_sheet_of_orders_is_no_second_list(terminal: Terminal, tmp_path: Path) -> None:
    orders = [["Mã đơn", "Doanh thu"], *([int(one), 350_000_000 + n] for n, one in enumerate(IDS))]
    path = book(tmp_path / "list.xlsx", {"Đơn": orders, "KH": people(["STT", "Họ tên", "SĐT"])})
    assert dry(terminal, path).document["list"]["sheet"] == "KH"


@pytest.mark.parametrize("between", [" ", " - ", "/", ", "])
def test_a_heading_and_a_line_of_25_numbers(terminal: Terminal, tmp_path: Path, between: str) -> None:
    path = written(tmp_path / "list.txt", "Danh sách SĐT:\n" + between.join(mobiles(25)) + "\n")
    made = dry(terminal, path).document
    assert (made["rows"], made["valid"]) == (25, 25)


def test_values_that_are_none_and_a_0_among_names(terminal: Terminal, tmp_path: Path) -> None:
    values = ["chưa có", "none", "null null", "Nguyễn #N/A", "#BUSY!", "…", "0", *NAMES[:18]]
    path = written(tmp_path / "list.csv", table(mobiles(25), values, heading="phone,ten"))
    said = dry(terminal, path, "--refused", str(tmp_path / "refused.csv"), text="Chao {ten}, [link]")
    assert said.document["valid"] == 19
    with (tmp_path / "refused.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["reason"] for row in csv.DictReader(file)} == {"text_missing_value: ten"}
    assert [one for one in said.document["notes"] if "rows have 0 for {ten}" in one]
    assert [one for one in said.document["notes"] if '"[link]"' in one]


def test_letters_that_were_lost_are_not_sent(terminal: Terminal, tmp_path: Path) -> None:
    names = ["Nguy?n V?n Nam", "Tr?n H?ng", "Ph?m Thu"] * 9
    path = written(tmp_path / "list.csv", table(mobiles(25), names[:25], heading="phone,ten"))
    said = dry(terminal, path, text="Chao {ten}")
    assert rule(said) == "file_encoding"
    assert "save it as CSV UTF-8 or XLSX" in said.err
    assert dry(terminal, path, text=CARE).document["valid"] == 25


def test_a_code_with_its_formats_letters(terminal: Terminal, tmp_path: Path) -> None:

    path = book(tmp_path / "list.xlsx", {"KH": [["SĐT", "Mã", "Ngày"], *([one, "A1", 5] for one in mobiles(25))]})
    made = openpyxl.load_workbook(path)
    for row in made["KH"].iter_rows(min_row=2):
        row[1].number_format, row[2].number_format = '"KH-"@', 'General" ngày"'
    made.save(path)
    said = dry(terminal, path, text="ma {Mã}, con {Ngày}")
    assert said.document["samples"][0]["text"] == "ma KH-A1, con 5 ngày"
