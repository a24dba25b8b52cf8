"""The emulator of eSMS takes and refuses orders as the documents say."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from defusedxml.ElementTree import fromstring

from tests.sandbox.client import KEYS, numbers

MODEL = "{http://schemas.datacontract.org/2004/07/AdvertisingAPI.Model}"


def test_an_ads_order_is_taken_with_one_id_for_the_whole_list(sandbox):
    answer = sandbox.ads(numbers(20), RequestId="r1", campaignid="batch-1")
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    assert (body["CodeResult"], body["CountRegenerate"]) == ("100", 0)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\d{3}", body["SMSID"])
    ledger = sandbox.ledger()
    assert ledger["totals"] == {
        "orders": 1, "numbers": 20, "messages": 20, "repeats": 0, "delivered": 20, "failed": 0, "waiting": 0,
        "dropped": 0, "refused": 0, "cancelled": 0,
    }  # fmt: skip
    order = ledger["orders"][0]
    assert (order["sms_id"], order["request_id"], order["campaign"]) == (body["SMSID"], "r1", "batch-1")
    assert (order["brandname"], order["text"], order["phones"], order["price"]) == ("LOA", "[QC] Sale", 20, 20 * 345)


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("101", {"ApiKey": "wrong"}),
        ("101", {"SecretKey": ""}),
        ("104", {"Brandname": "NOBODY"}),
        ("104", {"Brandname": ""}),
        ("300", {"SmsType": ""}),
        ("118", {"SmsType": "2"}),
        ("131", {"Content": "x" * 423}),
        ("131", {"Content": "x" * 421 + "😀"}),
        ("107", {"Phones": numbers(19)}),
        ("107", {"Phones": [*numbers(19), "0900000001", "+84900000020", "0240000000", "84900000001", "rubbish"]}),
        ("120", {"Phones": numbers(5001)}),
        ("159", {"RequestId": "r" * 51}),
    ],
)
def test_what_is_out_of_form_is_refused_by_its_code(sandbox, code, fields):
    body = sandbox.ads(**fields).json()
    assert body["CodeResult"] == code
    assert body["ErrorMessage"]
    assert "SMSID" not in body
    assert sandbox.totals()["orders"] == 0
    assert sandbox.balance() == 1_000_000_000


def test_the_limits_themselves_are_allowed(sandbox):
    for fields in ({"Content": "x" * 422}, {"Phones": numbers(5000)}, {"RequestId": "r" * 50}):
        assert sandbox.ads(**fields).json()["CodeResult"] == "100", fields


def test_numbers_count_once_in_either_spelling(sandbox):
    sandbox.ads([*numbers(20), "84900000001", "0900000002"])
    assert sandbox.totals()["messages"] == 20


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"Phones": "0900000001", "Content": "x"}', b'{"Phones": [900000001], "Content": "x"}']
)
def test_an_unreadable_body_is_answered_without_a_code(sandbox, body):
    answer = sandbox.http.post("/esms/MainService.svc/json/SendMultipleSMSBrandname_json/", content=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "Invalid request"})


def test_the_limits_are_switches_for_either_generation_of_documents(sandbox):
    sandbox.settings(min_recipients=30, max_recipients=40, min_recipients_code="119", request_id_length=120)
    assert sandbox.ads(numbers(29)).json()["CodeResult"] == "119"
    assert sandbox.ads(numbers(30), RequestId="r" * 120).json()["CodeResult"] == "100"
    assert sandbox.ads(numbers(41)).json()["CodeResult"] == "120"


def test_an_order_is_paid_by_parts_and_numbers_and_never_on_credit(sandbox):
    sandbox.settings(balance=20 * 345 * 2 + 20 * 345 - 1)
    assert sandbox.ads(Content="x" * 161).json()["CodeResult"] == "100"
    assert sandbox.balance() == 20 * 345 - 1
    assert sandbox.ads().json()["CodeResult"] == "103"
    assert sandbox.balance() == 20 * 345 - 1
    assert sandbox.totals()["orders"] == 1


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("x" * 160, 1), ("x" * 161, 2), ("x" * 306, 2), ("x" * 307, 3), ("[" * 80, 1), ("[" * 81, 2),
        ("ă" * 70, 1), ("ă" * 71, 2), ("ă" * 134, 2), ("ă" * 135, 3), ("😀" * 35, 1), ("😀" * 36, 2),
    ],
)  # fmt: skip
def test_parts_are_counted_as_the_network_counts_them(sandbox, text, parts):
    sandbox.ads(Content=text)
    assert sandbox.ledger()["orders"][0]["parts"] == parts


def test_a_repeated_request_id_is_refused_for_24_hours_and_then_sends_again(sandbox):
    assert sandbox.ads(RequestId="r1").json()["CodeResult"] == "100"
    repeat = sandbox.ads(RequestId="r1").json()
    assert (repeat["CodeResult"], repeat["ErrorMessage"]) == ("124", "Request exist 1")
    assert "SMSID" not in repeat
    assert "SendStatus" not in repeat
    assert sandbox.totals()["repeats"] == 0
    sandbox.advance(24 * 3600 - 5)
    assert sandbox.ads(RequestId="r1").json()["CodeResult"] == "124"
    sandbox.advance(6)
    assert sandbox.ads(RequestId="r1").json()["CodeResult"] == "100"
    assert sandbox.totals()["repeats"] == 20
    assert set(sandbox.phones().values()) == {(2, 2)}


def test_orders_without_a_request_id_never_repeat(sandbox):
    assert [sandbox.ads().json()["CodeResult"] for _ in range(2)] == ["100", "100"]


def test_a_refused_request_id_is_remembered_only_in_that_reading(sandbox):
    sandbox.settings(balance=0)
    assert [sandbox.ads(RequestId="r1").json()["CodeResult"] for _ in range(2)] == ["103", "103"]
    sandbox.settings(remembers_refused_request_ids=True)
    assert [sandbox.ads(RequestId="r1").json()["CodeResult"] for _ in range(2)] == ["103", "124"]
    sandbox.settings(balance=10**9)
    assert sandbox.ads(RequestId="r1").json()["CodeResult"] == "124"
    assert sandbox.totals()["orders"] == 0


def test_money_is_checked_before_or_after_repeats(sandbox):
    sandbox.ads(RequestId="r1")
    sandbox.settings(balance=0)
    assert sandbox.ads(RequestId="r1").json()["CodeResult"] == "124"
    sandbox.settings(checks_money_before_repeats=True)
    assert sandbox.ads(RequestId="r1").json()["CodeResult"] == "103"
    sandbox.settings(balance=10**9)
    assert sandbox.ads(RequestId="r1").json()["CodeResult"] == "124"


def test_request_ids_mind_their_case_and_their_function_by_switches(sandbox):
    sandbox.ads(RequestId="abc")
    assert sandbox.care(RequestId="abc").json()["CodeResult"] == "124"
    assert sandbox.ads(RequestId="ABC").json()["CodeResult"] == "100"
    sandbox.http.post("/_sandbox/reset")
    sandbox.settings(request_id_case_sensitive=False, request_ids_per_function=True)
    sandbox.ads(RequestId="abc")
    assert sandbox.ads(RequestId="ABC").json()["CodeResult"] == "124"
    assert sandbox.care(RequestId="abc").json()["CodeResult"] == "100"


@pytest.mark.parametrize("function", ["SendMultipleMessage_V4", "SendMultipleSMSBrandname"])
def test_the_xml_order_takes_the_contacts_and_is_answered_by_its_base_path(sandbox, function):
    key = f"<REQUESTID>r-{function}</REQUESTID><CAMPAIGNID>batch-9</CAMPAIGNID>"
    answer = sandbox.xml(numbers(20), function=function, extra=key)
    assert answer.headers["content-type"].startswith("application/xml")
    root = fromstring(answer.content)
    assert root.tag == f"{MODEL}SmsResultModel"
    assert root.findtext(f"{MODEL}CodeResult") == "100"
    order = sandbox.ledger()["orders"][0]
    assert root.findtext(f"{MODEL}SMSID") == order["sms_id"]
    assert (order["text"], order["campaign"], order["phones"]) == ("[QC] A & B <3", "batch-9", 20)
    assert sandbox.xml(numbers(20), "json", function, extra=key).json()["CodeResult"] == "124"
    assert sandbox.xml(numbers(19), "json", function).json()["CodeResult"] == "107"


def test_xml_that_is_none_is_answered_without_a_code(sandbox):
    for body in (b"<RQST>", b"<OTHER/>", b'<!DOCTYPE a [<!ENTITY b "c">]><RQST>&b;</RQST>'):
        answer = sandbox.http.post("/MainService.svc/xml/SendMultipleMessage_V4/", content=body)
        assert answer.status_code == 400


def test_single_numbers_go_by_post_and_by_get_with_the_text_byte_equal(sandbox):
    text = 'Chào & + % # < > "\n😀'
    assert sandbox.care(Content=text, campaignid="k1").json()["CodeResult"] == "100"
    query = {"Phone": "84900000002", "Content": text, "SmsType": "8"}
    assert sandbox.ask("SendMultipleMessage_V4_get", **query).json()["CodeResult"] == "100"
    first, second = sandbox.ledger()["orders"]
    assert (first["text"], first["sms_type"], first["campaign"]) == (text, 2, "k1")
    assert (second["text"], second["sms_type"]) == (text, 8)
    assert sandbox.phones() == {84900000001: (1, 1), 84900000002: (1, 1)}


def test_the_v4_functions_have_refusals_of_their_own(sandbox):
    assert sandbox.care("0900000001,0900000002").json()["CodeResult"] == "108"
    assert sandbox.care("").json()["CodeResult"] == "108"
    assert sandbox.care(Brandname="LOADEMO").json()["CodeResult"] == "104"
    assert sandbox.care(SmsType="1").json()["CodeResult"] == "107"
    assert sandbox.care(SmsType="26").json()["CodeResult"] == "118"
    assert sandbox.xml(numbers(2), "json", sms_type="8").json()["CodeResult"] == "163"
    sandbox.settings(fixed_number=False)
    assert sandbox.care(SmsType="8").json()["CodeResult"] == "132"
    assert sandbox.care(RequestId="o1").json()["CodeResult"] == "100"
    repeat = sandbox.care(RequestId="o1").json()
    assert (repeat["CodeResult"], repeat["SendStatus"]) == ("124", "5")


def test_the_five_minute_rule_is_a_switch(sandbox):
    assert [sandbox.care().json()["CodeResult"] for _ in range(2)] == ["100", "100"]
    sandbox.settings(repeated_text_code="99")
    assert [sandbox.care().json()["CodeResult"] for _ in range(2)] == ["100", "99"]
    assert sandbox.care(Content="Ma cua ban la 2").json()["CodeResult"] == "100"
    sandbox.advance(301)
    assert sandbox.care().json()["CodeResult"] == "100"


def test_the_sandbox_flag_takes_nothing_and_costs_nothing(sandbox):
    ref = sandbox.ads(RequestId="r1", Sandbox="1").json()["SMSID"]
    assert sandbox.totals()["orders"] == 0
    assert sandbox.balance() == 1_000_000_000
    assert sandbox.status(ref)["CodeResponse"] == "105"
    assert sandbox.ads(numbers(3), Sandbox="1").json()["CodeResult"] == "107"
    sandbox.settings(minimum_in_sandbox=False, remembers_sandbox_request_ids=True)
    assert sandbox.ads(numbers(3), Sandbox="1", RequestId="r2").json()["CodeResult"] == "100"
    assert sandbox.ads(RequestId="r1").json()["CodeResult"] == "100"
    assert sandbox.ads(RequestId="r2").json()["CodeResult"] == "124"


def test_a_send_date_is_vietnamese_local_time(sandbox):
    in_an_hour = datetime.now(UTC) + timedelta(hours=7 + 1)
    ref = sandbox.ads(SendDate=in_an_hour.strftime("%Y-%m-%d %H:%M:%S")).json()["SMSID"]
    sandbox.advance(3590)
    assert sandbox.status(ref)["SendStatus"] == 2
    assert sandbox.totals()["waiting"] == 20
    sandbox.advance(20)
    assert sandbox.status(ref)["SendStatus"] == 5
    assert sandbox.ads(SendDate="2001-01-01 08:00:00").json()["CodeResult"] == "100"
    assert sandbox.ads(SendDate="01/01/2099").json() == {"error": "Invalid request"}
    sandbox.settings(past_send_date_code="110")
    assert sandbox.ads(SendDate="2001-01-01 08:00:00").json()["CodeResult"] == "110"


@pytest.mark.parametrize("root", ["/esms/MainService.svc", "/MainService.svc", "/ESMS/mainservice.SVC"])
@pytest.mark.parametrize("name", ["GetBalance_json", "getbalance_JSON/"])
def test_paths_mind_neither_case_nor_slash_nor_the_prefix(sandbox, root, name):
    assert sandbox.http.post(f"{root}/json/{name}", json=KEYS).json()["CodeResponse"] == "100"


def test_what_is_not_there_is_a_page_of_the_server(sandbox):
    for method, path, status in [
        ("GET", "/esms/MainService.svc/json/Nothing", 404),
        ("GET", "/elsewhere", 404),
        ("GET", "/esms/MainService.svc/json/SendMultipleSMSBrandname_json/", 405),
    ]:
        answer = sandbox.http.request(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")
