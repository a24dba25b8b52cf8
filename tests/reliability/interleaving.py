"""The events in a search through interleavings: people, sweeps, time, and workers that stop anywhere.

Hypothesis looks for the order of events that breaks an invariant. STATES_EXAMPLES and STATES_STEPS make it look further.
"""

import os
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import text

from tests.reliability.actors import Actor, At
from tests.reliability.emulated import DeliveryModel
from tests.reliability.truths import ADS_A_DAY, STOPPED, Truths
from tests.world import World
from worker.clock import Clock
from worker.domain.attempts import CALL_WITHIN
from worker.domain.states import BatchState, CampaignStatus
from worker.errors import Refused
from worker.services import campaign_status
from worker.services.deps import Deps
from worker.services.operations import control
from worker.services.sending import dispatch, release
from worker.services.unknown import lookup, resolve
from worker.storage.tables import METADATA
from worker.throttle import Throttle

MOST_CAMPAIGNS = 3
MOST_ACTORS = 3
TIMEOUT = timedelta(seconds=6)

which = st.integers(0, 11)
#: Some of `sweeps`, in any order.
sweeps = st.lists(st.integers(0, 3), max_size=3, unique=True)
#: Calls that go well are needed to come far, and lost ones are what all this is about.
delivery_models = st.sampled_from(
    [
        *DeliveryModel,
        DeliveryModel.TAKEN,
        DeliveryModel.TAKEN,
        DeliveryModel.TAKEN,
        DeliveryModel.TAKEN_LATER,
        DeliveryModel.TAKEN_ANSWER_LOST,
        DeliveryModel.LOST,
    ]
)
#: Of a call whose worker dies: it may have left before.
ARRIVES = (DeliveryModel.TAKEN, DeliveryModel.TAKEN_LATER)


class Move(StrEnum):
    """What a worker does next."""

    HEARS = "takes a task from the queue"
    ON = "goes on to its next line"
    TO_THE_CALL = "goes on to its next call"
    HEARS_OTHERS = "takes a task that is enqueued again, or that nobody enqueued"
    DIES = "dies here"
    WILL_DIE = "will die before a commit to come"


moves = st.sampled_from([Move.HEARS, Move.ON, Move.TO_THE_CALL, Move.TO_THE_CALL, *Move])


def event(method: str, times: int = 1, **given: st.SearchStrategy[Any]) -> list[Any]:
    """A method of the machine with its arguments, so many times as likely as others.

    Rules of their own would be drawn less evenly: hypothesis leaves some out of a whole run, which is of no use without workers.
    """
    return [st.tuples(st.just(method), st.fixed_dictionaries(given))] * times


#: What workers do, for every machine.
WORK = [
    *event("workers_work", 4, moves=st.lists(st.tuples(which, moves, delivery_models), min_size=2, max_size=6)),
    *event("a_worker_goes_through", 4, one=which, calls=st.lists(delivery_models, min_size=1, max_size=4)),
    *event(
        "a_host_freezes",
        one=which,
        delivery_model=st.sampled_from([*[DeliveryModel.TAKEN] * 6, *DeliveryModel]),
        gives_up=st.sampled_from([True, True, False]),
        wakes_up=st.sampled_from([True, True, False]),
    ),
]


class Interleaving(Truths):
    """Loa, a provider, and up to three workers that stand still at every line."""

    #: What the scheduler has done from time to time.
    sweeps: ClassVar[Sequence[Callable[[Deps], object]]] = (
        release.release,
        release.expire_claims,
        campaign_status.refresh_all,
        lookup.look_up,
    )

    def __init__(self, loa: World, provider: Any) -> None:
        super().__init__(loa, provider)
        self.actors: list[Actor] = []
        #: Whether a person said of something that it was sent: no report tells of that, so it is awaited until its deadline.
        self.said_sent = False
        self.loa.task_queue.sends.clear()
        self.loa.task_queue.polls.clear()
        with loa.deps.sessions.begin() as session:
            for table in reversed(METADATA.sorted_tables):  # quicker than TRUNCATE, which makes files anew
                if table.name != "audit":  # which only grows
                    session.execute(table.delete())

    def plan(self, count: int, first: int = 0, **requested: Any) -> None:
        """A campaign to so many numbers; lists that begin near each other overlap."""
        if len(self.campaigns) == MOST_CAMPAIGNS:
            return
        path = self.loa.folder / f"{first}-{count}.csv"
        if not path.exists():
            path.write_text("phone\n" + "".join(f"09{n:08d}\n" for n in range(first, first + count)))
        with suppress(Refused):  # too few may be left after opt-outs
            self.campaigns.append(self.loa.create(path, **requested).campaign.id)
        release.release(self.loa.deps)

    # What people and sweeps do

    def command(self, one: int, what: Callable[[Deps, UUID], object]) -> None:
        """A person tells something to a campaign."""
        with suppress(Refused):
            what(self.loa.deps, self.campaigns[one % len(self.campaigns)])

    def a_person_says(self, one: int, gives_up: bool) -> None:
        """A true word on an unknown batch; but who `gives_up` one of a cancelled campaign, which goes no more, may be wrong."""
        found = self.rows(
            "SELECT b.campaign_id, b.seq, c.status FROM batch b JOIN campaign c ON c.id = b.campaign_id WHERE b.state = 'unknown'"
        )
        if not found:
            return
        campaign, seq, status = sorted(found, key=lambda row: (self.campaigns.index(row[0]), row[1]))[one % len(found)]
        unknown = self.rows(
            "SELECT phone FROM recipient r JOIN campaign c ON c.id = r.campaign_id WHERE c.id = :id AND r.batch_seq = :seq"
            " AND coalesce(r.state, '') = CASE c.send_mode WHEN 'single' THEN 'unknown' ELSE '' END",
            id=campaign,
            seq=seq,
        )
        taken, numbers = self.taken(), {(campaign, phone) for (phone,) in unknown}
        if gives_up and status == CampaignStatus.CANCELLED:
            self.given_up |= numbers
            resolve.resolve(self.loa.deps, campaign, seq, resolve.Verdict.NOT_SENT)
        elif all(taken[number] for number in numbers):
            self.said_sent = True
            resolve.resolve(self.loa.deps, campaign, seq, resolve.Verdict.SENT)
        elif not (self.actors or self.provider.is_at_work() or any(taken[number] for number in numbers)):
            resolve.resolve(self.loa.deps, campaign, seq, resolve.Verdict.NOT_SENT)

    def stop(self, campaign: UUID) -> None:
        """A person cancels a campaign."""
        raise NotImplementedError

    # What the world does

    def a_host_freezes(self, one: int, delivery_model: DeliveryModel, gives_up: bool, wakes_up: bool) -> None:
        """It has its answer, and stands still; its claim expires, and its campaign is cancelled. Then it wakes up, or later."""
        # Of tasks that lead nowhere any more there are many.
        self.loa.task_queue.sends.clear()
        self.hear(one)
        actor = self.actors[-1] if self.actors else None
        while actor is not None and actor.at not in (At.CALLING, At.ANSWERED, At.OVER):
            actor.go(to_the_call=True)
        if actor is not None and actor.at is At.CALLING:
            self.answer(actor, delivery_model)
        self._bury()
        self.time_passes(61, taken=False, sweeps=[self.sweeps.index(release.expire_claims)])
        unknown = self.rows("SELECT campaign_id FROM batch WHERE state = 'unknown'")
        for campaign in self.campaigns:
            if campaign in {row.campaign_id for row in unknown}:
                self.stop(campaign)
        for nth in reversed(range(len(unknown) if gives_up else 0)):
            self.a_person_says(nth, gives_up)
        while wakes_up and actor is not None and actor.at not in (At.CALLING, At.OVER):
            actor.go(to_the_call=True)
        self._bury()

    def time_passes(self, seconds: int, taken: bool, sweeps: Collection[int]) -> None:
        """A call does not outlive its deadline: whoever waits for an answer then has none. Nor is it taken after its lease.

        No time: what is under way arrives.
        """
        until = self.clock.now() + timedelta(seconds=seconds)
        for actor in self.actors:
            if actor.at is At.CALLING and actor.called_at is not None and until > actor.called_at + TIMEOUT:
                self.answer(actor, DeliveryModel.TAKEN_ANSWER_LOST if taken else DeliveryModel.LOST)
        self.provider.arrive(before=until if seconds else None)
        self.clock.tick(seconds=seconds)
        for number in sweeps:
            self.sweeps[number](self.loa.deps)

    # What workers do

    def begin(
        self,
        work: Callable[..., object],
        on_call: Callable[..., None],
        through: DeliveryModel | None = None,
        waits: Callable[[], bool] = lambda: False,
        *,
        lookups: bool = False,
    ) -> None:
        """One more process, if there is room for it."""
        if len(self.actors) == MOST_ACTORS:
            return
        actor = Actor(self.loa.deps, work, on_call, waits, lookups=lookups and through is None)
        self.actors.append(actor)
        while through is not None and actor.at is not At.OVER:
            if actor.at is At.CALLING:
                self.answer(actor, through)
            else:
                actor.go(to_the_call=True)
        self._bury()

    def workers_work(self, moves: list[tuple[int, Move, DeliveryModel]]) -> None:
        """One task from the queue, which may be enqueued again, or one that nobody rang; a line further; or no further at all."""
        for one, move, delivery_model in moves:
            actor = self.actors[one % len(self.actors)] if self.actors else None
            if actor is None or move in (Move.HEARS, Move.HEARS_OTHERS):
                self.hear(one, known=move is not Move.HEARS_OTHERS)
            elif move is Move.WILL_DIE:
                actor.dies_before = one % 3
            elif actor.at is At.CALLING and (move is not Move.DIES or delivery_model in ARRIVES):
                self.answer(actor, delivery_model)
            elif move is not Move.DIES:
                actor.go(to_the_call=move is Move.TO_THE_CALL)
            if actor is not None and move is Move.DIES:
                actor.crash()
            self._bury()

    def a_worker_goes_through(self, one: int, calls: list[DeliveryModel]) -> None:
        """Nothing comes between its lines, but what stands still between those of others."""
        for delivery_model in calls:
            self.hear(one, through=delivery_model)

    def hear(self, one: int, *, known: bool = True, through: DeliveryModel | None = None) -> None:
        """A task from the queue, of a batch that waits, or (where it is not `known`) of any."""
        found = self.rows("SELECT id, campaign_id, seq, state FROM batch")
        # Ids are random, and a search must be able to go the same way again.
        order = {row.id: (self.campaigns.index(row.campaign_id), row.seq) for row in found}
        queue = self.loa.task_queue.sends
        waiting = [row.id for row in found if known and row.state == BatchState.PLANNED]
        task_queue = sorted((queue if known else ()) or waiting or order, key=order.__getitem__)
        if task_queue:
            batch_id = task_queue[one % len(task_queue)]
            if batch_id in queue:
                queue.remove(batch_id)
            self.begin(
                lambda deps: dispatch.send_batch(deps, batch_id),
                lambda call: self.a_call_begins(call, batch_id),
                through,
                lookups=one % 2 == 1,
            )

    def answer(self, actor: Actor, delivery_model: DeliveryModel) -> None:
        """Let a call come to this."""
        self.provider.delivery_model = delivery_model
        before = len(self.provider.confirmed)
        actor.answer(self.loa.deps.run)
        actor.confirmed += self.provider.confirmed[before:]

    def _bury(self) -> None:
        for actor in [actor for actor in self.actors if actor.at is At.OVER]:
            actor.crash()
            self.actors.remove(actor)
            if not actor.died:
                self.heard |= {(self.campaign_of(key), phone) for key, phone in actor.confirmed}
            if actor.fault is not None:
                raise actor.fault

    def a_call_begins(self, call: Any, batch_id: UUID) -> None:
        """Looked at by the worker itself, at the moment of its call; what is wrong with it goes to `wrong`."""
        raise NotImplementedError

    def look_at_status(self, campaign: UUID, status: str) -> None:
        """A call for a campaign begins, which has this status now."""
        now, since = self.clock.now(), self.stopped_at.get(campaign)
        if status in STOPPED and since is not None and now > since + CALL_WITHIN:
            self.wrong.append(f"a call began {now - since} after its campaign was {status}")

    # The end: everything heals, and everything is settled

    def teardown(self) -> None:
        for actor in self.actors:
            actor.crash()
        if sys.exc_info()[0] is None and self.campaigns:
            self.provider.arrive()
            self.what_is_said_of_a_number_is_true()
            self.provider.delivery_model = DeliveryModel.TAKEN
            for campaign in self.campaigns:
                with suppress(Refused):
                    control.resume(self.loa.deps, campaign)
            self.heal()
            self.what_is_said_of_a_number_is_true()
            self.nobody_is_messaged_twice()
            self.no_number_gets_more_ads_than_are_allowed()
            self.who_is_counted_may_have_got_an_ad()

    def heal(self) -> None:
        """Let everything come to its end, and look at it."""
        raise NotImplementedError


def search(loa: World, machine: Callable[[], Interleaving], *, examples: int, steps: int) -> None:
    """Look for an order of events that breaks an invariant."""
    loa.change(throttle=Throttle(loa.loa.redis, Clock()), ads_a_day=ADS_A_DAY)
    with loa.deps.sessions.begin() as session:  # no machine fails here, so no commit has to wait for a disk
        session.execute(text(f'ALTER DATABASE "{loa.loa.engine.url.database}" SET synchronous_commit TO off'))
    loa.loa.engine.dispose()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("STATES_EXAMPLES", examples)),
            stateful_step_count=int(os.environ.get("STATES_STEPS", steps)),
            derandomize="STATES_EXAMPLES" not in os.environ,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        ),
    )
