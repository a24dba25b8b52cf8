"""An order for eSMS arrives as it was written, and never leaves when it cannot."""

import asyncio
import json
from dataclasses import replace

import pytest
from defusedxml.ElementTree import fromstring

from tests.providers.esms_cases import FORMS, ORDER, REF, Wire, account, esms
from tests.providers.texts import AWKWARD
from worker.domain.outcome import Outcome
from worker.errors import ConfigError
from worker.providers.esms import Esms, zalo
from worker.providers.esms.account import EsmsAccount


def sent(form, order=ORDER):
    wire = Wire()
    answer = asyncio.run(esms(wire, form).send_ads(order))
    return answer, wire.requests


@pytest.mark.parametrize("text", AWKWARD)
@pytest.mark.parametrize("form", FORMS)
def test_every_text_arrives_as_it_was_written(text, form):
    order = replace(ORDER, text=text, sender="A&B <c>", request_id="r&1", key="k<2")
    (request,) = sent(form, order)[1]
    if form == "brandname_json":
        body = json.loads(request.content)
        arrived = (body["Content"], body["Brandname"], body["RequestId"], body["campaignid"])
    else:
        body = fromstring(request.content)
        arrived = tuple(body.findtext(name) for name in ("CONTENT", "BRANDNAME", "REQUESTID", "CAMPAIGNID"))
    assert arrived == (text, "A&B <c>", "r&1", "k<2")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("where", ["text", "sender"])
def test_half_a_character_is_refused_before_any_call(form, where):
    answer, requests = sent(form, replace(ORDER, **{where: "ab\ud83d"}))
    assert (answer.outcome, requests) == (Outcome.REJECTED, [])
    assert answer.provider_message == f"character U+D83D at position 3 of the {where} cannot be sent: remove it"


@pytest.mark.parametrize("bad", ["\x00", "\x07", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_what_xml_cannot_carry_is_refused_before_any_call(bad):
    answer, requests = sent("v4_xml", replace(ORDER, text=f"abc{bad}"))
    assert (answer.outcome, requests) == (Outcome.REJECTED, [])
    assert f"U+{ord(bad):04X} at position 4" in answer.provider_message


def test_json_carries_control_characters():
    (request,) = sent("brandname_json", replace(ORDER, text="abc\x07\x00"))[1]
    assert json.loads(request.content)["Content"] == "abc\x07\x00"


@pytest.mark.parametrize("slash", ["", "/", "//"])
def test_a_slash_at_the_end_of_the_address_does_not_matter(slash):
    wire = Wire()
    asyncio.run(esms(wire, base_url=f"http://127.0.0.1:9/MainService.svc{slash}").order_status(REF))
    assert wire.requests[0].url.path == "/MainService.svc/json/GetSendStatus"


@pytest.mark.parametrize(
    "url", ["", "rest.esms.vn/MainService.svc", "ftp://a/", "http://", "http://[::1", "http://a:99999"]
)
def test_an_address_that_can_never_work_is_refused_at_boot(url):
    with pytest.raises(ConfigError, match="LOA_ESMS_BASE_URL"):
        Esms(account(base_url=url))


def test_the_account_shows_no_key():
    assert repr(account()) == (
        "EsmsAccount(base_url='https://rest.esms.vn/MainService.svc', ads_api='brandname_json', timeout_s=8.0,"
        " voice_base_url='https://voiceapi.esms.vn/MainService.svc',"
        " ott_base_url='http://rest.apiesms.com/MainService.svc', message_api='post_json', sent_data='v2',"
        " viber_api='get', code_99='unknown', otp_sms_type='2', sandbox=False)"
    )


def test_zalo_stands_under_json_at_the_newer_host():
    """The pages since 2025 (devesms/gitbook_esms_for_develop_v2) have it at https://rest.esms.vn under /json/."""
    message = zalo.ZaloMessage("r", "k", 84900000001, "t", "o")
    newer = EsmsAccount("k", "s", ott_base_url="https://rest.esms.vn/MainService.svc")
    assert zalo.wanted(message, newer, send_date=None, callback_url="").url == (
        "https://rest.esms.vn/MainService.svc/json/SendZaloMessage_V4_post_json/"
    )
