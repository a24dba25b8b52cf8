"""Any interleaving of claims, crashes, answers, reports, pauses and look-ups, on the real SQL: lists, and single numbers."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.reliability.emulated import LATEST, DeliveryModel, Emulated
from tests.reliability.interleaving import TIMEOUT, WORK, Interleaving, Move, event, search, sweeps, which
from tests.world import World
from worker.domain.actor import LOA, Actor
from worker.domain.attempts import CALL_WITHIN
from worker.domain.roles import Role
from worker.domain.states import CampaignStatus
from worker.errors import Refused
from worker.services import campaign_status
from worker.services.approval import change, decide
from worker.services.approval.change import Changes
from worker.services.deps import PeoplePolicy
from worker.services.operations import control
from worker.services.reporting import report
from worker.services.sending import dispatch, release
from worker.services.unknown import lookup
from worker.storage.sending import ad_counts

#: Who writes and who agrees, where two must; the author has the role too.
AUTHOR = Actor("console", "lan", UUID(int=1), Role.ADMIN)
APPROVER = Actor("console", "sep", UUID(int=2), Role.APPROVER)
#: Ads that go as lists, ads that go one by one, and care texts.
ADS, SINGLES, CARE = ("esms", "ads"), ("fibo", "ads"), ("esms", "care")
SAID = {"ads": "[QC] Giam gia 20%", "care": "Don hang da gui"}
#: What is counted (`times`) must be explained: by a call of a list of which not every call was refused (or which is there all
#: the same, behind a gateway that said no), or by a number that was called by itself, is counted then and was not refused; what
#: a look-up did not find may have been taken for all that is known.
COUNTED_FOR_NOTHING = (
    "SELECT c.phone, t FROM ad_contact c, unnest(c.times) AS t WHERE NOT EXISTS (SELECT FROM recipient r"
    " JOIN batch b ON b.campaign_id = r.campaign_id AND b.seq = r.batch_seq"
    " JOIN campaign m ON m.id = b.campaign_id AND m.kind = 'ads'"
    " JOIN attempt a ON a.owner_id = b.id WHERE r.phone = c.phone AND CASE m.send_mode WHEN 'list'"
    "  THEN a.began_at = t AND (b.provider_ref <> '' OR b.state = 'accepted'"
    "   OR EXISTS (SELECT FROM attempt o WHERE o.owner_id = b.id"
    "    AND coalesce(o.outcome, '') NOT IN ('retry', 'rejected', 'halt')))"
    "  ELSE r.counted_at = t AND (r.state IN ('sending', 'unknown', 'accepted', 'delivered', 'failed')"
    "   OR r.reason LIKE '%record%') END)"
)
#: Who was called by itself and may have got the ad is counted, at the time that stands beside it.
NOT_COUNTED = (
    "SELECT r.phone, r.state, r.counted_at FROM recipient r JOIN campaign m ON m.id = r.campaign_id"
    " WHERE m.kind = 'ads' AND m.send_mode = 'single' AND coalesce(r.counted_at, :since) >= :since"
    " AND (r.counted_at IS NOT NULL OR r.state IN ('sending', 'unknown', 'accepted', 'delivered', 'failed'))"
    " AND NOT EXISTS (SELECT FROM ad_contact c WHERE c.phone = r.phone AND r.counted_at = ANY(c.times))"
)


EVENTS = [
    *WORK,
    *event(
        "create",
        count=st.integers(2, 7),
        first=st.sampled_from([0, 0, 2]),
        how=st.sampled_from([ADS, ADS, SINGLES, CARE]),
        waits=st.sampled_from([False, False, True]),
    ),
    *event(
        "people",
        one=which,
        acts=st.lists(
            st.sampled_from(["submit", "approve", "approve own", "decline", "take back", "change"]), max_size=3
        ),
    ),
    *event(
        "command",
        one=which,
        what=st.sampled_from([control.pause, control.resume, control.resume, control.cancel]),
    ),
    *event("a_person_says", one=which, gives_up=st.booleans()),
    *event("reports", told=st.one_of(st.none(), st.integers(0, 2))),
    *event(
        "time_passes",
        times=3,
        seconds=st.sampled_from([0, 1, 3, 16, 31, 31, 400, 3600, 6 * 3600, 25 * 3600]),
        taken=st.booleans(),
        sweeps=sweeps,
    ),
]


class Machine(Interleaving):
    """Orders of lists and calls of single numbers, at a provider with a record."""

    counted_before = CALL_WITHIN + TIMEOUT + LATEST

    def __init__(self, loa: World) -> None:
        super().__init__(loa, Emulated(loa.clock))
        self.known: dict[str, UUID] = {}

    @initialize(remembers=st.booleans(), first=st.booleans())
    def both_readings_of_the_documents(self, remembers: bool, first: bool) -> None:
        self.provider.remembers_refused, self.provider.refuses_before_repeats = remembers, first
        self.clock.moment = datetime.fromisoformat("2026-03-02T09:00:00+07:00")
        self.loa.limits(
            lists=self.provider, messages=self.provider, records=self.provider, min_recipients=2, max_recipients=3
        )
        esms = self.loa.deps.accounts["esms"]
        self.loa.change(accounts={"esms": esms, "fibo": replace(esms, name="fibo", lists=None)})
        self.create(count=5, first=0, how=ADS)

    @rule(event=st.one_of(EVENTS))
    def happens(self, event: tuple[str, dict[str, Any]]) -> None:
        method, given = event
        getattr(self, method)(**given)

    def create(self, count: int, first: int, how: tuple[str, str], waits: bool = False) -> None:
        provider, kind = how
        self.loa.change(people=PeoplePolicy(four_eyes=waits), actor=AUTHOR)
        self.plan(count, first, provider=provider, kind=kind, text=SAID[kind])
        self.loa.change(people=PeoplePolicy(), actor=LOA)

    def people(self, one: int, acts: list[str]) -> None:
        """An author and an approver do what they may, and what they may not, where two must agree."""
        campaign = self.campaigns[one % len(self.campaigns)]
        deps = replace(self.loa.deps, people=PeoplePolicy(four_eyes=True))
        author, approver = deps.acting(AUTHOR), deps.acting(APPROVER)
        for act in acts:
            with suppress(Refused):
                match act:
                    case "submit":
                        decide.submit(author, campaign)
                    case "approve":
                        decide.approve(approver, campaign)
                    case "approve own":
                        decide.approve(author, campaign)
                        self.wrong.append("an author approved their own campaign")
                    case "decline":
                        decide.decline(approver, campaign, "no")
                    case "take back":
                        decide.take_back(author, campaign)
                    case _:
                        change.change(author, campaign, Changes(name=f"changed {one}"))

    def stop(self, campaign: UUID) -> None:
        with suppress(Refused):
            control.cancel(self.loa.deps, campaign)

    def reports(self, told: int | None) -> None:
        """Late, repeated, and telling less than the one before."""
        self.provider.told = told
        self.loa.poll()
        self.loa.poll()

    def a_call_begins(self, call: Any, batch_id: UUID) -> None:
        ((campaign, kind, status),) = self.rows(
            "SELECT c.id, c.kind, c.status FROM campaign c JOIN batch b ON b.campaign_id = c.id WHERE b.id = :id",
            id=batch_id,
        )
        if not self.loa.deps.accounts["esms"].hours(kind).contains(self.clock.now()):
            self.wrong.append(f"a call began outside the hours, at {self.clock.now()}")
        self.look_at_status(campaign, status)
        verdicts = self.rows("SELECT verdict FROM approval WHERE campaign_id = :id", id=campaign)
        if verdicts and {None, "approved"} & {row.verdict for row in verdicts} != {"approved"}:
            self.wrong.append(f"a call began for a campaign that nobody approved: {verdicts}")

    @invariant()
    def who_was_called_by_itself_is_counted(self) -> None:
        assert not (forgotten := self.rows(NOT_COUNTED, since=self.clock.now() - ad_counts.WINDOW)), forgotten

    def counted_for_nothing(self) -> list[Any]:
        return list(self.rows(COUNTED_FOR_NOTHING))

    def excused(self) -> set[tuple[UUID, int]]:
        return {(self.campaign_of(key), phone) for key, phone in self.provider.lied_about}

    def campaign_of(self, key: str) -> UUID:
        if key not in self.known:
            ((self.known[key],),) = self.rows("SELECT campaign_id FROM batch WHERE id = :id", id=key)
        return self.known[key]

    def heal(self) -> None:
        self.provider.told = None
        for one in range(len(self.campaigns)):
            self.people(one, ["submit", "approve"])
        deps = self.loa.deps
        for _ in range(60):
            self.clock.tick(seconds=400)
            self.clock.moment = deps.accounts["esms"].windows.next_opening(self.clock.moment)
            release.expire_claims(deps)
            release.release(deps)
            task_queue, self.loa.task_queue.sends = self.loa.task_queue.sends, []
            for batch_id in task_queue:
                dispatch.send_batch(deps, batch_id)
            lookup.look_up(deps)
            self.loa.poll()
            campaign_status.refresh_all(deps)
            if not self._open():
                break
        if self.said_sent:
            self.clock.tick(seconds=deps.polling.deadline.total_seconds())
            self.loa.poll()
            campaign_status.refresh_all(deps)
        assert not self._open(), f"something is never settled: {self._open()}"
        for campaign in self.campaigns:
            assert report.show(deps, campaign).campaign.status in {
                CampaignStatus.DONE,
                CampaignStatus.FAILED,
                CampaignStatus.CANCELLED,
                CampaignStatus.RECONCILING,
            }

    def _open(self) -> list[Any]:
        """Batches for which something is still to come, unless a person has to say it."""
        return list(
            self.rows(
                "SELECT c.status, c.send_mode, b.seq, b.state, b.answered_at, b.next_poll_at, b.provider_message FROM batch b"
                " JOIN campaign c ON c.id = b.campaign_id WHERE b.state IN ('planned', 'sending')"
                " OR (b.state = 'unknown' AND NOT b.needs_operator) OR (b.state = 'accepted' AND b.next_poll_at IS NOT NULL)"
            )
        )


@pytest.fixture
def alone(loa):
    """Loa with an account at eSMS and no other."""
    adapters = [account.messages for account in loa.deps.accounts.values()]
    loa.change(accounts={"esms": loa.deps.accounts["esms"]})
    yield loa
    for messages in adapters:
        loa.deps.run(messages.aclose())


@pytest.mark.parametrize("how", [ADS, SINGLES], ids=["an order", "single numbers"])
@pytest.mark.parametrize("wakes_up", [True, False], ids=["and wakes up", "and wakes up later"])
def test_what_was_taken_counts_though_its_host_froze_and_it_was_cancelled_and_given_up(alone, how, wakes_up):
    machine = Machine(alone)
    machine.both_readings_of_the_documents(remembers=False, first=False)
    control.cancel(alone.deps, machine.campaigns[0])
    alone.task_queue.sends.clear()
    machine.create(count=3, first=0, how=how)
    machine.a_host_freezes(0, DeliveryModel.TAKEN, gives_up=True, wakes_up=wakes_up)
    given_up = machine.given_up
    assert len(given_up) == 3
    if not wakes_up:
        assert {state for campaign, phone, state in machine.said() if (campaign, phone) in given_up} == {"cancelled"}
        machine.workers_work([(0, Move.TO_THE_CALL, DeliveryModel.TAKEN)])
    assert given_up == machine.heard
    assert {state for campaign, phone, state in machine.said() if (campaign, phone) in given_up} == {"accepted"}
    machine.what_is_said_of_a_number_is_true()
    machine.the_counts_are_parts_of_the_list()
    machine.teardown()


def test_no_order_of_events_breaks_the_promise(alone):
    search(alone, lambda: Machine(alone), examples=40, steps=30)
