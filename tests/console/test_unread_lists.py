"""A list whose column of numbers a person has to choose: the first rows are shown, and the choice is made above them."""

import re
from io import BytesIO

import pytest
from openpyxl import Workbook

from tests.console.browserless import Console, Person

TWO = "Mã,Họ tên,Di động chính,Di động phụ\n" + "".join(
    f"K{n},Lan {n},09000000{n:02d},09100000{n:02d}\n" for n in range(30)
)
NONE = "Mã,Họ tên\n" + "".join(f"K{n},Lan {n}\n" for n in range(30))


def cells(page: str) -> list[list[str]]:
    """The rows of the table that shows the file."""
    table = page.partition('<table class="sheet">')[2].partition("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.DOTALL)
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]


def upload(person: Person, content: str) -> str:
    return str(person.upload("/new", "a.csv", content.encode()).url.path)


def test_of_two_columns_of_numbers_the_right_one_is_chosen_above_its_numbers(console: Console):
    lan = console.person("lan", "marketer")
    path = upload(lan, TWO)
    assert lan.page is not None
    assert "Có nhiều cột số điện thoại" in lan.text()
    shown = cells(lan.page.text)
    assert shown[:2] == [
        ["1", "Mã", "Họ tên", "Di động chính", "Di động phụ"],
        ["2", "K0", "Lan 0", "0900000000", "0910000000"],
    ]
    assert re.findall(r'name="phone_column" value="(\d)" required', lan.page.text) == ["1", "2", "3", "4"]
    lan.post(path, {"phone_column": "4", "sheet": "", "hidden": "", "encoding": "auto"})
    assert "Di động phụ số điện thoại" in lan.text()


def test_where_no_column_holds_numbers_the_rows_show_what_the_file_has(console: Console):
    lan = console.person("lan", "marketer")
    upload(lan, NONE)
    assert lan.page is not None
    assert cells(lan.page.text)[1] == ["2", "K0", "Lan 0"]


def test_of_two_sheets_both_are_shown(console: Console):
    lan = console.person("lan", "marketer")
    book = Workbook()
    book.remove(book.active)
    for title, number in (("Tháng 11", "0900"), ("Tháng 12", "0910")):
        sheet = book.create_sheet(title)
        sheet.append(["phone", "Tên"])
        for n in range(30):
            sheet.append([f"{number}0000{n:02d}", "Hoa"])
    file = BytesIO()
    book.save(file)
    lan.upload("/new", "a.xlsx", file.getvalue())
    assert lan.page is not None
    assert [said in lan.text() for said in ("Trang tính Tháng 11", "Trang tính Tháng 12")] == [True, True]
    assert "0900000000" in lan.page.text
    assert "0910000000" in lan.page.text


def test_who_may_not_read_numbers_sees_none_of_them_here(console: Console):
    hoa = console.person("hoa", "approver")
    upload(hoa, TWO)
    assert hoa.page is not None
    assert cells(hoa.page.text)[1] == ["2", "K0", "Lan 0", "•••", "•••"]


@pytest.mark.parametrize("content", ["", "\x00\x01\x02" * 500])
def test_of_a_file_that_cannot_be_read_nothing_is_shown(console: Console, content: str):
    lan = console.person("lan", "marketer")
    upload(lan, content)
    assert lan.page is not None
    assert '<table class="sheet">' not in lan.page.text


def choices(page: str) -> dict[str, str]:
    """The rows that may be named as the heading, and their words; the one that is named has a star."""
    select = page.partition('<select id="header_row"')[2].partition("</select>")[0]
    found = re.findall(r'<option(?: value="(\d*)")?( selected)?>(.*?)</option>', select)
    return {value: words + (" *" if chosen else "") for value, chosen, words in found}


TITLED = "Khách VIP,Tháng 12\nDi động,Người nhận\nSố máy,Họ tên\n" + "".join(
    f"09000000{n:02d},Lan\n" for n in range(30)
)


def test_the_row_of_the_heading_is_chosen_from_the_first_rows(alone: Console):
    lan = alone.person("lan", "marketer")
    path = upload(lan, TITLED)
    assert lan.page is not None
    assert "Tiêu đề hàng 2" in lan.text()
    offered = choices(lan.page.text)
    assert list(offered)[:5] == ["", "0", "1", "2", "3"]
    assert offered["3"] == "hàng 3: Số máy · Họ tên"
    sent = {"phone_column": "", "sheet": "", "hidden": "", "encoding": "auto", "header_row": "3"}
    lan.post(path, sent)
    assert "Tiêu đề hàng 3" in lan.text()
    assert "Số máy số điện thoại" in lan.text()
    assert choices(lan.page.text)["3"].endswith("*")
    # The next step keeps it: the form that leads there sends what was chosen.
    assert '<input type="hidden" name="header_row" value="3">' in lan.page.text
    lan.post(path, {**sent, "go": "on"})
    assert "{Họ tên}" in lan.text()
    form = path.removesuffix("/list")
    lan.post(f"{form}/text", {"kind": "care", "text": "Chao {Họ tên}", "go": "on"})
    lan.post(f"{form}/when", {"provider": "esms", "sender": "LOA", "begin": "now", "again": "on", "go": "on"})
    alone.api.plan()
    lan.get(f"{form}/check")
    assert "Chao Lan" in lan.text()
    lan.post(path, {**sent, "header_row": "4"})
    assert "Hàng 4 có số điện thoại nên không phải tiêu đề" in lan.text()
    lan.post(path, {**sent, "header_row": "0"})
    assert "Tiêu đề không có" in lan.text()


def test_who_may_not_read_numbers_chooses_the_heading_without_them(console: Console):
    hoa = console.person("hoa", "approver")
    upload(hoa, TITLED)
    assert hoa.page is not None
    assert choices(hoa.page.text)["4"] == "hàng 4: ••• · Lan"
    assert "0900000000" not in hoa.page.text
