"""What eSMS is asked without sending, and Zalo in bulk: each request spelled out as the vendor's page has it."""

import pytest

from tests.sandbox.client import KEYS, numbers

OA = {"OAID": "436181207180"}
BULK = {**OA, "TempID": "200300", "campaignid": "Chiến dịch 1", "Sandbox": "0", "CallbackUrl": ""}


def rows(*phones, **more):
    return [
        {"Phone": phone, "RequestId": f"96accf59-{n}", "Params": ["Chị A", "KH001"], **more}
        for n, phone in enumerate(phones)
    ]


def estimate(sandbox, phones, text="[QC] Sale", sender="LOA"):
    customers = "".join(f"<CUSTOMER><PHONE>{phone}</PHONE></CUSTOMER>" for phone in phones)
    body = (
        f"<RQST><APIKEY>{KEYS['ApiKey']}</APIKEY><SECRETKEY>{KEYS['SecretKey']}</SECRETKEY><CONTENT>{text}</CONTENT>"
        f"<SMSTYPE>1</SMSTYPE><BRANDNAME>{sender}</BRANDNAME><CONTACTS>{customers}</CONTACTS></RQST>"
    )
    answer = sandbox.http.post("/esms/MainService.svc/json/SummaryMultipleSMSBrandname/", content=body.encode())
    return answer.json()


def test_an_order_of_ads_has_a_price_beforehand_and_leaves_no_trace(sandbox):
    found = estimate(sandbox, [*numbers(3), numbers(1)[0], "0241234567"])
    assert found == {"CodeResult": "100", "ErrorMessage": "success", "TotalPrice": 1035.0, "TotalReceiver": 3}
    assert estimate(sandbox, numbers(3), "a" * 161)["TotalPrice"] == 2070
    assert estimate(sandbox, numbers(3), sender="NOBODY")["CodeResult"] == "104"
    assert sandbox.totals()["orders"] == 0
    assert sandbox.balance() == 1_000_000_000


def test_a_care_text_has_a_price_beforehand(sandbox):
    query = {"Phone": "0901888484", "Content": "456756756 la ma", "SmsType": "2", "BrandName": "Baotrixemay"}
    found = sandbox.ask("SummaryMultipleMessage_V4_get", **query).json()
    assert found == {"CodeResult": "100", "ErrorMessage": "success", "TotalPrice": 345.0, "TotalReceiver": 1}
    assert sandbox.ask("SummaryMultipleMessage_V4_get", **{**query, "Phone": "1"}).json()["CodeResult"] == "108"
    assert sandbox.ask("SummaryMultipleMessage_V4_get", **{**query, "ApiKey": "no"}).json()["CodeResult"] == "101"


def test_care_templates_stand_there_for_each_carrier(sandbox):
    found = sandbox.post("GetTemplate", SmsType="2", Brandname="Baotrixemay").json()
    told = {(one["NetworkID"], one["TempContent"]) for one in found["BrandnameTemplates"]}
    assert (1, "{P1,20} la ma xac minh dang ky Baotrixemay cua ban") in told
    assert {network for network, _ in told} == {1, 2, 3, 4, 5}
    assert sandbox.post("GetTemplate", SmsType="2", Brandname="LOA").json()["BrandnameTemplates"] == []
    assert sandbox.post("GetTemplate", SmsType="2", Brandname="NOBODY").json()["CodeResult"] == "104"


def test_zalo_tells_its_accounts_their_room_and_their_templates(sandbox):
    assert OA["OAID"] in {one["OAID"] for one in sandbox.post("ZNS/GetListZOA").json()["ZOAList"]}
    sandbox.post("Send_zns_bulk_v4_post_json", **BULK, Data=rows(*numbers(2)))
    quota = sandbox.post("ZNS/GetQuota", **OA).json()
    assert (quota["DailyQuota"], quota["RemainingQuota"]) == (5000, 4998)
    assert sandbox.post("ZNS/GetQuality", **OA).json()["OaCurrentQuality"] == "MEDIUM"
    assert sandbox.post("ZNS/GetQuota", OAID="1").json()["CodeResult"] == "204"
    found = sandbox.ask("GetZnsTemplateInfo", TemplateId="200300", OAId=OA["OAID"]).json()
    assert (found["Error"], found["Data"]["Status"], found["Data"]["TemplateId"]) == (0, "ENABLE", 200300)
    assert sandbox.ask("GetZnsTemplateInfo", TemplateId="1", OAId=OA["OAID"]).json()["Error"] == "789"
    assert sandbox.post("ZNS/GetNothing").status_code == 404


def test_the_state_of_a_zalo_message_is_told_by_either_id(sandbox):
    sent = sandbox.post("Send_zns_bulk_v4_post_json", **BULK, Data=rows("0900000001")).json()
    ref = sent["detail"][0]["SMSID"]
    found = sandbox.post("QueryZnsStatus", SmsId=ref, SmsType="25").json()["Data"]
    assert (found["SendStatus"], found["SendSuccess"], found["FinalStatus"], found["ErrorInfo"]) == (5, 1, "1", "0")
    there = sandbox.post("GetZaloMessageStatus", **OA, MessageId=found["ZaloMsgId"]).json()["Data"]
    assert (there["status"], there["delivery_time"].isdigit()) == (1, True)
    assert sandbox.post("GetZaloMessageStatus", **OA, MessageId="none").json()["Data"]["status"] == -1
    assert sandbox.post("GetZaloMessageStatus", **OA, MessageId="").json()["CodeResult"] == "851"
    assert sandbox.post("QueryZnsStatus", SmsId="none", SmsType="25").json()["CodeResult"] == "854"
    sandbox.settings(zalo_fail_share=1)
    ref = sandbox.post("Send_zns_bulk_v4_post_json", **BULK, Data=rows("0900000002", RequestId="r")).json()
    found = sandbox.post("QueryZnsStatus", SmsId=ref["detail"][0]["SMSID"], SmsType="25").json()["Data"]
    assert (found["SendFailed"], found["ErrorInfo"]) == (1, "1001")


def test_a_bulk_is_taken_as_far_as_it_goes(sandbox):
    found = sandbox.post(
        "Send_zns_bulk_v4_post_json", **BULK, Data=rows("0901888484", "0918238965", "097469188")
    ).json()
    assert (found["CodeResult"], found["TotalSuccess"], found["TotalFail"]) == ("100", 2, 1)
    assert [one["CodeResult"] for one in found["detail"]] == ["100", "100", "108"]
    assert len(sandbox.ledger()["orders"]) == 2
    # Each number has a RequestId of its own.
    again = sandbox.post("Send_zns_bulk_v4_post_json", **BULK, Data=rows("0901888484", "0918238965")).json()
    assert [one["CodeResult"] for one in again["detail"]] == ["124", "124"]
    assert len(sandbox.ledger()["orders"]) == 2


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ApiKey": "no"}, "101"),
        ({"Data": []}, "110"),
        ({"Data": ["0900000001"]}, "110"),
        ({"Data": rows(*["0900000001"] * 501)}, "687"),
        ({"OAID": "1"}, "104"),
        ({"TempID": "1"}, "119"),
    ],
)
def test_a_bulk_as_a_whole_is_refused(sandbox, fields, code):
    found = sandbox.post("Send_zns_bulk_v4_post_json", **{**BULK, "Data": rows("0900000001"), **fields}).json()
    assert found["CodeResult"] == code
    assert sandbox.totals()["orders"] == 0


def test_a_trial_in_bulk_leaves_no_trace(sandbox):
    found = sandbox.post("Send_zns_bulk_v4_post_json", **{**BULK, "Sandbox": "1"}, Data=rows("0900000001")).json()
    assert found["TotalSuccess"] == 1
    assert sandbox.totals()["orders"] == 0
