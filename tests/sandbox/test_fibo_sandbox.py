"""The emulator of Fibo takes, refuses and counts as the documents say; requests are spelled out by hand."""

import re
from html import unescape
from urllib.parse import quote

import httpx
import pytest
from defusedxml.ElementTree import fromstring

NAMESPACE = "{http://tempuri.org/}"
PASSWORD = "sandbox-pass"
ACCOUNT = f"clientNo=CL0000000001&clientPass={PASSWORD}"
SAMPLE = f"{ACCOUNT}&senderName=LOA&phoneNumber=0900000001&smsMessage=Xin%20chao&smsGUID=0&serviceType=0"
ENVELOPE = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    '<GetTotalMt xmlns="http://tempuri.org"><clientNo>CL0000000001</clientNo><clientPass>{}</clientPass></GetTotalMt>'
    "</soap:Body></soap:Envelope>"
)


def send(sandbox, **changes):
    """SendMaskedSMS as in section 2.2, with some of its values replaced."""
    query = SAMPLE
    for name, value in changes.items():
        query = re.sub(rf"\b{name}=[^&]*", f"{name}={quote(value, safe='')}".replace("\\", "\\\\"), query)
    return sandbox.http.get(f"/fibo/service.asmx/SendMaskedSMS?{query}")


def code(answer):
    """The code inside the escaped XML of the `<string>`."""
    outer = fromstring(answer.content)
    assert outer.tag == f"{NAMESPACE}string"
    return fromstring(outer.text).findtext("Code")


def balance(sandbox, service_type="1"):
    return sandbox.http.get(f"/fibo/service.asmx/GetClientBalance?{ACCOUNT}&serviceType={service_type}")


def page(sandbox, password=PASSWORD):
    return sandbox.http.get(f"/fibo/PartnerMtTotal.aspx?Username=CL0000000001&Password={password}")


def test_a_text_is_taken_and_stands_in_the_ledger(sandbox):
    answer = send(sandbox, smsGUID="3b1f0c1e")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert code(answer) == "200"
    assert "&lt;Message&gt;Sending...&lt;/Message&gt;" in answer.text
    ledger = sandbox.ledger()
    assert ledger["totals"]["messages"] == 1
    (order,) = ledger["orders"]
    assert (order["provider"], order["function"], order["request_id"]) == ("fibo", "SendMaskedSMS", "3b1f0c1e")
    assert (order["brandname"], order["text"], order["phones"], order["price"]) == ("LOA", "Xin chao", 1, 345)
    assert sandbox.phones() == {84900000001: (1, 1)}


def test_the_answer_can_be_the_documents_own_unescaped_form(sandbox):
    sandbox.settings(fibo_escaped=False)
    root = fromstring(send(sandbox).content)
    assert (root.tag, root.findtext("SMS/Code"), root.findtext("SMS/Message")) == ("string", "200", "Sending...")


def test_success_is_200_or_1(sandbox):
    sandbox.settings(fibo_success_code="1")
    assert code(send(sandbox)) == "1"
    sandbox.settings(fibo_old_codes=True)
    assert code(send(sandbox, phoneNumber="0900000002")) == "200"


@pytest.mark.parametrize(
    ("changes", "newer", "older"),
    [
        ({"clientPass": "wrong"}, "3", "100"),
        ({"clientNo": ""}, "3", "100"),
        ({"senderName": "NOBODY"}, "5", "202"),
        ({"serviceType": "7"}, "5", "103"),
        ({"phoneNumber": "0240000000"}, "10", "101"),
        ({"phoneNumber": "0900000001,0900000002"}, "10", "101"),
        ({"smsMessage": ""}, "11", "202"),
    ],
)
def test_what_is_out_of_form_is_refused_in_either_generation(sandbox, changes, newer, older):
    assert code(send(sandbox, **changes)) == newer
    sandbox.settings(fibo_old_codes=True)
    assert code(send(sandbox, **changes)) == older
    assert sandbox.totals()["orders"] == 0


def test_refusals_have_the_documents_words(sandbox):
    assert "Send MT Error!..." in unescape(send(sandbox, clientPass="wrong").text)
    answer = sandbox.http.get(f"/fibo/service.asmx/GetClientBalance?{ACCOUNT}x&serviceType=1")
    assert code(answer) == "3"
    assert "Get Balance Error!..." in answer.text
    sandbox.settings(fibo_old_codes=True)
    assert "Please check your account!" in send(sandbox, clientPass="wrong").text


@pytest.mark.parametrize(
    "name", ["clientNo", "clientPass", "senderName", "phoneNumber", "smsMessage", "smsGUID", "serviceType"]
)
def test_a_parameter_that_is_missing_is_missed_by_the_web_server(sandbox, name):
    query = re.sub(rf"\b{name}=[^&]*&?", "", SAMPLE)
    answer = sandbox.http.get(f"/fibo/service.asmx/SendMaskedSMS?{query}")
    assert (answer.status_code, answer.text.strip()) == (500, f"Missing parameter: {name}.")
    assert sandbox.totals()["orders"] == 0


def test_the_same_text_to_the_same_number_is_code_6_within_a_time(sandbox):
    assert code(send(sandbox, smsGUID="a")) == "200"
    assert code(send(sandbox, smsGUID="b")) == "6"
    assert code(send(sandbox, phoneNumber="84900000001")) == "6"
    assert code(send(sandbox, phoneNumber="0900000002")) == "200"
    assert code(send(sandbox, smsMessage="Xin chao!")) == "200"
    assert sandbox.totals()["repeats"] == 0
    sandbox.advance(295)
    assert code(send(sandbox)) == "6"
    sandbox.advance(10)
    assert code(send(sandbox)) == "200"
    assert sandbox.totals()["repeats"] == 1


def test_a_refused_text_is_not_remembered(sandbox):
    sandbox.settings(fibo_balance=344)
    assert code(send(sandbox)) == "14"
    sandbox.settings(fibo_balance=345)
    assert code(send(sandbox)) == "200"


def test_a_reset_forgets_the_texts(sandbox):
    send(sandbox)
    sandbox.http.post("/_sandbox/reset")
    assert code(send(sandbox)) == "200"


@pytest.mark.parametrize("settings", [{"fibo_old_codes": True}, {"fibo_repeated_text_s": 0}])
def test_without_code_6_nothing_holds_a_repeat_back_not_even_the_guid(sandbox, settings):
    sandbox.settings(**settings)
    assert [code(send(sandbox, smsGUID="same")) for _ in range(2)] == ["200", "200"]
    assert sandbox.totals()["repeats"] == 1
    assert sandbox.phones() == {84900000001: (2, 2)}


def test_a_text_is_paid_by_parts_and_never_on_credit(sandbox):
    sandbox.settings(fibo_balance=345 * 2 + 1)
    assert code(send(sandbox, smsMessage="x" * 161)) == "200"
    assert code(send(sandbox)) == "14"
    assert fromstring(fromstring(balance(sandbox).content).text).findtext("AccountBalance") == "1"
    sandbox.settings(fibo_old_codes=True)
    assert code(send(sandbox)) == "104"
    sandbox.settings(fibo_balance=0)
    assert code(send(sandbox)) == "102"


def test_the_balance_is_xml_or_a_plain_number_by_generation(sandbox):
    assert code(balance(sandbox)) == "200"
    assert code(balance(sandbox, "0")) == "5"
    sandbox.settings(fibo_old_codes=True, fibo_balance=529)
    assert fromstring(balance(sandbox).content).text == "529"
    assert fromstring(balance(sandbox, "0").content).text == "-1"


def test_the_totals_count_fibos_texts_alone(sandbox):
    assert page(sandbox).text == "0|0|0"
    sandbox.ads()
    for position in range(4):
        send(sandbox, phoneNumber=f"090000000{position}")
    assert page(sandbox).text == "4|0|0"
    sandbox.settings(fail_share=1)
    send(sandbox, phoneNumber="0900000009")
    assert page(sandbox).text == "4|1|0"
    sandbox.settings(first_report_after_s=3600, done_after_s=3600)
    assert page(sandbox).text == "0|0|5"
    assert "|" not in page(sandbox, "wrong").text


@pytest.mark.parametrize("path", ["/fibo/service.asmx", "/fibo/PartnerMtTotal.aspx"])
def test_the_totals_come_in_an_envelope_too(sandbox, path):
    send(sandbox)
    answer = sandbox.http.post(path, content=ENVELOPE.format(PASSWORD))
    result = fromstring(answer.content).find(".//{http://tempuri.org}GetTotalMtResult")
    assert (answer.status_code, result.text) == (200, "1|0|0")
    for body in (ENVELOPE.format("wrong"), "<soap", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "<a/>"):
        refused = sandbox.http.post(path, content=body)
        assert (refused.status_code, fromstring(refused.content).findtext(".//faultstring")) == (500, "3")


@pytest.mark.parametrize(
    "text",
    ["& + % # < > \" '", "a\nb\r\nc", "%26 %2B &amp;", "Giảm 50% – “đẹp” 😀", "  blanks  "],
)
def test_every_text_arrives_byte_equal(sandbox, text):
    assert code(send(sandbox, smsMessage=text)) == "200"
    assert sandbox.ledger()["orders"][0]["text"] == text


@pytest.mark.parametrize("path", ["/fibo/Service.asmx/SendMaskedSMS", "/service.asmx/sendmaskedsms/"])
def test_paths_mind_neither_case_nor_slash_nor_the_prefix(sandbox, path):
    assert code(sandbox.http.get(f"{path}?{SAMPLE}")) == "200"


def test_the_documents_slip_leads_nowhere(sandbox):
    assert sandbox.http.get(f"/fibo/service.aspx/SendMaskedSMS?{SAMPLE}").status_code == 404


@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_a_send_can_be_dropped_before_or_after_it_is_taken(sandbox, when, orders):
    sandbox.arm("drop", function="SendMaskedSMS", when=when)
    with pytest.raises(httpx.RemoteProtocolError):
        send(sandbox)
    assert sandbox.totals()["orders"] == orders
    assert code(send(sandbox)) == ("6" if orders else "200")


def test_faults_answer_in_the_shape_of_each_function(sandbox):
    for function in ("SendMaskedSMS", "GetClientBalance", "PartnerMtTotal", "GetTotalMt"):
        sandbox.arm("code", function=function, code="13")
    assert code(send(sandbox)) == "13"
    assert code(balance(sandbox)) == "13"
    assert page(sandbox).text == "-13"
    fault = sandbox.http.post("/fibo/service.asmx", content=ENVELOPE.format(PASSWORD))
    assert fromstring(fault.content).findtext(".//faultstring") == "13"
    assert sandbox.totals()["orders"] == 0


def test_the_calls_are_counted(sandbox):
    send(sandbox)
    balance(sandbox)
    calls = sandbox.http.get("/_sandbox/calls").json()
    assert (calls["functions"], len(calls["sends"]["wall"])) == ({"SendMaskedSMS": 1, "GetClientBalance": 1}, 1)


def test_the_page_says_where_fibo_is(sandbox):
    assert f"LOA_FIBO_BASE_URL={sandbox.url}/fibo/service.asmx" in sandbox.http.get("/").text
