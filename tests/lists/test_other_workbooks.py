"""Workbooks of other programs and times: .xls and .ods as LibreOffice wrote them, .xlsb as the format says."""

import io
import zipfile
from pathlib import Path

import pytest

from tests.lists.books import an_xlsb, read_here
from worker.errors import Refused
from worker.lists import ReadOptions, open_list
from worker.lists.workbook.xls import ends

FILES = Path(__file__).parent / "files"
HEADING = ["phone", "ten", "giam", "ngay", "ma", "no", "dung", "loi", "gio", "ct", "trong"]
PEOPLE = [
    [901200000 + n, f"Nguyễn {n}", "20%", "02/03/2026", "00123", "1,500,000", "TRUE", "#DIV/0!", "08:30", 2]
    for n in range(5)
]
FORMATS = ["0%", "dd/mm/yyyy", "00000", "#,##0", "h:mm"]


@pytest.fixture(params=["xls", "ods", "xlsb"])
def people(request, tmp_path):
    """The same five people in each format; the second is hidden, and another sheet has no numbers."""
    if request.param != "xlsb":
        return FILES / f"people.{request.param}"
    rows = [
        [901200000 + n, f"Nguyễn {n}", (0.2, 1), (46083, 2), (123, 3), (1500000, 4), True, b"\x07", (8.5 / 24, 5), 2.0]
        for n in range(5)
    ]
    return an_xlsb(
        tmp_path / "people.xlsb", {"Khách": [HEADING, *rows], "Hai": [["xem sau"]]}, formats=FORMATS, hidden=[3]
    )


def test_the_cells_are_what_they_show(people):
    with open_list(people, None, ReadOptions(hidden="keep")) as found:
        assert found.format == people.suffix[1:]
        assert found.description()["sheet"] == "Khách"
        assert list(found.columns) == HEADING
        assert [list(cells)[:10] for _, cells in found.rows()] == PEOPLE
        assert any("only Khách" in note for note in found.notes)


def test_hidden_rows_are_asked_about(people):
    with pytest.raises(Refused) as fault:
        open_list(people)
    assert (fault.value.rule, fault.value.details) == ("file_hidden_rows", {"hidden": 1, "visible": 5})
    with open_list(people, None, ReadOptions(hidden="skip")) as found:
        assert [row for row, _ in found.rows()] == [2, 4, 5, 6]


def test_a_hidden_column_of_numbers_is_said(people, tmp_path):
    with open_list(people, None, ReadOptions(hidden="keep")) as found:
        assert not [note for note in found.notes if "is hidden in the workbook" in note]
    hidden = tmp_path / f"hidden.{people.suffix[1:]}"
    if people.suffix == ".ods":
        with zipfile.ZipFile(people) as old, zipfile.ZipFile(hidden, "w") as new:
            for part in old.namelist():
                # Each row from its beginning: the first column alone, then all others.
                shown = old.read(part).replace(b'number-columns-repeated="16384"', b'number-columns-repeated="1"', 1)
                new.writestr(
                    part, shown.replace(b"<table:table-column ", b'<table:table-column table:visibility="collapse" ', 1)
                )
    elif people.suffix == ".xlsb":
        an_xlsb(hidden, {"Khách": [["SĐT", "Tên"], *([901200000 + n, "Lan"] for n in range(5))]}, hidden_column=0)
    else:
        pytest.skip("nothing here writes such a file")
    with open_list(hidden, None, ReadOptions(hidden="keep")) as found:
        assert found.phone_column == 0
        assert [note for note in found.notes if note.endswith("is hidden in the workbook, and its numbers are read.")]


def test_a_sheet_can_be_named(people):
    with pytest.raises(Refused) as fault:
        open_list(people, None, ReadOptions(sheet="hai"))
    assert fault.value.rule == "file_no_phone_column"
    with pytest.raises(Refused) as fault:
        open_list(people, None, ReadOptions(sheet="Ba"))
    assert "its sheets are: Khách, Hai" in str(fault.value)


def test_a_cut_workbook_is_refused(people, tmp_path):
    whole = people.read_bytes()
    path = tmp_path / f"cut{people.suffix}"
    for share in (0.3, 0.6, 0.95):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(Refused) as fault:
            open_list(path)
        # Without its end the container of an .xls names nothing.
        assert fault.value.rule in {"file_broken", "file_not_a_list"}


def an_ods(path: Path, rows: str, *, styles: str = "", manifest: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f"<office:document-content><office:automatic-styles>{styles}</office:automatic-styles><office:body>"
            f"<office:spreadsheet>{rows}</office:spreadsheet></office:body></office:document-content>",
        )
        archive.writestr("META-INF/manifest.xml", f"<manifest:manifest>{manifest}</manifest:manifest>")
    return path


def a_table(rows: str, name: str = "A", style: str = "") -> str:
    return f'<table:table table:name="{name}"{style}>{rows}</table:table>'


def a_row(*cells: str, more: str = "") -> str:
    return f"<table:table-row{more}>{''.join(cells)}</table:table-row>"


def a_cell(text: str, more: str = "") -> str:
    return f"<table:table-cell{more}><text:p>{text}</text:p></table:table-cell>"


def test_repeated_rows_and_cells_of_ods_stand_where_they_are_shown(tmp_path):
    rows = (
        a_row(a_cell("SĐT"), a_cell("x", ' table:number-columns-repeated="2"'))
        + a_row('<table:table-cell table:number-columns-repeated="16384"/>', more=' table:number-rows-repeated="3"')
        + a_row(a_cell("0901234567"), '<table:table-cell table:number-columns-repeated="2"/>', a_cell("y"))
        + a_row(a_cell("0901234568"), more=' table:number-rows-repeated="2"')
        + a_row("<table:table-cell/>", more=' table:number-rows-repeated="1048500"')
    )
    assert read_here(an_ods(tmp_path / "a.ods", a_table(rows)), "ods") == [
        (1, ["SĐT", "x", "x"]),
        (5, ["0901234567", None, None, "y"]),
        (6, ["0901234568"]),
        (7, ["0901234568"]),
    ]


def test_only_what_a_cell_of_ods_shows_is_read(tmp_path):
    note = "<office:annotation><dc:creator>Lan</dc:creator><text:p>0900000999</text:p></office:annotation>"
    words = "<text:p>a<text:s text:c='2'/>b</text:p><text:p><text:span>c</text:span></text:p>"
    cells = [
        f"<table:table-cell>{note}{words}</table:table-cell>",
        "<table:covered-table-cell><text:p>covered</text:p></table:covered-table-cell>",
        a_cell("9,01E+08", ' office:value-type="float" office:value="901234567"'),
        a_cell("0901234567", ' office:value-type="float" office:value="901234567"'),
        a_cell("1.500.000", ' office:value-type="float" office:value="1500000"'),
        a_cell("5", ' office:value-type="float" office:value="5"'),
        a_cell("20,0%", ' office:value-type="percentage" office:value="0.2"'),
        a_cell("2. März", ' office:value-type="date" office:date-value="2026-03-02"'),
        a_cell("x", ' office:value-type="time" office:time-value="PT36H05M00S"'),
        a_cell("WAHR", ' office:value-type="boolean" office:boolean-value="true"'),
    ]
    [(_, found)] = read_here(an_ods(tmp_path / "a.ods", a_table(a_row(*cells))), "ods")
    assert found == ["a  b\nc", None, 901234567, "0901234567", "1.500.000", 5, "20,0%", "02/03/2026", "36:05", "TRUE"]


def test_hidden_tables_formulas_and_passwords_of_ods_are_seen(tmp_path):
    hide = '<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>'
    shown = a_table(a_row(a_cell("0901234567")), "Hiện")
    hidden = a_table(a_row(a_cell("0901234568")), "Ẩn", ' table:style-name="ta2"')
    path = an_ods(tmp_path / "a.ods", hidden + shown, styles=hide)
    with open_list(path) as found:
        assert found.sheet == "Hiện"
    formula = '<table:table-cell table:formula="of:=1+1"/>'
    with pytest.raises(Refused) as fault:
        open_list(an_ods(tmp_path / "b.ods", a_table(a_row(a_cell("0901234567")) + a_row(a_cell("x"), formula))))
    assert (fault.value.rule, fault.value.details["cell"]) == ("file_formulas_without_values", "B2")
    with pytest.raises(Refused) as fault:
        open_list(an_ods(tmp_path / "c.ods", shown, manifest="<manifest:encryption-data/>"))
    assert fault.value.rule == "file_encrypted"


def test_a_text_document_is_no_list(tmp_path):
    path = an_ods(tmp_path / "a.ods", a_table(a_row(a_cell("0901234567"))))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["mimetype"] = b"application/vnd.oasis.opendocument.text"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(Refused, match="an OpenDocument text") as fault:
        open_list(path)
    assert fault.value.rule == "file_not_a_list"


def test_binary_texts_in_cells_and_hidden_sheets_are_read(tmp_path):
    path = an_xlsb(tmp_path / "a.xlsb", {"A": [["SĐT"], ["0901234567"], [901234568.0], [-5], [0.25]]}, shared=False)
    assert read_here(path, "xlsb") == [
        (1, ["SĐT"]), (2, ["0901234567"]), (3, [901234568]), (4, [-5]), (5, [0.25]),
    ]  # fmt: skip


def test_a_stray_cell_in_the_far_corner_of_a_binary_workbook_costs_nothing(tmp_path):
    path = an_xlsb(tmp_path / "a.xlsb", {"A": [["SĐT"], ["0901234567"]]})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    from tests.lists.books import _cell, record  # noqa: PLC0415

    far = record(0, (1_048_575).to_bytes(4, "little") + bytes(13)) + _cell(16_383, 7, [], shared=False)
    sheet = "xl/worksheets/sheet1.bin"
    parts[sheet] = parts[sheet].replace(record(146), far + record(146))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    path.write_bytes(out.getvalue())
    with open_list(path) as found:
        assert [row for row, _ in found.rows()] == [2, 1_048_576]


def test_a_chain_of_sectors_ends_where_its_table_does_and_a_circle_never():
    assert ends([1, 2, -2], 0)
    assert ends([1, 2, 7], 0)
    assert ends([], 3)
    assert ends([0], -2)
    assert not ends([1, 2, 0], 1)
    assert not ends([-2, 1], 1)
