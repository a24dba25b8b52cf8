"""The emulators call back as providers do: to this machine, in any order, more than once, and now and then a lie."""

import json
import socket
import time
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from tests.sandbox.client import listening, numbers


def fields_of(arrived, count=1):
    """The queries of the next callbacks, as plain objects."""
    found = []
    for _ in range(count):
        method, path, _body = arrived.get(timeout=60)
        assert method == "GET"
        found.append(dict(parse_qsl(urlsplit(path).query, keep_blank_values=True)))
    return found if count > 1 else found[0]


def settled(sandbox, answers):
    """The answers of the first callback, once there are so many."""
    while len(sandbox.callbacks()[0]["answers"]) < answers:
        time.sleep(0.02)
    return sandbox.callbacks()[0]["answers"]


def test_a_care_text_is_called_back_in_the_words_of_the_newer_documents(sandbox):
    with listening() as (url, arrived):
        ref = sandbox.care(CallbackUrl=f"{url}/esms/s3cr3t", RequestId="r1").json()["SMSID"]
        method, path, _ = arrived.get(timeout=60)
    assert (method, urlsplit(path).path) == ("GET", "/esms/s3cr3t")
    assert parse_qs(urlsplit(path).query, keep_blank_values=True) == {
        "SMSID": [ref], "SendFailed": ["0"], "SendStatus": ["5"], "SendSuccess": ["1"], "TotalPrice": ["345.0000"],
        "TotalReceiver": ["1"], "TotalSent": ["1"], "RequestId": [""], "TypeId": ["2"], "telcoid": ["2"],
        "phonenumber": ["0900000001"], "switchsmsid": [""],
    }  # fmt: skip
    assert settled(sandbox, 1) == [200]


def test_every_way_to_send_hands_its_callback_url_on(sandbox):
    with listening() as (base, arrived):
        url = f"{base}/cb"
        sandbox.ask("SendMultipleMessage_V4_get", Phone="0900000001", Content="x", SmsType="8", CallBackUrl=url)
        assert fields_of(arrived)["TypeId"] == "8"
        sandbox.xml(["0900000001"], sms_type="8", extra=f"<CALLBACKURL>{url}</CALLBACKURL>")
        assert fields_of(arrived)["TypeId"] == "8"
        viber = {"Brandname": "LOA", "SmsType": "23", "Phones": ["0900000001"], "Content": "x"}
        sandbox.post("Send_Multiple_Sms_OTT", **viber, CallbackUrl=url)
        assert fields_of(arrived)["TypeId"] == "23"


def test_ads_call_back_only_in_the_older_reading_and_without_a_number(sandbox):
    with listening() as (url, arrived):
        sandbox.ads(CallbackUrl=url)
        assert sandbox.callbacks() == []
        sandbox.settings(ads_callbacks=True, fail_share=0.5)
        sandbox.ads(numbers(100), CallbackUrl=url)
        told = fields_of(arrived)
        sandbox.settings(quirks=["empty_ads_callback"])
        sandbox.ads(numbers(100), CallbackUrl=url)
        empty = fields_of(arrived)
    assert "phonenumber" not in told
    assert int(told["SendSuccess"]) + int(told["SendFailed"]) == 100
    assert (empty["SendStatus"], empty["SendSuccess"], empty["SendFailed"]) == ("5", "0", "0")


def test_a_refused_order_is_called_back_as_refused(sandbox):
    sandbox.settings(review_refuses=True)
    with listening() as (url, arrived):
        sandbox.care(CallbackUrl=url)
        told = fields_of(arrived)
    assert (told["SendStatus"], told["SendSuccess"], told["SendFailed"], told["TotalPrice"]) == (
        "4",
        "0",
        "0",
        "0.0000",
    )


def test_zalo_tells_why_it_failed(sandbox):
    sandbox.settings(zalo_fail_share=1)
    body = {"Phone": "0842090998", "Params": ["x"], "TempID": "686868", "OAID": "35897654231871"}
    with listening() as (url, arrived):
        sandbox.post("SendZaloMessage_V4_post_json", **body, CallbackUrl=url)
        told = fields_of(arrived)
        sandbox.settings(quirks=["double_encoded_error_info"])
        sandbox.post("SendZaloMessage_V4_post_json", **body, CallbackUrl=url)
        twice = fields_of(arrived)
    assert (told["oaid"], told["tempid"], told["SendFailed"]) == ("35897654231871", "686868", "1")
    assert json.loads(json.loads(told["error_info"]))["error"] == -114
    assert twice["error_info"].startswith("%7B%22error%22")
    assert "____" in twice["error_info"]


def test_each_of_the_channels_calls_its_own_address(sandbox):
    sandbox.settings(zalo_fail_share=1, done_after_s=0)
    with listening() as (url, arrived):
        zalo = {"OAID": "436181207180", "TempID": "200300", "Params": ["x"], "CallbackUrl": f"{url}/zalo"}
        sms = {"Content": "x", "SmsType": "8", "CallbackUrl": f"{url}/sms"}
        body = {"Phone": "0350000026", "Channels": ["zalo", "sms"], "Data": [zalo, sms]}
        assert sandbox.post("MultiChannelMessage", **body).json()["CodeResult"] == "100"
        paths = {urlsplit(arrived.get(timeout=60)[1]).path for _ in range(2)}
    assert paths == {"/zalo", "/sms"}


def test_a_call_fills_in_the_form_of_its_address(sandbox):
    """The CallbackUrl of the web's page on calls carries the names already."""
    form = "?token=7&ReferenceId=&CallDuration=&CallStatus=&Ivr=&Price=&SentResult=&CID=&SendStatus="
    with listening() as (url, arrived):
        ref = sandbox.call("MakeCallRecord_V2", TemplateId="2001", Ivr="3", CallbackUrl=f"{url}/voice{form}").json()
        _, path, _ = arrived.get(timeout=60)
        sandbox.settings(fail_share=1)
        sandbox.call("VoiceOTP", Code="123456", CallbackUrl=url)
        failed = fields_of(arrived)
    told = parse_qs(urlsplit(path).query, keep_blank_values=True)
    seconds = told.pop("CallDuration")
    assert int(seconds[0]) > 0
    assert told == {
        "token": ["7"], "ReferenceId": [ref["SMSID"]], "CallStatus": ["ANSWERED"], "Ivr": ["3"],
        "Price": ["800.0000"], "SentResult": ["1"], "CID": ["02871002454"], "SendStatus": ["5"],
    }  # fmt: skip
    assert (failed["CallStatus"], failed["SentResult"], failed["CallDuration"]) == ("NO ANSWER", "0", "0")


@pytest.mark.parametrize(
    ("names", "first", "unknown"),
    [("seed", "smsid", "TypeId"), ("lower", "smsid", "TypeId"), ("upper", "SMSID", "TypeId")],
)
def test_names_come_in_any_case(sandbox, names, first, unknown):
    sandbox.settings(callback_names=names, callback_request_id=True)
    with listening() as (url, arrived):
        sandbox.care(CallbackUrl=url, RequestId="r7")
        told = fields_of(arrived)
    assert first in told
    assert unknown not in told
    assert {name: told[name] for name in told if name.lower() == "requestid"} == {
        "seed": {}, "lower": {"requestid": "r7"}, "upper": {"REQUESTID": "r7"},
    }[names]  # fmt: skip


def test_the_query_is_joined_blindly_on_request(sandbox):
    sandbox.settings(quirks=["blind_callback_join"])
    with listening() as (url, arrived):
        sandbox.care(CallbackUrl=f"{url}/x?token=7")
        assert arrived.get(timeout=60)[1].startswith("/x?token=7?SMSID=")


def test_what_is_not_taken_comes_five_times_more_and_then_never_again(sandbox):
    sandbox.settings(callback_pause_s=1000)
    with listening(lambda _: (500, b"")) as (url, arrived):
        sandbox.care(CallbackUrl=url)
        for turn in range(1, 7):
            arrived.get(timeout=60)
            assert settled(sandbox, turn) == [500] * turn
            sandbox.advance(1000)
        sandbox.advance(100_000)
        sandbox.care("0900000002", CallbackUrl=url)
        assert fields_of(arrived)["phonenumber"] == "0900000002"
        assert sandbox.callbacks()[0]["answers"] == [500] * 6


def test_a_callback_that_is_taken_late_in_the_day_ends_the_repeats(sandbox):
    sandbox.settings(callback_pause_s=0)
    with listening(lambda turn: (200 if turn == 3 else 302, b"")) as (url, arrived):
        sandbox.care(CallbackUrl=url)
        assert len({fields_of(arrived)["SMSID"] for _ in range(3)}) == 1
        assert settled(sandbox, 3) == [302, 302, 200]


def test_nobody_there_is_noted_and_repeated(sandbox):
    sandbox.settings(callback_pause_s=0, callback_retries=2)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    sandbox.care(CallbackUrl=f"http://127.0.0.1:{port}/x")
    assert settled(sandbox, 3) == ["ConnectError"] * 3


def test_a_slow_customer_is_called_again(sandbox):
    sandbox.settings(callback_timeout_s=1.0, callback_pause_s=0, callback_retries=1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sandbox.care(CallbackUrl=f"http://127.0.0.1:{silent.getsockname()[1]}/x")
        assert settled(sandbox, 2) == ["ReadTimeout"] * 2


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1/x", "https://127.0.0.1/x", "http://example.test/x", "//x", "rubbish["]
)
def test_no_other_machine_is_ever_called(sandbox, url):
    assert sandbox.care(CallbackUrl=url).json()["CodeResult"] == "100"
    (letter,) = sandbox.callbacks()
    assert letter["answers"] == ["not on loopback"]


def test_states_come_in_their_order_or_in_another_and_more_than_once(sandbox):
    sandbox.settings(callback_states=True)
    with listening() as (url, arrived):
        sandbox.care(CallbackUrl=url)
        assert [told["SendStatus"] for told in fields_of(arrived, 3)] == ["2", "7", "5"]
        sandbox.settings(callbacks_reversed=True, callback_copies=2)
        sandbox.care("0900000002", CallbackUrl=url)
        assert [told["SendStatus"] for told in fields_of(arrived, 6)] == ["5", "5", "7", "7", "2", "2"]


def test_all_callbacks_can_be_lost(sandbox):
    sandbox.settings(callback_copies=0)
    with listening() as (url, arrived):
        sandbox.care(CallbackUrl=url)
        sandbox.settings(callback_copies=1)
        sandbox.care("0900000002", CallbackUrl=url)
        assert fields_of(arrived)["phonenumber"] == "0900000002"
        assert arrived.empty()


def test_forgeries_come_before_the_truth(sandbox):
    sandbox.settings(callback_forgeries=["counts", "stranger", "path"])
    with listening() as (url, arrived):
        ref = sandbox.care(CallbackUrl=f"{url}/esms/s3cr3t").json()["SMSID"]
        paths = [urlsplit(arrived.get(timeout=60)[1]) for _ in range(4)]
    told = [dict(parse_qsl(path.query)) for path in paths]
    assert [path.path for path in paths] == ["/esms/s3cr3t", "/esms/s3cr3t", "/esms/forged", "/esms/s3cr3t"]
    assert [(one["SMSID"] == ref, one["SendSuccess"]) for one in told] == [
        (True, "999999"), (False, "1"), (True, "1"), (True, "1"),
    ]  # fmt: skip
    answer = sandbox.http.patch("/_sandbox/settings", json={"callback_forgeries": ["nothing"]})
    assert answer.status_code == 400


def test_a_callback_may_come_before_the_answer_to_the_send(sandbox):
    sandbox.settings(latency_s=0.5)
    with listening() as (url, arrived):
        answer = sandbox.care(CallbackUrl=url)
        assert arrived.get_nowait()[0] == "GET"
        assert answer.json()["CodeResult"] == "100"


def test_callbacks_wait_for_the_states_that_they_tell(sandbox):
    sandbox.settings(first_report_after_s=1000, done_after_s=2000)
    with listening() as (url, arrived):
        sandbox.care(CallbackUrl=url)
        sandbox.settings(first_report_after_s=0, done_after_s=0)
        sandbox.care("0900000002", CallbackUrl=url)
        assert fields_of(arrived)["phonenumber"] == "0900000002"
        sandbox.advance(2000)
        assert fields_of(arrived)["phonenumber"] == "0900000001"


def test_a_reset_and_the_sandbox_flag_call_nobody(sandbox):
    sandbox.settings(first_report_after_s=1000, done_after_s=1000)
    with listening() as (url, arrived):
        sandbox.care(CallbackUrl=url)
        sandbox.http.post("/_sandbox/reset")
        sandbox.settings(first_report_after_s=0, done_after_s=0)
        sandbox.care("0900000002", CallbackUrl=url, Sandbox="1")
        sandbox.advance(2000)
        sandbox.care("0900000003", CallbackUrl=url)
        assert fields_of(arrived)["phonenumber"] == "0900000003"
        assert arrived.empty()
