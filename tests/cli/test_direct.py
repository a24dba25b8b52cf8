"""Each direct command sends once, says what came of it, and leaves no doubt about an unknown call."""

import signal
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from typer import TyperException

from tests.cli.terminal import Said, Terminal
from tests.environment import AWAY, esms
from tests.world import Sandbox
from worker.cli import faults
from worker.cli.root import app
from worker.clock import Clock

PHONE = "0900000001"
TEXT = "Chao “Ba Lan” & <con> 100%"
KEY = "3b1f0c1e-51a4-4a8e-9d55-0e3b8f1f7a10"
#: What may stand in no log line.
PRIVATE = ("sandbox-key", "sandbox-secret", "Ba Lan", "493817", "900000001")
ZALO = ("--template", "200300", "--oa", "436181207180", "--param", TEXT)

#: Each command's words, and the function of eSMS that it calls.
COMMANDS = {
    "call template": (("--template", "1001", "--variable", TEXT, "--variable", "15:30"), "MakeCallTemplate_V2"),
    "call record": (("--record", "2001", "--forward", "0900000002", "--ivr", "1"), "MakeCallRecord_V2"),
    "call otp": (("--code", "493817", "--voice", "female", "--speed", "-1"), "VoiceOTP"),
    "zalo send": (ZALO, "SendZaloMessage_V4_post_json"),
    "viber send": (
        ("--sender", "LOA", "--text", TEXT, "--label", "Xem", "--url", "https://example.com/?a=1&b=2"),
        "SendMultipleMessage_V4_get",
    ),
    "multichannel send": ((*ZALO, "--text", TEXT, "--sender", "LOA"), "MultiChannelMessage"),
}
#: The words that eSMS refuses, its code, and the provider's own words for it.
REFUSED = {
    "call template": (("--template", "9999"), "104", "Mẫu cuộc gọi không tồn tại"),
    "call record": (("--record", "9999"), "106", "File ghi âm không tồn tại"),
    "call otp": (("--code", "493817"), "103", "Tài khoản không đủ tiền"),
    "zalo send": (("--template", "1", "--oa", "436181207180"), "119", "Sai TempID"),
    "viber send": (("--sender", "NOBODY", "--text", TEXT), "104", "Brandname không tồn tại"),
    "multichannel send": ((*ZALO, "--text", TEXT, "--sender", "NOBODY"), "104", "Brandname không tồn tại"),
}


@pytest.fixture
def terminal(sandbox: Sandbox, tmp_path: Path) -> Terminal:
    """A shell that knows the sandbox, and neither a database nor a Redis."""
    settings = {
        **esms(sandbox.esms_url),
        "LOA_ESMS_VOICE_BASE_URL": f"{sandbox.url}/esms-voice/MainService.svc",
        "LOA_ESMS_OTT_BASE_URL": f"{sandbox.url}/esms-ott/MainService.svc",
        "LOA_ESMS_TIMEOUT_S": "12",
        **AWAY,
    }
    return Terminal(tmp_path, settings)


def say(terminal: Terminal, command: str, *words: str, **more: str) -> Said:
    return terminal.loa(*command.split(), "--phone", PHONE, *words, **more)


def calls(sandbox: Sandbox) -> dict[str, int]:
    """How often each function was called."""
    return sandbox.client.get("/_sandbox/calls").json()["functions"]


def one_sentence(said: Said) -> str:
    assert (said.code, said.out) == (1, ""), said
    assert "Traceback" not in said.err
    (line,) = said.err.splitlines()
    return line


def together(runs: Iterable[Callable[[], Said]]) -> list[Said]:
    """What each command came to, in their order. Side by side, since each start takes a second."""
    with ThreadPoolExecutor(4) as pool:
        return [begun.result() for begun in [pool.submit(run) for run in runs]]


def all_commands(terminal: Terminal, runs: dict[str, tuple[str, ...]], **more: str) -> dict[str, Said]:
    """What each command came to; each calls a function of its own, so they do not meet."""
    told = together(partial(say, terminal, command, *words, **more) for command, words in runs.items())
    return dict(zip(runs, told, strict=True))


FUNCTIONS = {function: 1 for _, function in COMMANDS.values()}


def test_what_is_accepted_stands_once_in_the_ledger_under_the_printed_id(terminal: Terminal, sandbox: Sandbox) -> None:
    told = all_commands(terminal, {command: (*words, "--json") for command, (words, _) in COMMANDS.items()})
    assert calls(sandbox) == FUNCTIONS
    orders = {order["function"]: order for order in sandbox.orders()}
    assert len(sandbox.orders()) == len(orders) == sandbox.phones()[84900000001] == len(COMMANDS)
    for command, (_, function) in COMMANDS.items():
        said, order = told[command], orders[function]
        assert (said.code, said.err) == (0, ""), command
        found = {name: said.document[name] for name in ("outcome", "code", "provider_ref")}
        assert found == {"outcome": "accepted", "code": "100", "provider_ref": order["sms_id"]}
        assert order["request_id"] == (said.document["request_id"] or "")
        if command == "call otp":
            assert (order["text"], said.document["request_id"]) == ("493817", None)
        else:
            assert str(UUID(order["request_id"])) == order["request_id"]
            assert command == "call record" or TEXT in order["text"] + str(order["details"])


def test_what_ps_must_not_show_comes_by_stdin(terminal: Terminal, sandbox: Sandbox) -> None:
    said = [
        terminal.loa("call", "otp", "--phone", PHONE, "--code", "-", stdin="493817\n"),
        terminal.loa("viber", "send", "--phone", PHONE, "--sender", "LOA", "--text", "-", stdin=f"{TEXT}\n"),
    ]
    assert [one.code for one in said] == [0, 0], said
    assert [order["text"] for order in sandbox.orders()] == ["493817", TEXT]


def test_a_refusal_is_one_sentence_with_the_provider_s_own_words(terminal: Terminal, sandbox: Sandbox) -> None:
    sandbox.fault(function="VoiceOTP", do="code", code="103")
    told = all_commands(terminal, {command: words for command, (words, _, _) in REFUSED.items()})
    for command, (_, code, words) in REFUSED.items():
        assert f"(code {code}): {words}" in one_sentence(told[command])
    assert calls(sandbox) == FUNCTIONS
    assert sandbox.orders() == []


def test_a_lost_answer_is_told_as_a_doubt_and_its_id_sends_nothing_twice(terminal: Terminal, sandbox: Sandbox) -> None:
    for function in FUNCTIONS:
        sandbox.fault(function=function, do="drop", when="after")
    runs = {command: (*words, "--json") for command, (words, _) in COMMANDS.items()}
    told = all_commands(terminal, runs, LOA_LOG_LEVEL="DEBUG")
    assert calls(sandbox) == FUNCTIONS
    orders = {order["function"]: order for order in sandbox.orders()}
    assert len(sandbox.orders()) == len(orders) == len(COMMANDS)
    for command, (_, function) in COMMANDS.items():
        said, request_id = told[command], orders[function]["request_id"]
        assert (said.code, said.document["outcome"]) == (1, "unknown"), command
        sentence = said.document["sentence"]
        assert sentence in said.err
        for words in ("may have taken", "Loa did not repeat it", "account.esms.vn"):
            assert words in sentence
        assert (f"--request-id {request_id}," in sentence) is (command != "call otp")
        assert ("may be a second call" in sentence) is (command == "call otp")
        assert [word for word in PRIVATE if word in said.err] == []
    command, (words, function) = "multichannel send", COMMANDS["multichannel send"]
    again = one_sentence(say(terminal, command, *words, "--request-id", orders[function]["request_id"]))
    assert f"seen request id {orders[function]['request_id']} before (code 124" in again
    assert "took nothing new" in again
    assert len(sandbox.orders()) == len(COMMANDS)


def test_a_person_reads_the_ids_and_asks_what_became_of_the_call(terminal: Terminal, sandbox: Sandbox) -> None:
    said = say(terminal, "call record", *COMMANDS["call record"][0], "--request-id", KEY)
    (order,) = sandbox.orders()
    assert said.code == 0
    assert KEY in said.out
    assert f"loa call status {order['sms_id']}" in said.out
    status = partial(terminal.loa, "call", "status", order["sms_id"])
    asked, told = together([status, partial(status, "--json")])
    assert (asked.code, told.code) == (0, 0)
    assert "ANSWERED" in asked.out
    found = {name: told.document[name] for name in ("provider_ref", "stage", "answered", "key", "code")}
    assert found == {"provider_ref": order["sms_id"], "stage": "sent", "answered": True, "key": "1", "code": "100"}
    assert told.document["duration_s"] > 0


def test_a_call_that_nobody_knows_has_no_status(terminal: Terminal) -> None:
    said = terminal.loa("call", "status", "nobody", "--json")
    assert (said.code, said.document["code"], said.document["stage"]) == (1, "105", None)
    assert "Không tìm thấy cuộc gọi" in said.err


def test_whoever_stops_it_in_the_middle_reads_that_it_may_be_out(terminal: Terminal, sandbox: Sandbox) -> None:
    sandbox.fault(function="VoiceOTP", do="hang", when="after", seconds=30)
    running = terminal.start("call", "otp", "--phone", PHONE, "--code", "493817")
    until = time.monotonic() + 60
    while not calls(sandbox) and time.monotonic() < until:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, "")
    assert "eSMS may have taken the call (the command was stopped during the call)" in err


def test_no_connection_is_said_to_be_no_send(terminal: Terminal) -> None:
    gone = {"LOA_ESMS_OTT_BASE_URL": "http://127.0.0.1:1/MainService.svc"}
    said = say(terminal, "zalo send", *ZALO, "--json", **gone)
    assert (said.code, said.document["outcome"]) == (1, "retry")
    assert "did not take the Zalo message: no connection" in said.err


def test_a_later_time_is_left_to_esms_and_a_past_one_refused(terminal: Terminal, sandbox: Sandbox) -> None:
    tomorrow = (Clock().now() + timedelta(days=1)).isoformat()
    later = partial(say, terminal, "zalo send", *ZALO, "--at", tomorrow)
    past = partial(say, terminal, "call record", "--record", "2001", "--at", "2020-03-02T09:00")
    taken, refused = together([later, past])
    assert taken.code == 0
    assert "is in the past" in one_sentence(refused)
    assert calls(sandbox) == {"SendZaloMessage_V4_post_json": 1}
    # In this sandbox what has begun is delivered at once.
    assert {name: sandbox.ledger()["totals"][name] for name in ("waiting", "delivered")} == {
        "waiting": 1,
        "delivered": 0,
    }


def test_what_cannot_be_is_refused_without_a_call(terminal: Terminal, sandbox: Sandbox) -> None:
    otp = ("call", "otp", "--code", "493817", "--phone")
    fixed, keyless, viber = together(
        [
            partial(terminal.loa, *otp, "02838123456"),
            partial(terminal.loa, *otp, PHONE, LOA_ESMS_API_KEY="", LOA_ESMS_SECRET_KEY=""),
            partial(say, terminal, "viber send", "--sender", "LOA", "--url", "https://example.com"),
        ]
    )
    assert one_sentence(fixed) == "--phone: This is a fixed line, which takes no SMS."
    assert one_sentence(keyless).startswith("LOA_ESMS_API_KEY and LOA_ESMS_SECRET_KEY are not set")
    assert one_sentence(viber).startswith("The Viber message was not sent: a Viber message of url cannot be sent")
    assert calls(sandbox) == {}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("call template", "--template"),
        ("call record --record 2001 --ivr 12", "--ivr"),
        ("call otp", "--code"),
        ("call status", "REF"),
        ("zalo send --template 1", "--oa"),
        ("viber send --sender LOA --colour red", "--colour"),
        ("multichannel send --template 1 --oa 1", "--text"),
    ],
)
def test_wrong_words_are_wrong_usage(words: str, named: str) -> None:
    phone = [] if words == "call status" else ["--phone", PHONE]
    with pytest.raises(TyperException) as caught:
        app([*words.split(), *phone], prog_name="loa", standalone_mode=False)
    told = faults.tell(caught.value)
    assert told.exit_code == 2
    assert named in told.sentence


def test_wrong_usage_is_exit_2(terminal: Terminal, sandbox: Sandbox) -> None:
    said = say(terminal, "zalo send", *ZALO, "--request-id", "two words")
    assert (said.code, said.out) == (2, "")
    assert "--request-id takes" in said.err
    assert calls(sandbox) == {}


def test_an_ad_is_never_sent_without_the_database_that_counts_it(terminal: Terminal, sandbox: Sandbox) -> None:
    for command, words in (("zalo send", (*ZALO, "--ads")), ("viber send", ("--sender", "LOA", "--text", "[QC] Sale"))):
        said = say(terminal, command, *words)
        assert said.code == 1, said
        assert "Traceback" not in said.err
    assert calls(sandbox) == {}


def test_an_ad_by_a_shifted_clock_goes_to_a_sandbox_only(terminal: Terminal, sandbox: Sandbox) -> None:
    real = {"LOA_CLOCK_OFFSET_S": "3600", "LOA_ESMS_OTT_BASE_URL": "https://rest.esms.vn/MainService.svc"}
    said = say(terminal, "zalo send", *ZALO, "--ads", **real)
    assert said.code != 0
    assert "LOA_ESMS_OTT_BASE_URL is not on loopback" in said.err
    assert calls(sandbox) == {}
