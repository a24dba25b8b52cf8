"""The emulator of eSMS tells of orders as the documents say."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from defusedxml.ElementTree import fromstring

from tests.sandbox.client import numbers

MODEL = "{http://schemas.datacontract.org/2004/07/AdvertisingAPI.Model}"
VIETNAM = timedelta(hours=7)


def test_a_finished_order_has_all_its_counters(sandbox):
    ref = sandbox.ads(numbers(25)).json()["SMSID"]
    assert sandbox.status(ref) == {
        "CodeResponse": "100", "SMSID": ref, "SendFailed": 0, "SendStatus": 5, "SendSuccess": 25,
        "TotalPrice": 25 * 345.0, "TotalReceiver": 25, "TotalSent": 25,
    }  # fmt: skip
    assert sandbox.receivers(ref)["ReceiverList"][0] == {
        "IsSent": True, "NetworkName": "Mobifone", "Phone": "0900000001", "Retry": 0, "SentResult": True,
    }  # fmt: skip


def test_an_order_ages_through_the_states(sandbox):
    sandbox.settings(visible_after_s=1000, first_report_after_s=4000, done_after_s=8000)
    ref = sandbox.ads(numbers(1000)).json()["SMSID"]
    assert sandbox.status(ref) == {"CodeResponse": "105", "SMSID": ref}
    assert sandbox.receivers(ref) == {"CodeResult": "105"}
    seen = []
    for _ in range(7):
        sandbox.advance(1200)
        body = sandbox.status(ref)
        seen.append((body["SendStatus"], body["SendSuccess"]))
    assert [status for status, _ in seen] == [1, 2, 3, 7, 7, 7, 5]
    counts = [count for _, count in seen]
    assert counts[:3] == [0, 0, 0]
    assert counts == sorted(counts)
    assert 100 < counts[3] < 300
    assert counts[-1] == 1000


def test_before_the_results_come_sent_and_delivered_differ(sandbox):
    sandbox.settings(first_report_after_s=0, done_after_s=10_000)
    ref = sandbox.ads(numbers(20)).json()["SMSID"]
    rows = sandbox.receivers(ref)["ReceiverList"]
    assert all(row["IsSent"] and not row["SentResult"] for row in rows)
    assert {row["SendResult"] for row in sandbox.sent()["SentData"]} == {2}
    sandbox.advance(10_000)
    assert all(row["SentResult"] for row in sandbox.receivers(ref)["ReceiverList"])


def test_the_same_numbers_fail_whenever_they_are_sent_to(sandbox):
    sandbox.settings(fail_share=0.2, max_recipients=10_000)
    first, second = (sandbox.ads(numbers(10_000)).json()["SMSID"] for _ in range(2))
    body = sandbox.status(first)
    assert 1800 < body["SendFailed"] < 2200
    assert body["SendFailed"] + body["SendSuccess"] == 10_000
    assert sandbox.receivers(first) == sandbox.receivers(second)
    assert sandbox.totals()["failed"] == 2 * body["SendFailed"]
    counts = list(sandbox.phones().values())
    assert counts.count((2, 0)) == body["SendFailed"]
    assert counts.count((2, 2)) == body["SendSuccess"]
    sandbox.settings(seed=2)
    assert sandbox.receivers(sandbox.ads(numbers(10_000)).json()["SMSID"]) != sandbox.receivers(first)


def test_dropped_numbers_are_missing_without_a_word(sandbox):
    sandbox.settings(drop_share=0.1)
    ref = sandbox.ads(numbers(1000)).json()["SMSID"]
    kept = sandbox.status(ref)["TotalReceiver"]
    assert 850 < kept < 950
    assert len(sandbox.receivers(ref)["ReceiverList"]) == kept
    assert sandbox.balance() == 1_000_000_000 - kept * 345
    totals = sandbox.totals()
    assert (totals["messages"], totals["dropped"]) == (kept, 1000 - kept)
    assert list(sandbox.phones().values()).count((0, 0)) == 1000 - kept


def test_an_order_that_the_review_refuses_reaches_nobody(sandbox):
    sandbox.settings(review_refuses=True, first_report_after_s=1000, done_after_s=2000)
    ref = sandbox.ads().json()["SMSID"]
    assert sandbox.status(ref)["SendStatus"] == 1
    sandbox.advance(3000)
    body = sandbox.status(ref)
    assert (body["SendStatus"], body["SendSuccess"], body["SendFailed"], body["TotalPrice"]) == (4, 0, 0, 0.0)
    assert not any(row["IsSent"] or row["SentResult"] for row in sandbox.receivers(ref)["ReceiverList"])
    assert sandbox.balance() == 1_000_000_000
    totals = sandbox.totals()
    assert (totals["messages"], totals["refused"], totals["delivered"]) == (0, 20, 0)
    assert list(sandbox.phones().values()) == [(0, 0)] * 20
    sandbox.settings(refused_orders_cost=True)
    sandbox.ads()
    assert sandbox.balance() == 1_000_000_000 - 20 * 345


def test_status_is_told_for_seven_days_and_to_the_owner_of_the_keys(sandbox):
    ref = sandbox.ads().json()["SMSID"]
    assert sandbox.ask("GetSendStatus", RefId=ref, SecretKey="wrong").json() == {"CodeResponse": "101", "SMSID": ref}
    assert sandbox.ask("GetSmsReceiverStatus_get", RefId=ref, ApiKey="x").json() == {"CodeResult": "101"}
    assert sandbox.status("nobody")["CodeResponse"] == "105"
    assert sandbox.status(f" {ref} ")["CodeResponse"] == "100"
    sandbox.advance(7 * 86_400 + 1)
    assert sandbox.status(ref)["CodeResponse"] == "105"


def test_xml_answers_have_the_names_of_the_samples(sandbox):
    ref = sandbox.ads().json()["SMSID"]
    status = fromstring(sandbox.ask("GetSendStatus", "xml", RefId=ref).content)
    assert status.tag == f"{MODEL}SmsStatusResult"
    assert status.findtext(f"{MODEL}TotalPrice") == "6900.0000"
    receivers = fromstring(sandbox.ask("GetSmsReceiverStatus_get", "xml", RefId=ref).content)
    assert len(receivers.findall(f"{MODEL}ReceiverList/{MODEL}Receiver")) == 20
    assert receivers.findtext(f"{MODEL}ReceiverList/{MODEL}Receiver/{MODEL}SentResult") == "true"
    brands = fromstring(sandbox.http.get("/MainService.svc/xml/GetListBrandname/sandbox-key/sandbox-secret").content)
    assert len(brands.findall(f"{MODEL}ListBrandName/{MODEL}listbrandname")) == 4


def test_brandnames_and_balance_each_say_no_in_their_own_way(sandbox):
    path = "/esms/MainService.svc/json/GetListBrandname"
    listed = sandbox.http.get(f"{path}/sandbox-key/sandbox-secret/").json()
    assert listed["CodeResponse"] == "100"
    assert {"Brandname": "LOA", "Type": 2} in listed["ListBrandName"]
    assert sandbox.http.get(f"{path}/SANDBOX-KEY/sandbox-secret").json()["CodeResult"] == "101"
    refused = sandbox.http.post("/esms/MainService.svc/json/GetBalance_json", json={"ApiKey": "x"}).json()
    assert (refused["CodeResponse"], refused["Balance"]) == ("101", 0)


def test_sent_data_v2_is_paged_and_carries_the_key_of_the_batch(sandbox):
    refs = [sandbox.ads(numbers(300, start), campaignid=f"b{start}").json()["SMSID"] for start in (1, 1001, 2001)]
    sandbox.care()
    pages = [sandbox.sent(page, 250) for page in (1, 2, 3, 4, 5)]
    assert [len(page["SentData"]) for page in pages] == [250, 250, 250, 150, 0]
    assert {page["CountTotal"] for page in pages} == {900}
    rows = [row for page in pages for row in page["SentData"]]
    assert {(row["Campaign"], row["ReferenceId"]) for row in rows} == set(
        zip(["b1", "b1001", "b2001"], refs, strict=True)
    )
    assert [row["Phone"] for row in rows] == numbers(300) + numbers(300, 1001) + numbers(300, 2001)
    assert len({row["SmsId"] for row in rows}) == 900
    assert (rows[0]["SendResult"], rows[0]["SendStatus"], rows[0]["SellPrice"], rows[0]["SmsType"]) == (1, 5, 345.0, 1)
    assert len(sandbox.sent(size=9999)["SentData"]) == 500
    assert sandbox.sent("2", "250")["SentData"] == pages[1]["SentData"]
    assert sandbox.sent(SmsType="2")["CountTotal"] == 1
    sandbox.settings(sent_data_newest_first=True)
    assert sandbox.sent()["SentData"][0]["Campaign"] == "b2001"


def test_sent_data_filters_by_the_second_of_creation_in_vietnam(sandbox):
    sandbox.ads()
    at = datetime.fromisoformat(sandbox.ledger()["orders"][0]["at"])
    second = (at + VIETNAM).strftime("%Y-%m-%d %H:%M:%S")
    before = (at + VIETNAM - timedelta(seconds=1)).strftime("%Y-%m-%d %H:%M:%S")
    found = sandbox.sent(begin=second, end=second)
    assert found["CountTotal"] == 20
    assert sandbox.sent(begin=before, end=before)["CountTotal"] == 0
    milliseconds = int(found["SentData"][0]["SentTime"].removeprefix("/Date(").removesuffix("+0700)/"))
    assert abs(datetime.fromtimestamp(milliseconds / 1000, UTC) - at) < timedelta(milliseconds=2)


def test_sent_data_refuses_what_it_cannot_read_and_lags_by_a_switch(sandbox):
    sandbox.ads()
    assert sandbox.sent(begin="2020/01/01")["CodeResult"] == "140"
    assert sandbox.sent(begin="2099-01-02 00:00:00")["CodeResult"] == "140"
    assert sandbox.sent(SecretKey="x")["CodeResult"] == "101"
    sandbox.settings(sent_data_after_s=100, sent_data_v2_days=3)
    assert sandbox.sent()["CodeResult"] == "140"
    sandbox.settings(sent_data_v2_days=0)
    assert sandbox.sent()["CountTotal"] == 0
    sandbox.advance(101)
    assert sandbox.sent()["CountTotal"] == 20


def test_sent_data_v1_is_the_seeds_and_its_later_form_by_a_switch(sandbox):
    ref = sandbox.ads(campaignid="b1").json()["SMSID"]
    today = datetime.now(UTC) + VIETNAM
    days = [(today + timedelta(days=shift)).strftime("%Y/%m/%d") for shift in (-1, 1, 4)]
    row = sandbox.sent_v1(f"{days[0]} 00:00:00", f"{days[1]} 23:59:59")["SentData"][0]
    assert set(row) == {"Content", "Phone", "ReferenceId", "SellPrice", "SentStatus", "SentTime", "SmsId", "SmsType"}
    assert (row["ReferenceId"], row["SentStatus"]) == (ref, True)
    assert len(sandbox.sent_v1(days[0], days[1])["SentData"]) == 20
    assert sandbox.sent_v1(days[0], days[2])["CodeResult"] == "140"
    sandbox.settings(sent_data_v1_generation=2, quirks=["misspelt_reference"])
    later = sandbox.sent_v1(days[0], days[1], "<PAGE>2</PAGE><PAGESIZE>15</PAGESIZE><SMSTYPE>1</SMSTYPE>")
    assert (later["CountTotal"], len(later["SentData"])) == (20, 5)
    row = later["SentData"][0]
    assert (row["Campaign"], row["SendStatus"], row["SentResult"], row["RefercenceId"]) == ("b1", 5, True, ref)
    assert row["SentTime"].startswith(today.strftime("%d/%m/%Y "))


@pytest.mark.parametrize(
    ("quirk", "field", "value"),
    [("int_code", "CodeResult", 100), ("string_numbers", "CountRegenerate", "0")],
)
def test_the_slips_of_the_documents_come_on_request(sandbox, quirk, field, value):
    sandbox.settings(quirks=[quirk])
    assert sandbox.ads().json()[field] == value


def test_padded_ids_text_prices_and_a_byte_order_mark(sandbox):
    sandbox.settings(quirks=["padded_sms_id", "string_numbers", "byte_order_mark"])
    answer = sandbox.ads()
    assert answer.content.startswith(b"\xef\xbb\xbf{")
    ref = json.loads(answer.content.decode("utf-8-sig"))["SMSID"]
    assert ref == f" {ref.strip()} "
    body = json.loads(sandbox.ask("GetSendStatus", RefId=ref.strip()).content.decode("utf-8-sig"))
    assert (body["TotalPrice"], body["SendStatus"]) == ("6900.0000", "5")
