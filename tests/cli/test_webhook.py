"""Receivers of events on the command line."""

from dataclasses import replace

import pytest

from tests.cli.terminal import Terminal
from tests.receiver import receiver


@pytest.fixture
def allowed(terminal: Terminal) -> Terminal:
    return replace(
        terminal, settings={**terminal.settings, "LOA_WEBHOOK_ALLOW_PRIVATE": "true", "LOA_WEBHOOK_TIMEOUT_S": "5"}
    )


def test_a_receiver_is_added_tried_listed_and_removed(allowed: Terminal) -> None:
    with receiver() as hook:
        said = allowed.loa("webhook", "add", hook.url, "--events", "otp.*,campaign.done", "--json")
        assert said.code == 0, said
        made = said.document
        assert made["secret"].startswith("whsec_")
        assert (made["url"], made["events"][-1]) == (hook.url, "campaign.done")
        tried = allowed.loa("webhook", "test", made["id"], "--json")
        assert (tried.code, tried.document["status"]) == (0, 200)
        assert hook.posts[0].signed_by(made["secret"])
        fresh = allowed.loa("webhook", "rotate", made["id"], "--overlap", "1", "--json").document
        hook.answers = [500]
        failed = allowed.loa("webhook", "test", made["id"])
        assert (failed.code, failed.out) == (1, "failed: it answered 500\n")
        assert hook.posts[1].signed_by(made["secret"])
        assert hook.posts[1].signed_by(fresh["secret"])
        (listed,) = [one for one in allowed.loa("webhook", "list", "--json").document if one["id"] == made["id"]]
        assert (listed["failed"], "secret" in listed) == (1, False)
        assert hook.url in allowed.loa("webhook", "list").out
        (lost,) = allowed.loa("webhook", "deliveries", "--failed", "--json").document
        assert (lost["type"], lost["status"]) == ("webhook.test", 500)
        assert (
            allowed.loa("webhook", "deliveries", "--replay", str(lost["id"]), "--json").document["state"] == "pending"
        )
        assert allowed.loa("webhook", "remove", made["id"], "--json").document == {"id": made["id"], "not_delivered": 1}


def test_each_key_has_a_secret_for_its_callbacks(terminal: Terminal) -> None:
    key = terminal.loa("key", "create", "--scope", "otp", "--json").document["id"]
    of_key = terminal.loa("webhook", "callbacks", "--key", key, "--json").document
    assert of_key["secret"] == terminal.loa("webhook", "callbacks", "--key", key, "--json").document["secret"]
    assert of_key["secret"] != terminal.loa("webhook", "callbacks", "--json").document["secret"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("add", "http://127.0.0.1:9/x"), 1, "LOA_WEBHOOK_ALLOW_PRIVATE"),
        (("add", "shop.example/x"), 2, "https://"),
        (("add", "https://8.8.8.8/x", "--events", "otp.sent"), 2, "otp.sent"),
        (("test", "x"), 2, "webhook list"),
        (("remove", "00000000-0000-4000-8000-000000000000"), 1, "no webhook"),
        (("deliveries", "--replay", "x"), 2, "webhook deliveries"),
        (("deliveries", "--replay", "99999999"), 1, "no delivery"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(terminal: Terminal, words: tuple[str, ...], code: int, says: str) -> None:
    said = terminal.loa("webhook", *words)
    assert (said.code, says in said.err) == (code, True), said
    assert "Traceback" not in said.err
