"""Nothing is ever asked twice: each function on a warm or new connection, its request taken and its answer lost."""

import pytest

from tests.providers.asking import answer_of, asked, learned, received
from tests.providers.sandboxed import FUNCTIONS, SENDS
from worker.domain.outcome import Outcome

pytestmark = pytest.mark.usefixtures("each_loop")

#: Ways of losing the answer to a request that was taken. A transport may take any of them for a connection gone stale.
LOST = {
    "dropped": {"do": "drop"},
    "reset": {"do": "drop", "reset": True},
    "broken off": {"do": "truncate", "full_length": True},
}
FPT = {name: function for name, function in SENDS.items() if function.provider == "fpt"}


def tokens(sandbox):
    return received(sandbox, "oauth2/token")


@pytest.mark.parametrize("fault", LOST.values(), ids=list(LOST))
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_request_taken_and_lost_on_a_warm_connection_is_not_repeated(sandbox, connects, name, fault):
    function = FUNCTIONS[name]
    sandbox.arm(function=function.name, nth=2, when="after", **fault)
    first, second = asked(function, sandbox.url, "[QC] first", "[QC] second")
    assert learned(first)
    assert not learned(second)
    assert connects() == 1, "the second request went over the warm connection"
    assert received(sandbox, function.name) == 2, "one receipt of each request"
    assert [fault["fired"] for fault in sandbox.faults()] == [1]
    assert len(sandbox.ledger()["orders"]) == 2 * function.orders, "one row for each request that sends"
    if name in SENDS:
        assert answer_of(second).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_first_request_taken_and_lost_is_not_repeated(sandbox, name):
    """aiohttp by itself repeats a GET over a connection that was never used before, too."""
    function = FUNCTIONS[name]
    sandbox.arm(function=function.name, nth=1, when="after", **LOST["dropped"])
    (answer,) = asked(function, sandbox.url, "[QC] first")
    assert not learned(answer)
    assert received(sandbox, function.name) == 1
    assert len(sandbox.ledger()["orders"]) == function.orders


@pytest.mark.parametrize("fault", LOST.values(), ids=list(LOST))
@pytest.mark.parametrize("function", FPT.values(), ids=list(FPT))
def test_a_repeat_with_a_new_token_that_is_lost_is_not_repeated_again(sandbox, connects, function, fault):
    sandbox.arm("code", function=function.name, code="1013")
    sandbox.arm(function=function.name, nth=2, when="after", **fault)
    answer = answer_of(*asked(function, sandbox.url))
    assert answer.outcome is Outcome.UNKNOWN
    assert connects() == 1
    assert (received(sandbox, function.name), tokens(sandbox)) == (2, 2)
    assert len(sandbox.ledger()["orders"]) == function.orders


@pytest.mark.parametrize("function", FPT.values(), ids=list(FPT))
def test_a_second_refusal_of_the_token_is_the_last(sandbox, function):
    sandbox.arm("code", function=function.name, code="1013", times=-1)
    answer = answer_of(*asked(function, sandbox.url))
    assert (answer.outcome, answer.code) == (Outcome.HALT, "1013")
    assert (received(sandbox, function.name), sandbox.ledger()["orders"]) == (2, [])


@pytest.mark.parametrize("fault", LOST.values(), ids=list(LOST))
def test_a_token_that_is_lost_is_asked_for_again_and_the_message_sent_once(sandbox, fault):
    sandbox.arm(function="oauth2/token", when="after", **fault)
    (answer,) = asked(FPT["fpt message"], sandbox.url)
    assert answer.outcome is Outcome.ACCEPTED
    assert (received(sandbox, "push-brandname-otp"), tokens(sandbox)) == (1, 2)
    assert len(sandbox.ledger()["orders"]) == 1


def test_a_token_that_never_comes_sends_no_message(sandbox):
    sandbox.arm("drop", function="oauth2/token", when="after", times=-1)
    (answer,) = asked(FPT["fpt message"], sandbox.url)
    assert (answer.outcome, "no token" in answer.provider_message) == (Outcome.RETRY, True)
    assert (received(sandbox, "push-brandname-otp"), tokens(sandbox)) == (0, 2)
