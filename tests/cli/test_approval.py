"""At a terminal: an ad waits for another person, who proves who they are; drafts, copies, tests, forecasts, audiences."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

KEYS = {"LOA_ESMS_API_KEY": "sandbox-key", "LOA_ESMS_SECRET_KEY": "sandbox-secret"}
FOUR = {"LOA_APPROVAL": "four_eyes"}
Words = Callable[..., list[str | Path]]
People = Callable[..., Path]


@pytest.fixture(scope="module")
def keys(terminal: Terminal) -> dict[str, str]:
    """A key for each of some users of this installation."""
    made = {}
    for name, role in (("author", "marketer"), ("boss", "approver")):
        assert terminal.loa("user", "add", name, "--role", role, "--json").code == 0
        made[name] = terminal.loa("key", "create", "--user", name, "--json").document["key"]
    return made


def test_an_ad_waits_for_another_person(
    terminal: Terminal, create: Words, people: People, keys: dict[str, str]
) -> None:
    made = terminal.loa(*create(people(30)), "--json", **FOUR)
    assert (made.code, made.document["status"]) == (0, "awaiting_approval"), made
    campaign = made.document["id"]
    nobody = terminal.loa("campaign", "approve", campaign, "--json", **FOUR)
    assert (nobody.code, nobody.document["error"]["rule"]) == (1, "approver_unknown")
    own = terminal.loa("campaign", "approve", campaign, "--json", LOA_USER_KEY=keys["author"], **FOUR)
    assert (own.code, own.document["error"]["rule"]) == (1, "forbidden")
    assert terminal.loa("campaign", "decline", campaign, **FOUR).code == 2
    declined = terminal.loa(
        "campaign", "decline", campaign, "--comment", "no", "--json", LOA_USER_KEY=keys["boss"], **FOUR
    )
    assert (declined.code, declined.document["status"]) == (0, "draft"), declined
    assert terminal.loa("campaign", "submit", campaign, **FOUR).code == 0
    done = terminal.loa("campaign", "approve", campaign[:8], "--comment", "ok", LOA_USER_KEY=keys["boss"], **FOUR)
    assert (done.code, "scheduled" in done.out) == (0, True), done
    shown = terminal.loa("campaign", "show", campaign, "--json").document
    assert (shown["status"], shown["approval"]["decided_by"]) == ("scheduled", "user:boss")
    assert "approved by user:boss: ok" in terminal.loa("campaign", "show", campaign).out
    acts = [one["act"] for one in terminal.loa("audit", "--json").document if one["object"]["id"] == campaign]
    assert acts == ["campaign.create", "campaign.decline", "campaign.submit", "campaign.approve"]


def test_an_approver_does_not_approve_their_own(
    terminal: Terminal, create: Words, people: People, keys: dict[str, str]
) -> None:
    made = terminal.loa(*create(people(31)), "--json", LOA_USER_KEY=keys["boss"], **FOUR)
    own = terminal.loa("campaign", "approve", made.document["id"], "--json", LOA_USER_KEY=keys["boss"], **FOUR)
    assert (own.code, own.document["error"]["rule"]) == (1, "own_campaign")


def test_drafts_copies_tests_and_forecasts(terminal: Terminal, create: Words, people: People) -> None:
    words = create(people(32), kind="care", text="Don hang da giao")
    draft = terminal.loa(*words, "--draft", "--json")
    assert draft.document["status"] == "draft"
    campaign = draft.document["id"]
    changed = terminal.loa("campaign", "change", campaign, "--name", "other", "--json")
    assert (changed.code, changed.document["status"]) == (0, "draft"), changed
    found = terminal.loa("campaign", "forecast", campaign, "--json").document
    assert (found["numbers_left"], found["calls_left"]) == (32, 32)
    assert "carrier" in terminal.loa("campaign", "forecast", campaign).out
    sent = terminal.loa("campaign", "test", campaign, "--phone", "0900000077", "--row", "3", "--json", **KEYS)
    assert (sent.code, sent.document["text"], sent.document["row"]) == (0, "Don hang da giao", 3), sent
    copied = terminal.loa("campaign", "copy", campaign, "--name", "second", "--json")
    assert (copied.code, copied.document["status"], copied.document["valid"]) == (0, "draft", 32), copied
    none = terminal.loa("campaign", "copy", campaign, "--failed-only", "--json")
    assert (none.code, none.document["error"]["rule"]) == (1, "nobody_without_delivery")
    assert terminal.loa("campaign", "submit", campaign, "--json").document["status"] == "scheduled"
    dry = terminal.loa(*words, "--dry-run", "--json")
    assert dry.document["forecast"]["by_carrier"], dry


def test_an_audience_is_kept_and_used_minus_another(terminal: Terminal, create: Words, people: People) -> None:
    for name, count in (("everybody", 40), ("some", 10)):
        made = terminal.loa(
            "audience", "create", name, "--list", people(count, "nonsense", name=f"{name}.csv"), "--json"
        )
        assert (made.code, made.document["size"], made.document["invalid"]) == (0, count, 1), made
    words = create(people(1), list=None)
    used = terminal.loa(*words, "--audience", "everybody", "--minus", "some", "--json")
    assert (used.code, used.document["valid"], used.document["name"]) == (0, 30, "everybody minus some"), used
    assert terminal.loa(*words, "--json").code == 2
    assert terminal.loa(*words, "--minus", "some").code == 2
    assert terminal.loa(*words, "--audience", "nobody").err == "There is no audience nobody.\n"
    shown = terminal.loa("audience", "show", "everybody", "--refused", "refused.csv", "--json")
    assert shown.document["used_by"][0]["id"] == used.document["id"]
    assert "nonsense" in (terminal.folder / "refused.csv").read_text()
    assert [one["name"] for one in terminal.loa("audience", "list", "--json").document] == ["everybody", "some"]
    assert terminal.loa("audience", "delete", "some").code == 0
    assert terminal.loa("audience", "show", "some").code == 1
