"""What `loa zalo` asks: our official accounts, their room, a template, and what became of a message."""

from datetime import timedelta

import pytest

from tests.cli.terminal import Terminal
from tests.cli.test_direct import PHONE, ZALO, calls, terminal  # noqa: F401 - the fixture of that name
from tests.world import Sandbox
from worker.clock import Clock

OA = ("--oa", "436181207180")


def test_a_message_is_followed_to_the_phone(sandbox: Sandbox, terminal: Terminal):  # noqa: F811
    sent = terminal.loa("zalo", "send", "--phone", PHONE, *ZALO, "--json").document
    found = terminal.loa("zalo", "status", sent["provider_ref"], *OA, "--json").document
    assert (found["stage"], found["final"], found["delivered"], found["error"]) == ("sent", True, True, "0")
    assert (found["cost"], found["on_phone"]) == ("300.0", True)
    assert found["at"].endswith("+07:00")
    said = terminal.loa("zalo", "status", sent["provider_ref"])
    assert "sent" in said.out
    assert sum(calls(sandbox)[name] for name in ("QueryZnsStatus", "GetZaloMessageStatus")) == 3


def test_the_accounts_their_room_and_a_template(terminal: Terminal):  # noqa: F811
    found = terminal.loa("zalo", "accounts", "--json").document["accounts"]
    assert {"oa": "436181207180", "name": "OA 436181207180"} in found
    assert "436181207180" in terminal.loa("zalo", "accounts").out
    quota = terminal.loa("zalo", "quota", *OA, "--json").document
    assert (quota["daily"], quota["remaining"], quota["quality"]) == (5000, 5000, "MEDIUM")
    template = terminal.loa("zalo", "template", "--template", "200300", *OA, "--json").document
    assert (template["status"], template["params"]) == ("ENABLE", ["customer_name", "order_code"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("status", "cc955fb8-3c74-4851-ac69-9a2aa0a7cd26134"), "code 854"),
        (("status", "cc955fb8", "--sms-type", "2"), "no Zalo message"),
        (("quota", "--oa", "1"), "code 204"),
        (("template", "--template", "1", *OA), "code 789"),
    ],
)
def test_what_is_not_known_is_said_and_fails(terminal: Terminal, words, says):  # noqa: F811
    said = terminal.loa("zalo", *words)
    assert said.code == 1
    assert "eSMS did not tell" in said.err
    assert says in said.err


def test_over_the_quota_is_another_mode_and_cannot_wait(sandbox: Sandbox, terminal: Terminal):  # noqa: F811
    at = (Clock().now() + timedelta(days=1)).isoformat(timespec="minutes")
    said = terminal.loa("zalo", "send", "--phone", PHONE, *ZALO, "--over-quota", "--at", at)
    assert said.code == 1
    assert "cannot wait" in said.err
    assert terminal.loa("zalo", "send", "--phone", PHONE, *ZALO, "--over-quota").code == 0
    assert len(sandbox.orders()) == 1


def test_both_ways_go_over_the_quota_too(sandbox: Sandbox, terminal: Terminal):  # noqa: F811
    words = ("multichannel", "send", "--phone", PHONE, *ZALO, "--text", "Don hang da giao", "--sender", "LOA")
    assert [terminal.loa(*words, *more).code for more in ((), ("--over-quota",))] == [0, 0]
    assert [order["details"].get("SendingMode") for order in sandbox.orders()] == [None, "3"]
