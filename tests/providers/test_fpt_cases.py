"""Every answer of FPT means what the documents say: one function a question, one JSON file a conversation."""

import asyncio
import logging
from datetime import timedelta

import pytest

from tests.providers.conversation import Collector, assert_storable
from tests.providers.fpt_cases import (
    CALLS,
    CODE,
    MESSAGE,
    NOW,
    ORDER,
    PHONES,
    Wire,
    account,
    answer_of,
    assert_silent,
    fpt,
    load,
    params,
)
from worker import log
from worker.domain.outcome import Outcome
from worker.providers.fpt import Delivery, LocalTokens, Report, name_taken, parse_report
from worker.providers.fpt.codes import CODES, TOKEN_REFUSED
from worker.providers.fpt.reports import STATUSES
from worker.providers.fpt.tokens import Token


def check(answer, expect, says=""):
    """Every field of an answer against what a case expects of it; what it does not name is empty."""
    assert answer.outcome is Outcome(expect["outcome"]), f"{says}: {answer.provider_message}"
    assert (answer.code, answer.ref, answer.retry_after_s) == (
        expect.get("code", ""),
        expect.get("ref", ""),
        expect.get("retry_after_s"),
    )
    assert [part for part in expect.get("words", []) if part not in answer.provider_message] == [], (
        answer.provider_message
    )
    assert [part for part in expect.get("raw", []) if part not in answer.raw] == [], answer.raw
    assert answer.provider_message == expect.get("words_are", answer.provider_message)
    assert answer.provider_message
    assert len(answer.raw) <= 2000
    assert_storable(answer.provider_message, answer.raw, answer.code, answer.ref)
    assert_silent(repr(answer))


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
@pytest.mark.parametrize("case", params("refusals"))
def test_what_no_function_takes_for_success(case, call):
    wire, expect = Wire.of(case), case["expect"]
    result = asyncio.run(call(fpt(wire)))
    check(answer_of(result), expect, case["says"])
    assert (len(wire.steps), len(wire.tokens)) == (expect.get("steps", 1), expect.get("token_calls", 1))
    if answer_of(result) is not result:
        assert [getattr(result, name, None) or None for name in ("taken", "stopped", "kept")] == [None] * 3


@pytest.mark.parametrize("case", params("messages"))
def test_an_answer_to_a_message(case):
    wire = Wire.of(case)
    check(asyncio.run(fpt(wire).send_message(MESSAGE)), case["expect"], case["says"])
    assert len(wire.steps) == 1


@pytest.mark.parametrize("case", params("campaigns"))
def test_an_answer_to_a_new_campaign(case):
    wire, expect = Wire.of(case), case["expect"]
    answer = asyncio.run(fpt(wire).create_campaign(ORDER))
    check(answer, expect, case["says"])
    assert name_taken(answer) is expect.get("name_taken", False)
    assert name_taken(answer, after_unknown=True) is (expect["outcome"] == "rejected" and expect["code"] == "1014")
    assert len(wire.steps) == 1


@pytest.mark.parametrize("case", params("pushes"))
def test_an_answer_to_a_push(case):
    wire, expect = Wire.of(case), case["expect"]
    push = asyncio.run(fpt(wire).push(CODE, PHONES))
    check(push.answer, expect, case["says"])
    assert (push.taken, push.remaining) == (expect.get("taken"), expect.get("remaining"))
    assert len(wire.steps) == 1


@pytest.mark.parametrize("case", params("cancels"))
def test_an_answer_to_a_cancellation(case):
    wire, expect = Wire.of(case), case["expect"]
    cancellation = asyncio.run(fpt(wire).cancel(CODE))
    check(cancellation.answer, {"ref": "", **expect}, case["says"])
    assert (cancellation.stopped, cancellation.kept) == (
        tuple(expect.get("stopped", ())),
        tuple(expect.get("kept", ())),
    )
    assert len(wire.steps) == 1


@pytest.mark.parametrize("case", params("tokens"))
def test_a_token_is_had_or_the_message_is_not_sent(case):
    wire, expect, store = Wire.of(case), case["expect"], LocalTokens()

    async def send():
        return await fpt(wire, store).send_message(MESSAGE), await store.get(account().key)

    answer, record = asyncio.run(send())
    check(answer, expect, case["says"])
    assert (len(wire.tokens), len(wire.steps)) == (expect["token_calls"], expect["steps"])
    if "used_s" in expect:
        assert Token.of_record(record).expires_at == NOW + timedelta(seconds=expect["used_s"])
    if not expect["steps"]:
        assert record is None
        assert answer.outcome in {Outcome.RETRY, Outcome.HALT}


@pytest.mark.parametrize("case", params("reports"))
def test_a_delivery_report(case):
    report, expect = parse_report(case["body"].encode("utf-8")), case["expect"]
    if expect is None:
        assert report is None, case["says"]
        return
    assert report.raw
    assert_silent(repr(report))
    wanted = {("provider_message" if name == "words" else name): value for name, value in expect.items()}
    assert report == Report(**{**wanted, "delivery": Delivery(expect["delivery"])}, raw=report.raw), case["says"]


def test_every_code_of_the_table_has_a_case_and_is_told_as_it_says():
    told = {
        str(case["answer"]["json"]["error"]): case["expect"]["outcome"]
        for name, case in load("refusals").items()
        if name.startswith("code-")
    }
    assert told == {code: str(row.outcome) for code, row in CODES.items()}


def test_no_code_is_a_success_and_every_refused_token_halts():
    assert Outcome.ACCEPTED not in {row.outcome for row in CODES.values()}
    assert {CODES[code].outcome for code in TOKEN_REFUSED} == {Outcome.HALT}


def test_every_status_of_a_report_has_a_case():
    told = {case["expect"]["code"] for case in load("reports").values() if case["expect"]}
    assert set(STATUSES) - told == set()


def test_nothing_secret_is_logged_even_at_debug(restored_logging, capfd):
    log.configure("DEBUG")
    written = Collector()
    logging.getLogger().addHandler(written)

    async def everything():
        for folder in ("refusals", "messages", "campaigns", "pushes", "cancels", "tokens"):
            for case in load(folder).values():
                for call in CALLS.values():
                    await call(fpt(Wire.of(case)))
        for case in load("reports").values():
            parse_report(case["body"].encode("utf-8"))

    asyncio.run(everything())
    printed = capfd.readouterr()
    assert written.lines
    assert printed.out == ""
    assert_silent(printed.err + "\n".join(written.lines))
