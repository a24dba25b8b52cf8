"""CSV and TXT as people and programs write them."""

import codecs
import tracemalloc
import unicodedata
from pathlib import Path

import pytest

from worker.errors import Refused
from worker.lists import open_list
from worker.lists.delimited import delimiter_of

ROWS = "phone,name\n0901234567,Nguyễn Văn Ánh\n0912345678,Trần Thị Bưởi\n"
READ = [(2, ["0901234567", "Nguyễn Văn Ánh"]), (3, ["0912345678", "Trần Thị Bưởi"])]


def a_file(folder: Path, content: str | bytes, name: str = "list.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def rows_of(path: Path) -> list[tuple[int, list[object]]]:
    with open_list(path) as found:
        return [(row, list(cells)) for row, cells in found.rows()]


def in_windows_1258(text: str) -> bytes:
    """As old Windows programs write it: the tone as a character of its own wherever the code page has no whole letter."""
    written = b""
    for letter in text:
        try:
            written += letter.encode("cp1258")
        except UnicodeEncodeError:
            base, tone = unicodedata.normalize("NFD", letter)[:-1], unicodedata.normalize("NFD", letter)[-1]
            if tone not in "\u0300\u0301\u0303\u0309\u0323":
                # ậ is a + dot below + circumflex: the circumflex belongs to the letter, the dot to the tone.
                parts = unicodedata.normalize("NFD", letter)
                tone = next(mark for mark in parts if mark in "\u0300\u0301\u0303\u0309\u0323")
                base = parts.replace(tone, "")
            written += unicodedata.normalize("NFC", base).encode("cp1258") + tone.encode("cp1258")
    return written


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        pytest.param(ROWS.encode(), "utf-8", id="UTF-8"),
        pytest.param(codecs.BOM_UTF8 + ROWS.encode(), "utf-8-sig", id="UTF-8 with a mark"),
        pytest.param(codecs.BOM_UTF16_LE + ROWS.encode("utf-16-le"), "utf-16", id="UTF-16 little endian with a mark"),
        pytest.param(codecs.BOM_UTF16_BE + ROWS.encode("utf-16-be"), "utf-16", id="UTF-16 big endian with a mark"),
        pytest.param(ROWS.encode("utf-16-le"), "utf-16-le", id="UTF-16 little endian without a mark"),
        pytest.param(ROWS.encode("utf-16-be"), "utf-16-be", id="UTF-16 big endian without a mark"),
        pytest.param(in_windows_1258(ROWS), "cp1258", id="windows-1258"),
    ],
)
def test_every_encoding_reads_the_same(tmp_path, content, encoding):
    path = a_file(tmp_path, content)
    with open_list(path) as found:
        assert (found.encoding, found.columns, found.phone_column) == (encoding, ("phone", "name"), 0)
        assert [(row, list(cells)) for row, cells in found.rows()] == READ


def test_the_whole_file_decides_on_its_encoding(tmp_path):
    plain = b"phone,name\n" + b"0901234567,Lan\n" * 200_000
    path = a_file(tmp_path, plain + in_windows_1258("0912345678,Trần Bưởi\n"))
    assert rows_of(path)[-1] == (200_002, ["0912345678", "Trần Bưởi"])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_every_common_delimiter_and_line_end_is_found(tmp_path, delimiter, newline):
    path = a_file(tmp_path, ROWS.replace(",", delimiter).replace("\n", newline))
    with open_list(path) as found:
        assert found.delimiter == delimiter
    assert rows_of(path) == READ


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [
        pytest.param("phone;name\n0901;Lan, A\n0902;Mai, B\n", ";", id="commas inside the cells are none"),
        pytest.param('phone,note\n0901,"a;b;c"\n0902,"d;e;f"\n', ",", id="what is quoted does not count"),
        pytest.param('"phone","a\n;;;\n;;;\n;;;"\n', ",", id="nor does a quoted line"),
        pytest.param("phone;price\n0901;1,5\n0902;2,5\n", ";", id="decimal commas are none"),
        pytest.param("0901;1,5\n0902;2,5\n", ";", id="not even without a heading"),
        pytest.param("phone,name\n0901\n0902\n0903\n", ",", id="a heading shows it where the rows leave cells out"),
        pytest.param("0901\n0902, 0903\n0904\n0905\n", "", id="two numbers in one line are no second column"),
        pytest.param("090 123 4567\n", "", id="spaces part no cells"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_the_delimiter_is_judged_by_all_lines(sample, delimiter):
    assert delimiter_of(sample) == delimiter


@pytest.mark.parametrize("line", ["sep=;\r\n", "SEP=;\n", '"sep=;"\r\n'])
def test_the_sep_line_is_obeyed_and_is_no_row(tmp_path, line):
    path = a_file(tmp_path, line + "phone;name\n0901234567;a,b\n")
    assert rows_of(path) == [(2, ["0901234567", "a,b"])]


@pytest.mark.parametrize("sign", ["9", "a", "+", '"'])
def test_no_sep_line_makes_a_delimiter_of_what_a_number_or_a_name_is_made_of(tmp_path, sign):
    path = a_file(tmp_path, f"sep={sign}\n0901234567\n0912345678\n")
    assert rows_of(path)[-2:] == [(2, ["0901234567"]), (3, ["0912345678"])]


def test_blank_lines_are_rows_but_at_the_end(tmp_path):
    path = a_file(tmp_path, "phone,name\n\n0901234567,Lan\n" + ",\n \n" * 1000)
    assert rows_of(path) == [(2, ["", ""]), (3, ["0901234567", "Lan"])]


def test_each_of_several_numbers_on_a_line_is_a_row(tmp_path):
    numbers = [f"09{n:08d}" for n in range(25)]
    path = a_file(tmp_path, ", ".join(numbers) + "\n")
    assert rows_of(path) == [(n, [number]) for n, number in enumerate(numbers, 1)]
    several = a_file(tmp_path, "0901234567;0912345678\n0901234569\n0901234560;0912345670;0912345671\n")
    assert [row[1][0] for row in rows_of(several)][-1] == "0912345671"


def test_a_row_with_more_cells_than_the_heading_is_told(tmp_path):
    path = a_file(tmp_path, "name,note,phone\nLan,x,0901200022\nA, B,0987654321,0901200023\nMai,y,0901200024,,\n")
    with open_list(path) as found:
        assert [found.too_wide(cells) for _, cells in found.rows()] == [False, True, False]


def test_without_a_heading_the_commonest_width_counts(tmp_path):
    path = a_file(tmp_path, "0901200021,Lan\n0901200022,Mai\n0901200023,An, Binh\n")
    with open_list(path) as found:
        assert [found.too_wide(cells) for _, cells in found.rows()] == [False, False, True]


def test_one_line_of_millions_of_cells_is_refused_before_it_is_parted(tmp_path):
    path = a_file(tmp_path, "phone" + ",x" * 2_000_000 + "\n0901234567\n")
    with pytest.raises(Refused) as fault:
        open_list(path)
    assert fault.value.rule == "file_line_too_long"


def test_a_row_of_more_cells_than_a_spreadsheet_has_is_refused(tmp_path):
    path = a_file(tmp_path, "phone" + ",x" * 20_000 + "\n0901234567\n")
    with pytest.raises(Refused) as fault:
        open_list(path)
    assert fault.value.rule == "file_too_many_cells"


def test_a_record_of_many_megabytes_over_many_lines_is_refused_before_it_is_held(tmp_path):
    cell = '"' + "a b c d\n" * 12_000 + '",'
    path = a_file(tmp_path, "phone,name\n0901234567,Lan\n" + cell * 300 + "x\n")
    tracemalloc.start()
    try:
        with pytest.raises(Refused, match="row 3") as fault, open_list(path) as found:
            sum(1 for _ in found.rows())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert fault.value.rule == "file_broken"
    # The record has 29 MB.
    assert peak < 22_000_000


def test_a_last_line_without_an_end_is_a_row(tmp_path):
    assert rows_of(a_file(tmp_path, "0901234567\n0912345678")) == [(1, ["0901234567"]), (2, ["0912345678"])]


def test_a_record_with_line_breaks_is_one_row(tmp_path):
    path = a_file(tmp_path, 'phone,note\n0901234567,"a\nb ""c"""\n0912345678,d\n')
    assert rows_of(path) == [(2, ["0901234567", 'a\nb "c"']), (3, ["0912345678", "d"])]


def test_a_blank_behind_the_delimiter_hides_no_quotation_mark(tmp_path):
    path = a_file(tmp_path, 'phone, name\n0901234567, "Lan, Mai"\n')
    assert rows_of(path) == [(2, ["0901234567", "Lan, Mai"])]


def test_a_file_cut_off_in_a_character_is_not_taken_for_utf_8(tmp_path):
    # The first byte of two, which windows-1258 has as a letter of its own.
    path = a_file(tmp_path, b"phone,name\n0901234567,L\xc3")
    with open_list(path) as found:
        assert found.encoding == "cp1258"


def test_a_short_row_has_all_its_cells(tmp_path):
    assert rows_of(a_file(tmp_path, "name,phone\nLan\n")) == [(2, ["Lan", ""])]


@pytest.mark.parametrize(
    ("content", "first"),
    [
        pytest.param("0901234567\n0912345678\n", (1, ["0901234567"]), id="numbers alone"),
        pytest.param("phone\n0901234567\n", (2, ["0901234567"]), id="under a heading"),
        pytest.param("SĐT\n0901234567\n", (2, ["0901234567"]), id="under a Vietnamese heading"),
        pytest.param("nothing\n0901234567\n", (1, ["nothing"]), id="a word that is no heading is a row"),
        pytest.param(
            "0901234567, 0912345678\n09\n09\n", (1, ["0901234567, 0912345678"]), id="two in a line stay together"
        ),
    ],
)
def test_a_text_file_has_one_number_a_line(tmp_path, content, first):
    path = a_file(tmp_path, content, "list.txt")
    with open_list(path) as found:
        assert (found.format, found.delimiter) == ("txt", "")
    assert rows_of(path)[0] == first


@pytest.mark.parametrize(
    ("content", "row"),
    [
        pytest.param('phone,name\n0901234567,Lan\n0912345678,"Mai\n0923456789,An\n', 3, id="at the end of the file"),
        pytest.param('phone,name\n0901234567,"Lan\n' + "0912345678,Mai\n" * 20_000, 2, id="before very many rows"),
        pytest.param("phone,name\n0901234567," + "x" * 100_001 + "\n", 2, id="or a cell has too many characters"),
        pytest.param(
            "phone\n" + "0901234567\n" * 1_000 + '"0912345678\n', 1_002, id="far below the rows that are judged"
        ),
    ],
)
def test_a_quotation_mark_that_is_never_closed_names_its_row(tmp_path, content, row):
    with pytest.raises(Refused) as fault:
        rows_of(a_file(tmp_path, content))
    assert (fault.value.rule, fault.value.details) == ("file_broken", {"row": row})
    assert f"row {row} " in str(fault.value)


def test_a_cell_of_the_greatest_length_is_read(tmp_path):
    path = a_file(tmp_path, "phone,name\n0901234567," + "x" * 100_000 + "\n")
    assert len(rows_of(path)[0][1][1]) == 100_000


def test_a_nul_character_is_refused_by_its_line(tmp_path):
    with pytest.raises(Refused) as fault:
        rows_of(a_file(tmp_path, "phone\n0901234567\n" * 60 + "0912\x00345678\n"))
    assert (fault.value.rule, fault.value.details) == ("file_broken", {"line": 121})


def test_bytes_of_no_encoding_are_refused(tmp_path):
    # 0x90 is no character of windows-1258, and alone none of UTF-8.
    with pytest.raises(Refused) as fault:
        rows_of(a_file(tmp_path, b"phone,name\n0901234567,a\x90b\n"))
    assert fault.value.rule == "file_encoding"


def test_rows_may_be_read_again_from_the_first(tmp_path):
    with open_list(a_file(tmp_path, ROWS)) as found:
        next(found.rows())
        assert [(row, list(cells)) for row, cells in found.rows()] == READ
        assert [(row, list(cells)) for row, cells in found.rows()] == READ


def test_progress_goes_from_nothing_to_all(tmp_path):
    with open_list(a_file(tmp_path, "phone,name\n" + "0901234567,Lan\n" * 50_000)) as found:
        assert found.progress() == 0.0
        seen = [found.progress() for row, _ in found.rows() if row % 10_000 == 0]
        assert seen == sorted(seen)
        assert 0.1 < seen[1] < 0.9
        assert found.progress() == 1.0


NUMBERS = [f"090000{n:04}" for n in range(25)]


@pytest.mark.parametrize(
    "content",
    [
        " ".join(NUMBERS),
        "/".join(NUMBERS),
        " - ".join(NUMBERS),
        "Danh sách SĐT:\n" + ", ".join(NUMBERS),
        "Danh sách SĐT\n" + " ".join(NUMBERS),
        "Số điện thoại\n" + "\n".join(NUMBERS[:20]) + "\n" + " ".join(NUMBERS[20:]),
        "\n".join(", ".join(NUMBERS[at : at + 4]) for at in range(0, 25, 4)),
    ],
)
def test_a_line_of_numbers_is_as_many_rows_whatever_stands_between_them(tmp_path, content):
    path = tmp_path / "list.txt"
    path.write_text(content + "\n", encoding="utf-8")
    with open_list(path) as found:
        assert [cells[found.phone_column] for _, cells in found.rows()] == NUMBERS
        assert any(note.startswith("Each cell is a number of its own") for note in found.notes)


@pytest.mark.parametrize(
    "content", ["0901234567/0912345678\n0901234568\n", "0901234567 hoặc 0912345678 hoặc 0987654320\n"]
)
def test_two_numbers_of_one_person_are_left_together(tmp_path, content):
    path = tmp_path / "list.txt"
    path.write_text(content, encoding="utf-8")
    with open_list(path) as found:
        assert [cells[0] for _, cells in found.rows()] == content.splitlines()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize(
    ("content", "what"), [("BEGIN:VCARD\nTEL:0900000001\nEND:VCARD\n", "vCard"), ("<html><table>", "a web page")]
)
def test_what_is_no_list_is_named_in_any_encoding(tmp_path, encoding, content, what):
    path = tmp_path / "contacts.csv"
    path.write_bytes(content.encode(encoding))
    with pytest.raises(Refused, match=what) as refused:
        open_list(path)
    assert refused.value.rule == "file_not_a_list"


@pytest.mark.parametrize("end", ["\x1a", " ,\u3000\n", "\u2060,\u00ad\n", "\u200e,\u202f\n" * 30])
def test_rows_in_which_nothing_can_be_seen_end_no_list(tmp_path, end):
    path = tmp_path / "list.csv"
    path.write_text("phone,ten\n0900000001,Lan\n" + end, encoding="utf-8")
    with open_list(path) as found:
        assert len(list(found.rows())) == 1
