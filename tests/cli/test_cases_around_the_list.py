"""What stands above, below and beside the people of a list, each through the command line: nobody else is messaged unnoticed."""

from pathlib import Path

import openpyxl
import pytest

from tests.cli.terminal import Terminal
from tests.cli.test_cases import CARE, dry, mobiles, table
from tests.cli.test_cases_of_exports import NAMES, people
from tests.cli.test_cases_of_texts import book, rule, written

HEADING = ["STT", "Họ tên", "SĐT"]
SHOP = "0988000111"


@pytest.mark.parametrize(
    "below",
    [
        pytest.param([["", "Hotline:", SHOP]], id="a hotline"),
        pytest.param([["", "Hotline", SHOP], ["", "Liên hệ chị Hoa", "0988000222"]], id="two"),
        pytest.param([[], ["Ghi chú: mọi thắc mắc xin liên hệ", "", SHOP]], id="a sentence below a blank row"),
        pytest.param(
            [[], ["Mọi chi tiết xin liên hệ:"], ["", "Chị Hoa", SHOP]], id="a sentence, and the number below it"
        ),
        pytest.param([["Người lập biểu", "", SHOP]], id="who made the list"),
        pytest.param([["", "(hotline công ty)", SHOP]], id="in brackets"),
        pytest.param([["Tổng cộng", "", 350_000_000]], id="a total that looks like a number"),
    ],
)
def test_a_note_below_the_list_gets_no_message(terminal: Terminal, tmp_path: Path, below: list[list[object]]) -> None:
    said = dry(terminal, book(tmp_path / "list.xlsx", {"KH": [*people(HEADING), *below]})).document
    assert said["valid"] == 25
    assert [note for note in said["notes"] if "it is taken for a note below the list and gets no message" in note]


def test_words_that_many_rows_have_say_nothing_of_the_last_one(terminal: Terminal, tmp_path: Path) -> None:
    sources = ["Hotline" if n % 3 else "Zalo" for n in range(25)]
    said = dry(terminal, written(tmp_path / "list.csv", table(sources, mobiles(25), heading="Nguồn,SĐT"))).document
    assert (said["valid"], said["notes"]) == (25, [])
    # Nor is a second group of people a note, whatever stands above it.
    groups = [*people(HEADING), [], ["SĐT khách sỉ"], [26, "Mai", SHOP], [27, "Lan", "0988000222"]]
    assert dry(terminal, book(tmp_path / "list.xlsx", {"KH": groups})).document["valid"] == 27


@pytest.mark.parametrize("below", [[["", "", SHOP]], [["", "Giám đốc"], ["", "Nguyễn Văn A", SHOP]]])
def test_a_number_that_stands_apart_below_the_list_is_said(
    terminal: Terminal, tmp_path: Path, below: list[list[object]]
) -> None:
    said = dry(terminal, book(tmp_path / "list.xlsx", {"KH": [*people(HEADING), [], *below]})).document
    assert said["valid"] == 26
    apart = "What stands apart below the list, with fewer cells than the others, gets a message too: row"
    assert f"{apart} {27 + len(below)}." in said["notes"]


def test_many_hotlines_above_the_heading(terminal: Terminal, tmp_path: Path) -> None:
    named = [["CỬA HÀNG HOA"], *([f"Hotline {n}", f"098800011{n}"] for n in range(5))]
    said = dry(terminal, book(tmp_path / "a.xlsx", {"KH": [*named, *people(HEADING)]})).document
    assert (said["list"]["header_row"], said["valid"]) == (7, 25)
    assert "The numbers in rows 2, 3, 4, 5, 6 stand above the heading and get no message." in said["notes"]
    # Nothing says whether these are people of the list.
    unnamed = [["CỬA HÀNG HOA"], *([n, f"Chi nhánh {n}", f"098800011{n}"] for n in range(5))]
    refused = dry(terminal, book(tmp_path / "b.xlsx", {"KH": [*unnamed, *people(HEADING)]}))
    assert rule(refused) == "file_numbers_above_heading"
    assert "row 7 looks like the heading, and 5 rows with numbers stand above it" in refused.err
    moved = [HEADING, *unnamed[1:], *people()]
    assert dry(terminal, book(tmp_path / "c.xlsx", {"KH": moved})).document["valid"] == 30


def test_a_hidden_column_of_numbers_is_said_and_wins_over_none_that_is_seen(terminal: Terminal, tmp_path: Path) -> None:
    def hidden(name: str, rows: list[list[object]], column: str) -> Path:
        path = book(tmp_path / name, {"KH": rows})
        made = openpyxl.load_workbook(path)
        made["KH"].column_dimensions[column].hidden = True
        made.save(path)
        return path

    one = dry(terminal, hidden("a.xlsx", people(HEADING), "C")).document
    assert (one["valid"], one["notes"]) == (25, ["Column 3 (SĐT) is hidden in the workbook, and its numbers are read."])
    both: list[list[object]] = [
        ["phone", "Họ tên", "SĐT"],
        *map(list, zip(mobiles(25, 500), NAMES, mobiles(25), strict=True)),
    ]
    path = hidden("b.xlsx", both, "A")
    refused = dry(terminal, path)
    assert rule(refused) == "file_two_phone_columns"
    assert "column 1 (phone) with 25 numbers, hidden, column 3 (SĐT) with 25 numbers" in refused.err
    assert dry(terminal, path, "--phone-column", "SĐT").document["notes"] == []


@pytest.mark.parametrize("first", ["Lan,VIP,", ",VIP,"])
def test_a_first_row_without_a_number_is_no_second_row_of_the_heading(
    terminal: Terminal, tmp_path: Path, first: str
) -> None:
    rows = table(NAMES, ["Thường"] * 25, mobiles(25), heading=f"Họ tên,,SĐT\n{first}")
    said = dry(terminal, written(tmp_path / "list.csv", rows), text=CARE + " {Họ tên}").document
    assert (said["list"]["header_row"], said["list"]["columns"]) == (1, ["Họ tên", "", "SĐT"])
    assert (said["rows"], said["valid"]) == (26, 25)


def test_a_word_inside_a_name_of_another_program_is_no_other_word(terminal: Terminal, tmp_path: Path) -> None:
    rows = table(mobiles(25), [f"9000000{n:02d}" for n in range(25)], heading="Mobile no. (WhatsApp),Pedido")
    assert dry(terminal, written(tmp_path / "a.csv", rows)).document["list"]["phone_column"] == "Mobile no. (WhatsApp)"
    # Nobody can tell which of these is meant.
    rows = table(mobiles(25), [f"9000000{n:02d}" for n in range(25)], heading="Phone App,Khách")
    assert rule(dry(terminal, written(tmp_path / "b.csv", rows))) == "file_ambiguous_phone_column"


@pytest.mark.parametrize("line", ["1. Chị Lan {}", "Lan: {}", "Lan - {}", "Lan   {}"])
def test_numbers_among_words_are_said_with_the_way_out(terminal: Terminal, tmp_path: Path, line: str) -> None:
    said = dry(terminal, written(tmp_path / "list.txt", "".join(line.format(one) + "\n" for one in mobiles(25))))
    assert rule(said) == "file_no_phone_column"
    assert "has numbers only among words" in said.err


def test_accents_in_the_name_of_a_column_are_in_no_text(terminal: Terminal, tmp_path: Path) -> None:
    path = written(tmp_path / "list.csv", table(["Lan"] * 25, mobiles(25), heading="Tên,SĐT"))
    assert dry(terminal, path, text="Cam on {Tên}").document["warnings"] == []
    assert [one["code"] for one in dry(terminal, path, text="Cảm ơn {Tên}").document["warnings"]] == ["unicode"]
