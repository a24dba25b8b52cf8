"""What the suppression commands answer, and what they leave stored."""

import csv
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.cli.terminal import COMMAND, Terminal
from worker.engine import embedded

People = Callable[..., Path]


@pytest.fixture(autouse=True)
def _clean(terminal: Terminal) -> Iterator[None]:
    """Every test begins with an empty list."""
    yield
    found = embedded.find(terminal.folder / "var")
    assert found is not None
    assert found.database_url is not None
    engine = create_engine(found.database_url)
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE suppression"))
    engine.dispose()


def test_added_numbers_are_listed_and_can_be_looked_up(terminal: Terminal) -> None:
    said = terminal.loa("suppress", "add", "0900000001", "+84 90 000 0002", "84900000001", "--json")
    assert said.code == 0, said
    assert said.document == {"rows": 3, "added": 2, "already": 0, "duplicates": 1, "invalid": 0, "examples": []}
    listed = terminal.loa("suppress", "list", "--json").document
    assert listed["total"] == 2
    assert {(one["phone"], one["reason"], one["source"]) for one in listed["entries"]} == {
        ("0900000001", "opt_out", "cli"),
        ("0900000002", "opt_out", "cli"),
    }
    assert all(one["added_at"].endswith("+07:00") for one in listed["entries"])
    assert len(terminal.loa("suppress", "list", "--limit", "1", "--json").document["entries"]) == 1
    shown = terminal.loa("suppress", "list", "--phone", "84900000002")
    assert "0900000002" in shown.out
    assert "0900000001" not in shown.out
    other = terminal.loa("suppress", "list", "--phone", "0900000003")
    assert (other.code, other.err) == (0, "")
    assert "may get ads" in other.out


def test_what_is_no_number_is_shown_and_the_rest_is_added(terminal: Terminal) -> None:
    said = terminal.loa("suppress", "add", "0900000001", "8755")
    assert said.code == 1
    assert "1 number added" in said.out
    assert "8755" in said.out
    assert said.err == "1 of 2 not added: no mobile number.\n"


def test_removing_what_is_not_there_is_said_without_the_number(terminal: Terminal) -> None:
    terminal.loa("suppress", "add", "0900000001", "0900000002")
    gone = terminal.loa("suppress", "remove", "+84900000001")
    assert (gone.code, gone.out, gone.err) == (0, "1 number removed.\n", "")
    again = terminal.loa("suppress", "remove", "0900000001", "0900000002", "--json")
    assert again.code == 1
    assert again.document == {"removed": 1, "absent": 1, "invalid": 0, "examples": []}
    assert again.err == "1 number not on the list: 8490***0001.\n"
    assert terminal.loa("suppress", "list", "--json").document["entries"] == []


def test_a_list_is_imported_and_its_refused_rows_are_kept(terminal: Terminal, people: People, tmp_path: Path) -> None:
    path, to_mend = people(30, "0900000001", "8755", "024 3800 0000", name="dnc.csv"), tmp_path / "to-mend.csv"
    said = terminal.loa("suppress", "import", path, "--yes", "--refused", to_mend, "--json")
    assert said.code == 0, said
    # Campaigns of other tests, which share this installation, may have the same people: that is a note's business.
    assert {name: value for name, value in said.document.items() if name != "notes"} == {
        "rows": 33, "added": 30, "already": 0, "duplicates": 1, "invalid": 2,
        "list": {"file": str(path), "sheet": None, "header_row": 1, "phone_column": "phone", "columns": ["phone"]},
        "refused_by_reason": {"short_code": 1, "fixed_line": 1},
    }  # fmt: skip
    with to_mend.open(newline="") as file:
        assert [(row["row"], row["reason"]) for row in csv.DictReader(file)] == [
            ("33", "short_code"),
            ("34", "fixed_line"),
        ]
    again = terminal.loa("suppress", "import", path, "--yes", "--reason", "opt_out")
    assert again.code == 0
    assert again.err == ""
    assert "0 numbers added" in again.out
    assert "fixed line" in again.out
    entries = terminal.loa("suppress", "list", "--json").document["entries"]
    assert {(one["reason"], one["source"]) for one in entries} == {("opt_out", "dnc.csv")}


def test_a_list_without_a_refused_row_still_has_the_heading(terminal: Terminal, people: People, tmp_path: Path) -> None:
    to_mend = tmp_path / "to-mend.csv"
    assert terminal.loa("suppress", "import", people(3), "--refused", to_mend).code == 0
    assert to_mend.read_text().splitlines() == ["row,value,reason,explanation"]


def test_refused_rows_on_stdout_are_all_that_is_there(terminal: Terminal, people: People) -> None:
    said = terminal.loa("suppress", "import", people(3, "8755"), "--refused", "-")
    assert said.code == 0
    assert [line.split(",")[0] for line in said.out.splitlines()] == ["row", "5"]


def test_a_list_without_any_number_is_a_failure_that_leaves_the_rows_to_mend(
    terminal: Terminal, people: People, tmp_path: Path
) -> None:
    to_mend = tmp_path / "to-mend.csv"
    said = terminal.loa("suppress", "import", people(0, "024 3800 0000", "024 3800 0001"), "--refused", to_mend)
    assert said.code == 1
    assert said.err == "people.csv has no mobile number: nothing was added.\n"
    assert len(to_mend.read_text().splitlines()) == 3


def test_the_whole_list_goes_to_a_file_or_a_pipe(terminal: Terminal, people: People, tmp_path: Path) -> None:
    terminal.loa("suppress", "import", people(25), "--yes")
    said = terminal.loa("suppress", "list", "--csv", tmp_path / "suppressed.csv")
    assert (said.code, said.out) == (0, "")
    piped = terminal.loa("suppress", "list", "--csv", "-")
    assert "25 lines" in piped.err
    assert piped.out.splitlines() == (tmp_path / "suppressed.csv").read_text().splitlines()
    assert len(piped.out.splitlines()) == 26


@pytest.mark.parametrize(
    "words",
    [
        ("add",),
        ("add", "0900000001", "--reason", "a;b"),
        ("list", "--csv", "-", "--json"),
        ("list", "--csv", "x.csv", "--phone", "0900000001"),
        ("import", "people.csv", "--refused", "-", "--json"),
    ],
)
def test_wrong_words_are_one_sentence(terminal: Terminal, words: tuple[str, ...]) -> None:
    said = terminal.loa("suppress", *words)
    assert (said.code, said.err.count("\n")) == (2, 1)


def test_no_output_overwrites_the_list(terminal: Terminal, people: People) -> None:
    path = people(20)
    before = path.read_bytes()
    assert terminal.loa("suppress", "import", path, "--refused", path).code == 2
    assert path.read_bytes() == before


def test_a_missing_or_broken_list_is_one_sentence(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    for name in ("missing.csv", "empty.csv"):
        said = terminal.loa("suppress", "import", tmp_path / name)
        assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
        assert name in said.err


@pytest.mark.parametrize(("answer", "added"), [("n", 0), ("y", 3)])
def test_a_person_is_asked_about_a_list_that_speaks_of_no_refusal(
    terminal: Terminal, tmp_path: Path, answer: str, added: int
) -> None:
    assert terminal.loa("suppress", "add", "0900000001").code == 0
    path = tmp_path / f"khach-{answer}.csv"
    path.write_text("SĐT\n" + "".join(f"0912000{n:03}\n" for n in range(3)))
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [*COMMAND, "suppress", "import", str(path), "--json"],
        cwd=terminal.folder, env=terminal.environment(), stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        os.close(theirs)
        os.write(ours, f"{answer}\n".encode())
        out, err = process.communicate(timeout=120)
    os.close(ours)
    assert "Shall all its people get no ads?" in err.decode()
    said = json.loads(out)
    assert process.returncode == (0 if added else 1)
    assert said["added"] == added if added else said["error"]["rule"] == "list_of_customers"
