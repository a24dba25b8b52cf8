"""Where the numbers are, and what the other columns are called."""

import unicodedata

import pytest

from worker.errors import Refused
from worker.lists import open_list
from worker.lists.columns import folded, layout_of
from worker.lists.source import ReadOptions


def layout(*rows: list[object]):
    return layout_of([(number, cells) for number, cells in enumerate(rows, 1) if any(cells)], "list.csv")


P, Q = "0901234567", "0912345678"


@pytest.mark.parametrize(
    "name",
    ["phone", "Phone", " PHONE ", "phone number", "Phone_No.", "Mobile", "Tel.", "Telephone", "MSISDN", "sdt", "SĐT",
     "Số điện thoại", "so dien thoai", "Số ĐT", "Điện thoại", "Di động", "Số điện thoại (*)",
     unicodedata.normalize("NFD", "Số điện thoại")],
)  # fmt: skip
def test_a_column_of_that_name_holds_the_numbers(name):
    found = layout(["name", "note", name], ["Lan", P, "rubbish"])
    assert (found.header_row, found.phone_column) == (1, 2)


@pytest.mark.parametrize(
    ("rows", "header_row", "column"),
    [
        pytest.param([["mobile", "phone"], [P, "x"]], 1, 1, id="phone itself wins over other names"),
        pytest.param([["Phone", "phone"], [P, "x"]], 1, 1, id="and over phone in capitals"),
        pytest.param([["sdt", "phone number"], ["", P], ["", Q]], 1, 1, id="of other names the one with more numbers"),
        pytest.param([["phone"], ["rubbish"]], 1, 0, id="a list of rubbish under phone is a list"),
        pytest.param(
            [["name", "contact"], ["Lan", P], ["Mai", Q]], 1, 1, id="no name: the column with the most numbers"
        ),
        pytest.param([["Lan", P], ["Mai", Q]], 0, 1, id="no heading: the column with the most numbers"),
        pytest.param([["id", "zalo"], [101, "+1 415 555 2671"]], 1, 1, id="foreign numbers are meant as numbers"),
        pytest.param([["Mobile", P], ["Mobile", Q]], 0, 1, id="a row with a number is no heading"),
        pytest.param([["8.49E+10", "Lan"], ["8.49E+10", "Mai"]], 0, 0, id="nor is one with what was a number"),
        pytest.param([["12", "Lan"], [P, "Mai"]], 0, 0, id="a heading is of words"),
        pytest.param([["CUSTOMERS", ""], ["name", "phone"], ["Lan", P]], 2, 1, id="a title stands above the heading"),
        pytest.param([[], [], ["name", "phone"], ["Lan", P]], 3, 1, id="empty rows stand above the heading"),
        pytest.param([["x"], ["phone"], [P]], 0, 0, id="a single column has no title"),
    ],
)
def test_the_first_rows_tell_the_layout(rows, header_row, column):
    found = layout(*rows)
    assert (found.header_row, found.phone_column) == (header_row, column)


def test_headings_are_variables():
    found = layout(["phone", " Tên khách ", "", None, "mã", 2026, "mã"], [P])
    assert found.columns == ("phone", "Tên khách", "", "", "mã", "2026", "mã")
    assert layout([P, "Lan"]).columns == ()


def test_a_name_is_folded_to_its_letters():
    assert folded("Số_Điện-thoại (*)") == "sodienthoai"


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([[]], "file_empty"),
        ([["phone", "name"]], "file_only_header"),
        ([["name", "city"]], "file_only_header"),
        ([["name", "city"], ["Lan", "Vinh"]], "file_no_phone_column"),
        ([["phone", "name", "phone"], [P, "Lan", Q]], "file_two_phone_columns"),
        ([["Phone", "name", "PHONE "], [P, "Lan", Q]], "file_two_phone_columns"),
        ([[P, Q], [P, Q]], "file_ambiguous_phone_column"),
    ],
)
def test_what_holds_no_numbers_is_no_list(rows, rule):
    with pytest.raises(Refused) as fault:
        layout(*rows)
    assert fault.value.rule == rule


@pytest.mark.parametrize("other", ["Zalo", "Người nhận", "Contact", "Liên hệ"])
def test_a_column_that_may_be_it_too_is_not_passed_over_unsaid(other):
    rows = [[f"09{n:08}", f"03{n:08}"] for n in range(5)]
    with pytest.raises(Refused) as refused:
        layout([other, "SĐT"], *rows)
    assert refused.value.rule == "file_two_phone_columns"
    assert other in str(refused.value)
    # The documents name `phone`: it is taken, and the other is said.
    found = layout([other, "phone"], *rows)
    assert found.phone_column == 1
    assert found.notes == (f"Column 1 ({other}) with 5 numbers is not read; column 2 (phone) is.",)
    # Names in it are no numbers.
    assert layout([other, "SĐT"], ["Lan", P], ["Mai", Q]).phone_column == 1


def test_a_text_file_of_lines_of_many_numbers_has_a_number_in_each_cell():
    rows = [(number, [f"09{number}{at:07}" for at in range(4)]) for number in range(1, 5)]
    assert layout_of(rows, "list.txt", plain=True).every_cell
    for wrong, plain in ((rows, False), ([(number, cells[:2]) for number, cells in rows], True)):
        with pytest.raises(Refused) as refused:
            layout_of(wrong, "list", plain=plain)
        assert refused.value.rule == "file_ambiguous_phone_column"


def people(*above: list[object], names: tuple[str, ...] = ("Lan", "Mai"), column: int = 2) -> list[list[object]]:
    rows: list[list[object]] = []
    for at, name in enumerate([*names] * 5):
        row: list[object] = [at + 1, name]
        row.insert(column, f"090000{at:04}")
        rows.append(row)
    return [*above, *rows]


@pytest.mark.parametrize(
    ("above", "header_row"),
    [
        ([["DANH SÁCH SĐT KHÁCH HÀNG"], ["STT", "Họ tên", "Di động"]], 2),
        ([["Danh sách số điện thoại tháng 11"], [], ["STT", "Họ tên", "Số liên lạc"]], 3),
        ([["DANH SÁCH SĐT"], ["STT", "Họ tên", "Liên hệ"]], 2),
        ([["Cửa hàng", "Hoa Mai"], ["Điện thoại", "", "Địa chỉ"], [], ["TT", "Họ tên", "Điện thoại"]], 4),
        ([["SĐT khách hàng", "", "Ngày in"], ["TT", "Họ tên", "Mobile No."]], 2),
    ],
)
def test_a_title_that_speaks_of_phones_is_no_heading(above, header_row):
    found = layout(*people(*above))
    assert (found.header_row, found.phone_column) == (header_row, 2)


def test_a_single_word_above_all_numbers_is_still_the_heading():
    found = layout(["SĐT", ""], [P, ""], [Q, "x"])
    assert (found.header_row, found.phone_column, found.columns) == (1, 0, ("SĐT", ""))


PARENTS = [["STT", "Số điện thoại", None, "Tên"], [None, "Bố", "Mẹ", None]]


def test_what_spans_two_columns_of_a_heading_speaks_for_both():
    rows = [[at, f"09{at:08}", f"03{at:08}", "Lan"] for at in range(1, 6)]
    with pytest.raises(Refused) as refused:
        layout(*PARENTS, *rows)
    assert refused.value.rule == "file_two_phone_columns"
    assert "Bố" in str(refused.value)
    assert "Mẹ" in str(refused.value)


def test_of_two_columns_below_one_name_that_with_mobile_numbers_is_read():
    rows = [[at, "02438222333", f"03{at:08}", "Lan"] for at in range(1, 6)]
    found = layout(PARENTS[0], [None, "Cố định", "Di động", None], *rows)
    assert (found.header_row, found.phone_column) == (2, 2)
    assert found.columns == ("STT", "Cố định", "Di động", "Tên")


def test_a_merged_heading_needs_no_word_about_phones():
    rows = [[at, "Lan", f"03{at:08}", "x"] for at in range(1, 6)]
    found = layout(["STT", "Liên hệ", None, "Ghi chú"], [None, "Tên", "Số", None], *rows)
    assert (found.header_row, found.columns) == (2, ("STT", "Tên", "Số", "Ghi chú"))


@pytest.mark.parametrize("below", [["", "Lan", "", ""], ["x", "Lan", "Mai", "y"], ["", "Lan", "", "y"]])
def test_a_row_without_a_number_is_no_second_heading(below):
    found = layout(["STT", "Khách", "", "Liên hệ"], below, *[["1", "Lan", "Hà Nội", f"09{n:08}"] for n in range(3)])
    assert found.header_row == 1


@pytest.mark.parametrize("cell", ["", "02438222333", "090***4567", "chưa có"])
@pytest.mark.parametrize("other", ["Zalo", "Liên hệ", "Khách"])
def test_numbers_elsewhere_are_named_where_the_named_column_has_none(cell, other):
    with pytest.raises(Refused) as refused:
        layout(["SĐT", other], *[[cell, f"09{n:08}"] for n in range(5)])
    assert refused.value.rule == "file_ambiguous_phone_column"
    assert f"column 2 ({other}) with 5 numbers" in str(refused.value)
    # The documents name `phone`: it is taken, and the other is said.
    found = layout(["phone", other], *[[cell, f"09{n:08}"] for n in range(5)])
    assert found.notes == (f"Column 2 ({other}) with 5 numbers is not read; column 1 (phone) is.",)


def test_a_sentence_names_some_of_many_columns():
    with pytest.raises(Refused, match="column 11 with 1 number and 19 more") as refused:
        layout([one for n in range(25) for one in (f"09{n:08}", "Lan")])
    assert len(refused.value.details["columns"]) == 25


def test_a_column_without_a_name_moves_nothing_where_cells_were_placed():
    rows = [(1, ["SĐT"]), *((n, [f"09{n:08}", "Lan"]) for n in range(2, 8))]
    assert layout_of(rows, "list.csv").widest == 1
    found = layout_of(rows, "list.xlsx", placed=True)
    assert found.widest == 0
    assert found.notes == ("Most rows have more cells than the heading; what stands right of column 1 is in no text.",)
    # A number there may have been moved, by an unquoted comma before the list was a workbook.
    moved = [(1, ["Tên", "SĐT"]), *((n, ["Lan", f"03{n:08}", f"09{n:08}"]) for n in range(2, 8))]
    assert layout_of(moved, "list.xlsx", ReadOptions("SĐT"), placed=True).widest == 2
    few = [*rows, *((n, [f"09{n:08}"]) for n in range(8, 20))]
    assert layout_of(few, "list.xlsx", placed=True).widest == 1


TITLED = [
    ["Khách hàng VIP", "Tháng 12"],
    ["STT", "Số cũ"],
    ["Di động", "Tên"],
    ["0900000001", "Lan"],
    ["0900000002", "Hoa"],
]


@pytest.mark.parametrize(
    ("asked", "columns", "below"),
    [
        ("3", ("Di động", "Tên"), 3),
        ("2", ("STT", "Số cũ"), 2),
        ("0", (), 0),
    ],
)
def test_the_heading_is_the_row_that_a_person_names(tmp_path, asked, columns, below):
    path = tmp_path / "list.csv"
    path.write_text("".join(",".join(cells) + "\n" for cells in TITLED), encoding="utf-8")
    with open_list(path, None, ReadOptions("1", header_row=asked)) as found:
        assert found.columns == columns
        assert [number for number, _ in found.rows()] == list(range(below + 1, 6))
        assert found.description()["header_row"] == (int(asked) or None)


def test_the_lower_row_of_a_merged_heading_may_be_named(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Mã,Số điện thoại,\n,Bố,Mẹ\nA1,0900000001,0910000001\n", encoding="utf-8")
    with open_list(path, None, ReadOptions("Mẹ", header_row="2")) as found:
        assert found.columns == ("Mã", "Bố", "Mẹ")
        assert [cells[found.phone_column] for _, cells in found.rows()] == ["0910000001"]


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ("4", "file_header_row_of_numbers"),
        ("9", "file_unknown_header_row"),
        ("ba", "file_unknown_header_row"),
        ("-1", "file_unknown_header_row"),
    ],
)
def test_a_row_that_can_be_no_heading_is_refused_and_named(asked, rule):
    rows = list(enumerate(TITLED, start=1))
    with pytest.raises(Refused) as refused:
        layout_of(rows, "list.csv", ReadOptions(header_row=asked))
    assert refused.value.rule == rule
    assert f"row {asked}" in str(refused.value)


def test_many_numbers_above_a_named_heading_are_said_and_not_all_listed():
    rows = [[f"09000000{n:02d}", "x"] for n in range(9)] + TITLED[2:]
    found = layout_of(list(enumerate(rows, start=1)), "list.csv", ReadOptions(header_row="10"))
    assert (
        found.notes[0] == "The numbers in rows 1, 2, 3, 4, 5, 6 and 3 more stand above the heading and get no message."
    )
