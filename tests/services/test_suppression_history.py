"""Entries end and are kept; lists keep the day of which they are."""

import contextlib

import pytest

from worker.errors import Misuse, Refused
from worker.services.operations import suppression


def imported(loa, tmp_path, name, count, reason="do_not_call"):
    """A list of the first numbers is imported."""
    (tmp_path / name).write_text("phone\n" + "".join(f"09{n:08d}\n" for n in range(count)))
    return suppression.import_list(loa.deps, tmp_path / name, reason)


def test_what_is_removed_is_kept_with_who_and_when(loa):
    suppression.add(loa.deps, ["0900000001"], source="letter")
    loa.clock.tick(days=1)
    suppression.remove(loa.deps, ["0900000001", "0900000002"])
    loa.clock.tick(days=1)
    suppression.add(loa.deps, ["0900000001"])
    first, second = suppression.history(loa.deps, "0900000001")
    assert (first.reason, first.source, first.added_by, first.ended_by) == ("opt_out", "letter", "letter", "cli")
    assert (first.ended_at - first.added_at).days == 1
    assert (second.source, second.ended_at) == ("cli", None)
    assert suppression.history(loa.deps, "0900000002") == []


def test_an_opt_out_takes_the_place_of_the_lists_word_and_both_are_kept(loa):
    suppression.add(loa.deps, ["0900000001"], "do_not_call", "dnc.csv")
    suppression.add(loa.deps, ["0900000001"])
    listed, own = suppression.history(loa.deps, "0900000001")
    assert (listed.reason, listed.ended_by) == ("do_not_call", "opt_out by cli")
    assert (own.reason, own.ended_at) == ("opt_out", None)


def test_a_list_that_is_undone_is_in_force_no_more_nor_one_that_came_after_it(loa, tmp_path):
    for name, numbers, day in (
        ("a", "0900000001", "2026-01-31"),
        ("b", "0900000002", "2026-02-01"),
        ("c", "0900000002", "2026-02-02"),
    ):
        (tmp_path / f"{name}.csv").write_text(f"phone\n{numbers}\n")
        suppression.import_list(loa.deps, tmp_path / f"{name}.csv", as_of=day)
        loa.clock.tick(minutes=1)
    assert suppression.last_import(loa.deps).source == "c.csv"
    with pytest.raises(Refused, match=r"c\.csv") as fault:
        suppression.undo(loa.deps, "b.csv")
    assert fault.value.rule == "imported_since"
    assert suppression.find(loa.deps, "0900000002") is not None
    suppression.undo(loa.deps, "b.csv", sure=True)
    # c.csv added nothing, since b.csv had: without b.csv its numbers get ads.
    assert suppression.last_import(loa.deps).source == "a.csv"
    suppression.undo(loa.deps, "a.csv")
    assert suppression.last_import(loa.deps) is None


def test_a_list_is_taken_back_where_no_later_one_left_anything_out(loa, tmp_path):
    (tmp_path / "a.csv").write_text("phone\n0900000001\n0900000002\n")
    (tmp_path / "b.csv").write_text("phone\n0900000003\n")
    (tmp_path / "tu-choi.csv").write_text("phone\n0900000002\n0900000003\n")
    for name, reason in (("a", "do_not_call"), ("b", "do_not_call"), ("tu-choi", "opt_out")):
        suppression.import_list(loa.deps, tmp_path / f"{name}.csv", reason)
        loa.clock.tick(minutes=1)
    assert suppression.undo(loa.deps, "a.csv") == 1
    assert suppression.find(loa.deps, "0900000002").source == "tu-choi.csv"


def test_who_refused_himself_stays_when_a_list_that_had_him_is_taken_back(loa, tmp_path):
    (tmp_path / "tu-choi.csv").write_text("phone\n0900000001\n0900000002\n")
    suppression.import_list(loa.deps, tmp_path / "tu-choi.csv", "opt_out")
    loa.clock.tick(days=1)
    for _ in range(2):
        assert suppression.add(loa.deps, ["0900000001"], source="letter").already == 1
    assert suppression.undo(loa.deps, "tu-choi.csv") == 1
    listed, own = suppression.history(loa.deps, "0900000001")
    assert (listed.source, listed.ended_by, own.source) == ("tu-choi.csv", "opt_out by letter", "letter")


def test_an_import_keeps_its_day_and_its_undoing_is_kept(loa, tmp_path):
    path = tmp_path / "dnc.csv"
    path.write_text("phone\n0900000001\n0900000002\n")
    suppression.import_list(loa.deps, path, as_of="2026-02-01")
    last = suppression.last_import(loa.deps)
    assert (last.as_of.isoformat(), last.rows, last.added) == ("2026-02-01", 2, 2)
    assert suppression.undo(loa.deps, "dnc.csv") == 2
    (entry,) = suppression.history(loa.deps, "0900000001")
    assert "undone" in entry.ended_by
    for bad in ("2026-03-03", "yesterday"):
        with pytest.raises(Misuse):
            suppression.import_list(loa.deps, path, as_of=bad)
    assert suppression.count(loa.deps) == 0


def test_what_a_person_added_by_hand_outlives_the_list_that_is_taken_back(loa, tmp_path, clock):
    """Whatever the word for it: only a list is taken back with a list."""
    imported(loa, tmp_path, "dnc.csv", 2)
    clock.tick(hours=1)
    suppression.add(loa.deps, ["0900000000"], reason="complaint", source="cli")
    suppression.undo(loa.deps, "dnc.csv", sure=True)
    assert suppression.find(loa.deps, "0900000000").reason == "complaint"
    assert suppression.find(loa.deps, "0900000001") is None


def test_a_persons_own_word_outlives_the_list_of_opt_outs_that_took_the_place_of_another(loa, tmp_path, clock):
    imported(loa, tmp_path, "dnc.csv", 2)
    clock.tick(hours=1)
    imported(loa, tmp_path, "tu-choi.csv", 1, reason="opt_out")
    clock.tick(hours=1)
    suppression.add(loa.deps, ["0900000000"], source="sms")
    for source in ("tu-choi.csv", "dnc.csv"):
        with contextlib.suppress(Refused):
            suppression.undo(loa.deps, source, sure=True)
    assert suppression.find(loa.deps, "0900000000").source == "sms"


def test_a_list_that_is_in_force_keeps_what_a_list_of_opt_outs_had_taken_over(loa, tmp_path, clock):
    imported(loa, tmp_path, "dnc.csv", 2)
    clock.tick(hours=1)
    imported(loa, tmp_path, "tu-choi.csv", 1, reason="opt_out")
    clock.tick(hours=1)
    suppression.undo(loa.deps, "tu-choi.csv", sure=True)
    found = suppression.find(loa.deps, "0900000000")
    assert (found.reason, found.source) == ("do_not_call", "dnc.csv")


def test_what_a_person_let_go_does_not_come_back_with_an_older_list(loa, tmp_path, clock):
    imported(loa, tmp_path, "dnc.csv", 2)
    clock.tick(hours=1)
    suppression.remove(loa.deps, ["0900000000"])
    clock.tick(hours=1)
    imported(loa, tmp_path, "tu-choi.csv", 1, reason="opt_out")
    clock.tick(hours=1)
    suppression.undo(loa.deps, "tu-choi.csv", sure=True)
    assert suppression.find(loa.deps, "0900000000") is None
