"""The adapter of the sandbox's own provider concludes what its case files say, and writes what its document asks."""

import asyncio
import json
import logging
from dataclasses import replace
from decimal import Decimal
from urllib.parse import quote

import pytest

from tests.providers.conversation import Collector, assert_storable
from tests.providers.sandbox_cases import MESSAGE, SECRET, Wire, load, own, params
from tests.providers.texts import AWKWARD
from worker.domain.account import Balance
from worker.domain.outcome import Outcome
from worker.errors import ConfigError
from worker.providers.sandbox import Sandbox, SandboxAccount
from worker.providers.sandbox.codes import CODES


@pytest.mark.parametrize("case", params("sends"))
def test_an_answer_to_a_message(case):
    wire, expect = Wire(case["answer"]), case["expect"]
    answer = asyncio.run(own(wire).send_message(MESSAGE))
    assert answer.outcome is Outcome(expect["outcome"]), case["says"]
    wanted = expect.get("code", ""), expect.get("ref", ""), expect.get("retry_after_s")
    assert (answer.code, answer.ref, answer.retry_after_s) == wanted
    assert answer.provider_message
    assert_said(answer, expect)
    assert len(wire.requests) == 1


@pytest.mark.parametrize("case", params("balances"))
def test_the_balance(case):
    wire, expect = Wire(case["answer"]), case["expect"]
    reading = asyncio.run(own(wire).balance())
    wanted = Balance(Decimal(expect["amount"])) if "amount" in expect else None
    assert (reading.value, reading.code) == (wanted, expect.get("code", "")), case["says"]
    assert reading.value is not None or reading.provider_message
    assert_said(reading, expect)
    assert len(wire.requests) == 1


@pytest.mark.parametrize("case", params("sends"))
def test_the_answer_to_a_message_is_no_balance(case):
    reading = asyncio.run(own(Wire(case["answer"])).balance())
    assert (reading.value, bool(reading.provider_message)) == (None, True)
    assert_storable(reading.provider_message, reading.raw, reading.code)


def test_every_code_of_the_table_has_a_case_that_agrees():
    told = {name.removeprefix("code-"): case["expect"]["outcome"] for name, case in load("sends").items()}
    assert {code: told[code] for code in CODES} == {code: str(row.outcome) for code, row in CODES.items()}


@pytest.mark.parametrize("text", AWKWARD)
def test_every_text_leaves_as_it_was_written(text):
    wire = Wire()
    asyncio.run(own(wire).send_message(replace(MESSAGE, text=text, sender="A&B <c>", key="k<2")))
    (request,) = wire.requests
    sent = json.loads(request.content)
    assert (sent["text"], sent["sender"], sent["key"], sent["request_id"]) == (
        text,
        "A&B <c>",
        "k<2",
        MESSAGE.request_id,
    )
    assert request.url.query == b""


@pytest.mark.parametrize("where", ["text", "sender", "key"])
def test_half_a_character_is_refused_before_any_call(where):
    wire = Wire()
    answer = asyncio.run(own(wire).send_message(replace(MESSAGE, **{where: "ab\ud83d"})))
    assert (answer.outcome, wire.requests) == (Outcome.REJECTED, [])
    assert answer.provider_message == f"character U+D83D at position 3 of the {where} cannot be sent: remove it"


@pytest.mark.parametrize("url", ["", "127.0.0.1", "ftp://a/", "http://", "http://[::1", "http://a:99999"])
def test_an_address_that_can_never_work_is_refused_at_boot(url):
    with pytest.raises(ConfigError, match="LOA_SANDBOX_BASE_URL"):
        Sandbox(SandboxAccount(SECRET, url))


def test_nothing_secret_is_logged_by_a_program_with_its_own_logging(restored_logging):
    written = Collector()
    logging.getLogger().addHandler(written)
    for name in ("", "httpx", "httpcore", "aiohttp"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    for case in load("sends").values():
        asyncio.run(own(Wire(case["answer"])).send_message(MESSAGE))
    assert_silent("\n".join(written.lines) + repr(SandboxAccount(SECRET, "http://127.0.0.1:9090")))


def assert_said(said, expect):
    assert [part for part in expect.get("words", []) if part not in said.provider_message] == [], said.provider_message
    assert [part for part in expect.get("raw", []) if part not in said.raw] == [], said.raw
    assert_silent(repr(said))
    assert_storable(said.provider_message, said.raw, said.code)


def assert_silent(text):
    for secret in (SECRET, quote(SECRET, safe=""), MESSAGE.text, "482913", "0900000000", "84900000000"):
        assert secret not in text
