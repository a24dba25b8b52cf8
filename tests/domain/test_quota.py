"""The arithmetic of a quota: only what every explanation agrees on is evidence."""

from itertools import product

import pytest

from worker.domain.quota import MOST_UNKNOWN, Ledger, by_refusal, by_remaining, explains, may_repeat


def test_a_lost_push_was_counted_when_its_size_is_missing_from_the_quota():
    ledger = Ledger(quota=120, pushed=60, taken=60)
    assert by_remaining(ledger, 60, [31]) == [False]
    assert by_remaining(ledger, 29, [31]) == [True]


def test_a_gap_that_nothing_explains_proves_nothing():
    ledger = Ledger(quota=120, pushed=60, taken=60)
    assert by_remaining(ledger, 31, [31]) == [None]
    assert by_remaining(ledger, 70, [31]) == [None]
    assert not explains(ledger, 31, [31])
    assert explains(ledger, 29, [31])


@pytest.mark.parametrize("counted", list(product([True, False], repeat=2)))
def test_neighbours_of_different_sizes_are_told_apart(counted):
    sizes = [31, 29]
    left = 120 - sum(size for size, taken in zip(sizes, counted, strict=True) if taken)
    assert by_remaining(Ledger(120, 0, 0), left, sizes) == list(counted)


def test_of_two_alike_it_tells_only_what_is_certain():
    ledger = Ledger(120, 0, 0)
    assert by_remaining(ledger, 90, [30, 30]) == [None, None]
    assert by_remaining(ledger, 60, [30, 30]) == [True, True]
    assert by_remaining(ledger, 120, [30, 30]) == [False, False]
    assert by_remaining(ledger, 90, [30, 29, 30]) == [None, False, None]


def test_numbers_that_were_left_out_may_use_up_quota_or_not():
    ledger = Ledger(quota=120, pushed=60, taken=55)
    assert ledger.rooms == {65, 60}
    assert by_remaining(ledger, 65, [31]) == by_remaining(ledger, 60, [31]) == [False]
    assert by_remaining(ledger, 34, [31]) == by_remaining(ledger, 29, [31]) == [True]
    assert by_remaining(ledger, 60, [5]) == [None], "either it was counted, or those left out were"
    assert explains(ledger, 60, [])
    assert not explains(ledger, 61, [])


def test_a_refusal_for_want_of_room_shows_what_must_have_been_counted():
    assert by_refusal(Ledger(60, 30, 30), 30, [30]) == [True], "its own earlier call"
    assert by_refusal(Ledger(60, 0, 0), 31, [29, 31]) == [None, True]
    assert by_refusal(Ledger(120, 30, 30), 30, [30]) == [None], "there was room, counted or not"
    assert by_refusal(Ledger(120, 30, 30), 30, []) == []


def test_a_lone_lost_push_is_repeated_only_where_the_quota_is_a_net():
    assert may_repeat(Ledger(60, 31, 31), 29, 29)
    assert may_repeat(Ledger(60, 31, 31), 29, None)
    assert may_repeat(Ledger(60, 31, 31), 29, 0)
    assert not may_repeat(Ledger(60, 31, 30), 29, 30), "one was left out, and its room may be free"
    assert not may_repeat(Ledger(61, 31, 31), 29, 29), "there is room for one more than it"
    assert not may_repeat(Ledger(60, 31, 31), 29, 28), "the provider counts otherwise"


def test_too_many_lost_pushes_are_left_to_a_person():
    sizes = [30] * (MOST_UNKNOWN + 1)
    assert by_remaining(Ledger(1000, 0, 0), 1000, sizes) == [None] * len(sizes)
