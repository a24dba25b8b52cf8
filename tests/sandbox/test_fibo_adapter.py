"""The adapter of Fibo and its emulator, which share nothing, understand each other over HTTP."""

import asyncio
from decimal import Decimal

import pytest

from worker.domain.account import Balance
from worker.domain.calls import TextMessage
from worker.domain.outcome import Outcome
from worker.providers.fibo import Fibo, FiboAccount, Totals, is_evidence

KEY = "3b1f0c1e-51a4-4a8e-9d55-0e3b8f1f7a10"
TEXT = 'Mã & + % # < > "\n😀'


def conversation(sandbox, *questions, **changes):
    """The answers to the questions, asked one after the other over one client."""
    changes = {"base_url": f"{sandbox.url}/fibo/service.asmx", "timeout_s": 12.0} | changes
    account = FiboAccount(**{"client_no": "CL0000000001", "client_pass": "sandbox-pass"} | changes)

    async def asked():
        fibo = Fibo(account)
        try:
            return [await question(fibo) for question in questions]
        finally:
            await fibo.aclose()

    return asyncio.run(asked())


def text(phone=84900000001):
    return lambda fibo: fibo.send_message(TextMessage(f"{KEY}-0", KEY, "LOA", TEXT, phone))


@pytest.mark.parametrize("send_by", ["query", "form"])
@pytest.mark.parametrize("settings", [{}, {"fibo_old_codes": True}, {"fibo_escaped": False, "fibo_success_code": "1"}])
def test_a_text_is_taken_once_and_byte_equal(sandbox, settings, send_by):
    sandbox.settings(**settings)
    (answer,) = conversation(sandbox, text(), send_by=send_by)
    assert (answer.outcome, answer.ref) == (Outcome.ACCEPTED, KEY)
    (order,) = sandbox.ledger()["orders"]
    assert (order["text"], order["request_id"]) == (TEXT, KEY)
    assert sandbox.phones() == {84900000001: (1, 1)}


def test_taken_and_dropped_on_a_warm_connection_is_unknown_and_stands_once_in_the_ledger(sandbox):
    sandbox.arm("drop", function="SendMaskedSMS", nth=2, when="after")
    first, second, again = conversation(sandbox, text(), text(84900000002), text(84900000002))
    assert (first.outcome, second.outcome) == (Outcome.ACCEPTED, Outcome.UNKNOWN)
    assert sandbox.phones() == {84900000001: (1, 1), 84900000002: (1, 1)}
    assert is_evidence(again)
    assert "evidence of an earlier acceptance" in again.provider_message


@pytest.mark.parametrize(
    ("settings", "changes", "code"),
    [
        ({}, {"client_pass": "wrong"}, "3"),
        ({"fibo_old_codes": True}, {"client_pass": "wrong"}, "100"),
        ({"fibo_balance": 1}, {}, "14"),
        ({"fibo_balance": 1, "fibo_old_codes": True}, {}, "104"),
        ({"fibo_senders": []}, {}, "5"),
    ],
)
def test_a_fault_of_the_account_halts(sandbox, settings, changes, code):
    sandbox.settings(**settings)
    (answer,) = conversation(sandbox, text(), **changes)
    assert (answer.outcome, answer.code) == (Outcome.HALT, code)
    assert sandbox.totals()["orders"] == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"do": "truncate", "when": "after"},
        {"do": "truncate", "when": "after", "full_length": True},
        {"do": "html", "when": "after"},
        {"do": "body", "when": "after"},
        {"do": "status", "when": "after", "status": 502},
        {"do": "hang", "when": "after", "seconds": 30},
        {"do": "slow_drip", "when": "after", "seconds": 30},
        {"do": "code", "when": "after", "code": "27"},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_whatever_hides_the_answer_is_unknown(sandbox, fault):
    sandbox.arm(function="SendMaskedSMS", **fault)
    (answer,) = conversation(sandbox, text(), timeout_s=9.0)
    assert answer.outcome is Outcome.UNKNOWN
    assert sandbox.totals()["messages"] == 1


def test_the_balance_in_both_generations(sandbox):
    sandbox.settings(fibo_balance=1641060)
    (newer,) = conversation(sandbox, Fibo.balance)
    sandbox.settings(fibo_old_codes=True, fibo_balance=529)
    (older,) = conversation(sandbox, Fibo.balance)
    assert newer.value == Balance(Decimal(1641060), "VND")
    assert older.value == Balance(Decimal(529), "messages")


@pytest.mark.parametrize(("totals_by", "path"), [("page", "PartnerMtTotal.aspx"), ("soap", "PartnerMtTotal.aspx")])
def test_the_totals_in_both_forms(sandbox, totals_by, path):
    urls = {"status_url": f"{sandbox.url}/fibo/{path}", "totals_by": totals_by}
    _, taken = conversation(sandbox, text(), Fibo.totals, **urls)
    (refused,) = conversation(sandbox, Fibo.totals, client_pass="wrong", **urls)
    assert taken.value == Totals(ok=1, failed=0, waiting=0)
    assert refused.value is None
    assert refused.provider_message
