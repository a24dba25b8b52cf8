"""Where the provider takes campaigns of its own with an hour of theirs: an approval, and a change of that hour."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from tests.world import World
from worker.domain.actor import Actor
from worker.domain.roles import Role
from worker.domain.window import local
from worker.services.approval import change, decide
from worker.services.approval.change import Changes
from worker.services.deps import PeoplePolicy
from worker.storage.sending import provider_campaigns

LAN = Actor("console", "lan", UUID(int=1), Role.MARKETER)
SEP = Actor("console", "sep", UUID(int=2), Role.APPROVER)


def test_nothing_is_placed_before_the_approval_and_then_at_the_hour_that_was_approved(fpt: World, numbers) -> None:
    fpt.change(people=PeoplePolicy(four_eyes=True), actor=LAN)
    made = fpt.create(numbers(120), provider="fpt")
    fpt.change(actor=Actor("loa"))
    fpt.go()
    assert (fpt.status(made), fpt.sandbox.campaigns()) == ("awaiting_approval", [])
    later = fpt.clock.moment + timedelta(days=1)
    lan, sep = (replace(fpt.deps, actor=one) for one in (LAN, SEP))
    done = change.change(lan, made.campaign.id, Changes(at=local(later)))
    with fpt.deps.sessions() as session:
        (placed,) = provider_campaigns.of_campaign(session, made.campaign.id)
    assert placed.due == done.campaign.scheduled_for == later.replace(second=0, microsecond=0)
    assert placed.push_by <= placed.due
    decide.approve(sep, made.campaign.id)
    fpt.go(40)
    phones = fpt.sandbox.phones()
    assert len(phones) == 120
    assert set(phones.values()) == {1}
    (kept,) = fpt.sandbox.campaigns()
    assert (kept["quota"], kept["taken"]) == (120, 120)


def test_approved_too_late_for_its_hour_it_is_placed_for_another(fpt: World, numbers) -> None:
    fpt.change(people=PeoplePolicy(four_eyes=True), actor=LAN)
    made = fpt.create(numbers(120), provider="fpt", at=local(fpt.clock.moment + timedelta(hours=6)))
    fpt.change(actor=Actor("loa"))
    fpt.clock.tick(days=1)
    decide.approve(replace(fpt.deps, actor=SEP), made.campaign.id)
    for _ in range(4):
        fpt.go(40)
        fpt.clock.tick(minutes=1)
    phones = fpt.sandbox.phones()
    assert len(phones) == 120
    assert set(phones.values()) == {1}
    assert fpt.show(made).campaign.scheduled_for > fpt.clock.moment - timedelta(minutes=5)
