"""Every text leaves for Fibo as it was written, and never when it cannot."""

import asyncio
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from tests.providers.fibo_cases import GUID, MESSAGE, Wire, account, fibo
from tests.providers.texts import AWKWARD
from worker.domain.outcome import Outcome
from worker.errors import ConfigError
from worker.providers.fibo import Fibo, FiboAccount


def sent(message=MESSAGE, **changes):
    wire = Wire()
    answer = asyncio.run(fibo(wire, **changes).send_message(message))
    return answer, wire.requests


def query_of(request):
    return dict(parse_qsl(request.url.query.decode("ascii"), keep_blank_values=True, errors="strict"))


@pytest.mark.parametrize("text", AWKWARD)
@pytest.mark.parametrize("send_by", ["query", "form"])
def test_every_text_arrives_as_it_was_written(text, send_by):
    message = replace(MESSAGE, text=text, sender="A&B <c>", key="k<2")
    (request,) = sent(message, send_by=send_by)[1]
    written = request.url.query if send_by == "query" else request.content
    arrived = dict(parse_qsl(written.decode("ascii"), keep_blank_values=True, errors="strict"))
    assert (arrived["smsMessage"], arrived["senderName"], arrived["smsGUID"]) == (text, "A&B <c>", "k<2")


def test_the_guid_is_the_messages_key_and_the_same_at_every_attempt():
    answer, (request,) = sent(replace(MESSAGE, request_id=f"{GUID}-3"))
    assert query_of(request)["smsGUID"] == GUID == answer.ref


def test_the_documents_default_guid_is_no_reference():
    answer, (request,) = sent(sms_guid="zero")
    assert query_of(request)["smsGUID"] == "0"
    assert (answer.outcome, answer.ref) == (Outcome.ACCEPTED, "")


def test_an_accounts_own_service_type_goes_with_its_texts():
    (request,) = sent(service_type=4929)[1]
    assert query_of(request)["serviceType"] == "4929"


def test_the_totals_page_has_a_user_of_its_own_or_the_accounts():
    wire = Wire()
    asyncio.run(fibo(wire, status_username="CL7").totals())
    adapter = Fibo(FiboAccount("CL1", "pass-for-sending"), wire)
    asyncio.run(adapter.totals())
    own, ours = (query_of(request) for request in wire.requests)
    assert own == {"Username": "CL7", "Password": account().status_password}
    assert ours == {"Username": "CL1", "Password": "pass-for-sending"}


@pytest.mark.parametrize("where", ["text", "sender", "key"])
def test_half_a_character_is_refused_before_any_call(where):
    answer, requests = sent(replace(MESSAGE, **{where: "ab\ud83d"}))
    assert (answer.outcome, requests) == (Outcome.REJECTED, [])
    assert answer.provider_message == f"character U+D83D at position 3 of the {where} cannot be sent: remove it"


@pytest.mark.parametrize("slash", ["", "/", "//"])
def test_a_slash_at_the_end_of_the_address_does_not_matter(slash):
    (request,) = sent(base_url=f"http://127.0.0.1:9/service.asmx{slash}")[1]
    assert request.url.path == "/service.asmx/SendMaskedSMS"


@pytest.mark.parametrize("url", ["", "center.fibosms.com", "ftp://a/", "http://", "http://[::1", "http://a:99999"])
def test_addresses_that_can_never_work_are_refused_at_boot_all_at_once(url):
    with pytest.raises(ConfigError) as caught:
        Fibo(account(base_url=url, status_url=url))
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        "LOA_FIBO_BASE_URL",
        "LOA_FIBO_STATUS_URL",
    ]


def test_the_account_shows_no_password():
    assert "PASS" not in repr(account())
    assert "PAGE" not in repr(account())
    assert "client_no='CL0000000000'" in repr(account())
