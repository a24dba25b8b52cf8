"""Lists and texts that people have got wrong, each through the command line with its right outcome."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.cli.terminal import Terminal

CARE = "Cam on ban da mua hang"


def mobiles(count: int, start: int = 0) -> list[str]:
    return [f"090{start + n:07d}" for n in range(count)]


def table(*columns: list[str], heading: str = "", end: str = "") -> str:
    rows = "".join(",".join(row) + "\n" for row in zip(*columns, strict=True))
    return (heading + "\n" if heading else "") + rows + end


IDS = [f"9000000{n:02d}" for n in range(25)]
TAX = [f"03123456{n:02d}" for n in range(25)]
NAMES = ["Lan"] * 25
FIXED = ["02438000000"] * 25

READ = {
    "A1 order ids before the recipient": (
        table(IDS, NAMES, mobiles(25), heading="Mã đơn hàng,Người nhận,SĐT người nhận"), "SĐT người nhận"),
    "A1b tax codes before the contact": (
        table(TAX, NAMES, mobiles(25), heading="Mã số thuế,Tên công ty,Số liên hệ"), "Số liên hệ"),
    "A1c order numbers around the phone": (
        table(IDS, mobiles(25), IDS, heading="Order ID,Phone (Billing),Order Number"), "Phone (Billing)"),
    "A2 fixed lines beside mobiles": (table(FIXED, mobiles(25), heading="Điện thoại,ĐT di động"), "ĐT di động"),
    "C1 blank rows at the end": (table(mobiles(25), NAMES, heading="phone,ten", end=",\n" * 1000), "phone"),
    "C3 a title and labels above the heading": (
        "DANH SÁCH KHÁCH HÀNG,,,\nChi nhánh:,Hà Nội,Ngày xuất:,27/11/2026\n,,,\n"
        + table(NAMES, mobiles(25), NAMES, NAMES, heading="Họ tên,SĐT,Ghi chú,Nhóm"),
        "SĐT",
    ),
    "C4 the shop's own number above the heading": (
        "Cửa hàng Hoa,\nĐiện thoại:,0988000111\n" + table(NAMES, mobiles(25), heading="Tên khách,Điện thoại"),
        "Điện thoại",
    ),
}  # fmt: skip

REFUSED = {
    "A1d the sender's number beside the recipient's": (
        table(mobiles(25, 500), NAMES, mobiles(25), heading="SĐT người gửi,Người nhận,SĐT người nhận"), "file_two_phone_columns"),
    "A3 one heading twice": (
        table(mobiles(25), NAMES, mobiles(25, 500), heading="Số điện thoại,Tên,Số điện thoại"), "file_two_phone_columns"),
    "C17 two full columns": (table(mobiles(25), mobiles(25, 500), heading="SĐT 1,SĐT 2"), "file_two_phone_columns"),
    "ids alone": (table(IDS, NAMES, heading="Mã KH,Họ tên"), "file_no_phone_column"),
    "two columns of numbers without a word about phones": (
        table(mobiles(25), mobiles(25, 500), heading="Cột A,Cột B"), "file_ambiguous_phone_column"),
    "C10 contacts": ("BEGIN:VCARD\nVERSION:3.0\nTEL:0900000001\nEND:VCARD\n", "file_not_a_list"),
}  # fmt: skip


def dry(terminal: Terminal, path: Path, *more: str, text: str = CARE):
    words = ["campaign", "create", "--provider", "esms", "--sender", "LOA", "--kind", "care", "--text", text]
    return terminal.loa(*words, "--list", path, "--dry-run", "--json", *more)


@pytest.mark.parametrize("case", READ)
def test_the_right_column_is_read_and_named(terminal: Terminal, tmp_path: Path, case: str) -> None:
    content, column = READ[case]
    (tmp_path / "list.csv").write_text(content, encoding="utf-8")
    said = dry(terminal, tmp_path / "list.csv")
    assert said.code == 0, said
    made = said.document
    assert (made["list"]["phone_column"], made["valid"], made["rows"]) == (column, 25, 25)
    assert made["samples"][0]["text"] == CARE


@pytest.mark.parametrize("case", REFUSED)
def test_what_could_be_read_in_two_ways_is_refused(terminal: Terminal, tmp_path: Path, case: str) -> None:
    content, rule = REFUSED[case]
    (tmp_path / "list.csv").write_text(content, encoding="utf-8")
    said = dry(terminal, tmp_path / "list.csv")
    assert said.code == 1, said
    assert said.document["error"]["rule"] == rule
    assert said.err.count("\n") == 1, "one sentence"


def test_following_the_way_out_reads_the_right_people(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(REFUSED["C17 two full columns"][0], encoding="utf-8")
    by_name = dry(terminal, tmp_path / "list.csv", "--phone-column", "SĐT 2").document
    by_number = dry(terminal, tmp_path / "list.csv", "--phone-column", "2").document
    assert by_name["list"]["phone_column"] == by_number["list"]["phone_column"] == "SĐT 2"


def test_a_line_of_25_numbers_loses_nobody(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(",".join(mobiles(25)) + "\n")
    made = dry(terminal, tmp_path / "list.txt").document
    assert (made["rows"], made["valid"]) == (25, 25)


def test_sheets_and_filters_are_asked_about(terminal: Terminal, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Hà Nội"
    for sheet, start in ((book.active, 0), (book.create_sheet("TP.HCM"), 500)):
        sheet.append(["SĐT"])
        for one in mobiles(25, start):
            sheet.append([one])
    for row in range(2, 12):
        book["TP.HCM"].row_dimensions[row].hidden = True
    path = tmp_path / "list.xlsx"
    book.save(path)
    assert dry(terminal, path).document["error"]["rule"] == "file_several_sheets"
    assert dry(terminal, path, "--sheet", "TP.HCM").document["error"]["rule"] == "file_hidden_rows"
    made = dry(terminal, path, "--sheet", "TP.HCM", "--hidden", "skip").document
    assert (made["valid"], made["list"]["sheet"]) == (15, "TP.HCM")
    assert dry(terminal, path, "--sheet", "TP.HCM", "--hidden", "keep").document["valid"] == 25


def test_ids_are_not_taken_for_opt_outs(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "optout.csv"
    path.write_text(table(IDS, NAMES, mobiles(25, 800), heading="Mã KH,Họ tên,Số ĐT liên hệ"), encoding="utf-8")
    said = terminal.loa("suppress", "import", path, "--json").document
    assert (said["added"], said["list"]["phone_column"]) == (25, "Số ĐT liên hệ")
    undone = terminal.loa("suppress", "undo", "optout.csv", "--json").document
    assert undone == {"source": "optout.csv", "removed": 25}


@pytest.mark.parametrize("written", ["{{ten}}", "((ten))", "[ten]", "<ten>", "%ten%"])
def test_a_placeholder_of_another_tool_is_refused(terminal: Terminal, tmp_path: Path, written: str) -> None:
    (tmp_path / "list.csv").write_text(table(mobiles(25), NAMES, heading="phone,ten"))
    said = dry(terminal, tmp_path / "list.csv", text=f"Chao {written}")
    assert said.document["error"]["rule"] == "text_foreign_placeholder"
    assert "{ten}" in said.err


def test_the_same_command_twice_makes_one_campaign(
    terminal: Terminal, create: Callable[..., list[str | Path]], tmp_path: Path
) -> None:
    (tmp_path / "list.csv").write_text(table(mobiles(25, 900), heading="phone"))
    words = [
        word
        for word in create(tmp_path / "list.csv", text="(QC) LOA chi mot lan. Tu choi: soan TC gui 8755")
        if word != "--again"
    ]
    first = terminal.loa(*words, "--json").document
    second = terminal.loa(*words, "--json")
    assert second.code == 1
    assert second.document["error"]["rule"] == "campaign_repeated"
    assert second.document["error"]["details"]["earlier"] == first["id"]
    assert terminal.loa(*words, "--again", "--json").code == 0


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_old_and_open_workbooks_are_read_with_what_their_cells_show(terminal: Terminal, kind: str) -> None:
    path = Path(__file__).parent.parent / "lists" / "files" / f"people.{kind}"
    refused = dry(terminal, path, text="Chao {ten}, giam {giam} den {ngay}")
    assert refused.document["error"]["rule"] == "file_hidden_rows"
    made = dry(terminal, path, "--hidden", "skip", text="Chao {ten}, ma {ma} giam {giam} den {ngay}").document
    assert (made["valid"], made["list"]["sheet"]) == (4, "Khách")
    assert made["samples"][0]["text"] == "Chao Nguyễn 0, ma 00123 giam 20% den 02/03/2026"
    assert any("hidden rows are left out" in note for note in made["notes"])


def test_a_stray_cell_in_the_far_corner_is_said_and_counts_nothing(terminal: Terminal, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for one in ["SĐT", *mobiles(25, 950)]:
        book.active.append([one])
    book.active["XFD1048576"] = "x"
    book.save(tmp_path / "list.xlsx")
    made = dry(terminal, tmp_path / "list.xlsx").document
    assert (made["rows"], made["valid"], made["invalid"]) == (26, 25, 1)
    assert any("blank rows below row 26 are passed over" in note for note in made["notes"])
