"""Which numbers get no ads, and how they got there."""

import csv
import io
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import openpyxl
import pytest
from dateutil.parser import isoparse
from sqlalchemy import text

from worker.errors import Misuse, Refused
from worker.services.operations import suppression
from worker.services.planning.reading import Hooks


def rows(loa, sql="SELECT phone, reason, source FROM suppression ORDER BY phone"):
    with loa.deps.sessions() as session:
        return [tuple(row) for row in session.execute(text(sql))]


def counts(made):
    return made.rows, made.added, made.already, made.duplicates, made.invalid


@pytest.fixture
def write(tmp_path):
    """Writes a list of these numbers and returns its path."""

    def write(cells, name="dnc.csv"):
        path = tmp_path / name
        path.write_text("phone\n" + "".join(f"{cell}\n" for cell in cells))
        return path

    return write


def made_up(first, last):
    return [f"09{n:08d}" for n in range(first, last)]


def test_spellings_of_one_number_are_one_entry(loa):
    made = suppression.add(
        loa.deps, ["0900000001", "+84 90 000 0001", "84900000001", "tel:0900.000.001", "01212345678"]
    )
    assert counts(made) == (5, 2, 0, 3, 0)
    assert rows(loa) == [(84792345678, "opt_out", "cli"), (84900000001, "opt_out", "cli")]


def test_what_cannot_be_read_is_counted_and_shown_and_stops_nothing(loa):
    made = suppression.add(loa.deps, ["abc", "0900000001", "8755", "02438000000", "", "1", "x" * 200])
    assert counts(made) == (7, 1, 0, 0, 6)
    assert made.examples == [
        (1, "abc", "rubbish"),
        (3, "8755", "short_code"),
        (4, "02438000000", "fixed_line"),
        (5, "", "blank"),
        (6, "1", "too_short"),
    ]
    assert len(rows(loa)) == 1
    assert counts(suppression.add(loa.deps, ["8755"])) == (1, 0, 0, 0, 1)


def test_added_again_it_keeps_its_first_moment_and_only_an_opt_out_replaces_do_not_call(loa):
    began = loa.clock.moment
    suppression.add(loa.deps, ["0900000001"], "do_not_call", "dnc.csv")
    suppression.add(loa.deps, ["0900000002"], "opt_out", "mo")
    suppression.add(loa.deps, ["0900000003"], "complaint", "letter")
    loa.clock.tick(hours=1)
    for reason in ("do_not_call", "opt_out", "do_not_call", "complaint"):
        made = suppression.add(loa.deps, ["0900000001", "0900000002", "0900000003"], reason, "again")
        assert counts(made) == (3, 0, 3, 0, 0)
    assert rows(loa) == [
        (84900000001, "opt_out", "again"),
        (84900000002, "opt_out", "mo"),
        (84900000003, "complaint", "letter"),
    ]
    assert rows(loa, "SELECT DISTINCT added_at FROM suppression") == [(began,)]


@pytest.mark.parametrize("reason", ["", "  ", "=1+1", "a" * 41, "a;b", "_", "9"])
def test_a_reason_is_a_word(loa, write, reason):
    with pytest.raises(Misuse, match="is no reason"):
        suppression.add(loa.deps, ["0900000001"], reason)
    with pytest.raises(Misuse, match="is no reason"):
        suppression.import_list(loa.deps, write(["0900000001"]), reason)
    assert rows(loa) == []


def test_a_known_reason_is_known_however_it_is_written(loa):
    suppression.add(loa.deps, ["0900000001"], " Do not-call ")
    suppression.add(loa.deps, ["0900000001"], "OPT-OUT")
    assert rows(loa) == [(84900000001, "opt_out", "cli")]


def test_removed_numbers_are_counted_and_the_others_named(loa):
    suppression.add(loa.deps, made_up(0, 5))
    made = suppression.remove(loa.deps, ["+84900000003", "0900000003", "0900000009", "abc", "0900000001"])
    assert (made.removed, made.absent, made.invalid) == (2, [84900000009], 1)
    assert made.examples == [(4, "abc", "rubbish")]
    assert [row[0] for row in rows(loa)] == [84900000000, 84900000002, 84900000004]


def test_no_repr_shows_a_number(loa):
    suppression.add(loa.deps, ["0900000001"])
    shown = repr(suppression.find(loa.deps, "0900000001")) + repr(suppression.remove(loa.deps, ["0900000002"]))
    assert "opt_out" in shown
    assert "00000" not in shown


def test_a_list_is_counted_to_the_last_row(loa, write):
    suppression.add(loa.deps, ["0900000001"])
    path = write(["0900000001", "+84 900 000 002", "84900000002", "0243 123 4567", "", "01212345678", "abc"])
    refused = []
    made = suppression.import_list(loa.deps, path, hooks=Hooks(refused=lambda *refusal: refused.append(refusal)))
    assert counts(made) == (7, 2, 1, 1, 3)
    assert refused == [(5, "0243 123 4567", "fixed_line"), (6, "", "blank"), (8, "abc", "rubbish")]
    assert made.examples == refused
    assert rows(loa) == [
        (84792345678, "do_not_call", "dnc.csv"),
        (84900000001, "opt_out", "cli"),
        (84900000002, "do_not_call", "dnc.csv"),
    ]
    assert counts(suppression.import_list(loa.deps, path)) == (7, 0, 3, 1, 3)
    assert counts(suppression.import_list(loa.deps, path, "opt_out")) == (7, 0, 3, 1, 3)
    assert {row[1] for row in rows(loa)} == {"opt_out"}


def test_a_workbook_is_a_list_too(loa, tmp_path):
    book = openpyxl.Workbook()
    for row in (["ten", "phone"], ["A", 900000001], ["B", "0900 000 002"], ["C", None]):
        book.active.append(row)
    book.save(tmp_path / "dnc.xlsx")
    assert counts(suppression.import_list(loa.deps, tmp_path / "dnc.xlsx")) == (3, 2, 0, 0, 1)


def test_a_list_without_any_number_adds_none(loa, write):
    path = write(["0243 123 4567", "02438000000"])
    assert counts(suppression.import_list(loa.deps, path)) == (2, 0, 0, 0, 2)


def test_a_broken_file_changes_nothing(loa, tmp_path):
    path = tmp_path / "broken.csv"
    path.write_bytes(b"phone\n" + b"".join(f"{n}\n".encode() for n in made_up(0, 12_000)) + b"\x81\x8d\xff\xfe\x00\n")
    with pytest.raises(Refused):
        suppression.import_list(loa.deps, path)
    assert rows(loa) == []


def test_a_list_that_is_still_being_written_changes_nothing(loa, write):
    path = write(made_up(0, 12_000))

    def grow(_share):
        with path.open("a") as file:
            file.write("0911111111\n")

    with pytest.raises(Refused) as refusal:
        suppression.import_list(loa.deps, path, hooks=Hooks(progress=grow))
    assert refusal.value.rule == "file_changed"
    assert rows(loa) == []


def test_a_file_whose_name_is_no_text_is_imported(loa, write):
    path = write(["0900000001"], name="dnc-\udcff.csv")
    assert suppression.import_list(loa.deps, path).added == 1
    assert rows(loa) == [(84900000001, "do_not_call", "dnc-?.csv")]


def test_200000_rows_go_in_without_being_held(loa, write):
    path = write([*made_up(0, 180_000), *["8755"] * 20_000])
    suppression.import_list(loa.deps, write(["0999999999"], name="warm.csv"))
    tracemalloc.start()
    try:
        made = suppression.import_list(loa.deps, path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert counts(made) == (200_000, 180_000, 0, 0, 20_000)
    # A list of as many references alone would be 1.6 MB, and the numbers in it four times as much.
    assert peak < 4_000_000


def test_imports_that_overlap_neither_block_each_other_nor_lose_a_number(loa, write):
    lists = [made_up(n * 5_000, n * 5_000 + 15_000)[:: -1 if n % 2 else 1] for n in range(4)]
    paths = [write(cells, name=f"{n}.csv") for n, cells in enumerate(lists)]
    ready = threading.Barrier(len(paths))

    def bring_in(n):
        def wait_for_the_others(share):
            if share == 1.0:
                ready.wait(30)

        reason = "opt_out" if n % 2 else "do_not_call"
        return suppression.import_list(loa.deps, paths[n], reason, Hooks(progress=wait_for_the_others))

    with ThreadPoolExecutor(len(paths)) as pool:
        made = list(pool.map(bring_in, range(len(paths))))
    assert [one.added + one.already for one in made] == [15_000] * 4
    assert sum(one.added for one in made) == 30_000
    # Whoever came first: what one list calls an opt-out is one.
    assert rows(loa, "SELECT reason, count(*) FROM suppression GROUP BY 1 ORDER BY 1") == [
        ("do_not_call", 5_000),
        ("opt_out", 25_000),
    ]


def test_adding_and_removing_at_once_never_waits_in_a_circle(loa):
    numbers = made_up(0, 4_000)
    ready = threading.Barrier(4)

    def turn(n):
        order = numbers[:: -1 if n % 2 else 1]
        for _ in range(8):
            # Later numbers lie first in the table, where a scan finds them in another order than the index has.
            if ready.wait(30) == 0:
                for first in (3_000, 2_000, 1_000, 0):
                    suppression.add(loa.deps, numbers[first : first + 1_000])
            ready.wait(30)
            (suppression.remove if n < 2 else suppression.add)(loa.deps, order)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(turn, range(4))) == [None] * 4


def test_the_latest_are_listed_first_and_one_is_found(loa):
    for n in range(5):
        suppression.add(loa.deps, made_up(n, n + 1), source=f"call {n}")
        loa.clock.tick(minutes=1)
    assert suppression.count(loa.deps) == 5
    assert [one.source for one in suppression.newest(loa.deps, 2)] == ["call 4", "call 3"]
    found = suppression.find(loa.deps, "+84 90 000 0002")
    assert (found.phone, found.source, found.added_at) == (84900000002, "call 2", isoparse("2026-03-02T09:02:00+07:00"))
    assert suppression.find(loa.deps, "0900000009") is None
    with pytest.raises(Refused, match="cannot be looked up") as refusal:
        suppression.find(loa.deps, "8755")
    assert refusal.value.rule == "bad_phone"


def test_the_export_has_every_number_and_can_be_imported(loa, write, tmp_path):
    suppression.import_list(loa.deps, write(made_up(0, 12_001), name="=dnc.csv"))
    file = io.StringIO(newline="")
    assert suppression.export(loa.deps, file) == 12_001
    lines = list(csv.reader(io.StringIO(file.getvalue(), newline="")))
    assert lines[0] == ["phone", "reason", "source", "added_at"]
    assert lines[1] == ["0900000000", "do_not_call", "'=dnc.csv", "2026-03-02T09:00:00+07:00"]
    assert [line[0] for line in lines[1:]] == made_up(0, 12_001)
    exported = tmp_path / "suppressed.csv"
    exported.write_text(file.getvalue())
    assert counts(suppression.import_list(loa.deps, exported)) == (12_001, 0, 12_001, 0, 0)
