"""XLSX as spreadsheets write it, and as they should not."""

import struct
import tracemalloc
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from worker.errors import Refused
from worker.lists import open_list


def a_sheet(folder: Path, cells: dict[str, object], name: str = "list.xlsx") -> Path:
    book = openpyxl.Workbook()
    for place, value in cells.items():
        book.active[place] = value
    book.save(folder / name)
    return folder / name


def rows_of(path: Path) -> list[tuple[int, list[object]]]:
    with open_list(path) as found:
        return [(row, list(cells)) for row, cells in found.rows()]


def rewritten(path: Path, member: str, old: str, new: str) -> Path:
    """The same archive with a piece of one member replaced."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old.encode() in parts[member]
    parts[member] = parts[member].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def test_numbers_and_texts_are_their_values(tmp_path):
    cells = {"A1": "phone", "B1": "Tên khách", "A2": 84901234567, "B2": "Nguyễn Văn Ánh", "A3": "0912345678", "B3": 1.5}
    cells |= {"A4": 84901234567.5, "B4": True}
    with open_list(a_sheet(tmp_path, cells)) as found:
        assert (found.format, found.encoding, found.delimiter) == ("xlsx", "", "")
        assert (found.columns, found.phone_column, found.has_header) == (("phone", "Tên khách"), 0, True)
    assert rows_of(tmp_path / "list.xlsx") == [
        (2, [84901234567, "Nguyễn Văn Ánh"]),
        (3, ["0912345678", 1.5]),
        (4, [84901234567.5, "TRUE"]),
    ]


def test_a_formula_is_the_value_that_was_stored_with_it(tmp_path):
    path = a_sheet(tmp_path, {"A1": "phone", "B1": "points", "A2": "0901234567", "B2": "=3+4"})
    rewritten(path, SHEET, "<f>3+4</f><v", "<f>3+4</f><v>7</v><v")
    assert rows_of(path) == [(2, ["0901234567", 7])]


def test_dates_and_times_are_written_for_vietnam(tmp_path):
    cells = {"A1": "phone", "B1": "when", "A2": "0901234567", "B2": date(2026, 3, 2), "A3": "0901234567"}
    half_past_eight = datetime(2026, 3, 2, 8, 30)  # noqa: DTZ001  # a sheet has no zone
    cells |= {"B3": half_past_eight, "A4": "0901234567", "B4": time(8, 30)}
    assert [cells[1] for _, cells in rows_of(a_sheet(tmp_path, cells))] == ["02/03/2026", "02/03/2026 08:30", "08:30"]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        pytest.param('#,##0 "đồng/d"', "46,083 đồng/d", id="letters in quotation marks are no date"),
        pytest.param("[Red]0", "46083", id="nor is a colour"),
        pytest.param("0.00E+00", 46083, id="nor an exponent"),
        pytest.param("[$-42A]dd mmmm yyyy", "02/03/2026", id="a Vietnamese date is one"),
        pytest.param("[h]:mm", "02/03/2026", id="elapsed hours are one"),
    ],
)
def test_a_number_format_tells_dates_from_numbers(tmp_path, code, shown):
    book = openpyxl.Workbook()
    book.active.append(["phone", "when"])
    book.active.append(["0901234567", 46083])
    book.active["B2"].number_format = code
    book.save(tmp_path / "list.xlsx")
    assert rows_of(tmp_path / "list.xlsx") == [(2, ["0901234567", shown])]


def test_a_phone_in_a_date_format_is_still_a_number(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["phone"])
    book.active.append([84901234567])
    book.active["A2"].number_format = "dd/mm/yyyy"
    book.save(tmp_path / "list.xlsx")
    assert rows_of(tmp_path / "list.xlsx") == [(2, [84901234567])]


def test_rows_keep_the_numbers_that_the_spreadsheet_shows(tmp_path):
    path = a_sheet(tmp_path, {"C5": "phone", "D5": "name", "C6": "0901234567", "D8": "Lan", "C9": "0912345678"})
    with open_list(path) as found:
        assert found.columns[found.phone_column] == "phone"
    at = found.phone_column
    assert [(row, cells[at]) for row, cells in rows_of(path)] == [
        (6, "0901234567"), (7, None or ""), (8, None), (9, "0912345678"),
    ]  # fmt: skip


def test_empty_rows_at_the_end_are_none(tmp_path):
    assert rows_of(a_sheet(tmp_path, {"A1": "phone", "A2": "0901234567", "A9": " ", "B700": ""})) == [
        (2, ["0901234567"])
    ]


def test_the_only_sheet_with_numbers_is_the_list(tmp_path):
    book = openpyxl.Workbook()
    book.create_sheet("second").append(["0901234567"])
    book.create_sheet("third").append(["Notes"])
    book.save(tmp_path / "list.xlsx")
    assert rows_of(tmp_path / "list.xlsx") == [(1, ["0901234567"])]


def test_a_hidden_sheet_is_the_list_only_where_no_other_has_data(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["0901234567"])
    book.create_sheet("shown").append(["0912345678"])
    book.worksheets[0].sheet_state = "hidden"
    book.active = 1
    book.save(tmp_path / "list.xlsx")
    assert rows_of(tmp_path / "list.xlsx") == [(1, ["0912345678"])]


def test_a_stray_cell_far_from_the_others_costs_no_memory(tmp_path):
    path = a_sheet(tmp_path, {"A1": "phone", "A2": "0901234567", "XFD3000": "x"})
    tracemalloc.start()
    try:
        found = rows_of(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # The whole rectangle would be 49 million cells.
    assert peak < 20_000_000
    assert (found[0][0], found[0][1][0], found[-1][0]) == (2, "0901234567", 3000)
    assert all(not cells[0] for _, cells in found[1:])


def test_a_size_that_is_not_the_sheets_is_not_believed(tmp_path):
    path = a_sheet(tmp_path, {"A1": "phone", "B1": "name", "A2": "0901234567", "B2": "Lan"})
    rewritten(path, SHEET, 'ref="A1:B2"', 'ref="A1:A1"')
    assert rows_of(path) == [(2, ["0901234567", "Lan"])]


def test_styles_and_extensions_that_are_missing_or_unknown_are_no_matter(tmp_path):
    path = a_sheet(tmp_path, {"A1": "phone", "A2": "0901234567"})
    unknown = '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst></worksheet>'
    rewritten(path, SHEET, "</worksheet>", unknown)
    with zipfile.ZipFile(path) as archive:
        styles = archive.read("xl/styles.xml").decode()
    names = styles[styles.index("<cellStyles") : styles.index("</cellStyles>") + len("</cellStyles>")]
    rewritten(path, "xl/styles.xml", names, "")
    assert rows_of(path) == [(2, ["0901234567"])]


def test_a_workbook_with_prefixed_tags_is_read(tmp_path):
    path = a_sheet(tmp_path, {"A1": "phone", "A2": "0901234567"})
    with zipfile.ZipFile(path) as archive:
        content = archive.read(SHEET).decode()
    prefixed = content.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:").replace("<x:?xml", "<?xml")
    rewritten(path, SHEET, content, prefixed.replace("xmlns=", "xmlns:x="))
    assert rows_of(path) == [(2, ["0901234567"])]


def test_shared_texts_are_joined_without_their_guides(tmp_path):
    # Excel keeps all texts in one table; the library that writes these files puts each into its cell.
    path = a_sheet(tmp_path, {"A1": "phone", "B1": "name", "A2": "0901234567", "B2": "Lan"})
    rewritten(path, SHEET, 't="inlineStr"><is><t>Lan</t></is>', 't="s"><v>1</v>')
    relation = f'<Relationship Id="shared" Type="{RELATIONS}/sharedStrings" Target="/xl/texts.xml" /></Relationships>'
    rewritten(path, "xl/_rels/workbook.xml.rels", "</Relationships>", relation)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    rewritten(
        path, "[Content_Types].xml", "</Types>", f'<Override PartName="/xl/texts.xml" ContentType="{kind}"/></Types>'
    )
    rich = "<si><r><t>L</t></r>\n<r><t>an_x0041_</t></r><rPh sb='0' eb='1'><t>guide</t></rPh></si>"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/texts.xml", f"<sst xmlns='{MAIN}'><si><t>Mai</t></si>{rich}</sst>")
    assert rows_of(path) == [(2, ["0901234567", "LanA"])]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('<row r="2"', '<row r="99999999999"', id="a row beyond the last"),
        pytest.param('r="A2"', 'r="ZZZZ2"', id="a column beyond the last"),
        pytest.param("</sheetData>", "", id="tags that do not match"),
        pytest.param('r="A2"', 'r="A2" t="s"', id="a text that is not there"),
        pytest.param("<worksheet", '<!DOCTYPE a [<!ENTITY b "c">]><worksheet', id="entities"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_refused(tmp_path, old, new):
    path = rewritten(a_sheet(tmp_path, {"A1": "phone", "A2": 901234567}), SHEET, old, new)
    with pytest.raises(Refused) as fault:
        rows_of(path)
    assert fault.value.rule == "file_broken"
    assert "list.xlsx is a damaged spreadsheet" in str(fault.value)


@pytest.mark.parametrize("member", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET])
def test_a_workbook_without_one_of_its_parts_is_refused(tmp_path, member):
    path = a_sheet(tmp_path, {"A1": "phone", "A2": 901234567})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name != member}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(Refused) as fault:
        rows_of(path)
    assert fault.value.rule == "file_broken"


def test_damage_far_down_is_refused_where_it_is_met(tmp_path):
    path = a_sheet(tmp_path, {"A1": "phone", **{f"A{row}": 901234567 for row in range(2, 3_000)}})
    rewritten(path, SHEET, '<row r="2500"', '<row r="2500"<')
    seen = []
    with open_list(path) as found, pytest.raises(Refused, match="damaged spreadsheet") as fault:
        seen.extend(row for row, _ in found.rows())
    assert fault.value.rule == "file_broken"
    assert 500 < seen[-1] < 2_500


def test_a_sheet_that_is_packed_as_no_sheet_is_refused(tmp_path):
    path = a_sheet(tmp_path, {"A1": "phone", "A2": "0901234567"})
    rewritten(path, SHEET, "<sheetData>", "<sheetData>" + " " * 5_000_000)
    with pytest.raises(Refused, match=r"unpacks to more than any list needs .*sheet1\.xml") as fault:
        open_list(path)
    assert fault.value.rule == "file_broken"


def test_a_sheet_of_more_bytes_than_any_list_is_refused(tmp_path):
    path = a_sheet(tmp_path, {"A1": "phone", "A2": "0901234567"})
    content = bytearray(path.read_bytes())
    # The archive's directory says how large a part is: packed at 20 and unpacked at 24, its name at 46 (APPNOTE 4.3.12).
    entry = content.rindex(SHEET.encode()) - 46
    content[entry + 20 : entry + 28] = struct.pack("<LL", 300_000_000, 3_000_000_000)
    path.write_bytes(content)
    with pytest.raises(Refused, match="unpacks to more than any list needs"):
        open_list(path)


def test_every_cut_of_a_workbook_is_refused(tmp_path):
    whole = a_sheet(tmp_path, {"A1": "phone", "A2": 901234567}).read_bytes()
    path = tmp_path / "cut.xlsx"
    for length in range(10, len(whole) - 1, 499):
        path.write_bytes(whole[:length])
        with pytest.raises(Refused) as fault:
            rows_of(path)
        assert fault.value.rule in {"file_broken", "file_not_a_list"}


@pytest.mark.parametrize(
    ("stored", "number"),
    [("84901234567", 84901234567), ("84901234567.0", 84901234567), ("8.4901234567E10", 84901234567),
     ("0.30000000000000004", 0.3), ("-3", -3), ("1E300", 1e300)],
)  # fmt: skip
def test_a_stored_number_is_what_the_spreadsheet_shows(tmp_path, stored, number):
    path = a_sheet(tmp_path, {"A1": "phone", "B1": "points", "A2": "0901234567", "B2": 77})
    [(_, [_, shown])] = rows_of(rewritten(path, SHEET, "<v>77</v>", f"<v>{stored}</v>"))
    assert shown == number
    assert type(shown) is type(number)


def test_progress_goes_from_nothing_to_all(tmp_path):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for _ in range(30_000):
        sheet.append(["0901234567", "Lan"])
    book.save(tmp_path / "list.xlsx")
    with open_list(tmp_path / "list.xlsx") as found:
        assert found.progress() == 0.0
        seen = [found.progress() for row, _ in found.rows() if row % 5_000 == 0]
        assert seen == sorted(seen)
        assert 0.0 < seen[0] < 0.5
        assert found.progress() == 1.0
