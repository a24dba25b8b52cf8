"""One sheet in every spelling of XML reads the same, and the same as by another reader; texts by the million stay packed."""

import io
import tracemalloc

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.chance import examples
from tests.lists.books import MAIN, an_xlsx, read_here
from worker.errors import Refused
from worker.lists import open_list
from worker.lists.source import is_blank
from worker.lists.workbook import texts as shared
from worker.lists.workbook.cells import Cells
from worker.lists.workbook.numbers import Formats
from worker.lists.workbook.rows import SheetRows
from worker.lists.workbook.texts import Texts, read_texts

ROWS = [
    (1, ["SĐT", "Tên", "điểm"]),
    (2, ["0901234567", "Nguyễn & Ánh", 5]),
    (3, ["0901234568", None, 1.5]),
    (5, [901234569, "a\nb <c>", None, "TRUE"]),
    (9, [None, None, None, None, None, "#N/A"]),
]
USUAL = f"""<?xml version="1.0" encoding="UTF-8"?>
<worksheet xmlns="{MAIN}"><sheetViews><sheetView tabSelected="1"/></sheetViews><sheetData><row r="1" spans="1:3">\
<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row><row r="2">\
<c r="A2" t="inlineStr"><is><t>0901234567</t></is></c>\
<c r="B2" t="inlineStr"><is><t>Nguyễn &amp; Ánh</t></is></c>\
<c r="C2"><v>5</v></c></row><row r="3"><c r="A3" t="str"><f>1</f><v>\
0901234568</v></c><c r="B3" s="0"/><c r="C3" t="n"><v>1.5</v></c></row><row r="4"/><row r="5"><c r="A5"><v>901234569</v></c>\
<c r="B5" t="inlineStr"><is><t>a\nb &lt;c&gt;</t></is></c><c r="D5" t="b"><v>1</v></c></row><row r="7"><c r="A7"/></row>\
<row r="9"><c r="F9" t="e"><v>#N/A</v></c></row></sheetData><rowBreaks count="1"><brk id="5"/></rowBreaks></worksheet>"""
TEXTS = f'<sst xmlns="{MAIN}"><si><t>SĐT</t></si><si><t>Tên</t></si><si><t>điểm</t></si></sst>'

SPELLINGS = {
    "as Excel writes": lambda xml: xml,
    "with a prefix": lambda xml: xml.replace("</", "</x:")
    .replace("<", "<x:").replace("<x:/x:", "</x:").replace("<x:?", "<?").replace("xmlns=", "xmlns:x="),
    "in single quotation marks": lambda xml: xml.replace('"', "'"),
    "with comments": lambda xml: xml.replace("<row ", "<!-- <row r='77'> --><row ").replace("<v>", "<v><!-- 1 -->"),
    "with an unused instruction": lambda xml: xml.replace("<c ", "<?go <c r='Z1'>?><c "),
    "with CDATA": lambda xml: xml.replace("<t>0901234567</t>", "<t><![CDATA[0901234567]]></t>"),
    "with blanks in tags": lambda xml: xml.replace('"><', '"\n ><'),
    "with line breaks": lambda xml: xml.replace("<c ", "\r\n  <c ").replace("<row ", "\r\n <row "),
    "with the style first": lambda xml: xml.replace('r="B3" s="0"', 's="0" r="B3"'),
    "with the style last": lambda xml: xml.replace('r="C3" t="n"', 'r="C3" t="n" s="0"'),
    "with texts in pieces": lambda xml: xml.replace("<t>0901234567</t>", "<r><t>09</t></r><r><t>01234567</t></r>"),
    "with guides": lambda xml: xml.replace(
        "<t>0901234567</t>", '<t>0901234567</t><rPh sb="0" eb="1"><t>77</t></rPh>'
    ),
    "with an extension": lambda xml: xml.replace("<row r", '<row x14ac:dyDescent="0.25" r').replace(
        "xmlns=", 'xmlns:x14ac="urn:a" xmlns='
    ),
    "with numbers for letters": lambda xml: xml.replace("Á", "&#193;").replace("ễ", "&#x1EC5;"),
    "with kept blanks": lambda xml: xml.replace("<t>Ng", '<t xml:space="preserve">Ng'),
    "with empty elements": lambda xml: xml.replace('<c r="B3" s="0"/>', '<c r="B3" s="0"><v></v></c>'),
}  # fmt: skip


def trimmed(rows):
    """Without blank cells at the ends, and rows in which nothing can be seen."""
    found = []
    for number, cells in rows:
        kept = list(cells)
        while kept and kept[-1] in {None, ""}:
            kept.pop()
        if not all(map(is_blank, kept)):
            found.append((number, [one if one != "" else None for one in kept]))
    return found


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_sheet_reads_the_same_however_it_is_spelled(tmp_path, spelling):
    path = an_xlsx(tmp_path / "list.xlsx", SPELLINGS[spelling](USUAL), TEXTS)
    assert trimmed(read_here(path, "xlsx")) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1", "windows-1258"])
def test_parts_in_other_encodings_are_read(tmp_path, encoding):
    xml = USUAL.replace("Nguyễn &amp; Ánh", "An").replace("UTF-8", "UTF-8" if encoding == "utf-8-sig" else encoding)
    texts = f'<?xml version="1.0" encoding="UTF-8"?>{TEXTS}'
    path = an_xlsx(tmp_path / "list.xlsx", xml.encode(encoding), texts)
    assert trimmed(read_here(path, "xlsx"))[1] == (2, ["0901234567", "An", 5])


def test_rows_and_cells_without_references_follow_one_another(tmp_path):
    sheet = "<worksheet><sheetData><row><c><v>1</v></c><c><v>2</v></c></row>"
    sheet += "<row r='5'><c r='C5'><v>3</v></c><c><v>4</v></c></row>"
    for xml in (sheet, sheet.replace("'", '"')):
        path = an_xlsx(tmp_path / "list.xlsx", f"{xml}<row><c><v>5</v></c></row></sheetData></worksheet>")
        assert read_here(path, "xlsx") == [(1, [1, 2]), (5, [None, None, 3, 4]), (6, [5])]


@pytest.mark.parametrize("old", ['r="3"', 'r="5"'])
def test_rows_out_of_their_order_are_damage_and_never_left_out(tmp_path, old):
    path = an_xlsx(tmp_path / "list.xlsx", USUAL.replace(f"<row {old}", '<row r="2"'), TEXTS)
    with pytest.raises(Refused, match="row"):
        read_here(path, "xlsx")


CELL = st.one_of(
    st.none(),
    st.integers(-(10**12), 10**12),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(lambda one: float(f"{one:.6g}")),
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12
    ),
    st.sampled_from(["0901234567", " ", "a & b", "<c r='A1'>", "]]>", "_x0041_", "x\ny", "#N/A", "=1+1x"]),
)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELL, max_size=6), min_size=1, max_size=12))
def test_a_sheet_by_chance_reads_as_by_openpyxl(tmp_path, rows):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for cells in rows:
        sheet.append([None if isinstance(one, str) and one.startswith("=") else one for one in cells])
    book.save(tmp_path / "list.xlsx")
    expected = []
    for number, cells in enumerate(
        openpyxl.load_workbook(tmp_path / "list.xlsx").active.iter_rows(values_only=True), 1
    ):
        shown = [str(one).upper() if isinstance(one, bool) else one for one in cells]
        expected.append((number, [shared.unescaped(one) if isinstance(one, str) else one for one in shown]))
    assert trimmed(read_here(tmp_path / "list.xlsx", "xlsx")) == trimmed(expected)


@settings(max_examples=examples(60), deadline=None)
@given(
    rows=st.lists(
        st.lists(st.tuples(st.sampled_from(["s", "n", "i", "e"]), st.integers(0, 9)), min_size=1, max_size=4),
        min_size=1,
        max_size=30,
    )
)
def test_rows_of_many_shapes_read_as_row_by_row(rows):
    """The patterns that read many rows at once against the parser that reads any."""
    table = Texts()
    table.extend([f"text {n}".encode() for n in range(10)])
    table.complete()
    made = {
        "s": '<c r="{0}" t="s"><v>{1}</v></c>',
        "n": '<c r="{0}" s="1"><v>{1}</v></c>',
        "i": '<c r="{0}" t="inlineStr"><is><t>{1}</t></is></c>',
        "e": '<c r="{0}"/>',
    }
    each = [
        f'<row r="{at}">{"".join(made[kind].format("ABCD"[place] + str(at), n) for place, (kind, n) in enumerate(cells))}</row>'
        for at, cells in enumerate(rows, 1)
    ]
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(each)}</sheetData></worksheet>'

    def read(xml):
        reader = SheetRows(Cells(table, Formats(["General", "00"])))
        return [
            (number, list(cells)) for block in reader.blocks(io.BytesIO(xml.encode())) for number, cells in block.each()
        ]

    prefixed = sheet.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:")
    assert trimmed(read(sheet)) == trimmed(read(prefixed))


def test_a_shape_that_a_block_leaves_is_not_forced_on_it(tmp_path):
    rows = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{900000000 + n}</v></c>'
        + ("" if n % 7 else f'<c r="B{n}" t="str"><v>x</v></c>')
        + "</row>"
        for n in range(1, 20_001)
    )
    path = an_xlsx(tmp_path / "list.xlsx", f"<worksheet><sheetData>{rows}</sheetData></worksheet>")
    found = read_here(path, "xlsx")
    assert len(found) == 20_000
    assert all(
        trimmed([row])[0][1] == [900000000 + n, *(["x"] if n % 7 == 0 else [])] for n, row in enumerate(found, 1)
    )


def test_millions_of_texts_stay_packed():
    content = b"<sst>" + b"".join(b"<si><t>Nguyen Van %d</t></si>" % n for n in range(300_000)) + b"</sst>"
    tracemalloc.start()
    try:
        table = read_texts(io.BytesIO(content))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # As objects they would be 25 MB.
    assert peak < 15_000_000
    assert [table[at] for at in (0, 150_000, 299_999)] == ["Nguyen Van 0", "Nguyen Van 150000", "Nguyen Van 299999"]
    with pytest.raises(shared.Damaged):
        table[300_000]


def test_very_many_bytes_of_texts_lie_in_a_file(monkeypatch):
    monkeypatch.setattr(shared, "_MOST_IN_MEMORY", 10_000)
    monkeypatch.setattr(shared, "_FEW", 100)
    table = Texts()
    for start in range(0, 5_000, 500):
        table.extend([f"Đặng {n} {'x' * (n % 50)}".encode() for n in range(start, start + 500)])
    table.complete()
    assert table._file is not None
    for at in [*range(5_000), *range(4_999, 0, -37)]:
        assert table[at] == f"Đặng {at} {'x' * (at % 50)}"
    table._file.close()


def test_a_million_blank_rows_above_a_stray_cell_are_passed_over_and_said(tmp_path):
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{900000000 + n}</v></c></row>' for n in range(1, 26))
    stray = '<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row>'
    path = an_xlsx(tmp_path / "list.xlsx", f"<worksheet><sheetData>{rows}{stray}</sheetData></worksheet>")
    with open_list(path) as found:
        read = [(row, found.too_wide(cells)) for row, cells in found.rows()]
    assert read == [*((n, False) for n in range(1, 26)), (1_048_576, True)]
    assert "1,048,550 blank rows below row 25 are passed over." in found.notes
