"""What every provider must do alike: each sending function of the three adapters, on the sandbox, over real HTTP."""

import logging
import socket
import time

import pytest

from tests.providers.asking import answer_of, asked, asked_at_once, learned, received
from tests.providers.conversation import Collector
from tests.providers.sandboxed import BALANCES, FUNCTIONS, LISTS, MESSAGES, SENDS, WRONG_KEYS
from tests.providers.texts import AWKWARD
from worker import log
from worker.domain.outcome import Outcome

pytestmark = pytest.mark.usefixtures("each_loop")

#: After each of these a request may have been taken, and here it was.
UNKNOWNS = {
    "HTTP 500": {"do": "status", "status": 500},
    "HTTP 502": {"do": "status", "status": 502},
    "HTTP 504": {"do": "status", "status": 504},
    "HTML with 200": {"do": "html"},
    "HTML with 500": {"do": "html", "status": 500},
    "nothing with 200": {"do": "body"},
    "a truncated answer": {"do": "truncate"},
    "an answer of one letter": {"do": "truncate", "keep": 1},
    "an answer that breaks off": {"do": "truncate", "full_length": True},
    "an unlisted code": {"do": "code", "code": "987"},
    "a dropped connection": {"do": "drop"},
    "a reset connection": {"do": "drop", "reset": True},
}
#: A gateway says it too of what it had passed on, so it is a refusal only where a repeat is under the same key.
UNAVAILABLE = 503
KEYED = ("esms", "sandbox")

every_send = pytest.mark.parametrize("function", SENDS.values(), ids=list(SENDS))


@every_send
def test_a_success_is_accepted_with_a_reference_and_stands_once_on_the_ledger(sandbox, function):
    answer = answer_of(*asked(function, sandbox.url))
    assert answer.outcome is Outcome.ACCEPTED, answer.provider_message
    orders = sandbox.ledger()["orders"]
    assert len(orders) == function.orders
    assert [order["request_id" if function.provider == "fibo" else "sms_id"] for order in orders] in (
        [answer.ref],
        [],
    ) or function.bulk
    if function.name != "cancel-ads" and not function.bulk:
        assert answer.ref
    assert {times for times, _ in sandbox.phones().values()} <= {1}


@pytest.mark.parametrize("text", AWKWARD)
@pytest.mark.parametrize("function", [*MESSAGES.values(), *LISTS.values()], ids=[*MESSAGES, *LISTS])
def test_a_text_arrives_byte_for_byte(sandbox, function, text):
    text = f"[QC]{text}"
    if function.provider == "fibo" and "<!" in text:
        # Its web server takes that for markup, and says so before the method runs.
        assert [answer.outcome for answer in asked(function, sandbox.url, text)] == [Outcome.REJECTED]
        assert sandbox.ledger()["orders"] == []
        return
    assert learned(*asked(function, sandbox.url, text))
    (order,) = sandbox.ledger()["orders"]
    assert (order["text"], order["brandname"]) == (text, "LOA")


@every_send
def test_too_many_is_a_retry_after_the_pause_that_was_asked_for(sandbox, function):
    sandbox.arm("status", function=function.name, status=429, headers={"Retry-After": "7"})
    answer = answer_of(*asked(function, sandbox.url))
    assert (answer.outcome, answer.retry_after_s, answer.slow_down) == (Outcome.RETRY, 7.0, True)
    assert (received(sandbox, function.name), sandbox.ledger()["orders"]) == (1, [])


@every_send
def test_unavailable_slows_down_and_is_a_retry_where_there_is_a_key(sandbox, function):
    sandbox.arm("status", function=function.name, status=UNAVAILABLE)
    answer = answer_of(*asked(function, sandbox.url))
    keyed = function.provider in KEYED and function.keyed
    assert answer.outcome is (Outcome.RETRY if keyed else Outcome.UNKNOWN)
    assert (answer.slow_down, answer.unreached) == (True, True)
    assert (received(sandbox, function.name), sandbox.ledger()["orders"]) == (1, [])


@pytest.mark.parametrize("fault", UNKNOWNS.values(), ids=list(UNKNOWNS))
@every_send
def test_whatever_hides_the_answer_is_a_doubt_and_never_a_second_request(sandbox, function, fault):
    sandbox.arm(function=function.name, when="after", **fault)
    answer = answer_of(*asked(function, sandbox.url))
    assert (answer.outcome, answer.ref) == (Outcome.UNKNOWN, ""), answer.provider_message
    assert answer.provider_message
    assert received(sandbox, function.name) == 1
    assert len(sandbox.ledger()["orders"]) == function.orders


@every_send
def test_a_refused_connection_is_a_retry(function):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    answer = answer_of(*asked(function, f"http://127.0.0.1:{port}"))
    assert answer.outcome is Outcome.RETRY
    assert "no connection (ConnectError)" in answer.provider_message


@every_send
def test_wrong_keys_halt(sandbox, function):
    answer = answer_of(*asked(function, sandbox.url, **WRONG_KEYS[function.provider]))
    assert (answer.outcome, answer.ref) == (Outcome.HALT, "")
    assert answer.code
    assert answer.provider_message
    assert sandbox.ledger()["orders"] == []


@pytest.mark.parametrize("deed", ["hang", "slow_drip"])
def test_every_call_ends_in_time_and_a_sending_one_in_doubt(sandbox, deed):
    began = []

    def arm():
        for name in {function.name for function in FUNCTIONS.values()}:
            sandbox.arm(deed, function=name, when="after", times=-1, seconds=60)
        began.append(time.monotonic())

    # A third of it is for the connection: room for a busy machine.
    results = asked_at_once(sandbox.url, arm, timeout_s=9.0)
    assert time.monotonic() - began[0] < 45.0
    assert [name for name, result in results.items() if learned(result)] == []
    outcomes = {name: answer_of(results[name]).outcome for name in SENDS}
    assert outcomes == dict.fromkeys(SENDS, Outcome.UNKNOWN)


@pytest.mark.parametrize("function", BALANCES.values(), ids=list(BALANCES))
def test_a_balance_is_read_or_is_none_with_a_reason(sandbox, function):
    sandbox.settings(balance=1641060, fibo_balance=1641060, sandbox_balance=1641060)
    (balance,) = asked(function, sandbox.url)
    (refused,) = asked(function, sandbox.url, **WRONG_KEYS[function.provider])
    assert (balance.value.amount, balance.value.unit) == (1641060, "VND")
    assert refused.value is None
    assert refused.provider_message


#: Keys, every word of the text that says something, and numbers in any form.
PRIVATE = (
    "sandbox-key",
    "sandbox-secret",
    "sandbox-client",
    "sandbox-pass",
    "482913",
    "của bạn",
    "c%E1%BB%A7a",
    "900000",
)


@pytest.mark.parametrize("trouble", [None, "HTML with 500", "an unlisted code", "a dropped connection"])
def test_no_log_line_has_a_key_a_text_or_a_number(sandbox, restored_logging, capfd, trouble):
    log.configure("DEBUG")
    written = Collector()
    logging.getLogger().addHandler(written)

    def arm():
        if trouble:
            sandbox.arm(function="*", when="after", times=-1, **UNKNOWNS[trouble])
        logging.getLogger("loa").debug("called")

    results = asked_at_once(sandbox.url, arm)
    printed = capfd.readouterr()
    said = printed.err + printed.out + "\n".join(written.lines)
    assert "called" in said
    assert [secret for secret in PRIVATE if secret in said] == []
    answers = [answer_of(results[name]) for name in SENDS]
    assert [secret for secret in PRIVATE for answer in answers if secret in repr(answer)] == []


def test_a_program_with_its_own_logging_sees_no_key_no_text_and_no_number(sandbox, restored_logging):
    written = Collector()
    logging.getLogger().addHandler(written)
    for name in ("", "httpx", "httpcore", "aiohttp"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger("httpx").debug("listened to")
    asked_at_once(sandbox.url, lambda: None)
    assert any("listened to" in line for line in written.lines)
    assert [line for line in written.lines if any(secret in line for secret in PRIVATE)] == []
