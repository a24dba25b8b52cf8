"""Every answer of Fibo means what the documents say: one function a question, one JSON file a conversation."""

import asyncio
import logging
from decimal import Decimal
from urllib.parse import quote

import pytest

from tests.providers.conversation import Collector
from tests.providers.fibo_cases import CLIENT_PASS, MESSAGE, STATUS_PASS, Wire, fibo, load, params
from worker import log
from worker.domain.account import Balance
from worker.domain.outcome import Outcome
from worker.providers.fibo import Fibo, Totals, is_evidence
from worker.providers.fibo.codes import CODES

SEND_BY = ("query", "form")


@pytest.mark.parametrize("send_by", SEND_BY)
@pytest.mark.parametrize("case", params("sends"))
def test_an_answer_to_a_text(case, send_by):
    wire, expect = Wire(case["answer"]), case["expect"]
    answer = asyncio.run(fibo(wire, send_by=send_by).send_message(MESSAGE))
    assert answer.outcome is Outcome(expect["outcome"]), case["says"]
    assert (answer.code, answer.ref, answer.retry_after_s) == (
        expect.get("code", ""),
        expect.get("ref", ""),
        expect.get("retry_after_s"),
    )
    assert_words(answer, expect)
    assert answer.provider_message
    assert len(answer.raw) <= 2000
    assert len(wire.requests) == 1


@pytest.mark.parametrize("case", params("balances"))
def test_the_balance(case):
    wire, expect = Wire(case["answer"]), case["expect"]
    reading = asyncio.run(fibo(wire).balance())
    wanted = Balance(Decimal(expect["amount"]), expect["unit"]) if "amount" in expect else None
    assert (reading.value, reading.code) == (wanted, expect.get("code", "")), case["says"]
    assert reading.value is not None or reading.provider_message
    assert_words(reading, expect)
    assert len(wire.requests) == 1


@pytest.mark.parametrize("totals_by", ["page", "soap"])
@pytest.mark.parametrize("case", params("totals"))
def test_the_totals(case, totals_by):
    wire, expect = Wire(case["answer"]), case["expect"]
    reading = asyncio.run(fibo(wire, totals_by=totals_by).totals())
    assert reading.value == (Totals(*expect["totals"]) if "totals" in expect else None), case["says"]
    assert reading.value is not None or reading.provider_message
    assert_words(reading, expect)
    assert len(wire.requests) == 1


#: Digits alone are the older guide's balance, and a text is not there to be echoed.
DIGITS = {"plain-digits", "plain-digits-refused", "plain-digits-unlisted"}
NO_BALANCE = {name: case for name, case in load("sends").items() if name not in {*DIGITS, "echoes-the-text"}}


@pytest.mark.parametrize("case", NO_BALANCE.values(), ids=list(NO_BALANCE))
def test_an_answer_that_is_no_answer_to_a_question_teaches_nothing(case):
    for ask in (Fibo.balance, Fibo.totals):
        wire = Wire(case["answer"])
        reading = asyncio.run(ask(fibo(wire)))
        assert reading.value is None, case["says"]
        assert reading.provider_message
        assert_words(reading, {})
        assert len(wire.requests) == 1


def test_a_money_package_is_told_apart_by_the_account():
    wire = Wire(
        {"status": 200, "text": "<string><SMS><Code>200</Code><AccountBalance>7</AccountBalance></SMS></string>"}
    )
    assert asyncio.run(fibo(wire, balance_unit="messages").balance()).value == Balance(Decimal(7), "messages")


def test_only_repeated_content_is_evidence_of_an_earlier_acceptance():
    evidence = set()
    for name, case in load("sends").items():
        answer = asyncio.run(fibo(Wire(case["answer"])).send_message(MESSAGE))
        if is_evidence(answer):
            evidence.add(name)
            assert answer.outcome is Outcome.UNKNOWN
    assert evidence == {"code-6"}


def test_every_code_of_the_table_has_a_case_that_agrees():
    told = {case["expect"]["code"]: case for name, case in load("sends").items() if name.startswith("code-")
            and "code" in case["expect"]}  # fmt: skip
    assert set(CODES) - set(told) == set()
    for code, row in CODES.items():
        assert row.outcome == told[code]["expect"]["outcome"]
        assert row.source


async def everything():
    for case in load("sends").values():
        for send_by in SEND_BY:
            await fibo(Wire(case["answer"]), send_by=send_by).send_message(MESSAGE)
    for case in load("balances").values():
        await fibo(Wire(case["answer"])).balance()
    for case in load("totals").values():
        for totals_by in ("page", "soap"):
            await fibo(Wire(case["answer"]), totals_by=totals_by).totals()


def test_nothing_secret_is_logged_even_at_debug(restored_logging, capfd):
    log.configure("DEBUG")
    asyncio.run(everything())
    printed = capfd.readouterr()
    assert "Using selector" in printed.err
    assert_silent(printed.err + printed.out)


def test_nothing_secret_is_logged_by_a_program_with_its_own_logging(restored_logging):
    written = Collector()
    logging.getLogger().addHandler(written)
    for name in ("", "httpx", "httpcore", "aiohttp"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    asyncio.run(everything())
    lines = "\n".join(written.lines)
    assert_silent(lines)


def assert_words(said, expect):
    assert [part for part in expect.get("words", []) if part not in said.provider_message] == [], said.provider_message
    assert [part for part in expect.get("raw", []) if part not in said.raw] == [], said.raw
    assert_silent(repr(said))
    for text in (said.provider_message, said.raw, said.code):
        assert "\x00" not in text
        text.encode("utf-8")


def assert_silent(text):
    for secret in (CLIENT_PASS, STATUS_PASS, MESSAGE.text, "482913"):
        for spelling in (secret, quote(secret), quote(secret, safe="")):
            assert spelling not in text
    for number in ("0901234567", "84901234567", "0900000000", "84900000000"):
        assert number not in text
