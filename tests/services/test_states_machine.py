"""Any interleaving of claims, crashes, answers, reports, pauses and look-ups, on the real SQL: what must hold after each step.

Hypothesis looks for the order of events that breaks an invariant. STATES_EXAMPLES and STATES_STEPS make it look further.
"""

import os
import sys
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from tests.reliability.emulated import Actor, At, Emulated, Fate, reached
from tests.world import World
from worker.clock import Clock
from worker.domain.states import BATCH_NEXT, CAMPAIGN_NEXT, BatchState, CampaignStatus
from worker.errors import Refused
from worker.services import control, lookup, release, report, settle, ways
from worker.services.send import CALL_WITHIN
from worker.storage.tables import METADATA
from worker.throttle import Throttle

EXAMPLES = int(os.environ.get("STATES_EXAMPLES", "40"))
STEPS = int(os.environ.get("STATES_STEPS", "30"))
MOST_CAMPAIGNS = 3
MOST_ACTORS = 3
STOPPED = (CampaignStatus.PAUSED, CampaignStatus.CANCELLED)
WITH_THE_PROVIDER = ("accepted", "delivered", "failed")
NOT_THERE = ("rejected", "cancelled", "suppressed", None)
LEAVING = (Fate.TAKEN, Fate.TAKEN_ANSWER_LOST, Fate.GATEWAY_LIES)

which = st.integers(0, 11)


class Machine(RuleBasedStateMachine):
    """Loa, a provider, and up to three workers that stand still at every line."""

    def __init__(self, loa: World) -> None:
        super().__init__()
        self.loa = loa
        self.clock = loa.clock
        self.provider = Emulated(loa.clock)
        self.actors: list[Actor] = []
        self.campaigns: list[UUID] = []
        self.campaign_of: dict[str, UUID] = {}
        self.states: dict[UUID, BatchState] = {}
        #: Of a batch: which campaign, which number. Ids are random, and a search must be able to go the same way again.
        self.order: dict[UUID, tuple[int, int]] = {}
        self.statuses: dict[UUID, CampaignStatus] = {}
        self.stopped_at: dict[UUID, datetime] = {}
        self.wrong: list[str] = []
        self.loa.bells.sends.clear()
        self.loa.bells.polls.clear()
        with loa.deps.sessions.begin() as session:
            for table in reversed(METADATA.sorted_tables):  # quicker than TRUNCATE, which makes files anew
                session.execute(table.delete())

    @initialize(remembers=st.booleans(), first=st.booleans())
    def both_readings_of_the_documents(self, remembers: bool, first: bool) -> None:
        self.provider.remembers_refused, self.provider.refuses_before_repeats = remembers, first
        self.clock.moment = datetime.fromisoformat("2026-03-02T09:00:00+07:00")
        self.loa.limits(lists=self.provider, messages=self.provider, records=self.provider, minimum=2, maximum=3)
        self.create(count=5, kind="ads")

    # What people do

    @rule(count=st.integers(2, 7), kind=st.sampled_from(["ads", "ads", "care"]))
    def create(self, count: int, kind: str) -> None:
        if len(self.campaigns) == MOST_CAMPAIGNS:
            return
        path = self.loa.folder / f"{count}.csv"
        if not path.exists():
            path.write_text("phone\n" + "".join(f"09{n:08d}\n" for n in range(count)))
        said = "[QC] Giam gia 20%" if kind == "ads" else "Don hang da gui"
        self.campaigns.append(self.loa.create(path, kind=kind, text=said).campaign.id)

    @rule(one=which, what=st.sampled_from([control.pause, control.resume, control.resume, control.cancel]))
    def command(self, one: int, what) -> None:
        with suppress(Refused):
            what(self.loa.deps, self.campaigns[one % len(self.campaigns)])

    # What the sweeps do

    @rule()
    def releases(self) -> None:
        release.release(self.loa.deps)

    @rule()
    def sweeps(self) -> None:
        release.expire_claims(self.loa.deps)
        settle.settle_all(self.loa.deps)

    @rule()
    def looks_up(self) -> None:
        lookup.look_up(self.loa.deps)

    @rule(told=st.one_of(st.none(), st.integers(0, 2)))
    def reports(self, told: int | None) -> None:
        """Late, repeated, and telling less than the one before."""
        self.provider.told = told
        self.loa.poll()
        self.loa.poll()

    @rule(seconds=st.sampled_from([1, 3, 16, 31, 31, 400, 3600, 6 * 3600, 25 * 3600]), taken=st.booleans())
    def time_passes(self, seconds: int, taken: bool) -> None:
        """A call does not outlive its deadline: whoever waits for an answer then has none."""
        for actor in self.actors:
            late = actor.at is At.CALLING and self.clock.now() + timedelta(
                seconds=seconds
            ) > actor.called_at + timedelta(seconds=2.5)
            if late:
                self._answer(actor, Fate.TAKEN_ANSWER_LOST if taken else Fate.LOST)
        self.clock.tick(seconds=seconds)

    # What workers do

    @rule(one=which, known=st.booleans())
    def a_bell_is_heard(self, one: int, known: bool) -> None:
        """One from the queue, which may be rung again, or one that nobody rang."""
        bells = sorted(
            self.loa.bells.sends if known and self.loa.bells.sends else self.states, key=self.order.__getitem__
        )
        if bells and len(self.actors) < MOST_ACTORS:
            self.actors.append(Actor(self.loa.deps, bells[one % len(bells)], self._call_begins))
            self._bury()

    @rule(one=which, fate=st.sampled_from(Fate), to_the_call=st.booleans())
    def a_worker_goes_on(self, one: int, fate: Fate, to_the_call: bool) -> None:
        if not self.actors:
            return
        actor = self.actors[one % len(self.actors)]
        if actor.at is At.CALLING:
            self._answer(actor, fate)
        else:
            actor.go(to_the_call=to_the_call)
        self._bury()

    @rule(one=which, taken=st.booleans())
    def a_worker_dies(self, one: int, taken: bool) -> None:
        if not self.actors:
            return
        actor = self.actors[one % len(self.actors)]
        if actor.at is At.CALLING and taken:
            self._answer(actor, Fate.TAKEN)
        actor.crash()
        self._bury()

    @rule(one=which, commits=st.integers(0, 2))
    def a_worker_will_die_before_a_commit(self, one: int, commits: int) -> None:
        if self.actors:
            self.actors[one % len(self.actors)].dies_before = commits

    def _answer(self, actor: Actor, fate: Fate) -> None:
        self.provider.fate = fate
        actor.answer(self.loa.deps.run)

    def _bury(self) -> None:
        for actor in [actor for actor in self.actors if actor.at is At.OVER]:
            actor.crash()
            self.actors.remove(actor)
            if actor.fault is not None:
                raise actor.fault

    def _call_begins(self, batch_id: UUID) -> None:
        """Looked at by the worker itself, at the moment of its call."""
        now = self.clock.now()
        with self.loa.deps.sessions() as session:
            campaign, kind, status = session.execute(
                text(
                    "SELECT c.id, c.kind, c.status FROM campaign c JOIN batch b ON b.campaign_id = c.id WHERE b.id = :id"
                ),
                {"id": batch_id},
            ).one()
        if not self.loa.deps.accounts["esms"].hours(kind).contains(now):
            self.wrong.append(f"a call began outside the hours, at {now}")
        since = self.stopped_at.get(campaign)
        if status in STOPPED and since is not None and now > since + CALL_WITHIN:
            self.wrong.append(f"a call began {now - since} after its campaign was {status}")

    # What must hold

    @invariant()
    def nobody_is_messaged_twice(self) -> None:
        twice = {pair: times for pair, times in self._taken().items() if times > 1}
        assert not twice, twice

    @invariant()
    def calls_begin_only_when_they_may(self) -> None:
        assert not self.wrong, self.wrong

    @invariant()
    def the_counts_are_parts_of_the_list(self) -> None:
        for campaign in self.campaigns:
            view = report.show(self.loa.deps, campaign)
            assert min(view.counts.values()) >= 0, view.counts
            assert sum(view.counts.values()) == view.campaign.valid, view.counts
            assert sum(batch.size for batch in view.batches) == view.campaign.valid
            with self.loa.deps.sessions() as session:
                held = session.execute(
                    text("SELECT batch_seq, count(*) FROM recipient WHERE campaign_id = :id GROUP BY 1"),
                    {"id": campaign},
                ).all()
            assert dict(held) == {batch.seq: batch.size for batch in view.batches if batch.size}

    @invariant()
    def states_move_along_their_arrows(self) -> None:
        with self.loa.deps.sessions() as session:
            rows = session.execute(text("SELECT id, state, campaign_id, seq FROM batch")).all()
            states = {row.id: BatchState(row.state) for row in rows}
            self.order = {row.id: (self.campaigns.index(row.campaign_id), row.seq) for row in rows}
            statuses = {
                id_: CampaignStatus(status) for id_, status in session.execute(text("SELECT id, status FROM campaign"))
            }
        for id_, state in self.states.items():
            assert states[id_] in reached(BATCH_NEXT, {state}), f"a batch went from {state} to {states[id_]}"
        for id_, status in self.statuses.items():
            assert statuses[id_] in reached(CAMPAIGN_NEXT, {status}), f"{status} to {statuses[id_]}"
        for id_, status in statuses.items():
            if status in STOPPED and self.statuses.get(id_) not in STOPPED:
                self.stopped_at[id_] = self.clock.now()
        self.states, self.statuses = states, statuses

    @invariant()
    def what_is_said_of_a_number_is_true(self) -> None:
        taken = self._taken()
        lied = {(self._campaign_of(key), phone) for key, phone in self.provider.lied_about}
        for campaign, phone, state in self._said():
            there = bool(taken[campaign, phone])
            assert there or state not in WITH_THE_PROVIDER, f"{phone} is {state}, and was never taken"
            if (campaign, phone) not in lied:
                assert not there or state not in NOT_THERE, f"{phone} is {state}, and was taken"

    def _taken(self) -> Counter[tuple[UUID, int]]:
        return Counter(
            (self._campaign_of(order.key), phone) for order in self.provider.orders for phone in order.phones
        )

    def _campaign_of(self, key: str) -> UUID:
        if key not in self.campaign_of:
            with self.loa.deps.sessions() as session:
                found = session.execute(text("SELECT campaign_id FROM batch WHERE id = :id"), {"id": key}).scalar_one()
            self.campaign_of[key] = found
        return self.campaign_of[key]

    def _said(self) -> list[tuple[UUID, int, str | None]]:
        """Of each number what a report would say; None: planned and in nobody's hands."""
        with self.loa.deps.sessions() as session:
            rows = session.execute(
                text(
                    "SELECT r.campaign_id, r.phone, coalesce(r.state, CASE b.state WHEN 'reported' THEN 'delivered'"
                    " WHEN 'planned' THEN NULL ELSE b.state END) FROM recipient r"
                    " JOIN batch b ON b.campaign_id = r.campaign_id AND b.seq = r.batch_seq"
                )
            ).all()
        return [tuple(row) for row in rows]

    # The end: everything heals, and everything is settled

    def teardown(self) -> None:
        for actor in self.actors:
            actor.crash()
        if sys.exc_info()[0] is None and self.campaigns:
            self._heal()

    def _heal(self) -> None:
        self.provider.fate, self.provider.told = Fate.TAKEN, None
        deps = self.loa.deps
        for campaign in self.campaigns:
            with suppress(Refused):
                control.resume(deps, campaign)
        for _ in range(60):
            self.clock.tick(seconds=400)
            self.clock.moment = deps.accounts["esms"].windows.next_opening(self.clock.moment)
            release.expire_claims(deps)
            release.release(deps)
            bells, self.loa.bells.sends = self.loa.bells.sends, []
            for batch_id in bells:
                ways.send_batch(deps, batch_id)
            lookup.look_up(deps)
            self.loa.poll()
            settle.settle_all(deps)
            if not self._open():
                break
        assert not self._open(), "something is never settled"
        self.what_is_said_of_a_number_is_true()
        self.nobody_is_messaged_twice()
        for campaign in self.campaigns:
            status = report.show(deps, campaign).campaign.status
            assert status in {
                CampaignStatus.DONE,
                CampaignStatus.FAILED,
                CampaignStatus.CANCELLED,
                CampaignStatus.RECONCILING,
            }

    def _open(self) -> int:
        """Batches for which something is still to come, unless a person has to say it."""
        with self.loa.deps.sessions() as session:
            return session.execute(
                text(
                    "SELECT count(*) FROM batch WHERE state IN ('planned', 'sending') OR (state = 'unknown' AND NOT held)"
                    " OR (state = 'accepted' AND next_poll_at IS NOT NULL)"
                )
            ).scalar_one()


def test_no_order_of_events_breaks_the_promise(loa):
    loa.change(throttle=Throttle(loa.loa.redis, Clock()), ads_a_day=0, accounts={"esms": loa.deps.accounts["esms"]})
    real = loa.deps.accounts["esms"].messages
    with loa.deps.sessions.begin() as session:  # no machine fails here, so no commit has to wait for a disk
        session.execute(text(f'ALTER DATABASE "{loa.loa.engine.url.database}" SET synchronous_commit TO off'))
    loa.loa.engine.dispose()
    run_state_machine_as_test(
        lambda: Machine(loa),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize="STATES_EXAMPLES" not in os.environ,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        ),
    )
    loa.deps.run(real.aclose())
