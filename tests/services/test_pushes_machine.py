"""Any interleaving of creations, pushes, crashes, answers, pauses and cancels, on the real SQL: campaigns with a quota at FPT."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.reliability.actors import At
from tests.reliability.emulated import DeliveryModel
from tests.reliability.emulated_campaigns import EmulatedCampaigns
from tests.reliability.interleaving import (
    TIMEOUT,
    WORK,
    Interleaving,
    Move,
    delivery_models,
    event,
    search,
    sweeps,
    which,
)
from tests.world import World
from worker.domain.attempts import CALL_WITHIN, provider_campaign_owner
from worker.domain.outcome import Outcome
from worker.domain.states import CampaignStatus
from worker.errors import Refused
from worker.services import campaign_status
from worker.services.operations import control
from worker.services.reporting import report
from worker.services.sending import dispatch, release
from worker.services.sending.pushes import retry_last
from worker.services.unknown import lookup
from worker.storage.operations import suppression
from worker.storage.sending import ad_counts, provider_campaigns

#: Lists of one push, of five, of nine; they overlap.
LISTS = [(27, 0), (15, 0), (15, 3), (15, 20), (5, 0)]
#: A number is counted at the hour of the provider campaign that its push is in: while that may come, and once it was taken.
COUNTED_FOR_NOTHING = (
    "SELECT c.phone, t FROM ad_contact c, unnest(c.times) AS t WHERE NOT EXISTS (SELECT FROM recipient r"
    " JOIN batch b ON b.campaign_id = r.campaign_id AND b.seq = r.batch_seq"
    " JOIN provider_campaign p ON p.campaign_id = b.campaign_id AND p.number = b.provider_campaign"
    " WHERE r.phone = c.phone AND p.due = t AND r.state IS NULL AND p.state <> 'planned'"
    " AND b.state IN ('planned', 'sending', 'unknown', 'accepted'))"
)
#: The other way round: who may still get an ad, or got it, is counted; what is long past may be forgotten.
NOT_COUNTED = (
    "SELECT r.phone, p.due FROM recipient r"
    " JOIN batch b ON b.campaign_id = r.campaign_id AND b.seq = r.batch_seq"
    " JOIN provider_campaign p ON p.campaign_id = b.campaign_id AND p.number = b.provider_campaign"
    " WHERE r.state IS NULL AND b.state IN ('sending', 'unknown', 'accepted') AND p.due > :since"
    " AND NOT EXISTS (SELECT FROM ad_contact c WHERE c.phone = r.phone AND p.due = ANY(c.times))"
)
#: With a reason, each of these waits for a person; the others are over.
AT_THE_END = {
    CampaignStatus.DONE,
    CampaignStatus.FAILED,
    CampaignStatus.CANCELLED,
    CampaignStatus.RECONCILING,
    CampaignStatus.PAUSED,
}


EVENTS = [
    *WORK,
    *event("create", of=st.sampled_from(LISTS)),
    *event(
        "a_person_comes",
        one=st.integers(0, 35),
        what=st.sampled_from(["pause", "resume", "resume", "opt out", "opt out", "cancel", "cancel, and die"]),
        delivery_model=st.one_of(st.none(), delivery_models),
    ),
    *event("a_person_says", one=which, gives_up=st.booleans()),
    *event("doubts_are_settled", through=st.one_of(st.none(), delivery_models)),
    *event("fpt_is_asked_again", seconds=st.sampled_from([0, 61, 400]), through=st.one_of(st.none(), delivery_models)),
    *event(
        "time_passes",
        times=3,
        seconds=st.sampled_from([0, 1, 1, 3, 16, 31, 31, 31, 31, 400, 3600, 25 * 3600]),
        taken=st.booleans(),
        sweeps=sweeps,
    ),
]


class Pushes(Interleaving):
    """Provider campaigns and their pushes, at a provider that keeps a quota."""

    def __init__(self, loa: World) -> None:
        super().__init__(loa, EmulatedCampaigns(loa.clock))
        self.opted_out: dict[int, datetime] = {}

    @initialize(
        room=st.sampled_from([(True, False), (True, True), (False, False)]),
        why=st.booleans(),
        keeps=st.integers(0, 1),
        first=st.sampled_from(LISTS),
        pushed=st.sampled_from([3, 2, 1, 0]),
    )
    def open_points_of_the_documents(
        self, room: tuple[bool, bool], why: bool, keeps: int, first: tuple[int, int], pushed: int
    ) -> None:
        self.provider.tells_room, self.provider.tells_room_when_full = room
        self.provider.tells_why, self.provider.keeps = why, keeps
        self.clock.moment = datetime.fromisoformat("2026-03-02T09:00:00+07:00")
        self.loa.limits("fpt", campaigns=self.provider, min_recipients=2, max_recipients=6)
        self.create(of=first)
        for one in range(pushed):
            self.hear(one, through=DeliveryModel.TAKEN)

    @rule(event=st.one_of(EVENTS))
    def happens(self, event: tuple[str, dict[str, Any]]) -> None:
        method, given = event
        getattr(self, method)(**given)

    def create(self, of: tuple[int, int]) -> None:
        count, first = of
        self.plan(count, first, provider="fpt")

    def a_person_comes(self, one: int, what: str, delivery_model: DeliveryModel | None) -> None:
        if what == "opt out":
            self.opt_out(84900000000 + one)
        elif what == "cancel":
            self.cancel(self.campaigns[one % len(self.campaigns)], delivery_model)
        elif what == "cancel, and die":
            self.stop(self.campaigns[one % len(self.campaigns)])
        else:
            self.command(one, control.pause if what == "pause" else control.resume)

    def opt_out(self, phone: int) -> None:
        with self.loa.deps.sessions.begin() as session:
            suppression.add(session, [phone], suppression.OPT_OUT, "test", self.clock.now())
        self.opted_out.setdefault(phone, self.clock.now())

    def cancel(self, campaign: UUID, through: DeliveryModel | None) -> None:
        """A person at a terminal, who may be interrupted, and who waits for the call in flight."""
        in_flight = self._in_flight(campaign)

        def work(deps: Any) -> None:
            with suppress(Refused):
                control.cancel(deps, campaign)

        self.begin(work, self.a_call_begins, None if in_flight else through, lambda: self._in_flight(campaign))

    def stop(self, campaign: UUID) -> None:
        """A person whose terminal is closed between the commit of the cancel and its call."""
        before = len(self.actors)
        self.cancel(campaign, None)
        for actor in self.actors[before:]:
            actor.crash()
        self._bury()

    def fpt_is_asked_again(self, seconds: int, through: DeliveryModel | None) -> None:
        """By the sweep, which waits for the call in flight as a person does."""
        self.time_passes(seconds, taken=False, sweeps=[])

        def waits() -> bool:
            return any(self._in_flight(campaign) for campaign in self.campaigns)

        self.begin(control.ask_again, self.a_call_begins, None if waits() else through, waits)

    def doubts_are_settled(self, through: DeliveryModel | None) -> None:
        self.begin(retry_last.retry_last_pushes, self.a_call_begins, through)

    def a_call_begins(self, call: Any, _: UUID | None = None) -> None:
        begun, now = self.provider.begun[call], self.clock.now()
        beside = [self.provider.begun[actor.pending] for actor in self.actors if actor.pending not in (None, call)]
        if any(other.name == begun.name and {other.what, begun.what} != {"cancel"} for other in beside):
            self.wrong.append(f"{begun} began beside {beside}")
        if begun.what == "cancel":
            return
        ((campaign, status, push_by),) = self.rows(
            "SELECT c.id, c.status, p.push_by FROM campaign c JOIN provider_campaign p ON p.campaign_id = c.id"
            " WHERE p.name = :name",
            name=begun.name,
        )
        intake = self.loa.deps.accounts["fpt"].intake
        assert intake is not None
        if not intake.is_open(now) or now >= push_by:
            self.wrong.append(f"{begun} began at {now}, to be complete by {push_by}")
        if late := [phone for phone in begun.phones if self.opted_out.get(phone, now) < now - CALL_WITHIN]:
            self.wrong.append(f"{late} had opted out")
        self.look_at_status(campaign, status)

    @invariant()
    def who_may_get_an_ad_is_counted(self) -> None:
        assert not (forgotten := self.rows(NOT_COUNTED, since=self.clock.now() - 2 * ad_counts.WINDOW)), forgotten

    @invariant()
    def quotas_are_the_audience(self) -> None:
        for kept in self.provider.kept:
            assert kept.room >= 0

    @invariant()
    def only_what_was_cancelled_is_stopped(self) -> None:
        for kept in self.provider.kept:
            if kept.cancelled:
                status = self.rows("SELECT status FROM campaign WHERE id = :id", id=self.campaign_of(kept.name))
                assert status == [(CampaignStatus.CANCELLED,)], (
                    f"{kept.name} is {status}, and was stopped at the provider"
                )

    def counted_for_nothing(self) -> list[Any]:
        return list(self.rows(COUNTED_FOR_NOTHING))

    def excused(self) -> set[tuple[UUID, int]]:
        """Stopped ones are `cancelled`, or `accepted` where the provider's answer to that was lost: `stopped_is_true` looks."""
        return {(self.campaign_of(name), phone) for name, phone in self.provider.stopped()}

    @invariant()
    def what_was_stopped_is_said_to_be_with_the_provider_or_cancelled(self) -> None:
        stopped = self.excused()
        told = {state for campaign, phone, state in self.said() if (campaign, phone) in stopped}
        assert told <= {"sending", "unknown", "accepted", "cancelled"}, told

    def campaign_of(self, key: str) -> UUID:
        return UUID(key.rsplit(maxsplit=1)[-1])

    def _in_flight(self, campaign: UUID) -> bool:
        with self.loa.deps.sessions() as session:
            return provider_campaigns.in_flight(session, campaign, self.clock.now() - CALL_WITHIN - TIMEOUT)

    def heal(self) -> None:
        deps = self.loa.deps
        intake = deps.accounts["fpt"].intake
        assert intake is not None
        if left := self._left_with_the_provider():
            # The longest pause between two questions.
            self.clock.tick(hours=1)
            control.ask_again(deps)
            assert all(kept.cancelled for kept in self.provider.kept if kept.name in left), left
        for _ in range(60):
            self.clock.tick(seconds=31)
            ((due,),) = self.rows("SELECT min(not_before) FROM batch WHERE state = 'planned'")
            self.clock.moment = intake.next_opening(max(self.clock.moment, due or self.clock.moment))
            release.expire_claims(deps)
            release.release(deps)
            while task_queue := self.loa.task_queue.sends:
                self.loa.task_queue.sends = []
                for batch_id in task_queue:
                    dispatch.send_batch(deps, batch_id)
            retry_last.retry_last_pushes(deps)
            lookup.look_up(deps)
            campaign_status.refresh_all(deps)
            if not self._open():
                break
        assert not self._open(), f"something is never settled: {self._open()}"
        for campaign in self.campaigns:
            shown = report.show(deps, campaign).campaign
            assert shown.status in AT_THE_END
            assert shown.status_reason or shown.status is CampaignStatus.DONE

    def _left_with_the_provider(self) -> set[str]:
        """What FPT holds of cancelled campaigns, is not due for a while, and was not refused to be stopped."""
        found = self.rows(
            "SELECT p.campaign_id, p.number, p.name FROM provider_campaign p JOIN campaign c ON c.id = p.campaign_id"
            " WHERE c.status = 'cancelled' AND p.state = 'open' AND p.due > :then",
            then=self.clock.now() + timedelta(hours=1),
        )
        refused = {
            row.owner_id
            for row in self.rows(
                "SELECT DISTINCT ON (owner_id) owner_id, outcome FROM attempt ORDER BY owner_id, number DESC"
            )
            if row.outcome == Outcome.REJECTED
        }
        return {row.name for row in found if provider_campaign_owner(row.campaign_id, row.number) not in refused}

    def _open(self) -> list[Any]:
        """Batches for which something is still to come, unless a person has to say it."""
        return list(
            self.rows(
                "SELECT c.status, c.status_reason, b.seq, b.state, b.provider_message FROM batch b"
                " JOIN campaign c ON c.id = b.campaign_id WHERE NOT (c.status = 'paused' AND c.status_reason <> '')"
                " AND (b.state IN ('planned', 'sending') OR (b.state = 'unknown' AND NOT b.needs_operator))"
            )
        )


@pytest.fixture
def alone(loa):
    """Loa with an account at FPT and no other."""
    others = [account.messages for account in loa.deps.accounts.values()]
    loa.change(accounts={"fpt": loa.deps.accounts["fpt"]})
    yield loa
    for messages in others:
        loa.deps.run(messages.aclose())


@pytest.fixture
def pushes(alone):
    """A campaign of five pushes, the first of which was taken."""
    machine = Pushes(alone)
    machine.open_points_of_the_documents(room=(True, False), why=True, keeps=0, first=(15, 0), pushed=1)
    yield machine
    for actor in machine.actors:
        actor.crash()


def test_a_push_that_arrives_late_is_not_probed_before_its_lease_is_over(pushes):
    for delivery_model in (DeliveryModel.TAKEN_LATER, DeliveryModel.TAKEN):
        pushes.hear(0, through=delivery_model)
    pushes.provider.arrive()
    pushes.what_is_said_of_a_number_is_true()
    assert len(pushes.provider.kept[0].pushes) == 2


def test_a_cancel_waits_for_a_push_that_began_some_time_after_its_claim(pushes):
    pushes.hear(0)
    (worker,) = pushes.actors
    while not pushes.rows("SELECT FROM batch WHERE state = 'sending'"):
        worker.go()
    pushes.time_passes(2, taken=False, sweeps=[])
    worker.go(to_the_call=True)
    pushes.time_passes(1, taken=False, sweeps=[])
    assert worker.at is At.CALLING
    pushes.cancel(pushes.campaigns[0], None)
    person = pushes.actors[-1]
    for _ in range(10):
        person.go()
    assert person.at is At.LOOKING
    pushes.answer(worker, DeliveryModel.TAKEN)
    worker.go(to_the_call=True)
    while person.at not in (At.CALLING, At.OVER):
        person.go()
    assert (person.at, pushes.wrong) == (At.CALLING, [])


def test_a_push_that_stands_still_while_it_asks_whether_it_may_go_does_not_go(pushes):
    pushes.begin(
        lambda deps: dispatch.send_batch(deps, pushes.loa.task_queue.sends.pop()), pushes.a_call_begins, lookups=True
    )
    (worker,) = pushes.actors
    while not pushes.rows("SELECT FROM batch WHERE state = 'sending'") or worker.at is not At.LOOKING:
        worker.go()
    pushes.time_passes(61, taken=False, sweeps=[])
    while worker.at not in (At.CALLING, At.OVER):
        worker.go()
    assert worker.at is At.OVER
    assert {row.state for row in pushes.rows("SELECT state FROM batch")} == {"accepted", "planned"}


def test_what_a_killed_cancel_left_with_the_provider_is_stopped_by_the_sweep(pushes):
    pushes.stop(pushes.campaigns[0])
    assert pushes.actors == []
    assert [kept.cancelled for kept in pushes.provider.kept] == [False]
    pushes.fpt_is_asked_again(0, DeliveryModel.TAKEN)
    assert [kept.cancelled for kept in pushes.provider.kept] == [False]
    pushes.fpt_is_asked_again(61, DeliveryModel.TAKEN)
    assert [kept.cancelled for kept in pushes.provider.kept] == [True]
    pushes.what_is_said_of_a_number_is_true()
    assert {state for *_, state in pushes.said()} == {"cancelled"}


@pytest.mark.parametrize("wakes_up", [True, False], ids=["and wakes up", "and wakes up later"])
def test_a_push_whose_host_froze_counts_though_it_was_cancelled_and_given_up(pushes, wakes_up):
    pushes.a_host_freezes(0, DeliveryModel.TAKEN, gives_up=True, wakes_up=wakes_up)
    if not wakes_up:
        assert "accepted" not in {
            state for _, phone, state in pushes.said() if (pushes.campaigns[0], phone) in pushes.given_up
        }
        pushes.workers_work([(0, Move.TO_THE_CALL, DeliveryModel.TAKEN)])
    assert pushes.given_up
    assert pushes.given_up <= pushes.heard
    assert {state for _, phone, state in pushes.said() if (pushes.campaigns[0], phone) in pushes.given_up} == {
        "accepted"
    }
    pushes.what_is_said_of_a_number_is_true()
    pushes.who_may_get_an_ad_is_counted()


def test_no_order_of_events_breaks_the_promise_of_a_push(alone):
    search(alone, lambda: Pushes(alone), examples=25, steps=25)
