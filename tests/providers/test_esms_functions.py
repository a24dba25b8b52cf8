"""Every text arrives as it was written, and what no document permits is refused."""

import asyncio
import json
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from defusedxml.ElementTree import fromstring

from tests.providers.esms_cases import Wire, account, esms
from tests.providers.esms_functions import (
    CALL_REF,
    FUNCTIONS,
    MADE,
    MANUAL,
    MORNING,
    OTP,
    PHONE,
    RECORD,
    SENDS,
    SMS_SECOND,
    TEMPLATE,
    VIBER,
    ZALO_FIRST,
)
from tests.providers.texts import AWKWARD
from worker.domain.outcome import Outcome
from worker.errors import ConfigError
from worker.providers.esms import Esms, ViberMessage, ZaloMessage


def made(call, **changes):
    wire = Wire()
    return asyncio.run(call(esms(wire, **changes))), wire.requests


@pytest.mark.parametrize("text", AWKWARD)
@pytest.mark.parametrize("form", ["post_json", "get", "post_xml"])
def test_every_text_of_a_message_arrives_as_it_was_written(text, form):
    message = replace(MANUAL, text=text, sender="A&B <c>", request_id="r&1", key="k<2")
    (request,) = made(lambda esms: esms.send_message(message), message_api=form)[1]
    names = ("Content", "Brandname", "RequestId", "campaignid")
    if form == "post_json":
        arrived = [json.loads(request.content)[name] for name in names]
    elif form == "get":
        found = parse_qs(urlsplit(str(request.url)).query, keep_blank_values=True, strict_parsing=True)
        arrived = [found[name][0] for name in names]
        assert "+" not in request.url.query.decode()
    else:
        arrived = [fromstring(request.content).findtext(name.upper()) for name in names]
    assert arrived == [text, "A&B <c>", "r&1", "k<2"]


@pytest.mark.parametrize("text", AWKWARD)
def test_every_other_text_arrives_as_it_was_written(text):
    (request,) = made(lambda esms: esms.send_viber(ViberMessage("", "", "A&B", PHONE, text=text)))[1]
    assert parse_qs(urlsplit(str(request.url)).query)["Content"] == [text]
    (request,) = made(lambda esms: esms.send_zalo(ZaloMessage("", "", PHONE, "1", "2", [text])))[1]
    assert json.loads(request.content)["Params"] == [text]
    sms = replace(SMS_SECOND, text=text)
    (request,) = made(lambda esms: esms.send_multichannel(ZALO_FIRST, sms, sms_type="8"))[1]
    assert json.loads(request.content)["Data"][1]["Content"] == text
    call = replace(TEMPLATE, variables=[text.replace("|", ""), "x"])
    (request,) = made(lambda esms: esms.call_template(call))[1]
    arrived = parse_qs(urlsplit(str(request.url)).query)["VariableListStr"]
    assert arrived == [text.replace("|", "") + "||x"]


@pytest.mark.parametrize(("text", "flag"), [("123456 la ma", "0"), ("123456 là mã", "1"), ("", "0")])
def test_accents_are_announced(text, flag):
    (request,) = made(lambda esms: esms.send_message(replace(MANUAL, text=text)))[1]
    assert json.loads(request.content)["IsUnicode"] == flag


def test_the_account_says_what_a_message_is_unless_the_caller_does():
    wire = Wire()
    adapter = esms(wire, otp_sms_type="8", callback_url="https://loa.example/callbacks/esms/SECRET-PATH")
    asyncio.run(adapter.send_message(MANUAL))
    asyncio.run(adapter.send_message(MANUAL, sms_type="25", callback_url="https://elsewhere.example/"))
    first, second = (json.loads(request.content) for request in wire.requests)
    assert (first["SmsType"], first["CallbackUrl"]) == ("8", "https://loa.example/callbacks/esms/SECRET-PATH")
    assert "Brandname" not in first
    assert (second["SmsType"], second["CallbackUrl"]) == ("25", "https://elsewhere.example/")


PARTS = {"text": "a", "url": "https://a/", "image_url": "https://b/", "label": "c"}
FORBIDDEN = [
    {name: value for position, (name, value) in enumerate(PARTS.items()) if number >> position & 1}
    for number in range(16)
    if number not in (0b0001, 0b0100, 0b1011, 0b1111)
]


@pytest.mark.parametrize("parts", FORBIDDEN, ids=lambda parts: "-".join(parts) or "nothing")
def test_a_viber_message_of_other_parts_is_refused_before_any_call(parts):
    refused(lambda esms: esms.send_viber(ViberMessage("", "", "pka.vn", PHONE, **parts)), "a Viber message of")


REFUSED = {
    "an ads type one by one": (lambda esms: esms.send_message(MANUAL, sms_type="1"), "SmsType '1'"),
    "care without a sender": (lambda esms: esms.send_message(replace(MANUAL, sender="")), "needs a sender"),
    "a time without a zone": (
        lambda esms: esms.send_message(MANUAL, send_date=datetime(2026, 3, 2, 8)),  # noqa: DTZ001
        "has no zone",
    ),
    "half a character": (lambda esms: esms.send_message(replace(MANUAL, text="ab\ud83d")), "position 3 of the text"),
    "half a character in a parameter": (
        lambda esms: esms.send_zalo(replace(ZALO_FIRST, params=["ok", "a\udc00"])),
        "position 2 of the Params",
    ),
    "half a character in a second way": (
        lambda esms: esms.send_multichannel(ZALO_FIRST, replace(SMS_SECOND, text="\ud83d"), sms_type="8"),
        "position 1 of the text",
    ),
    "viber without a sender": (lambda esms: esms.send_viber(replace(VIBER, sender="")), "needs a sender"),
    "zalo without a template": (lambda esms: esms.send_zalo(replace(ZALO_FIRST, template_id="")), "give TempID"),
    "zalo without an account": (lambda esms: esms.send_zalo(replace(ZALO_FIRST, oa_id="")), "give TempID and OAID"),
    "two numbers": (
        lambda esms: esms.send_multichannel(ZALO_FIRST, replace(SMS_SECOND, phone=PHONE + 1), sms_type="8"),
        "the same number",
    ),
    "one RequestId for both ways": (
        lambda esms: esms.send_multichannel(ZALO_FIRST, replace(SMS_SECOND, request_id=ZALO_FIRST.request_id)),
        "give each its own",
    ),
    "zalo after zalo": (lambda esms: esms.send_multichannel(ZALO_FIRST, SMS_SECOND, sms_type="24"), "cannot follow"),
    "care after zalo without a sender": (lambda esms: esms.send_multichannel(ZALO_FIRST, SMS_SECOND), "a sender"),
    "a separator in a variable": (
        lambda esms: esms.call_template(replace(TEMPLATE, variables=["a||b"])),
        "ends a variable",
    ),
    "an unknown voice": (lambda esms: esms.call_otp(replace(OTP, voice="robot")), "no voice 'robot'"),
    "too fast": (lambda esms: esms.call_template(replace(TEMPLATE, speed=4)), "from -3 to 3"),
    "a key of two digits": (lambda esms: esms.call_record(replace(RECORD, ivr=10)), "from 0 to 9"),
    "less than no repeat": (lambda esms: esms.call_record(replace(RECORD, max_repeat=-1)), "MaxRepeat is -1"),
    "no template": (lambda esms: esms.call_template(replace(TEMPLATE, template_id="")), "needs a template"),
    "no recording": (lambda esms: esms.call_record(replace(RECORD, record_id="")), "needs a recording"),
    "no code": (lambda esms: esms.call_otp(replace(OTP, code="")), "needs a code"),
    "no place for a code": (lambda esms: esms.send_code(replace(MADE, text="482913 la ma")), "needs one {code}"),
    "two places for a code": (lambda esms: esms.send_code(replace(MADE, text="{code} {code}")), "needs one {code}"),
    "nothing about a code": (lambda esms: esms.send_code(replace(MADE, made=None)), "needs one {code}"),
    "a code without a sender": (lambda esms: esms.send_code(replace(MADE, sender="")), "needs a sender"),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=list(REFUSED))
def test_what_cannot_be_asked_for_is_refused_before_any_call(call, words):
    refused(call, words)


def refused(call, words, **changes):
    answer, requests = made(call, **changes)
    assert (answer.outcome, requests) == (Outcome.REJECTED, [])
    assert words in answer.provider_message


@pytest.mark.parametrize("name", [name for name in SENDS if name.startswith("call-")])
def test_an_account_for_trials_rings_no_phone(name):
    refused(FUNCTIONS[name].call, "no sandbox for calls", sandbox=True)


def test_an_account_for_trials_lets_no_code_be_made():
    refused(FUNCTIONS["code-made"].call, "no sandbox for codes", sandbox=True)


def test_a_text_too_long_for_an_address_is_refused_before_any_call():
    refused(lambda esms: esms.send_message(replace(MANUAL, text="x" * 70_000)), "too long", message_api="get")


def test_control_characters_are_refused_by_xml_alone():
    message = replace(MANUAL, text="abc\x07")
    refused(lambda esms: esms.send_message(message), "U+0007 at position 4", message_api="post_xml")
    assert len(made(lambda esms: esms.send_message(message))[1]) == 1


def test_a_question_that_cannot_be_written_is_no_call():
    reading, requests = made(lambda esms: esms.sent_data(MORNING, datetime(2026, 3, 3)))  # noqa: DTZ001
    assert (reading.value, requests) == (None, [])
    assert "has no zone" in reading.provider_message
    reading, requests = made(lambda esms: esms.call_status("\ud83d"))
    assert (reading.value, requests) == (None, [])


def test_only_a_later_page_of_the_first_generation_names_its_page():
    (request,) = made(lambda esms: esms.sent_data(MORNING, MORNING, 2), sent_data="v1")[1]
    fields = fromstring(request.content)
    assert (fields.findtext("PAGE"), fields.findtext("PAGESIZE")) == ("2", "500")


def test_all_that_can_never_work_is_said_at_once():
    with pytest.raises(ConfigError) as fault:
        Esms(account(base_url="ftp://a/", voice_base_url="", ott_base_url="http://", otp_sms_type="1"))
    assert [problem.split(":")[0] for problem in fault.value.problems] == [
        "LOA_ESMS_BASE_URL",
        "LOA_ESMS_VOICE_BASE_URL",
        "LOA_ESMS_OTT_BASE_URL",
        "LOA_ESMS_OTP_SMS_TYPE",
    ]


def test_what_is_ordered_shows_no_number_and_no_code():
    for order in (TEMPLATE, RECORD, OTP, VIBER, ZALO_FIRST):
        shown = repr(order)
        assert "900000000" not in shown
        assert "20000" not in shown.replace("205644", "")
        assert "123456" not in shown.replace("request_id='123456'", "")


def test_the_reference_of_a_call_is_what_is_asked_with():
    (request,) = made(lambda esms: esms.call_status(CALL_REF))[1]
    assert f"ReferenceId={CALL_REF}&" in str(request.url)
