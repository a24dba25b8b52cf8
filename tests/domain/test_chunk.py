"""Batches: balanced, never under the minimum, and dealt out by the formula that the SQL repeats."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.chunk import split, split_unlike
from worker.errors import Refused


@pytest.mark.parametrize(
    ("total", "min_recipients", "max_recipients", "sizes"),
    [
        pytest.param(20, 20, 5000, [20], id="the minimum is enough"),
        pytest.param(1000, 20, 1000, [1000], id="the maximum is one batch"),
        pytest.param(1001, 20, 1000, [501, 500], id="one more is two halves"),
        pytest.param(3001, 20, 1000, [751, 750, 750, 750], id="four of 3,001"),
        pytest.param(5010, 30, 5000, [2505, 2505], id="no rest of ten"),
        pytest.param(6, 1, 2, [2, 2, 2], id="no remainder"),
        pytest.param(6, 1, 1, [1] * 6, id="one number a call"),
        pytest.param(0, 0, 10, [], id="nothing is no batch"),
    ],
)
def test_a_list_is_split(total, min_recipients, max_recipients, sizes):
    assert split(total, min_recipients, max_recipients) == sizes


def test_a_list_below_the_minimum_is_refused_with_the_counts():
    with pytest.raises(Refused) as refused:
        split(19, 20, 5000)
    assert refused.value.rule == "too_few_numbers"
    assert refused.value.details == {"total": 19, "minimum": 20}
    assert "19 numbers" in str(refused.value)
    assert "at least 20" in str(refused.value)


@pytest.mark.parametrize(
    ("total", "min_recipients", "max_recipients", "batches"),
    [
        pytest.param(1001, 600, 1000, 2, id="halves are too small"),
        pytest.param(35, 30, 20, 2, id="a maximum under the minimum"),
    ],
)
def test_a_list_that_fits_no_batches_is_refused_with_the_settings_to_change(
    total, min_recipients, max_recipients, batches
):
    with pytest.raises(Refused, match="raise the maximum of a batch or lower the minimum") as refused:
        split(total, min_recipients, max_recipients)
    assert refused.value.rule == "cannot_split"
    assert refused.value.details == {
        "total": total,
        "minimum": min_recipients,
        "maximum": max_recipients,
        "batches": batches,
    }


@pytest.mark.parametrize(("total", "min_recipients", "max_recipients"), [(-1, 0, 1), (1, -1, 1), (1, 1, 0)])
def test_figures_that_make_no_sense_are_a_fault_of_the_program(total, min_recipients, max_recipients):
    with pytest.raises(ValueError, match="cannot split"):
        split(total, min_recipients, max_recipients)


@given(total=st.integers(1, 5000), max_recipients=st.integers(1, 5000))
def test_batches_are_balanced_and_as_few_as_can_be(total, max_recipients):
    sizes = split(total, 1, max_recipients)
    assert sum(sizes) == total
    assert max(sizes) - min(sizes) <= 1
    assert sizes[0] == max(sizes) <= max_recipients
    assert (len(sizes) - 1) * max_recipients < total


@given(total=st.integers(1, 300), min_recipients=st.integers(1, 60), max_recipients=st.integers(1, 60))
def test_a_split_is_refused_only_when_there_is_none(total, min_recipients, max_recipients):
    possible = any(
        min_recipients <= total // count and -(-total // count) <= max_recipients for count in range(1, total + 1)
    )
    try:
        sizes = split(total, min_recipients, max_recipients)
    except Refused:
        assert not possible
    else:
        assert possible
        assert min_recipients <= min(sizes)
        assert max(sizes) <= max_recipients


@given(total=st.integers(1, 3000), max_recipients=st.integers(1, 3000))
def test_the_formula_of_the_sql_deals_out_exactly_the_sizes(total, max_recipients):
    sizes = split(total, 1, max_recipients)
    dealt = [position * len(sizes) // total for position in range(total)]
    assert dealt == sorted(dealt)
    assert Counter(dealt) == dict(enumerate(sizes))


@given(total=st.integers(10, 20_000), max_recipients=st.integers(10, 3_000))
def test_neighbours_that_are_to_be_told_apart_are_never_alike(total, max_recipients):
    sizes = split_unlike(total, 1, max_recipients)
    assert sum(sizes) == total
    assert max(sizes) <= max_recipients
    assert all(one != next_one for one, next_one in pairwise(sizes))


@pytest.mark.parametrize(("total", "sizes"), [(40, [40]), (100, [34, 32, 34]), (41, [21, 20])])
def test_one_batch_stays_whole_and_more_are_unlike(total, sizes):
    assert split_unlike(total, 20, 40) == sizes


def test_unlike_batches_keep_the_minimum():
    with pytest.raises(Refused) as refused:
        split_unlike(41, 21, 40)
    assert refused.value.rule == "cannot_split"
