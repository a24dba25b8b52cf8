"""Every answer to every function means what the documents say: one JSON file a conversation."""

import asyncio
import json
import logging
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from tests.providers.asking import learned
from tests.providers.conversation import Collector, assert_storable
from tests.providers.esms_cases import REF, Wire, esms, load, params
from tests.providers.esms_functions import FUNCTIONS, MANUAL, MORNING, OTP, QUESTIONS, SENDS, ZALO
from tests.providers.test_esms_cases import assert_silent
from worker import log
from worker.domain.account import Balance, Reading, Sender
from worker.domain.delivery import Stage
from worker.domain.outcome import Outcome
from worker.providers.esms import CallResult, SentRow
from worker.providers.esms.codes import MESSAGE_CODES, OTT_CODES, VOICE_CODES
from worker.providers.esms.sent_data import PAGE_SIZE

TABLES = {"messages": MESSAGE_CODES, "ott": OTT_CODES, "voice": VOICE_CODES}
SETTINGS = {
    "messages": "LOA_ESMS_BASE_URL",
    "viber": "LOA_ESMS_BASE_URL",
    "zalo": "LOA_ESMS_OTT_BASE_URL",
    "multichannel": "LOA_ESMS_OTT_BASE_URL",
    "call": "LOA_ESMS_VOICE_BASE_URL",
    "code": "LOA_ESMS_BASE_URL",
}


def asked(function, answer):
    wire = Wire(answer)
    result = asyncio.run(function.call(esms(wire, **function.account)))
    assert len(wire.requests) == 1
    return result


def expected(answer, expect, says):
    assert answer.outcome is Outcome(expect["outcome"]), says
    assert (answer.code, answer.ref) == (expect.get("code", ""), expect.get("ref", ""))
    assert [part for part in expect.get("words", []) if part not in answer.provider_message] == [], (
        answer.provider_message
    )
    assert_storable(answer.provider_message, answer.raw, answer.code, answer.ref)
    assert_silent(repr(answer))


@pytest.mark.parametrize(
    ("name", "case"),
    [
        pytest.param(name, case, id=f"{name}-{file}")
        for name, function in SENDS.items()
        if function.family in TABLES
        for file, case in load(function.family).items()
    ],
)
def test_a_code_means_what_its_family_says(name, case):
    expected(asked(SENDS[name], case["answer"]), case["expect"], case["says"])


@pytest.mark.parametrize("family", TABLES)
def test_every_code_of_a_family_has_a_case(family):
    told = {case["expect"]["code"]: case["expect"]["outcome"] for case in load(family).values()}
    assert {code: str(row.outcome) for code, row in TABLES[family].items()} == {
        code: outcome for code, outcome in told.items() if code in TABLES[family]
    }


#: Codes that mean the same everywhere; the others have their families' cases.
SAME = {"", "100", "101", "103"}
#: Every way in which an answer can fail to be one, whatever was asked.
GENERAL = {
    name: case
    for name, case in load("sends").items()
    if case["expect"].get("code", "") in SAME and not name.startswith("code-1")
}


@pytest.mark.parametrize("name", [name for name in SENDS if SENDS[name].family not in {"ads", "bulk"}])
@pytest.mark.parametrize("case", [pytest.param(case, id=file) for file, case in GENERAL.items()])
def test_a_broken_answer_to_a_send(name, case):
    setting = next(value for start, value in SETTINGS.items() if name.startswith(start.removesuffix("s")))
    expect = dict(case["expect"])
    if name in {"call-otp", "code-made"} and case["answer"].get("status") == 503:
        # No RequestId protects a repeat, and a gateway may have passed the call on.
        expect |= {"outcome": "unknown", "words": ["HTTP 503"]}
    expect["words"] = [setting if word == "LOA_ESMS_BASE_URL" else word for word in expect.get("words", [])]
    answer = asked(SENDS[name], case["answer"])
    expected(answer, expect, case["says"])
    assert answer.retry_after_s == expect.get("retry_after_s")


def teaches_nothing(result, but=()):
    """Nothing is known by the answer, but for the stages of an order that its code alone tells."""
    assert not learned(result) or getattr(result, "stage", None) in but
    if result is not None:
        assert result.provider_message
        assert_storable(result.provider_message, result.raw, result.code)
    assert_silent(repr(result))


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("case", [pytest.param(case, id=file) for file, case in GENERAL.items()])
def test_a_broken_answer_to_a_question_teaches_nothing(name, case):
    result = asked(QUESTIONS[name], case["answer"])
    if not (name == "call-status" and result.code == "100"):
        # An order without a status is there all the same.
        teaches_nothing(result, but={Stage.PENDING})


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("case", params("questions"))
def test_a_code_says_why_a_question_was_not_answered(name, case):
    result, expect = asked(QUESTIONS[name], case["answer"]), case["expect"]
    teaches_nothing(result, but={Stage.NOT_FOUND} if expect["code"] == "105" else ())
    if result is not None:
        assert result.code == expect["code"]
        assert [part for part in expect["words"] if part not in result.provider_message] == [], result.provider_message


def read(name, case):
    expect = case["expect"]
    reading = asked(QUESTIONS[name], case["answer"])
    assert reading.code == expect.get("code", "")
    assert [part for part in expect.get("words", []) if part not in reading.provider_message] == [], (
        reading.provider_message
    )
    return reading.value, expect


@pytest.mark.parametrize("case", params("balances"))
def test_the_balance(case):
    value, expect = read("balance", case)
    assert value == (Balance(Decimal(expect["balance"])) if "balance" in expect else None), case["says"]


@pytest.mark.parametrize("case", params("checks"))
def test_whether_a_code_is_right(case):
    answer = asked(QUESTIONS["code-check"], case["answer"])
    expected(answer, case["expect"], case["says"])
    assert "482913" not in repr(answer)


@pytest.mark.parametrize("case", params("senders"))
def test_the_senders(case):
    value, expect = read("senders", case)
    assert value == ([Sender(*row) for row in expect["senders"]] if "senders" in expect else None), case["says"]


@pytest.mark.parametrize("case", params("call-statuses"))
def test_the_status_of_a_call(case):
    case = json.loads(json.dumps(case).replace('"asked"', '"8eb2af6d-fb4c-4814-b9cc-4c0e3ed32edf"'))
    value, expect = read("call-status", case)
    assert value == (CallResult(**expect["call"]) if "call" in expect else None), case["says"]


@pytest.mark.parametrize(
    ("name", "case"),
    [
        pytest.param(name, case, id=f"{name}-{file}")
        for name in ("sent-data-v1", "sent-data-v2")
        for file, case in load(name).items()
    ],
)
def test_the_record_of_what_was_sent(name, case):
    value, expect = read(name, case)
    if "page" not in expect:
        assert value is None, case["says"]
        return
    assert value.rows == [sent_row(*row) for row in expect["page"]], case["says"]
    assert (value.total, value.more) == (expect["total"], expect["more"])


def sent_row(ref, campaign, phone, text, state, cost, at):
    cost = None if cost is None else Decimal(cost)
    return SentRow(ref, campaign, phone, text, state, cost, at and datetime.fromisoformat(at))


@pytest.mark.parametrize(("form", "more"), [("v2", True), ("v1", False)])
def test_a_full_page_announces_another_only_where_there_are_pages(form, more):
    rows = [{"ReferenceId": "a", "Phone": "0900000000", "SendStatus": 5}] * PAGE_SIZE
    wire = Wire({"status": 200, "json": {"CodeResult": "100", "SentData": rows}})
    page = asyncio.run(esms(wire, sent_data=form).sent_data(MORNING, MORNING)).value
    assert (len(page.rows), page.total, page.more) == (PAGE_SIZE, None, more)


def test_the_last_page_is_known_by_the_total():
    rows = [{"ReferenceId": "a", "Phone": "0900000000", "SendStatus": 5}] * 7
    wire = Wire({"status": 200, "json": {"CodeResult": "100", "CountTotal": 1007, "SentData": rows}})
    assert asyncio.run(esms(wire).sent_data(MORNING, MORNING, 3)).value.more is False
    assert asyncio.run(esms(wire).sent_data(MORNING, MORNING, 2)).value.more is True


def test_of_a_record_no_text_is_kept_in_the_raw_answer_or_shown():
    for name in ("sent-data-v1", "sent-data-v2"):
        for case in load(name).values():
            reading = asked(QUESTIONS[name], case["answer"])
            assert "quy khach" not in repr(reading)
            assert "900000000" not in repr(reading)


def test_an_answer_that_repeats_what_was_sent_is_kept_without_it():
    def echo(*texts):
        body = {"CodeResult": "104", "ErrorMessage": " ".join(texts), "Content": " ".join(texts)}
        return Wire({"status": 200, "json": body})

    answer = asyncio.run(esms(echo("123456")).call_otp(OTP))
    assert "123456" not in repr(answer)
    answer = asyncio.run(esms(echo(*ZALO.params)).send_zalo(ZALO))
    assert "value1" not in repr(answer)
    assert "***" in answer.provider_message
    # As JSON writes it: Mã as M\\u00e3.
    message = replace(MANUAL, text="Mã của bạn: 654321")
    answer = asyncio.run(esms(echo(message.text)).send_message(message))
    assert "654321" not in repr(answer)


def test_a_number_that_stands_beside_what_was_sent_is_masked_too():
    message = replace(MANUAL, text="0901")
    body = {"CodeResult": "104", "ErrorMessage": "849012345670901234567"}
    answer = asyncio.run(esms(Wire({"status": 200, "json": body})).send_message(message))
    assert "84901234567" not in answer.raw + answer.provider_message


def test_a_code_that_the_provider_tells_is_not_kept():
    """Only its subscriber is to know it."""
    body = {"CodeResult": "104", "ErrorMessage": "0900000000: 482913 la ma xac minh", "SMSID": "482913-0"}
    answer = asked(SENDS["code-made"], {"status": 200, "json": body})
    assert "482913 la" not in repr(answer)
    assert "***" in answer.provider_message
    whole = asked(SENDS["code-made"], {"status": 200, "json": {"CodeResult": "100", "SMSID": "482913-0"}})
    assert whole.ref == "482913-0"


def test_nothing_secret_of_any_function_is_logged_even_at_debug(restored_logging, capfd):
    log.configure("DEBUG")
    written = Collector()
    logging.getLogger().addHandler(written)

    async def everything():
        for case in [*GENERAL.values(), *load("sent-data-v2").values()]:
            for function in FUNCTIONS.values():
                await function.call(esms(Wire(case["answer"]), **function.account))

    asyncio.run(everything())
    printed = capfd.readouterr()
    said = printed.out + printed.err + "\n".join(written.lines)
    assert_silent(said)
    assert "asdasdasd" not in said
    assert "la ma xac minh" not in said


def test_what_nobody_can_read_is_no_reading():
    reading = asked(QUESTIONS["balance"], {"status": 200, "text": "<html>100</html>"})
    assert reading == Reading(None, provider_message="HTTP 200 and no readable code", raw="<html>100</html>")
    assert REF not in reading.raw


def as_told(value):
    """A value as a case file writes it."""
    match value:
        case None | bool() | int():
            return value
        case Decimal() | str():
            return str(value)
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case list() | tuple():
            return [as_told(one) for one in value]
    return [as_told(getattr(value, name)) for name in value.__dataclass_fields__]


@pytest.mark.parametrize("name", ["estimate-ads", "estimate-care"])
@pytest.mark.parametrize("case", params("estimates"))
def test_what_a_send_would_come_to(name, case):
    value, expect = read(name, case)
    assert (value and as_told(value)) == expect.get("estimate"), case["says"]


@pytest.mark.parametrize("case", params("care-templates"))
def test_the_care_templates(case):
    value, expect = read("care-templates", case)
    assert (None if value is None else as_told(value)) == expect.get("templates"), case["says"]
    whole = asked(QUESTIONS["care-templates"], case["answer"]).whole
    assert whole is expect.get("whole", True)


@pytest.mark.parametrize(
    ("name", "case"),
    [
        pytest.param(name, case, id=f"{name}-{file}")
        for name, folder in {
            "zalo-accounts": "zalo-accounts",
            "zalo-quota": "zalo-quotas",
            "zalo-quality": "zalo-qualities",
            "zalo-status": "zalo-statuses",
            "zalo-delivery": "zalo-deliveries",
            "zalo-template": "zalo-templates",
        }.items()
        for file, case in load(folder).items()
    ],
)
def test_what_zalo_is_asked(name, case):
    value, expect = read(name, case)
    (told,) = expect.get("value", {"none": None}).values()
    assert (None if value is None else as_told(value)) == told, case["says"]


@pytest.mark.parametrize("case", params("zalo-bulk"))
def test_each_number_of_a_bulk_has_its_own_answer(case):
    came, expect = asked(SENDS["zalo-bulk"], case["answer"]), case["expect"]
    expected(came.answer, {**expect, "ref": ""}, case["says"])
    assert [[str(one.outcome), one.ref] for one in came.each] == expect["each"], case["says"]
    assert "Gội đầu" not in repr(came)


@pytest.mark.parametrize("case", [pytest.param(case, id=file) for file, case in GENERAL.items()])
def test_a_broken_answer_to_a_bulk_is_that_of_each_number(case):
    came = asked(SENDS["zalo-bulk"], case["answer"])
    if case["expect"]["outcome"] != "accepted" and came.answer.code != "100":
        expected(came.answer, case["expect"], case["says"])
        assert {one.outcome for one in came.each} == {came.answer.outcome}
    else:
        # Its ids are those of its rows.
        assert {one.outcome for one in came.each} == {Outcome.UNKNOWN}


@pytest.mark.parametrize(
    "name", ["message-json-web", "viber-text", "viber-post-text", "zalo-web", "call-otp", "code-made", "zalo-bulk"]
)
def test_code_99_of_one_number_is_what_the_setting_says(name):
    def outcomes(setting, **fields):
        body = {"CodeResult": "99", "ErrorMessage": "x", **fields}
        function = replace(SENDS[name], account={**SENDS[name].account, "code_99": setting})
        answer = asked(function, {"status": 200, "json": body})
        return [one.outcome for one in (getattr(answer, "each", None) or [answer])]

    assert set(outcomes("unknown")) == {Outcome.UNKNOWN}
    assert set(outcomes("blocked")) == {Outcome.REJECTED}
    # What carries an id may have been taken.
    assert set(outcomes("blocked", SMSID=REF)) == {Outcome.UNKNOWN}


def test_code_99_of_a_list_stays_unknown():
    function = replace(SENDS["ads-json"], account={"code_99": "blocked"})
    assert asked(function, {"status": 200, "json": {"CodeResult": "99"}}).outcome is Outcome.UNKNOWN
