"""A message's way along its route, as a table."""

import pytest

from worker.domain.message import (
    MESSAGE_NEXT,
    OPEN,
    MessageState,
    after,
    end_without_acceptance,
    parse_route,
    sources,
    without,
)
from worker.domain.outcome import Outcome
from worker.errors import Misuse

A, B = "esms", "fpt"
ACCEPTED, REJECTED, HALT, RETRY, UNKNOWN = (
    Outcome.ACCEPTED,
    Outcome.REJECTED,
    Outcome.HALT,
    Outcome.RETRY,
    Outcome.UNKNOWN,
)
#: Outcome, route ahead, call may be repeated, earlier doubt, fallback allowed -> state, route ahead.
TABLE = [
    (ACCEPTED, (A, B), False, False, True, "accepted", ()),
    (ACCEPTED, (A,), True, True, False, "accepted", ()),
    (REJECTED, (A, B), False, False, True, "queued", (B,)),
    (HALT, (A, B), True, False, True, "queued", (B,)),
    (REJECTED, (B,), False, False, True, "rejected", ()),
    (HALT, (B,), False, False, True, "rejected", ()),
    # Refused for now: its turn comes again after the others, alone at once.
    (RETRY, (A, B), True, False, True, "queued", (B, A)),
    (RETRY, (A,), True, False, True, "queued", (A,)),
    # An unknown call: once more where that is safe, then on, then it stays one.
    (UNKNOWN, (A, B), True, False, True, "queued", (A, B)),
    (UNKNOWN, (A,), True, False, False, "queued", (A,)),
    (UNKNOWN, (A, B), False, False, True, "queued", (B,)),
    (UNKNOWN, (A, B), False, False, False, "unknown", ()),
    (UNKNOWN, (B,), False, False, True, "unknown", ()),
    # No refusal of a later call settles an earlier doubt.
    (REJECTED, (B,), False, True, True, "unknown", ()),
    (REJECTED, (A, B), False, True, True, "queued", (B,)),
    (REJECTED, (A, B), False, True, False, "unknown", ()),
    (RETRY, (A, B), False, True, False, "unknown", ()),
]


@pytest.mark.parametrize(("outcome", "remaining_route", "again", "maybe_taken", "fallback", "state", "left"), TABLE)
def test_what_follows_a_call(outcome, remaining_route, again, maybe_taken, fallback, state, left):
    onward = after(outcome, remaining_route, again=again, maybe_taken=maybe_taken, fallback=fallback)
    assert (str(onward.state), onward.remaining_route) == (state, left)


def test_without_acceptance_the_truth_is_told_about_a_doubt():
    assert end_without_acceptance(maybe_taken=False) is MessageState.REJECTED
    assert end_without_acceptance(maybe_taken=False, late=True) is MessageState.EXPIRED
    assert end_without_acceptance(maybe_taken=True, late=True) is MessageState.UNKNOWN


def test_states_never_go_back_once_settled():
    assert {target for state in set(MessageState) - OPEN for target in MESSAGE_NEXT[state]} & OPEN == set()
    assert set(sources(MessageState.SENDING)) == {MessageState.QUEUED}


@pytest.mark.parametrize(
    ("written", "route"), [("", ()), (" ", ()), ("esms", (A,)), (" eSMS , fpt", (A, B)), ("fpt,esms", (B, A))]
)
def test_a_route_is_read_in_its_order(written, route):
    assert parse_route(written) == route


@pytest.mark.parametrize("written", ["esms,", ",", "esms,,fpt", "esms,fpt,ESMS"])
def test_a_route_with_blanks_or_repeats_is_refused(written):
    with pytest.raises(Misuse, match="no route"):
        parse_route(written)


def test_what_a_provider_repeats_of_the_text_is_masked():
    text = "Ma xac thuc LOA: 482913"
    assert without(f"template: {text}", text) == "template: ***"
    assert without("wrong code 482913 in 2513", text) == "wrong code *** in 2513"
    assert without("HTTP 503: not now", text) == "HTTP 503: not now"
