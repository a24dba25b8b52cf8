"""Every answer of eSMS means what the documents say: one function a question, one JSON file a conversation."""

import asyncio
import logging
from decimal import Decimal

import pytest

from tests.providers.conversation import Collector, assert_storable
from tests.providers.esms_cases import API_KEY, FORMS, ORDER, REF, SECRET_KEY, Wire, esms, load, params
from worker import log
from worker.domain.delivery import Receiver
from worker.domain.outcome import Outcome
from worker.providers.esms.codes import CODES, STAGES


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", params("sends"))
def test_an_answer_to_an_order(case, form):
    wire, expect = Wire(case["answer"]), case["expect"]
    answer = asyncio.run(esms(wire, form).send_ads(ORDER))
    assert answer.outcome is Outcome(expect["outcome"]), case["says"]
    assert (answer.code, answer.ref, answer.retry_after_s) == (
        expect.get("code", ""),
        expect.get("ref", ""),
        expect.get("retry_after_s"),
    )
    assert [part for part in expect.get("words", []) if part not in answer.provider_message] == [], (
        answer.provider_message
    )
    assert [part for part in expect.get("raw", []) if part not in answer.raw] == [], answer.raw
    assert answer.provider_message
    assert len(answer.raw) <= 2000
    assert_storable(answer.provider_message, answer.raw, answer.code, answer.ref)
    assert_silent(repr(answer))
    assert len(wire.requests) == 1


@pytest.mark.parametrize("case", params("statuses"))
def test_the_status_of_an_order(case):
    wire, expect = Wire(case["answer"]), case["expect"]
    status = asyncio.run(esms(wire).order_status(REF))
    found = {
        "stage": str(status.stage),
        "receivers": status.receivers,
        "delivered": status.delivered,
        "failed": status.failed,
        "cost": status.cost,
        "code": status.code,
        "settled": status.settled,
    }
    nothing = {"receivers": 0, "delivered": 0, "failed": 0, "cost": None, "code": "", "settled": False}
    wanted = {**nothing, **{name: value for name, value in expect.items() if name != "words"}}
    wanted["cost"] = Decimal(wanted["cost"]) if wanted["cost"] is not None else None
    assert found == wanted, case["says"]
    assert [part for part in expect.get("words", []) if part not in status.provider_message] == [], (
        status.provider_message
    )
    assert_silent(repr(status))
    assert len(wire.requests) == 1


@pytest.mark.parametrize("case", params("receivers"))
def test_the_result_of_each_number(case):
    wire, expect = Wire(case["answer"]), case["expect"]
    found = asyncio.run(esms(wire).receivers(REF))
    wanted = expect["receivers"]
    assert found == (None if wanted is None else [Receiver(*row) for row in wanted]), case["says"]
    assert len(wire.requests) == 1


def test_every_code_of_the_table_has_a_case():
    told = {str(case["answer"].get("json", {}).get("CodeResult")) for case in plain_cases()}
    assert set(CODES) - told == set()


def test_every_outcome_of_the_table_is_told_by_a_case():
    for case in plain_cases():
        code = case["expect"].get("code", "")
        if code in CODES and code != "100":
            assert CODES[code].outcome == case["expect"]["outcome"], case["says"]


def test_every_send_status_has_a_case():
    told = {str(case["answer"].get("json", {}).get("SendStatus")) for case in load("statuses").values()}
    assert set(STAGES) - told == set()


def test_nothing_secret_is_logged_even_at_debug(restored_logging, capfd):
    log.configure("DEBUG")
    written = Collector()
    logging.getLogger().addHandler(written)

    async def everything():
        for case in load("sends").values():
            for form in FORMS:
                await esms(Wire(case["answer"]), form).send_ads(ORDER)
        for case in load("statuses").values():
            await esms(Wire(case["answer"])).order_status(REF)
        for case in load("receivers").values():
            await esms(Wire(case["answer"])).receivers(REF)

    asyncio.run(everything())
    printed = capfd.readouterr()
    assert "receivers_unreadable" in printed.err
    assert written.lines
    assert printed.out == ""
    assert_silent(printed.err + "\n".join(written.lines))


def plain_cases():
    return [case for case in load("sends").values() if isinstance(case["answer"].get("json", {}), dict)]


def assert_silent(text):
    for secret in (API_KEY, SECRET_KEY, "SECRET%2FKEY", "0901234567", "84901234567", "0900000000", "84900000000"):
        assert secret not in text
