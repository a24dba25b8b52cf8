"""Entries end and are kept; lists keep the day of which they are."""

import pytest

from worker.errors import Misuse
from worker.services.operations import suppression


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
