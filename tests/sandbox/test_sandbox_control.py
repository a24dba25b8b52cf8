"""The sandbox can be watched, steered and started."""

import json
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta

import httpx

from tests.sandbox.client import numbers


def started(*words):
    return subprocess.Popen(
        [sys.executable, "-m", "worker.sandbox.serve", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_page_says_what_to_set_and_what_happened(sandbox):
    sandbox.ads()
    sandbox.arm("drop")
    page = sandbox.http.get("/").text
    assert f"LOA_ESMS_BASE_URL={sandbox.url}/esms/MainService.svc" in page
    assert "struck 0" in page
    assert sandbox.http.get("/healthz").text == "ok\n"


def test_the_settings_are_shown_and_changed_all_or_none(sandbox):
    assert sandbox.http.get("/_sandbox/settings").json()["min_recipients"] == 20
    assert sandbox.settings(min_recipients=30, fail_share=1)["min_recipients"] == 30
    for patch, word in [
        ({"balance": 5, "no_such": 1}, "no_such"),
        ({"balance": 5, "min_recipients": "20"}, "min_recipients"),
        ({"balance": -1}, "balance"),
        ({"fail_share": 1.5}, "fail_share"),
        ({"quirks": ["odd"]}, "odd"),
        ({"review_refuses": 1}, "review_refuses"),
        ({"brandnames": {"LOA": "1"}}, "brandnames"),
    ]:
        answer = sandbox.http.patch("/_sandbox/settings", json=patch)
        assert answer.status_code == 400
        assert word in answer.text
    assert sandbox.balance() == 1_000_000_000
    assert sandbox.http.patch("/_sandbox/settings", content=b"{").status_code == 400


def test_a_reset_forgets_everything(sandbox):
    sandbox.settings(balance=10**6, min_recipients=1)
    sandbox.ads(RequestId="r1")
    sandbox.arm("drop")
    sandbox.http.post("/_sandbox/reset")
    assert sandbox.balance() == 1_000_000_000
    assert sandbox.ledger()["orders"] == []
    assert sandbox.faults() == []
    assert sandbox.phones() == {}
    assert sandbox.ads(RequestId="r1").json()["CodeResult"] == "100"


def test_calls_are_counted_and_sends_are_timed(sandbox):
    began = time.time()
    sandbox.ads()
    sandbox.ads(numbers(3))
    sandbox.status("x")
    calls = sandbox.http.get("/_sandbox/calls").json()
    assert calls["functions"] == {"SendMultipleSMSBrandname_json": 2, "GetSendStatus": 1}
    wall, monotonic = calls["sends"]["wall"], calls["sends"]["monotonic"]
    assert len(wall) == len(monotonic) == 2
    assert began - 1 < wall[0] <= wall[1] < time.time() + 1
    assert monotonic[0] <= monotonic[1]


def test_the_judge_sees_a_number_that_got_the_same_text_twice(sandbox):
    sandbox.ads(numbers(20))
    sandbox.ads(numbers(20, 11))
    sandbox.ads(numbers(20, 11), Content="[QC] Other")
    totals = sandbox.totals()
    assert (totals["numbers"], totals["messages"], totals["repeats"]) == (30, 60, 10)
    phones = sandbox.phones()
    assert list(phones) == sorted(phones)
    assert (phones[84900000001], phones[84900000011], phones[84900000030]) == ((1, 1), (3, 3), (2, 2))
    assert "orders" not in sandbox.http.get("/_sandbox/ledger", params={"orders": "no"}).json()


def test_an_order_is_taken_at_once_and_answered_after_the_latency(sandbox):
    sandbox.settings(latency_s=0.2)
    began = time.monotonic()
    assert sandbox.ads().json()["CodeResult"] == "100"
    assert time.monotonic() - began >= 0.2


def test_five_thousand_numbers_an_order_go_fast(sandbox):
    bodies = [numbers(5000, 1 + 5000 * turn) for turn in range(40)]
    began = time.monotonic()
    for phones in bodies:
        assert sandbox.ads(phones).json()["CodeResult"] == "100"
    rate = 200_000 / (time.monotonic() - began)
    print(f"\n{rate:,.0f} numbers/s in orders of 5,000, one connection")
    assert sandbox.totals()["numbers"] == 200_000
    # Several times as much on a machine that has nothing else to do.
    assert rate > 20_000


def test_a_small_answer_does_not_wait_for_the_clients_acknowledgement(sandbox):
    """Without TCP_NODELAY every answer takes 40 ms, and every test and benchmark of sends measures that."""
    durations = []
    for _ in range(10):
        began = time.monotonic()
        sandbox.status("x")
        durations.append(time.monotonic() - began)
    assert min(durations) < 0.03


def test_it_starts_from_the_command_line_and_stops_cleanly():
    with started("--settings", '{"balance": 7}', "--clock-offset-s", "86400") as process:
        url = json.loads(process.stdout.readline())["url"]
        assert url.startswith("http://127.0.0.1:")
        assert httpx.get(f"{url}/_sandbox/settings").json()["balance"] == 7
        httpx.get(f"{url}/MainService.svc/json/SendMultipleMessage_V4_get", params={"ApiKey": "s3cr3t", "Content": "x"})
        assert httpx.get(f"{url}/_sandbox/calls").json()["sends"]["wall"][0] > time.time() + 80_000
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_hanging_call_does_not_hold_up_the_end():
    with started() as process:
        url = json.loads(process.stdout.readline())["url"]
        httpx.post(f"{url}/_sandbox/faults", json={"function": "*", "do": "hang", "seconds": 60})
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"GET /MainService.svc/json/GetSendStatus HTTP/1.1\r\nHost: x\r\n\r\n")
            while not httpx.get(f"{url}/_sandbox/faults").json()["faults"][0]["fired"]:
                pass
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=40)


def test_wrong_words_at_the_start_are_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for words, part in [
            (("--settings", '{"no_such": 1}'), "no_such"),
            (("--settings", "[]"), "JSON object"),
            (("--port", port), port),
        ]:
            with started(*words) as process:
                _, err = process.communicate(timeout=60)
            assert process.returncode == 2
            assert part in err
            assert "Traceback" not in err


def test_its_dates_can_be_shifted_while_it_runs(sandbox):
    def moment():
        sandbox.ads()
        return datetime.fromisoformat(sandbox.ledger()["orders"][-1]["at"])

    before = moment()
    try:
        assert sandbox.http.post("/_sandbox/clock", json={"offset_s": 3600}).json() == {"offset_s": 3600}
        assert timedelta(minutes=59) < moment() - before < timedelta(minutes=61)
    finally:
        sandbox.http.post("/_sandbox/clock", json={"offset_s": 0})
    assert moment() - before < timedelta(minutes=1)
    assert sandbox.http.post("/_sandbox/clock", json={"offset_s": "later"}).status_code == 400
