"""A one-time password by telephone: the document's request, and what its answers mean where no key protects a repeat."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from tests.providers.asking import adapter, received
from tests.providers.esms_cases import Wire, esms
from tests.providers.test_contract import UNKNOWNS
from tests.providers.test_golden import golden
from worker.domain.calls import TextMessage
from worker.domain.outcome import Outcome
from worker.domain.spoken import spoken_code
from worker.providers.esms import EsmsVoice

FUNCTION = "VoiceOTP"
MESSAGE = TextMessage("3b1f-0", "3b1f", "LOA", "Ma xac thuc LOA: 123456", 84900000000)


def sent(url: str, *messages: TextMessage, **account: Any) -> list[Any]:
    """The answers to each message, over one connection."""

    async def talk() -> list[Any]:
        voice = EsmsVoice(adapter("esms", url, **account))
        try:
            return [await voice.send_message(message) for message in messages or (MESSAGE,)]
        finally:
            await voice.aclose()

    return asyncio.run(talk())


def test_the_request_is_that_of_the_manual_with_the_code_alone():
    wire = Wire()
    voice = EsmsVoice(esms(wire, callback_url="eSMS.vn"), voice="hatieumai", speed=-3, script="voice_otp_repeat")
    asyncio.run(voice.send_message(MESSAGE))
    (request,) = wire.requests
    _, method, url, _, _ = golden("esms", "call-otp")
    assert f"{request.method} {request.url}" == f"{method} {url}"
    assert request.content == b""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ma xac thuc LOA: 482913", "482913"),
        ("482913 la ma xac thuc cua ban.", "482913"),
        ("Mã: 0042", "0042"),
        ("Ma 482913\n\n@shop.example #482913", "482913"),
        ("Ma 482913 co hieu luc 5 phut", "482913"),
        ("Ma 4829", "4829"),
        ("Ma 1234567890", "1234567890"),
        ("Ma A4829 cua ban", None),
        ("Ma 12345678901", None),
        ("Ma 482", None),
        ("Ma 482913. Hotline 19001234", None),
        ("Chi 482913d", None),
        ("Chi 482,913.5000 va 12.4829", None),
        ("Ma xac thuc: BEKQ", None),
        ("Ma ４８２９１３", None),
    ],
)
def test_one_code_can_be_read_out_and_nothing_else(text, code):
    assert spoken_code(text) == code


def test_a_text_without_a_code_calls_nobody(sandbox):
    (answer,) = sent(sandbox.url, TextMessage("r", "k", "LOA", "Ma 4829 hoac 5829", 84900000000))
    assert (answer.outcome, answer.ref) == (Outcome.REJECTED, "")
    assert received(sandbox, FUNCTION) == 0


def test_a_success_is_one_call_that_reads_the_code(sandbox):
    (answer,) = sent(sandbox.url)
    assert answer.outcome is Outcome.ACCEPTED
    (order,) = sandbox.ledger()["orders"]
    assert (order["sms_id"], order["text"]) == (answer.ref, "123456")


@pytest.mark.parametrize("fault", [*UNKNOWNS.values(), {"do": "status", "status": 503}], ids=[*UNKNOWNS, "HTTP 503"])
def test_whatever_hides_the_answer_is_a_doubt_and_never_a_second_call(sandbox, fault):
    sandbox.arm(function=FUNCTION, when="after", **fault)
    (answer,) = sent(sandbox.url)
    assert (answer.outcome, answer.ref) == (Outcome.UNKNOWN, "")
    assert (received(sandbox, FUNCTION), len(sandbox.ledger()["orders"])) == (1, 1)


@pytest.mark.parametrize("fault", [{"do": "drop"}, {"do": "drop", "reset": True}], ids=["dropped", "reset"])
def test_a_call_lost_on_a_warm_connection_is_not_made_again(sandbox, connects, fault):
    sandbox.arm(function=FUNCTION, nth=2, when="after", **fault)
    first, second = sent(sandbox.url, MESSAGE, TextMessage("r", "k", "LOA", "Ma 654321", 84900000001))
    assert (first.outcome, second.outcome) == (Outcome.ACCEPTED, Outcome.UNKNOWN)
    assert (connects(), received(sandbox, FUNCTION), len(sandbox.ledger()["orders"])) == (1, 2, 2)


def test_a_slow_answer_is_a_doubt(sandbox):
    sandbox.arm("hang", function=FUNCTION, when="after", seconds=30)
    (answer,) = sent(sandbox.url, timeout_s=1.0)
    assert answer.outcome is Outcome.UNKNOWN


REFUSED: dict[str, tuple[Callable[[Any], Any], Outcome]] = {
    "too many": (lambda box: box.arm("status", function=FUNCTION, status=429), Outcome.RETRY),
    "too fast": (lambda box: box.arm("code", function=FUNCTION, code="160"), Outcome.RETRY),
    "no balance": (lambda box: box.arm("code", function=FUNCTION, code="103"), Outcome.HALT),
    "wrong number": (lambda box: box.arm("code", function=FUNCTION, code="107"), Outcome.REJECTED),
    "forbidden": (lambda box: box.arm("status", function=FUNCTION, status=403), Outcome.HALT),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_was_certainly_not_taken_is_no_doubt(sandbox, name):
    arm, outcome = REFUSED[name]
    arm(sandbox)
    (answer,) = sent(sandbox.url)
    assert answer.outcome is outcome
    assert sandbox.ledger()["orders"] == []


def test_a_refused_connection_is_a_retry():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    (answer,) = sent(f"http://127.0.0.1:{port}")
    assert answer.outcome is Outcome.RETRY


def test_an_account_for_trials_makes_no_phone_ring(sandbox):
    (answer,) = sent(sandbox.url, sandbox=True)
    assert (answer.outcome, received(sandbox, FUNCTION)) == (Outcome.REJECTED, 0)


def test_the_code_is_in_no_answer(sandbox):
    sandbox.arm("html", function=FUNCTION, when="after", body="<html>123456 84900000000</html>")
    (answer,) = sent(sandbox.url)
    assert "123456" not in repr(answer)
