"""What a workbook shows, and what it hides: sheets, filtered rows, formulas, number formats, the strict form."""

import re
import zipfile

import openpyxl
import pytest

from worker.errors import Refused
from worker.lists import ReadOptions, open_list
from worker.lists.formats import shown
from worker.lists.workbook.cells import Cells
from worker.lists.workbook.numbers import Formats
from worker.lists.workbook.texts import Texts


def numbers(start, count):
    return [f"09{start + n:08d}" for n in range(count)]


def a_book(tmp_path, sheets, name="list.xlsx"):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / name)
    return tmp_path / name


def read(path, **options):
    with open_list(path, None, ReadOptions(**options)) as found:
        return [str(cells[found.phone_column]) for _, cells in found.rows()], found


def refused(path, **options):
    with pytest.raises(Refused) as fault:
        open_list(path, None, ReadOptions(**options))
    return fault.value


def people(start, count=25):
    return [["SĐT", "Tên"], *([one, "Lan"] for one in numbers(start, count))]


def test_several_sheets_with_numbers_are_refused_naming_them(tmp_path):
    path = a_book(tmp_path, {"Hà Nội": people(0), "TP.HCM": people(100), "Ghi chú": [["xem sau"]]})
    fault = refused(path)
    assert fault.rule == "file_several_sheets"
    assert "Hà Nội (25 numbers), TP.HCM (25 numbers)" in str(fault)
    found, read_as = read(path, sheet="tp.hcm")
    assert found == numbers(100, 25)
    assert read_as.description()["sheet"] == "TP.HCM"
    assert refused(path, sheet="Đà Nẵng").rule == "file_unknown_sheet"


def test_three_hotlines_on_a_summary_are_not_the_list(tmp_path):
    hotlines = [["Tổng hợp"], ["Hotline", "0900000901"], ["Kho", "0900000902"], ["CSKH", "0900000903"]]
    assert refused(a_book(tmp_path, {"Tổng hợp": hotlines, "Khách hàng": people(0)})).rule == "file_several_sheets"


def test_a_sheet_without_numbers_is_passed_over_and_said(tmp_path):
    path = a_book(tmp_path, {"Hướng dẫn": [["Cách dùng"], ["Gửi tin"]], "Khách hàng": people(0)})
    found, read_as = read(path)
    assert found == numbers(0, 25)
    assert any("only Khách hàng" in note for note in read_as.notes)


def test_ids_and_amounts_on_another_sheet_are_no_numbers(tmp_path):
    orders = [["Mã đơn", "Doanh thu"], *([900000000 + n, 350000000 + n] for n in range(25))]
    found, read_as = read(a_book(tmp_path, {"Đơn": orders, "Khách": people(0)}))
    assert (found, read_as.sheet) == (numbers(0, 25), "Khách")
    contacts = [["Mã", "Liên hệ"], *([n, one] for n, one in enumerate(numbers(100, 3)))]
    fault = refused(a_book(tmp_path, {"Đại lý": contacts, "Khách": people(0)}))
    assert "Đại lý (3 numbers), Khách (25 numbers)" in str(fault)
    two = [["SĐT bố", "SĐT mẹ"], *zip(numbers(100, 3), numbers(200, 3), strict=True)]
    assert refused(a_book(tmp_path, {"Lớp": two, "Khách": people(0)})).rule == "file_several_sheets"


def test_a_hidden_sheet_that_is_read_is_said(tmp_path):
    path = a_book(tmp_path, {"Bìa": [], "Khách": people(0)})
    book = openpyxl.load_workbook(path)
    book["Khách"].sheet_state = "hidden"
    book.save(path)
    found, read_as = read(path)
    assert found == numbers(0, 25)
    assert list(read_as.notes) == ["Sheet Khách is hidden, and the only one with data."]


@pytest.fixture
def filtered(tmp_path):
    path = a_book(tmp_path, {"Khách": people(0, 60)})
    book = openpyxl.load_workbook(path)
    for row in range(2, 62, 2):
        book.active.row_dimensions[row].hidden = True
    book.save(path)
    return path


def test_hidden_rows_are_refused_with_the_counts_until_it_is_said(filtered):
    fault = refused(filtered)
    assert fault.rule == "file_hidden_rows"
    assert fault.details == {"hidden": 30, "visible": 31}
    assert "--hidden skip" in str(fault)
    assert read(filtered, hidden="keep")[0] == numbers(0, 60)
    found, read_as = read(filtered, hidden="skip")
    assert found == numbers(0, 60)[1::2]
    assert any("30 hidden rows are left out" in note for note in read_as.notes)


def test_formulas_without_results_are_refused_with_the_way_out(tmp_path):
    path = a_book(tmp_path, {"A": [["phone", "x"], *([f'="0"&{900000000 + n}', n] for n in range(25))]})
    fault = refused(path)
    assert fault.rule == "file_formulas_without_values"
    assert "25 formulas" in str(fault)
    assert "cell A2" in str(fault)


def test_titles_labels_and_two_row_headings_stand_above_the_list(tmp_path):
    rows = [
        ["DANH SÁCH KHÁCH HÀNG"],
        ["Chi nhánh:", "Hà Nội", "Ngày xuất:", "27/11/2026"],
        ["Điện thoại:", "0988000111"],
        [],
    ]
    rows += [["STT", "Khách hàng", "", "Ghi chú"], ["", "Tên", "SĐT", ""]]
    rows += [[n, "Lan", one, ""] for n, one in enumerate(numbers(0, 25), 1)] + [["Tổng cộng", "", 25, ""]]
    found, read_as = read(a_book(tmp_path, {"A": rows}))
    assert found[:25] == numbers(0, 25)
    assert read_as.description()["header_row"] == 6
    assert read_as.columns == ("STT", "Tên", "SĐT", "Ghi chú")
    assert any("row 3" in note for note in read_as.notes)


@pytest.mark.parametrize(
    ("number", "code", "written"),
    [
        (123, "00000", "00123"),
        (0.2, "0%", "20%"),
        (0.1234, "0.0%", "12.3%"),
        (1500000, "#,##0", "1,500,000"),
        (1234.5, "#,##0.00", "1,234.50"),
        (0, "#,##0", "0"),
        (999, "#,##0", "999"),
        (2.5, "0", "3"),
        (-5, "0.0", "-5.0"),
        (-5, "0;(0)", "(5)"),
        (1500000, '#,##0 "đ"', "1,500,000 đ"),
        (1500000, "#,##0\\ [$₫-42A]", "1,500,000 ₫"),
        (7, '"KH"000', "KH007"),
        (0.5, "#.##", ".5"),
        (1.5, "0.0#", "1.5"),
        (5, "_(* #,##0_);_(* (#,##0)", "5"),
        (5, "General", None),
        (5, "# ?/?", None),
        (5, "0.00E+00", None),
        (1500000, "#,##0,", None),
    ],
)
def test_a_number_is_written_as_its_cell_shows_it(number, code, written):
    assert shown(number, code) == written


def test_texts_get_what_the_cells_show_and_phones_stay_phones(tmp_path):
    path = a_book(
        tmp_path, {"A": [["phone", "ma", "giam", "no"], *([901200000 + n, 123, 0.2, 1500000] for n in range(3))]}
    )
    book = openpyxl.load_workbook(path)
    for row in range(2, 5):
        for column, code in enumerate(("0000000000", "00000", "0%", "#,##0"), 1):
            book.active.cell(row, column).number_format = code
    book.active["A3"].number_format = "dd/mm/yyyy"
    book.save(path)
    with open_list(path) as found:
        rows = [list(cells) for _, cells in found.rows()]
    assert rows[0] == ["0901200000", "00123", "20%", "1,500,000"]
    assert rows[1][0] == 901200001


def test_the_strict_form_is_read(tmp_path):
    path = a_book(tmp_path, {"Khách": people(0)})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, content in parts.items():
        parts[name] = re.sub(
            rb"http://schemas.openxmlformats.org/(spreadsheetml|officeDocument)/2006/(main|relationships)",
            rb"http://purl.oclc.org/ooxml/\1/\2",
            content,
        )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert read(path)[0] == numbers(0, 25)


def test_an_archive_of_very_many_files_is_refused_before_it_is_listed(tmp_path):
    path = tmp_path / "list.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(10_100):
            archive.writestr(f"xl/{n}", b"")
    fault = refused(path)
    assert fault.rule == "file_broken"
    assert "10,100 files" in str(fault)


def test_a_large_part_that_no_list_needs_is_refused(tmp_path):
    path = a_book(tmp_path, {"Khách": people(0)})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/styles.xml"] += b"<!--" + b"ab cd ef " * 3_000_000 + b"-->"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    fault = refused(path)
    assert "xl/styles.xml" in str(fault)


@pytest.mark.parametrize("shared", [True, False])
def test_texts_are_shown_with_what_their_format_puts_around_them(tmp_path, shared):
    rows = [["SĐT", "Mã"], *([one, f"A{n}" if n else None] for n, one in enumerate(numbers(0, 25)))]
    path = a_book(tmp_path, {"Khách": rows})
    book = openpyxl.load_workbook(path)
    for row in book["Khách"].iter_rows(min_row=2, min_col=2):
        row[0].number_format = '"KH-"@'
        if not shared:
            row[0].data_type = "inlineStr"
    book.save(path)
    with open_list(path) as found:
        assert [cells[1] or "" for _, cells in found.rows()] == ["", *(f"KH-A{n}" for n in range(1, 25))]


@pytest.mark.parametrize("kind", ["str", "inlineStr"])
@pytest.mark.parametrize("odd", [True, False])
def test_a_whole_column_of_texts_is_shown_alike(kind, odd):
    cells = Cells(Texts(), Formats(["General", '"KH-"@']))
    assert cells.column(kind, "1", ["a", "", "b"], odd=odd) == ["KH-a", None, "KH-b"]
    assert list(cells.column(kind, "0", ["a", ""], odd=odd)) == ["a", None]
    # A style that the workbook has not changes no text.
    assert cells.value(kind, "9", "a") == "a"
