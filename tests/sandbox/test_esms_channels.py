"""The emulator of eSMS carries care texts, Viber, Zalo, the channels in turn, and calls, as the documents say."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from defusedxml.ElementTree import fromstring

from tests.sandbox.client import KEYS, numbers

MODEL = "{http://schemas.datacontract.org/2004/07/AdvertisingAPI.Model}"
ZALO = {"Phone": "0842090998", "Params": ["value1", "value2"], "TempID": "686868", "OAID": "35897654231871"}
VIBER = {"Brandname": "LOA", "SmsType": "23", "Phones": ["0901888484"]}
OTP = "686868 la ma xac minh dang ky Baotrixemay cua ban"


def channels(multi_phone="0350000026", data=None, **fields):
    """The body of manual IV.2 with the documents' test sender."""
    zalo = {"OAID": "436181207180", "TempID": "200300", "Params": ["Value1", "Value2"], "RequestId": "z1"}
    sms = {"Content": OTP, "Phone": "0842090998", "IsUnicode": 0, "SmsType": 2, "Brandname": "Baotrixemay"}
    sms["RequestId"] = "s1"
    return {"Phone": multi_phone, "Channels": ["zalo", "sms"], "Data": data or [zalo, sms], **fields}


def test_a_code_is_made_sent_and_good_once_for_its_number_and_its_minutes(sandbox):
    """The addresses of the page of GENCODE and CHECKCODE."""

    def made(**query):
        usual = {"Phone": "0901888484", "Brandname": "LOA", "Type": "2", "message": "{OTP} la ma cua ban"}
        return sandbox.ask("SendMessageAutoGenCode_V4_get", **{**usual, **query}).json()

    def check(code, phone="0901888484", **query):
        return sandbox.ask("CheckCodeGen_V4_get", Phone=phone, Code=code, **query).json()

    answer = made(IsNumber="1", NumCharOfCode="8", TimeAlive="2")
    (order,) = sandbox.ledger()["orders"]
    assert (answer["CodeResult"], answer["SMSID"]) == ("100", order["sms_id"])
    code = order["text"].removesuffix(" la ma cua ban")
    assert (len(code), code.isdigit()) == (8, True)
    assert check("0" * 8)["CodeResult"] == "117"
    assert check(code, phone="0901888485")["CodeResult"] == "117"
    assert check(code, SecretKey="wrong")["CodeResult"] == "101"
    assert check(code) == {"CodeResult": "100", "CountRegenerate": 0, "ErrorMessage": "0901888484, Content: Success!"}
    assert check(code)["CodeResult"] == "171"
    made()
    second = sandbox.ledger()["orders"][-1]["text"].removesuffix(" la ma cua ban")
    assert len(second) == 6
    sandbox.http.post("/_sandbox/advance", json={"seconds": 301})
    assert check(second)["CodeResult"] == "171"
    for wrong, refused in (
        ({"TimeAlive": "11"}, "99"),
        ({"message": "no place"}, "99"),
        ({"Brandname": "X"}, "104"),
        ({"Type": "1"}, "118"),
        ({"Phone": "123"}, "108"),
        ({"ApiKey": "wrong"}, "101"),
    ):
        assert made(**wrong)["CodeResult"] == refused
    assert len(sandbox.ledger()["orders"]) == 2


# Care texts and their templates: manual II.2.a.


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (OTP, "100"),
        (" la ma dat lai mat khau Baotrixemay cua ban", "100"),
        (f"{'x' * 20} la ma dat lai mat khau Baotrixemay cua ban", "100"),
        ("Cam on quy khach da su dung dich vu cua chung toi. Chuc quy khach mot ngay tot lanh!", "100"),
        (f"{'x' * 21} la ma dat lai mat khau Baotrixemay cua ban", "146"),
        ("6.8 la ma xac minh dang ky Baotrixemay cua ban", "146"),
        (f"{OTP}!", "146"),
        ("Cam on quy khach", "146"),
    ],
)
def test_the_test_sender_says_its_templates_only(sandbox, text, code):
    body = sandbox.care(Brandname="Baotrixemay", Content=text).json()
    assert (body["CodeResult"], bool(body["SMSID"])) == (code, True)
    assert sandbox.totals()["orders"] == (code == "100")
    if code == "146":
        assert sandbox.status(body["SMSID"])["CodeResponse"] == "105"


def test_templates_are_switches(sandbox):
    assert sandbox.care(Content="anything").json()["CodeResult"] == "100"
    sandbox.settings(templates={"LOA": ["Ma [0-9]{6}"]}, social_templates=["Xin chao .*"])
    assert sandbox.care(Content="anything").json()["CodeResult"] == "146"
    assert sandbox.care(Content="Ma 123456").json()["CodeResult"] == "100"
    for sms_type in ("24", "25"):
        assert sandbox.care(Content="anything", SmsType=sms_type, Brandname="").json()["CodeResult"] == "145"
        assert sandbox.care(Content="Xin chao ban", SmsType=sms_type, Brandname="").json()["CodeResult"] == "100"
    assert sandbox.ledger()["channels"]["zalo"]["messages"] == 2
    for patch in ({"templates": {"LOA": "x"}}, {"templates": {"LOA": ["("]}}, {"social_templates": [1]}):
        assert sandbox.http.patch("/_sandbox/settings", json=patch).status_code == 400


def test_the_three_forms_of_a_care_text_carry_types_8_24_and_25(sandbox):
    text = 'Chào & + % # < > "\n😀'
    for sms_type in ("8", "24", "25"):
        assert sandbox.care(Content=text, SmsType=sms_type).json()["CodeResult"] == "100"
        query = {"Phone": "0900000002", "Content": text, "SmsType": sms_type}
        assert sandbox.ask("SendMultipleMessage_V4_get", **query).json()["CodeResult"] == "100"
        assert sandbox.xml(["0900000003"], sms_type=sms_type).status_code == 200
    orders = sandbox.ledger()["orders"]
    assert [(order["sms_type"], order["channel"]) for order in orders[::3]] == [(8, "sms"), (24, "zalo"), (25, "zalo")]
    assert len(orders) == 9
    assert {order["text"] for order in orders if order["function"] != "SendMultipleMessage_V4"} == {text}


# Viber: manual IV.3 by GET, and its newer POST (web).


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Content": "x", "OTTUrl": "https://u", "OTTImageUrl": "https://i", "OTTLabel": "Alo"}, "100"),
        ({"Content": "x", "OTTUrl": "https://u", "OTTLabel": "Alo"}, "100"),
        ({"OTTImageUrl": "https://i"}, "100"),
        ({"Content": "x"}, "100"),
        ({"Content": "x", "OTTUrl": "https://u"}, "110"),
        ({"Content": "x", "OTTImageUrl": "https://i"}, "110"),
        ({"OTTImageUrl": "https://i", "OTTLabel": "Alo"}, "110"),
    ],
)
def test_viber_takes_the_four_combinations_by_get_and_by_post(sandbox, fields, code):
    query = {"Phone": "0842090998", "SmsType": "23", "Brandname": "LOA", **fields}
    assert sandbox.ask("SendMultipleMessage_V4_get", **query).json()["CodeResult"] == code
    # the newer page spells them Ott, and the picture OttImgUrl, as the manual's sample does
    newer = {name.replace("OTT", "Ott").replace("Image", "Img"): value for name, value in fields.items()}
    assert sandbox.post("Send_Multiple_Sms_OTT", **VIBER, **newer).json()["CodeResult"] == code
    orders = sandbox.ledger()["orders"]
    assert len(orders) == (2 if code == "100" else 0)
    for order in orders:
        assert (order["channel"], order["sms_type"], order["price"]) == ("viber", 23, 470)
        assert {"Content": order["text"], **order["details"]} == {"Content": "", **fields}


def test_viber_goes_to_a_list_from_its_own_senders(sandbox):
    fields = {**VIBER, "Phones": numbers(3), "Content": "x"}
    assert sandbox.post("Send_Multiple_Sms_OTT", **{**fields, "IsSandBox": 1}).json()["CodeResult"] == "100"
    assert sandbox.totals()["orders"] == 0
    assert sandbox.post("Send_Multiple_Sms_OTT", "esms-ott", **fields).json()["CodeResult"] == "100"
    assert sandbox.ledger()["channels"] == {"viber": {"messages": 3, "delivered": 3, "failed": 0}}
    sandbox.settings(viber_brandnames=[])
    assert sandbox.post("Send_Multiple_Sms_OTT", **fields).json()["CodeResult"] == "104"
    assert sandbox.post("Send_Multiple_Sms_OTT", **{**fields, "SmsType": "2"}).json()["CodeResult"] == "118"
    assert sandbox.post("Send_Multiple_Sms_OTT", **{**fields, "Phones": "0901888484"}).status_code == 400


# Zalo: manual IV.1.


@pytest.mark.parametrize("base", ["esms", "esms-ott"])
def test_zalo_carries_its_template_and_params(sandbox, base):
    params = ['Chào & + % # < > "\n😀', "20000"]
    answer = sandbox.post("SendZaloMessage_V4_post_json", base, "xml", **{**ZALO, "Params": params})
    root = fromstring(answer.content)
    assert root.findtext(f"{MODEL}CodeResult") == "100"
    (order,) = sandbox.ledger()["orders"]
    assert order["sms_id"] == root.findtext(f"{MODEL}SMSID")
    assert order["details"] == {"OAID": "35897654231871", "TempID": "686868", "Params": params}
    assert (order["channel"], order["price"]) == ("zalo", 300)
    assert sandbox.phones() == {84842090998: (1, 1)}


@pytest.mark.parametrize(
    ("fields", "seed", "newer"),
    [
        ({"TempID": "1"}, "119", "789"),
        ({"TempID": ""}, "119", "791"),
        ({"OAID": "1"}, "104", "799"),
        ({"OAID": "436181207180"}, "119", "789"),
        ({"Phone": "0240000000"}, "108", "108"),
        ({"ApiKey": "x"}, "101", "101"),
    ],
)
def test_zalo_refuses_in_either_generation(sandbox, fields, seed, newer):
    for generation, code in ((1, seed), (2, newer)):
        sandbox.settings(zalo_generation=generation)
        body = sandbox.post("SendZaloMessage_V4_post_json", **{**ZALO, **fields}).json()
        assert (body["CodeResult"], bool(body["ErrorMessage"])) == (code, True)
    assert sandbox.totals()["orders"] == 0


def test_zalo_without_an_array_of_texts_is_unreadable_and_a_request_id_repeats(sandbox):
    for params in ("value1", [1], None):
        assert sandbox.post("SendZaloMessage_V4_post_json", **{**ZALO, "Params": params}).status_code == 400
    answers = [sandbox.post("SendZaloMessage_V4_post_json", **ZALO, RequestId="z").json() for _ in range(2)]
    assert [body["CodeResult"] for body in answers] == ["100", "124"]
    assert "SendStatus" not in answers[1]


# The channels in turn: manual IV.2.


@pytest.mark.parametrize("base", ["esms", "esms-ott"])
def test_whom_zalo_reaches_gets_no_sms(sandbox, base):
    body = sandbox.post("MultiChannelMessage", base, **channels()).json()
    (order,) = sandbox.ledger()["orders"]
    assert (order["channel"], order["sms_id"], order["request_id"]) == ("zalo", body["SMSID"], "z1")
    assert sandbox.balance() == 1_000_000_000 - 300


def test_whom_zalo_does_not_reach_gets_the_sms_after_it(sandbox):
    sandbox.settings(zalo_fail_share=1, first_report_after_s=1000, done_after_s=1000)
    body = sandbox.post("MultiChannelMessage", **channels()).json()
    zalo, sms = sandbox.ledger()["orders"]
    assert (zalo["sms_id"], sms["channel"], sms["text"], sms["request_id"]) == (body["SMSID"], "sms", OTP, "s1")
    sandbox.advance(1500)
    assert sandbox.status(zalo["sms_id"])["SendFailed"] == 1
    assert sandbox.status(sms["sms_id"])["SendSuccess"] == 0
    sandbox.advance(1000)
    assert sandbox.ledger()["channels"] == {
        "zalo": {"messages": 1, "delivered": 0, "failed": 1}, "sms": {"messages": 1, "delivered": 1, "failed": 0},
    }  # fmt: skip
    for channel, arrived in (("sms", 1), ("zalo", 0), ("call", None)):
        lines = sandbox.http.get("/_sandbox/ledger/phones", params={"channel": channel}).text
        assert lines == (f"84350000026,1,{arrived}\n" if arrived is not None else "")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: data[0].update(TempID="1"), "119"),
        (lambda data: data[1].update(Content="anything"), "146"),
        (lambda data: data[1].update(Brandname="NOBODY"), "104"),
        (lambda data: data[1].update(SmsType="1"), "118"),
    ],
)
def test_the_channels_are_taken_both_or_neither(sandbox, change, code):
    body = channels()
    change(body["Data"])
    assert sandbox.post("MultiChannelMessage", **body).json()["CodeResult"] == code
    assert sandbox.totals()["orders"] == 0
    assert sandbox.balance() == 1_000_000_000


def test_the_channels_stand_in_their_order_and_are_paid_together(sandbox):
    for body in (channels(Channels=["sms", "zalo"]), channels(Channels=["zalo"]), channels(data=[{}, 1])):
        assert sandbox.post("MultiChannelMessage", **body).status_code == 400
    sandbox.settings(balance=300 + 345 - 1)
    assert sandbox.post("MultiChannelMessage", **channels()).json()["CodeResult"] == "103"
    sandbox.settings(balance=300 + 345)
    assert sandbox.post("MultiChannelMessage", **channels()).json()["CodeResult"] == "100"
    assert sandbox.post("MultiChannelMessage", **channels()).json()["CodeResult"] == "124"


# Calls: manual III; web, call from a recording.

CALLS = {
    "MakeCallTemplate_V2": {"TemplateId": "1001", "VariableListStr": "Trung||20000", "Voice": "ngoclam", "Speed": "-3"},
    "MakeCallRecord_V2": {
        "TemplateId": "2001", "NumberForward": "0900000009", "MaxRepeat": "2", "MaxRetry": "3", "Ivr": "2",
        "TimeWaitToIvr": "5", "WaitRetry": "60",
    },
    "VoiceOTP": {"Code": "123456", "Speed": "-3", "Voice": "hatieumai", "Sender": "voice_otp_repeat"},
}  # fmt: skip


@pytest.mark.parametrize("base", ["esms", "esms-voice"])
@pytest.mark.parametrize("function", CALLS)
def test_a_call_is_taken_with_all_that_was_asked(sandbox, function, base):
    body = sandbox.call(function, base, **CALLS[function], RequestId="c1").json()
    assert set(body) == {"CodeResult", "SMSID"}
    (order,) = sandbox.ledger()["orders"]
    assert (order["sms_id"], order["channel"], order["function"]) == (body["SMSID"], "call", function)
    assert order["details"] == CALLS[function]
    assert sandbox.balance() == 1_000_000_000 - 800
    again = sandbox.call(function, base, **CALLS[function], RequestId="c1").json()
    assert (again["CodeResult"], set(again)) == ("124", {"CodeResult", "ErrorMessage"})
    assert sandbox.ledger()["channels"] == {"call": {"messages": 1, "delivered": 1, "failed": 0}}


@pytest.mark.parametrize(
    ("function", "fields", "code"),
    [
        ("MakeCallTemplate_V2", {"TemplateId": "9"}, "104"),
        ("MakeCallTemplate_V2", {"VariableListStr": "Trung"}, "105"),
        ("MakeCallTemplate_V2", {"VariableListStr": ""}, "105"),
        ("MakeCallTemplate_V2", {"TemplateId": "1002"}, "105"),
        ("MakeCallTemplate_V2", {"Voice": "nobody"}, "99"),
        ("MakeCallTemplate_V2", {"Speed": "4"}, "99"),
        ("MakeCallTemplate_V2", {"Phone": "123"}, "107"),
        ("MakeCallTemplate_V2", {"SecretKey": "x"}, "101"),
        ("MakeCallRecord_V2", {"TemplateId": "1001"}, "106"),
        ("MakeCallRecord_V2", {"Phone": ""}, "107"),
        ("VoiceOTP", {"Code": ""}, "99"),
        ("VoiceOTP", {"Phone": "0842090998,0842090997"}, "107"),
    ],
)
def test_a_call_is_refused_by_the_codes_of_voice(sandbox, function, fields, code):
    body = sandbox.call(function, **{**CALLS[function], **fields}).json()
    assert (body["CodeResult"], bool(body["ErrorMessage"])) == (code, True)
    assert sandbox.totals()["orders"] == 0


def test_a_template_without_variables_is_called_without(sandbox):
    assert sandbox.call("MakeCallTemplate_V2", TemplateId="1002").json()["CodeResult"] == "100"


def test_a_call_has_dates_of_its_own(sandbox):
    due = datetime.now(UTC) + timedelta(hours=8)
    fields = CALLS["VoiceOTP"]
    ref = sandbox.call("VoiceOTP", **fields, SendDate=due.strftime("%Y/%m/%d %H:%M:%S")).json()["SMSID"]
    assert sandbox.totals()["waiting"] == 1
    sandbox.advance(3700)
    assert sandbox.call("GetSendStatus", ReferenceId=ref).json()["callstatus"] == "ANSWERED"
    assert sandbox.call("VoiceOTP", **fields, SendDate=due.strftime("%Y-%m-%d %H:%M:%S")).status_code == 400


def test_the_status_of_a_call_in_both_generations(sandbox):
    sandbox.settings(first_report_after_s=1000, done_after_s=1000)
    ref = sandbox.call("MakeCallRecord_V2", **CALLS["MakeCallRecord_V2"]).json()["SMSID"]
    empty = {"CodeResponse": "100", "callduration": 0, "callstatus": "", "ivr": ""}
    assert sandbox.call("GetSendStatus", ReferenceId=ref).json() == empty
    sandbox.advance(1000)
    body = sandbox.call("GetSendStatus", ReferenceId=ref).json()
    assert (body["callstatus"], body["ivr"], body["callduration"] > 0) == ("ANSWERED", "2", True)
    root = fromstring(sandbox.call("GetSendStatus", form="xml", ReferenceId=ref).content)
    assert (root.tag, root.findtext(f"{MODEL}ivr")) == (f"{MODEL}voicestatusresult", "2")
    sandbox.settings(voice_status_generation=2)
    assert sandbox.call("GetSendStatus", "esms", ReferenceId=ref).json() == {
        "CodeResponse": "100", "CallDuration": body["callduration"], "CallStatus": "ANSWERED", "Ivr": "2",
        "ReferenceId": ref, "SendStatus": 5, "SentResult": 1,
    }  # fmt: skip


def test_nobody_answers_by_the_share_that_fails(sandbox):
    sandbox.settings(fail_share=1)
    ref = sandbox.call("VoiceOTP", **CALLS["VoiceOTP"]).json()["SMSID"]
    body = sandbox.call("GetSendStatus", ReferenceId=ref).json()
    assert (body["callstatus"], body["callduration"], body["ivr"]) == ("NOANSWERED", 0, "")


def test_calls_and_texts_do_not_answer_for_each_other(sandbox):
    text = sandbox.care().json()["SMSID"]
    assert sandbox.call("GetSendStatus", ReferenceId=text).json() == {"CodeResponse": "105"}
    assert sandbox.call("GetSendStatus", ReferenceId="nobody").json() == {"CodeResponse": "105"}
    assert sandbox.call("GetSendStatus", ReferenceId=text, ApiKey="x").json() == {"CodeResponse": "101"}
    sandbox.call("VoiceOTP", **CALLS["VoiceOTP"])
    assert sandbox.sent(SmsType="")["CountTotal"] == 1


def test_each_address_has_its_functions(sandbox):
    assert sandbox.call("SendMultipleMessage_V4_get").status_code == 404
    assert sandbox.call("GetSmsReceiverStatus_get").status_code == 404
    assert sandbox.http.post("/esms-ott/MainService.svc/json/GetBalance_json", json=KEYS).status_code == 200
    page = sandbox.http.get("/").text
    for name, folder in (("VOICE", "esms-voice"), ("OTT", "esms-ott")):
        assert f"LOA_ESMS_{name}_BASE_URL={sandbox.url}/{folder}/MainService.svc" in page
    assert f"LOA_FPT_BASE_URL={sandbox.url}/fpt" in page


@pytest.mark.parametrize("function", [*CALLS, "SendZaloMessage_V4_post_json", "MultiChannelMessage"])
def test_every_sending_function_takes_an_order_and_loses_the_answer(sandbox, function):
    sandbox.status("x")  # the connection is warm
    sandbox.arm("drop", function=function, when="after")
    sandbox.arm("code", function=function, code="103", nth=2)
    bodies = {"SendZaloMessage_V4_post_json": ZALO, "MultiChannelMessage": channels()}

    def send():
        if function in CALLS:
            return sandbox.call(function, **CALLS[function])
        return sandbox.post(function, **bodies[function])

    with pytest.raises(httpx.RemoteProtocolError):
        send()
    assert send().json()["CodeResult"] == "103"
    assert sandbox.totals()["orders"] == 1
    assert len(sandbox.http.get("/_sandbox/calls").json()["sends"]["wall"]) == 2


def test_the_two_status_functions_are_spoilt_apart(sandbox):
    sandbox.arm("code", function="GetSendStatus_voice", code="99")
    assert sandbox.status("x")["CodeResponse"] == "105"
    assert sandbox.call("GetSendStatus", ReferenceId="x").json() == {"CodeResponse": "99"}
