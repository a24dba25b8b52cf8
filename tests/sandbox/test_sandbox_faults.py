"""Faults look on the wire as they should, and the ledger knows what was taken."""

import socket
import time

import httpx
import pytest

from tests.sandbox.client import KEYS, numbers


def raw(sandbox):
    """Send one ads order by hand on a fresh connection; the bytes that came back, until the other side closed."""
    request = httpx.Request(
        "POST",
        f"{sandbox.url}/esms/MainService.svc/json/SendMultipleSMSBrandname_json/",
        json={**KEYS, "Brandname": "LOA", "Content": "[QC] Sale", "SmsType": "1", "Phones": numbers(20)},
    )
    host, port = sandbox.url.removeprefix("http://").split(":")
    head = f"POST {request.url.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(request.content)}\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode() + request.content)
        answered = b""
        while piece := connection.recv(65536):
            answered += piece
    return answered


@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("deed", ["drop", "hang", "status", "body", "html", "code"])
def test_an_order_is_taken_before_or_not_at_all(sandbox, deed, when, orders):
    sandbox.arm(deed, when=when, seconds=0.05, status=502 if deed == "status" else 200, body="x", code="103")
    try:
        answer = sandbox.ads()
    except httpx.RemoteProtocolError:
        assert deed in ("drop", "hang")
    else:
        assert deed in ("status", "body", "html", "code")
        assert answer.status_code == (502 if deed == "status" else 200)
    assert sandbox.totals()["orders"] == orders
    assert sandbox.ads().json()["CodeResult"] == "100"


def test_half_a_request_is_no_request(sandbox):
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"POST /MainService.svc/json/SendMultipleSMSBrandname_json HTTP/1.1\r\n")
        connection.sendall(b'Host: x\r\nContent-Length: 500\r\n\r\n{"ApiKey"')
        while not sandbox.http.get("/_sandbox/calls").json()["functions"]:
            pass
    assert sandbox.totals()["orders"] == 0
    assert sandbox.ads().json()["CodeResult"] == "100"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_dropped_connection_is_closed_without_a_byte(sandbox, when):
    sandbox.arm("drop", when=when)
    assert raw(sandbox) == b""


def test_a_drop_can_be_a_reset(sandbox):
    sandbox.arm("drop", reset=True, when="after")
    with pytest.raises(ConnectionResetError):
        raw(sandbox)
    sandbox.arm("drop", reset=True)
    with pytest.raises(httpx.ReadError):
        sandbox.ads()


def test_a_warm_connection_drops_as_a_fresh_one_does_and_the_order_counts_once(sandbox):
    assert sandbox.ads(RequestId="r0").status_code == 200
    sandbox.arm("drop", when="after")
    with pytest.raises(httpx.RemoteProtocolError):
        sandbox.ads(numbers(20, 100), RequestId="r1")
    assert sandbox.totals()["orders"] == 2
    assert sandbox.ads(numbers(20, 100), RequestId="r1").json()["CodeResult"] == "124"


def test_gets_are_spoilt_like_posts(sandbox):
    sandbox.arm("drop", function="getsendstatus")
    with pytest.raises(httpx.RemoteProtocolError):
        sandbox.status("x")
    assert sandbox.faults()[0]["function"] == "GetSendStatus"


def test_a_hanging_call_says_nothing_until_its_time(sandbox):
    sandbox.arm("hang", seconds=30, when="after")
    with pytest.raises(httpx.ReadTimeout):
        sandbox.http.post(
            "/esms/MainService.svc/json/SendMultipleSMSBrandname_json/",
            json={**KEYS, "Brandname": "LOA", "Content": "x", "SmsType": "1", "Phones": numbers(20)},
            timeout=httpx.Timeout(10, read=0.5),
        )
    assert sandbox.totals()["orders"] == 1
    sandbox.arm("hang", seconds=0.3)
    began = time.monotonic()
    assert raw(sandbox) == b""
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_delayed_answer_is_a_true_one(sandbox, when):
    sandbox.arm("delay", seconds=0.2, when=when)
    began = time.monotonic()
    assert sandbox.ads().json()["CodeResult"] == "100"
    assert time.monotonic() - began >= 0.2


def test_a_status_has_its_headers_and_body(sandbox):
    sandbox.arm("status", status=429, headers={"Retry-After": "7"}, body="slow down")
    answer = sandbox.ads()
    assert (answer.status_code, answer.headers["retry-after"], answer.text) == (429, "7", "slow down")
    sandbox.arm("status")
    assert sandbox.ads().status_code == 500


def test_half_a_json_is_cut_where_one_says(sandbox):
    sandbox.arm("truncate", when="after", keep=24)
    assert sandbox.ads().text == '{"CodeResult":"100","Cou'
    assert sandbox.totals()["orders"] == 1
    sandbox.arm("truncate", when="after", full_length=True)
    with pytest.raises(httpx.RemoteProtocolError):
        sandbox.ads()
    assert sandbox.totals()["orders"] == 2
    sandbox.arm("truncate", when="after", full_length=True, keep=10)
    head, _, body = raw(sandbox).partition(b"\r\n\r\n")
    assert b"content-length: 90" in head.lower()
    assert body == b'{"CodeResu'


def test_html_comes_with_200_and_whatever_type_one_says(sandbox):
    sandbox.arm("html")
    answer = sandbox.ads()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")
    sandbox.arm("html", headers={"Content-Type": "application/json"}, status=503)
    answer = sandbox.ads()
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/json")


def test_a_slow_drip_outlives_a_read_timeout_between_bytes(sandbox):
    sandbox.arm("slow_drip", when="after", seconds=2.5)
    began = time.monotonic()
    with httpx.Client(timeout=httpx.Timeout(10, read=1.5)) as impatient:
        body = {**KEYS, "Brandname": "LOA", "Content": "x", "SmsType": "1", "Phones": numbers(20)}
        answer = impatient.post(f"{sandbox.url}/MainService.svc/json/SendMultipleSMSBrandname_json", json=body)
    assert answer.json()["CodeResult"] == "100"
    assert time.monotonic() - began >= 2.5


def test_a_code_is_said_in_the_shape_of_the_function(sandbox):
    sandbox.arm("code", function="*", times=4, code="143")
    assert sandbox.ads().json()["ErrorMessage"]
    assert sandbox.status("x") == {"CodeResponse": "143", "SMSID": ""}
    assert sandbox.receivers("x") == {"CodeResult": "143"}
    assert sandbox.sent()["CodeResult"] == "143"
    assert sandbox.status("x")["CodeResponse"] == "105"


def test_faults_strike_by_count_and_say_how_often(sandbox):
    sandbox.arm("code", nth=2, times=2, code="160")
    assert [sandbox.ads().json()["CodeResult"] for _ in range(5)] == ["100", "160", "160", "100", "100"]
    assert (sandbox.faults()[0]["seen"], sandbox.faults()[0]["fired"]) == (5, 2)
    sandbox.arm("code", times=-1, code="777")
    assert [sandbox.ads().json()["CodeResult"] for _ in range(3)] == ["777"] * 3
    sandbox.http.delete("/_sandbox/faults")
    assert sandbox.faults() == []
    assert sandbox.ads().json()["CodeResult"] == "100"


@pytest.mark.parametrize(
    ("requested", "word"),
    [
        ({"function": "Nothing", "do": "drop"}, "Nothing"),
        ({"function": "*", "do": "explode"}, "explode"),
        ({"function": "*", "do": "drop", "wen": "after"}, "wen"),
        ({"function": "*", "do": "drop", "when": "during"}, "during"),
        ({"function": "*", "do": "drop", "nth": "2"}, "nth"),
        ({"function": "*", "do": "drop", "times": 0}, "times"),
        ({"function": "*", "do": "truncate"}, "truncate"),
    ],
)
def test_a_fault_that_could_never_strike_is_refused_with_a_sentence(sandbox, requested, word):
    answer = sandbox.http.post("/_sandbox/faults", json=requested)
    assert answer.status_code == 400
    assert word in answer.text
