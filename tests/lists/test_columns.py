"""Where the numbers are, and what the other columns are called."""

import unicodedata

import pytest

from worker.errors import Refused
from worker.lists.columns import folded, layout_of


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
