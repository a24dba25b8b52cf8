"""Every text leaves for FPT as it was written, with one session, and never when it cannot."""

import asyncio
import base64
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from dateutil.parser import isoparse

from tests.providers.fpt_cases import (
    CALLS,
    CODE,
    MESSAGE,
    ORDER,
    PHONES,
    SESSION_ID,
    Wire,
    account,
    answer_of,
    fpt,
    signed_in,
)
from tests.providers.texts import AWKWARD
from worker.domain.outcome import Outcome
from worker.errors import ConfigError
from worker.providers.fpt import Fpt, LocalTokens
from worker.providers.fpt.tokens import Token


def sent(call, **changes):
    """The one step that a call makes with the manual's token and session."""
    wire = Wire()

    async def run():
        result = await call(fpt(wire, await signed_in(account(**changes)), **changes))
        return answer_of(result)

    return asyncio.run(run()), wire.steps


def only_body(call, **changes):
    (request,) = sent(call, **changes)[1]
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    return json.loads(request.content)


def test_both_scopes_are_asked_for_with_a_blank_between_them():
    wire = Wire()
    asyncio.run(fpt(wire).send_message(MESSAGE))
    assert json.loads(wire.tokens[0].content)["scope"] == "send_brandname_otp send_brandname"


def test_the_token_and_every_call_share_one_session():
    async def everything():
        wire = Wire()
        adapter = fpt(wire)
        for call in CALLS.values():
            await call(adapter)
        return wire

    wire = asyncio.run(everything())
    (asked,) = wire.tokens
    sessions = {json.loads(request.content)["session_id"] for request in wire.steps}
    assert (len(wire.steps), sessions) == (4, {json.loads(asked.content)["session_id"]})


def test_a_new_token_has_a_session_of_its_own_and_the_step_is_the_same_but_for_them():
    refused = {"status": 401, "json": {"error": 1013}}
    wire = Wire(refused, {"status": 200, "json": {"BatchId": "qc.1", "NumMessageSent": 3, "NumRemainQuota": 0}})
    wire.token_answers = [{"status": 200, "json": {"access_token": name}} for name in ("token-1", "token-2")]
    asyncio.run(fpt(wire).push(CODE, PHONES))
    first, second = (json.loads(request.content) for request in wire.steps)
    asked = [json.loads(request.content)["session_id"] for request in wire.tokens]
    assert [(step["access_token"], step["session_id"]) for step in (first, second)] == [
        ("token-1", asked[0]),
        ("token-2", asked[1]),
    ]
    assert asked[0] != asked[1]
    assert first["PhoneList"] == second["PhoneList"]


@pytest.mark.parametrize("text", AWKWARD)
def test_every_text_arrives_as_it_was_written(text):
    order = replace(ORDER, text=text, sender="A&B <c>", name="n\"'\\ 1")
    message = replace(MESSAGE, text=text, sender="A&B <c>")
    plain = only_body(lambda fpt: fpt.create_campaign(order))
    assert (plain["Message"], plain["BrandName"], plain["CampaignName"]) == (text, "A&B <c>", "n\"'\\ 1")
    hidden = only_body(lambda fpt: fpt.create_campaign(order), campaign_message_encoding="base64")
    otp = only_body(lambda fpt: fpt.send_message(message))
    assert [base64.b64decode(body["Message"], validate=True).decode("utf-8") for body in (hidden, otp)] == [text] * 2


@pytest.mark.parametrize(
    ("at", "written"),
    [
        pytest.param(datetime(2026, 12, 31, 17, 0, tzinfo=UTC), "2027-01-01 00:00", id="the year ends earlier there"),
        pytest.param(isoparse("2026-03-02T08:00:59.999+07:00"), "2026-03-02 08:00", id="seconds are dropped"),
        pytest.param(isoparse("2026-03-02T08:00:00-05:00"), "2026-03-02 20:00", id="from another zone"),
    ],
)
def test_a_campaign_is_for_vietnams_time_to_the_minute(at, written):
    body = only_body(lambda fpt: fpt.create_campaign(replace(ORDER, at=at)))
    assert body["ScheduleTime"] == written


def test_a_time_without_its_zone_makes_no_campaign():
    with pytest.raises(ValueError, match="zone"):
        replace(ORDER, at=datetime(2026, 3, 2, 10, 30))  # noqa: DTZ001 - the fault under test


@pytest.mark.parametrize("encoding", ["plain", "base64"])
@pytest.mark.parametrize("where", ["text", "sender", "name"])
def test_half_a_character_is_refused_before_any_call(encoding, where):
    order = replace(ORDER, **{where: "ab\ud83d"})
    answer, requests = sent(lambda fpt: fpt.create_campaign(order), campaign_message_encoding=encoding)
    assert (answer.outcome, requests) == (Outcome.REJECTED, [])
    assert answer.provider_message == f"character U+D83D at position 3 of the {where} cannot be sent: remove it"


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda fpt: fpt.send_message(replace(MESSAGE, text="ab\ud83d")), id="message"),
        pytest.param(lambda fpt: fpt.send_message(replace(MESSAGE, sender="ab\ud83d")), id="its sender"),
        pytest.param(lambda fpt: fpt.push("ab\ud83d", PHONES), id="push"),
        pytest.param(lambda fpt: fpt.cancel("ab\ud83d"), id="cancel"),
        pytest.param(lambda fpt: fpt.push(CODE, []), id="push of nothing"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_any_call(call):
    answer, requests = sent(call)
    assert (answer.outcome, requests) == (Outcome.REJECTED, [])
    assert answer.provider_message


@pytest.mark.parametrize("slash", ["", "/", "//"])
def test_a_slash_at_the_end_of_the_address_does_not_matter(slash):
    wire = Wire()
    asyncio.run(fpt(wire, base_url=f"http://127.0.0.1:9/fpt{slash}").cancel(CODE))
    assert [request.url.path for request in wire.steps] == ["/fpt/api/cancel-ads"]
    assert account(base_url="http://a/fpt").key == account(base_url=f"http://a/fpt{slash}").key


@pytest.mark.parametrize("url", ["", "app.sms.fpt.net", "ftp://a/", "http://", "http://[::1", "http://a:99999"])
def test_an_address_that_can_never_work_is_refused_at_boot(url):
    with pytest.raises(ConfigError, match="LOA_FPT_BASE_URL"):
        Fpt(account(base_url=url), LocalTokens(), lambda: datetime.now(UTC))


def test_the_account_shows_no_key():
    assert repr(account()) == (
        "FptAccount(base_url='http://app.sms.fpt.net', scopes=('send_brandname_otp', 'send_brandname'), "
        "campaign_message_encoding='plain', timeout_s=8.0)"
    )


def test_accounts_that_differ_never_share_a_token():
    others = [
        replace(account(), client_id="another"),
        account(base_url="http://sandbox.sms.fpt.net"),
        account(scopes=("send_brandname",)),
    ]
    assert len({owner.key for owner in (account(), *others)}) == 4
    assert account(timeout_s=1.0).key == account().key


def test_a_token_shows_nothing_and_its_session_is_the_samples():
    async def kept():
        return await (await signed_in(account())).get(account().key)

    token = Token.of_record(asyncio.run(kept()))
    assert token.session_id == SESSION_ID
    assert repr(token) == f"Token(expires_at={token.expires_at!r})"
