"""eSMS's callbacks are read, in whatever case, order and number their names come; samples are from the documents."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.delivery import OrderStatus, Stage
from worker.providers.esms import CallResult, ErrorInfo, SmsCallback, parse_sms_callback, parse_voice_callback

REF = "dc712784-9c5f-4c69-b9a8-ea69d56adc9a87"
CALL = "066107ee-6ec4-4283-b595-aa74977c65c5"


def order(stage, receivers=0, delivered=0, failed=0, cost=None, provider_message="callback with SendStatus 5"):
    return OrderStatus(
        stage, receivers, delivered, failed, None if cost is None else Decimal(cost), provider_message=provider_message
    )


def test_care_of_the_web():
    query = (
        f"SMSID={REF}&SendFailed=2&SendStatus=5&SendSuccess=0&TotalPrice=0.0000&TotalReceiver=2&TotalSent=2"
        "&RequestId=&TypeId=2&telcoid=1&phonenumber=0900000000&switchsmsid="
    )
    assert parse_sms_callback(query) == SmsCallback(
        REF, order(Stage.SENT, 2, 0, 2, "0.0000"), sms_type="2", phone=84900000000, network="Viettel"
    )


def test_ads_of_the_web_say_status_5_and_no_result():
    found = parse_sms_callback(
        "SMSID=82b0bb8aed914a0aab8deba567c9b8c2&SendFailed=0&SendStatus=5&SendSuccess=0&TotalPrice=696987.0000"
        "&TotalReceiver=169&TotalSent=169&RequestId=&TypeId=1"
    )
    assert found.order == order(Stage.SENT, 169, 0, 0, "696987.0000")
    assert not found.order.settled
    assert (found.phone, found.sms_type, found.network) == (None, "1", "")


def test_the_manuals_sample_in_mixed_case():
    found = parse_sms_callback(
        "?smsid=xxxxxx&sendfailed=1&sendstatus=5&SendSuccess=2&TotalPrice=900&TotalReceiver=1&TotalSent=2"
    )
    assert (found.ref, found.order) == ("xxxxxx", order(Stage.SENT, 1, 2, 1, "900"))


def test_zalo_with_json_inside_a_json_string():
    found = parse_sms_callback(
        "SMSID=f66545d2-c7e2-4603-984e-d2238c363c8292&SendFailed=1&SendStatus=5&SendSuccess=0&TotalPrice=0.0000"
        "&TotalReceiver=1&TotalSent=0&RequestId=&TypeId=25&telcoid=2&phonenumber=0900000000&partnerids="
        "&error_info=%22{%5C%22error%5C%22%3A-114%2C%5C%22message%5C%22%3A%5C%22User%20is%20inactive%2C%20or%20reject"
        "%20the%20message%5C%22}%22&oaid=1397492183140006179&tempid=2056446"
    )
    assert found.error == ErrorInfo(-114, "User is inactive, or reject the message")
    assert (found.oa_id, found.template_id, found.network) == ("1397492183140006179", "2056446", "MobiFone")


def test_zalo_encoded_twice_with_a_time_behind():
    found = parse_sms_callback(
        "SMSID=7d11c87a22934df390f73ec59d8defd6205&SendFailed=0&SendStatus=5&SendSuccess=1&TotalPrice=60.0000"
        "&TotalReceiver=1&TotalSent=1&RequestId=&TypeId=26&phonenumber=312158068343230&error_info=%257B%2522data%2522"
        "%3A%257B%2522message_id%2522%3A%2522e1a60e8890be9de4c4ab%2522%2C%2522user_id%2522%3A%252231215806834323092"
        "%2522%257D%2C%2522error%2522%3A0%2C%2522message%2522%3A%2522Success%2522%257D____24%2F04%2F2024%252016%3A58"
        "%3A01&oaid=4097311281936189049&partnerids=e1a60e8890be9de4c4ab"
    )
    assert found.error == ErrorInfo(0, "Success")
    assert (found.phone, found.zalo_user, found.partner_ids) == (None, "312158068343230", "e1a60e8890be9de4c4ab")


def test_zalo_encoded_once_by_user_id():
    found = parse_sms_callback(
        "SMSID=5450d5579bfa466a9f2a5911c82f4037&SendFailed=0&SendStatus=5&SendSuccess=1&TotalPrice=2104.0000"
        "&TotalReceiver=1&TotalSent=1&RequestId=&TypeId=25&telcoid=9&phonenumber=5308693166941955879&error_info="
        "{%22error%22%3A0%2C%22message%22%3A%22Success%22%2C%22data%22%3A{%22delivery_time%22%3Anull}}"
        "&oaid=3639635426588416370&tempid=523194&partnerids=416f53d0cf0ec7569e19"
    )
    assert (found.error, found.zalo_user, found.network) == (ErrorInfo(0, "Success"), "5308693166941955879", "")
    assert found.order.settled


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", None),
        ('{"error":-1,"message":"a"} System.Net.WebException: b', ErrorInfo(-1, "a")),
        ("timeout", ErrorInfo(None, "timeout")),
        ('{"error":', ErrorInfo(None, '{"error":')),
        ("[1]", ErrorInfo(None, "[1]")),
        ('{"error":"many"}', ErrorInfo(None, "")),
        ("100%", ErrorInfo(None, "100%")),
        ("[" * 9_000, ErrorInfo(None, "[" * 500)),
    ],
)
def test_an_error_in_other_forms(text, error):
    assert parse_sms_callback({"SMSID": REF, "error_info": text}).error == error


@pytest.mark.parametrize(
    ("status", "stage"),
    [("0", "pending"), ("1", "pending"), ("2", "pending"), ("3", "pending"), ("4", "refused"), ("5", "sent"),
     ("6", "refused"), ("7", "sent"), ("8", "unreadable"), ("", "unreadable"), ("five", "unreadable")],
)  # fmt: skip
def test_every_status_is_a_stage(status, stage):
    assert parse_sms_callback(f"SMSID={REF}&SendStatus={status}").order.stage == stage


def test_of_a_name_that_comes_again_the_last_that_says_something_counts():
    # The documents show CallbackUrls that hold the names already, empty or with sample values.
    query = f"SMSID=&SendStatus=&smsid={REF}&SENDSTATUS=5&SendStatus=&SendSuccess=7&sendsuccess=1"
    found = parse_sms_callback(query)
    assert (found.ref, found.order.stage, found.order.delivered) == (REF, Stage.SENT, 1)


def test_a_second_question_mark_is_a_separator():
    assert parse_sms_callback(f"?tenant=1?SMSID={REF}&SendStatus=5").ref == REF


def test_any_form_in_which_a_framework_hands_it_over():
    wanted = parse_sms_callback(f"SMSID={REF}&SendStatus=5")
    assert wanted is not None
    for query in (
        f"SMSID={REF}&SendStatus=5".encode(),
        {"SMSID": REF, "SendStatus": 5},
        {"SMSID": [REF], "SendStatus": ("4", "5")},
        [("smsid", REF), ("sendstatus", "5")],
    ):
        assert parse_sms_callback(query) == wanted


@pytest.mark.parametrize(
    "query",
    [
        *(
            "",
            "?",
            "&&&",
            "SMSID=",
            "SMSID=a b",
            "SMSID=0",
            "SMSID=" + "a" * 65,
            "SendStatus=5",
            "SMSID=%00",
            b"\xff\xfe",
        ),
        *(None, 5, [1, 2], ["ab", "c"], {}, "&".join(["a=b"] * 2_000)),
    ],
    ids=lambda query: repr(query)[:30],
)
def test_what_names_no_message_is_nothing(query):
    assert parse_sms_callback(query) is None
    assert parse_voice_callback(query) is None


def test_counters_beyond_reason_are_none():
    found = parse_sms_callback(f"SMSID={REF}&SendStatus=5&SendSuccess=99999999999&SendFailed=-1&TotalPrice=NaN")
    assert found.order == order(Stage.SENT)


def test_a_long_query_is_read():
    assert parse_sms_callback(f"more={'x' * 8_000}&SMSID={REF}&SendStatus=5").ref == REF


def test_the_webs_call():
    found = parse_voice_callback(
        f"ReferenceId={CALL}&CallDuration=0&CallStatus=&Ivr=&Price=0.0000&SentResult=0&CID=00000002454&SendStatus=5"
    )
    assert found == CallResult(
        CALL, Stage.SENT, answered=None, taken=False, cost=Decimal("0.0000"), caller=found.caller
    )
    assert found.caller.endswith("2454")


@pytest.mark.parametrize(
    ("word", "answered"),
    [
        ("ANSWERED", True),
        ("answered", True),
        ("NO ANSWER", False),
        ("NOANSWERED", False),
        ("NO_ANSWER", False),
        ("BUSY", None),
    ],
)
def test_whether_somebody_picked_up(word, answered):
    found = parse_voice_callback({"referenceid": CALL, "callstatus": word, "IVR": "2", "callduration": "24"})
    assert (found.answered, found.status, found.key, found.duration_s) == (answered, word, "2", 24)
    assert found.stage is Stage.SENT


def test_a_call_that_waits():
    assert parse_voice_callback(f"ReferenceId={CALL}&SendStatus=2").stage is Stage.PENDING


def test_a_callback_shows_no_number():
    assert "900000000" not in repr(parse_sms_callback(f"SMSID={REF}&phonenumber=0900000000"))


NAMES = st.sampled_from(
    ["SMSID", "smsid", "SendStatus", "error_info", "phonenumber", "ReferenceId", "CallDuration", "Price"]
)


@given(
    st.one_of(
        st.text(), st.binary(), st.lists(st.tuples(NAMES, st.text())),
        st.dictionaries(NAMES, st.one_of(st.text(), st.integers(), st.none(), st.floats(), st.lists(st.text()))),
    )
)  # fmt: skip
def test_nothing_makes_them_raise(query):
    for found in (parse_sms_callback(query), parse_voice_callback(query)):
        repr(found).encode("utf-8")
