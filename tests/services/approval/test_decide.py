"""An ad waits until another person agrees, whatever door it came by; and nobody agrees to their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from approval.conftest import Office, rule_of, without_policy
from tests.world import World
from worker.domain.actor import Actor
from worker.domain.roles import Role
from worker.errors import Misuse, Refused
from worker.services.approval import change, decide
from worker.services.approval.change import Changes
from worker.services.deps import Deps
from worker.services.operations import after_restore, api_keys, control
from worker.services.people import audit, users
from worker.services.planning import drafts, enqueue, plan
from worker.services.planning.request import CampaignRequest
from worker.services.reporting import report
from worker.services.sending import release

Numbers = Callable[..., Path]
AD = "[QC] Giam gia 20% hom nay"


def request(path: Path, **changes: Any) -> CampaignRequest:
    fields = {"provider": "esms", "sender": "LOA", "kind": "ads", "text": AD, "list_path": path, "again": True}
    return CampaignRequest(**{**fields, **changes})


def create(deps: Deps, path: Path, **changes: Any) -> UUID:
    return plan.create(deps, request(path, **changes)).campaign.id


def status(deps: Deps, campaign: UUID) -> str:
    return str(report.show(deps.acting(Actor("loa")), campaign).campaign.status)


def test_an_ad_waits_until_another_person_approves_and_then_leaves(office: Office, numbers: Numbers) -> None:
    campaign = create(office["lan"], numbers(60))
    assert status(office["lan"], campaign) == "awaiting_approval"
    assert release.release(office.world.deps) == 0
    (asked, waiting), *_ = decide.waiting(office["sep"])
    assert waiting.id == campaign
    facts = asked.facts
    assert (facts["valid"], facts["numbers"], facts["batches"], facts["text"]) == (60, 60, 1, AD)
    assert facts["list_hash"].startswith("60:")
    assert facts["cost_estimate"]
    assert facts["carriers"]
    done = decide.approve(office["sep"], campaign, "được", seen=asked.facts_hash)
    assert done.campaign.status == "scheduled"
    office.world.go()
    assert len(office.world.sandbox.phones()) == 60
    kept = decide.history(office["lan"], campaign)[0]
    assert (kept.verdict, kept.decided_by, kept.comment) == ("approved", "user:sep", "được")
    acts = [(one.who, one.act) for one in audit.newest(office["chi"], object_id=str(campaign))]
    assert acts == [("user:sep", "campaign.approve"), ("user:lan", "campaign.create")]
    assert audit.verify(office["chi"]).faults == []


def test_an_ad_that_waits_over_night_is_still_what_was_submitted(office: Office, numbers: Numbers) -> None:
    campaign = create(office["lan"], numbers(60))
    office.world.clock.tick(hours=14)
    assert release.release(office.world.deps) == 0
    assert decide.approve(office["sep"], campaign).campaign.status == "scheduled"
    office.world.clock.tick(hours=10)
    office.world.go()
    assert len(office.world.sandbox.phones()) == 60


@pytest.mark.parametrize("kind", ["ads", "care"])
def test_care_needs_no_approval_and_without_the_setting_nothing_does(
    office: Office, numbers: Numbers, kind: str
) -> None:
    deps = office["lan"] if kind == "care" else without_policy(office["lan"])
    text_ = AD if kind == "ads" else "Don hang da gui"
    assert status(deps, create(deps, numbers(60), kind=kind, text=text_)) == "scheduled"


def test_every_door_leads_to_the_approval(office: Office, numbers: Numbers) -> None:
    key = api_keys.create(office["chi"], ["campaigns"], "shop").key
    known = api_keys.find(office.world.deps, key)
    assert known is not None
    of_lan = api_keys.find(office.world.deps, api_keys.create(office["chi"], [], user="lan").key)
    assert of_lan is not None
    for deps in (
        office["lan"],
        office["terminal"],
        office.world.deps.acting(known.actor),
        office.world.deps.acting(of_lan.actor),
    ):
        at_once = create(deps, numbers(60))
        later = drafts.create(deps, request(numbers(60)), uploaded=False).campaign.id
        drafts.plan(office.world.deps, later)
        for campaign in (at_once, later):
            assert status(deps, campaign) == "awaiting_approval"
            assert report.show(office["sep"], campaign).campaign.author == deps.actor.label
    taken = enqueue.enqueue_campaign(
        office.world.deps.acting(Actor("celery")),
        {"provider": "esms", "sender": "LOA", "kind": "ads", "text": AD, "list_path": str(numbers(70))},
        "own",
    )
    drafts.plan(office.world.deps, taken.campaign.id)
    assert status(office["sep"], taken.campaign.id) == "awaiting_approval"
    assert release.release(office.world.deps) == 0


def test_nobody_approves_their_own_by_any_door(office: Office, numbers: Numbers) -> None:
    own = create(office["sep"], numbers(60))
    known = api_keys.find(office.world.deps, api_keys.create(office["chi"], [], user="sep").key)
    assert known is not None
    by_key, at_terminal = office.world.deps.acting(known.actor), replace(office["sep"].actor, door="cli")
    for deps in (office["sep"], by_key, office.world.deps.acting(at_terminal)):
        assert rule_of(decide.approve, deps, own) == "own_campaign"
        assert rule_of(decide.decline, deps, own, "no") == "own_campaign"
    # Written at a terminal by somebody of the approver's name, and by a key that is nobody's.
    at_the_terminal = create(office.world.deps.acting(Actor("cli", "Sep")), numbers(61))
    assert rule_of(decide.approve, office["sep"], at_the_terminal) == "own_campaign"
    for nobody in (
        office["terminal"],
        office.world.deps,
        office.world.deps.acting(Actor("http", "shop", key_id=known.id)),
    ):
        assert rule_of(decide.approve, nobody, own) == "approver_unknown"
    for role in ("lan", "truc"):
        assert rule_of(decide.approve, office[role], own) == "forbidden"
    assert rule_of(decide.approve, office["chi"], create(office["chi"], numbers(62))) == "own_campaign"
    assert status(office["sep"], own) == "awaiting_approval"
    assert rule_of(decide.approve, office["ong"], own) == "done"


def test_whoever_changed_it_last_does_not_approve_it_either(office: Office, numbers: Numbers) -> None:
    campaign = create(office["lan"], numbers(60))
    change.change(office["chi"], campaign, Changes(name="other"))
    assert rule_of(decide.approve, office["chi"], campaign) == "own_campaign"
    assert rule_of(decide.approve, office["sep"], campaign) == "done"


def test_of_two_approvers_at_once_one_decides(office: Office, numbers: Numbers) -> None:
    for number in range(4):
        campaign = create(office["lan"], numbers(60 + number))
        acts = [
            lambda campaign=campaign: rule_of(decide.approve, office["sep"], campaign),
            lambda campaign=campaign: rule_of(decide.approve, office["ong"], campaign),
            lambda campaign=campaign: rule_of(decide.decline, office["chi"], campaign, "no"),
        ]
        with ThreadPoolExecutor(3) as pool:
            said = sorted(pool.map(lambda act: act(), acts))
        assert said == ["done", "wrong_status", "wrong_status"]
        verdicts = [one.verdict for one in decide.history(office["sep"], campaign)]
        assert verdicts in (["approved"], ["declined"])
        assert status(office["sep"], campaign) == {"approved": "scheduled", "declined": "draft"}[verdicts[0]]


def test_a_declined_campaign_is_a_draft_that_can_be_submitted_again(office: Office, numbers: Numbers) -> None:
    campaign = create(office["lan"], numbers(60))
    with pytest.raises(Misuse, match="comment"):
        decide.decline(office["sep"], campaign, "  ")
    decide.decline(office["sep"], campaign, "wrong price")
    shown = report.show(office["lan"], campaign).campaign
    assert (shown.status, shown.status_reason) == ("draft", "declined by sep: wrong price")
    assert rule_of(decide.approve, office["sep"], campaign) == "wrong_status"
    assert rule_of(decide.submit, office["mai"], campaign) == "forbidden"
    assert rule_of(decide.submit, office["sep"], campaign) == "forbidden"
    office.world.clock.tick(minutes=1)
    decide.submit(office["lan"], campaign)
    decide.approve(office["sep"], campaign)
    assert [one.verdict for one in decide.history(office["lan"], campaign)] == ["approved", "declined"]


def test_what_was_asked_at_one_moment_stands_in_its_order(office: Office, numbers: Numbers) -> None:
    campaign = create(office["lan"], numbers(60))
    for round_ in range(6):
        decide.decline(office["sep"], campaign, f"no {round_}")
        decide.submit(office["lan"], campaign)
    decide.approve(office["sep"], campaign, "yes")
    expected = ["yes", *(f"no {round_}" for round_ in reversed(range(6)))]
    assert [one.comment for one in decide.history(office["lan"], campaign)] == expected


def test_a_draft_stays_one_until_it_is_submitted(office: Office, numbers: Numbers) -> None:
    campaign = create(office["lan"], numbers(60), draft=True)
    later = drafts.create(office["lan"], request(numbers(61), draft=True), uploaded=False).campaign.id
    assert rule_of(decide.submit, office["lan"], later) == "not_planned"
    assert drafts.plan(office.world.deps, later) == "draft"
    for one in (campaign, later):
        assert status(office["lan"], one) == "draft"
        assert decide.submit(office["lan"], one).campaign.status == "awaiting_approval"
    off = create(without_policy(office["lan"]), numbers(62), draft=True)
    assert decide.submit(without_policy(office["lan"]), off).campaign.status == "scheduled"


def test_a_draft_whose_time_has_passed_leaves_as_soon_as_it_may(office: Office, numbers: Numbers) -> None:
    campaign = create(office["lan"], numbers(60), draft=True, at="2026-03-02T10:00:00+07:00")
    office.world.clock.tick(days=1, hours=12)  # 21:00, after the windows
    done = decide.submit(office["lan"], campaign)
    assert done.campaign.scheduled_for.isoformat() == "2026-03-04T01:00:00+00:00"
    decide.approve(office["sep"], campaign)
    assert release.release(office.world.deps) == 0
    office.world.clock.moment = done.campaign.scheduled_for
    office.world.go()
    assert len(office.world.sandbox.phones()) == 60


def test_a_change_after_the_approval_needs_a_new_one(office: Office, numbers: Numbers) -> None:
    campaign = create(office["lan"], numbers(60), at="2026-03-03T09:00:00+07:00")
    first = decide.waiting(office["sep"])[0][0].facts_hash
    decide.approve(office["sep"], campaign)
    done = change.change(office["lan"], campaign, Changes(at="2026-03-04T09:00:00+07:00"))
    assert done.campaign.status == "awaiting_approval"
    assert done.approval is not None
    assert done.approval.facts_hash != first
    assert done.approval.facts["scheduled_for"] == "2026-03-04T09:00:00+07:00"
    assert rule_of(decide.approve, office["ong"], campaign, seen=first) == "facts_changed"
    office.world.clock.tick(days=1)
    assert release.release(office.world.deps) == 0
    decide.approve(office["ong"], campaign, seen=done.approval.facts_hash)
    assert release.release(office.world.deps) == 0
    office.world.clock.tick(days=1)
    office.world.go()
    assert len(office.world.sandbox.phones()) == 60
    assert rule_of(change.change, office["lan"], campaign, Changes(name="late")) == "wrong_status"


def test_a_change_by_nobody_of_its_people_is_refused(office: Office, numbers: Numbers) -> None:
    campaign = create(office["lan"], numbers(60))
    for name in ("mai", "sep", "truc"):
        assert rule_of(change.change, office[name], campaign, Changes(name="mine")) == "forbidden"
    assert (
        rule_of(change.change, office["lan"], campaign, Changes(until="2026-03-02T09:00:00+07:00")) == "until_too_early"
    )
    assert rule_of(change.change, office["lan"], campaign, Changes(at="2026-03-01T09:00:00+07:00")) == "at_in_the_past"
    with pytest.raises(Misuse, match="name"):
        change.change(office["lan"], campaign, Changes(name=" "))


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE batch SET text = 'another text' WHERE campaign_id = :id",
        "UPDATE batch SET size = size + 1 WHERE campaign_id = :id",
        "UPDATE batch SET not_before = not_before + interval '1 hour' WHERE campaign_id = :id",
        "UPDATE campaign SET text = 'another text' WHERE id = :id",
        "UPDATE campaign SET scheduled_for = scheduled_for + interval '1 hour' WHERE id = :id",
        "UPDATE campaign SET sender = 'OTHER' WHERE id = :id",
    ],
)
def test_what_is_not_what_was_submitted_is_not_approved(office: Office, numbers: Numbers, sql: str) -> None:
    campaign = create(office["lan"], numbers(60))
    with office.world.deps.sessions.begin() as session:
        session.execute(text(sql), {"id": campaign})
    assert rule_of(decide.approve, office["sep"], campaign) == "facts_changed"
    assert status(office["sep"], campaign) == "awaiting_approval"


def test_it_can_be_taken_back_and_cancelled_while_it_waits(office: Office, numbers: Numbers) -> None:
    campaign = create(office["lan"], numbers(60))
    assert rule_of(decide.take_back, office["mai"], campaign) == "forbidden"
    assert decide.take_back(office["lan"], campaign).campaign.status == "draft"
    assert rule_of(decide.take_back, office["lan"], campaign) == "wrong_status"
    decide.submit(office["lan"], campaign)
    assert control.cancel(office["lan"], campaign).status == "cancelled"
    assert [one.verdict for one in decide.history(office["lan"], campaign)] == ["withdrawn", "withdrawn"]
    assert decide.waiting(office["sep"]) == []
    assert rule_of(decide.approve, office["sep"], campaign) == "wrong_status"


def test_what_may_not_leave_any_more_is_not_approved(office: Office, numbers: Numbers) -> None:
    campaign = create(office["lan"], numbers(60), until="2026-03-02T11:00:00+07:00")
    office.world.clock.tick(hours=3)
    assert rule_of(decide.approve, office["sep"], campaign) == "until_passed"
    decide.decline(office["sep"], campaign, "too late")
    assert rule_of(decide.submit, office["lan"], campaign) == "until_passed"


def test_each_role_does_and_sees_its_own(office: Office, numbers: Numbers) -> None:
    mine, theirs = create(office["lan"], numbers(60)), create(office["mai"], numbers(61))
    assert [one[0].id for one in report.newest(office["lan"], 10)] == [mine]
    assert {one[0].id for one in report.newest(office["sep"], 10)} == {mine, theirs}
    assert rule_of(report.show, office["lan"], theirs) == "forbidden"
    assert rule_of(decide.history, office["lan"], theirs) == "forbidden"
    assert rule_of(decide.waiting, office["lan"]) == "forbidden"
    for act in (control.pause, control.resume, control.cancel):
        assert rule_of(act, office["lan"], theirs) == "forbidden"
        assert rule_of(act, office["sep"], theirs) == "forbidden"
    assert rule_of(plan.create, office["truc"], request(numbers(62))) == "forbidden"
    decide.approve(office["sep"], theirs)
    assert control.pause(office["truc"], theirs).status == "paused"
    assert control.resume(office["truc"], theirs).status == "scheduled"
    assert control.cancel(office["mai"], theirs).status == "cancelled"
    who = [(one.who, one.act) for one in audit.newest(office["truc"], object_id=str(theirs))]
    assert who == [
        ("user:mai", "campaign.cancel"),
        ("user:truc", "campaign.resume"),
        ("user:truc", "campaign.pause"),
        ("user:sep", "campaign.approve"),
        ("user:mai", "campaign.create"),
    ]
    assert office["lan"].actor.role is Role.MARKETER


def test_who_was_disabled_in_between_cannot_decide(office: Office, numbers: Numbers, loa: World) -> None:
    """A key or session of theirs is found no more; what is in flight is the request that had begun."""
    key = api_keys.create(office["chi"], [], user="sep").key
    users.disable(office["chi"], "sep")
    assert api_keys.find(loa.deps, key) is None


def test_what_awaited_approval_in_a_backup_is_not_approved_twice(office: Office, numbers: Numbers) -> None:
    """It may have been approved, moved to an earlier time and sent since."""
    campaign = create(office["lan"], numbers(60), at="2026-03-03T09:00")
    office.world.clock.tick(hours=1)
    after_restore.mark_unknown(office.world.deps, office.world.clock.now())
    assert status(office["lan"], campaign) == "failed"
    with pytest.raises(Refused):
        decide.approve(office["sep"], campaign)
    assert decide.waiting(office["sep"]) == []
