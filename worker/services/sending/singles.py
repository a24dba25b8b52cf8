"""The send mode `single`: numbers leave one by one, in small waves, each marked before its calls and recorded after them.

A worker takes a batch for a run of a few seconds. As many calls are in flight as the provider's rate allows in a second, 100 at
most, over kept-alive connections, each at its own slot. A wave is half of them, so that one is recorded and the next one claimed
while another goes on. So a crash leaves at most two waves unknown and the rest of the batch untouched, and a pause is heeded
before each claim.
"""

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.attempts import CALL_WITHIN, CallKind, Terms, may_repeat
from worker.domain.calls import Answer, Purpose, TemplateMessage, TextMessage
from worker.domain.outcome import Outcome
from worker.domain.send_mode import SendMode
from worker.domain.states import BatchState, RecipientState
from worker.services import campaign_status
from worker.services.calling import call, limits, waves
from worker.services.calling.call import PaidCall
from worker.services.calling.persist import persist
from worker.services.calling.terms import pause_before_retry, terms
from worker.services.deps import Account, Deps
from worker.services.sending import ad_policy, halts, orders, single_ads
from worker.services.sending.lists import BY_ANOTHER_ACCOUNT, TOO_OLD
from worker.services.sending.single_results import TOLD, WORST_FIRST, certainly_refused, of_all, result_of
from worker.services.sending.window import wait_for_window
from worker.storage import campaigns, database
from worker.storage.calling import attempts
from worker.storage.sending import batches, contacts, singles
from worker.storage.sending.batches import BatchSummary
from worker.storage.sending.singles import Addressee, Result
from worker.storage.tables.campaigns import Attempt, Batch
from worker.storage.unknown import elsewhere, lookup

log = structlog.get_logger(__name__)

#: The most calls at once in one process, and so the most that a crash leaves unknown.
CONCURRENCY: Final = 100
#: A wave is recorded at once where it ends within this; of one that goes on, what has ended by then.
GATHER_S: Final = 0.05
#: A wave whose calls have ended within this waits for nothing but for us.
QUICK_S: Final = 0.04
#: A wave's calls begin within this: a pause that returned must not see more of them.
WAVE_S: Final = 1.0
#: A turn begins no wave after this, so that campaigns take turns and a worker can be stopped.
RUN_S: Final = 5.0
#: So many unknown calls in a wave, and nothing but unknown calls: whatever is wrong over there, it is not asked again at once.
ONLY_UNKNOWN: Final = 3


def run_batch(deps: Deps, account: Account, batch_id: UUID, seen: BatchSummary) -> Outcome | None:
    """Call numbers of a batch until all are, or the run is over. The last wave's worst outcome; None: nothing was sent."""
    if not wait_for_window(deps, account, seen.kind):
        return None
    run = BatchRun(deps, account, batch_id, seen)
    waves.make_all(deps, run, GATHER_S)
    run.end()
    return run.outcome


@dataclass(frozen=True, slots=True)
class Wave:
    """Numbers that this process, and no other, may call now."""

    members: Sequence[Addressee]
    on: Terms
    #: Whether one window lasts until the last of its calls may begin; else each call asks for itself.
    inside: bool
    began: float = field(default_factory=time.monotonic)
    #: What its calls came to so far.
    outcomes: Counter[Outcome] = field(default_factory=Counter)


class BatchRun(PaidCall[Wave, Answer]):
    """The strategy: one worker's hold of a batch, whose numbers it claims and calls wave by wave."""

    look_every_s: float | None = None

    def __init__(self, deps: Deps, account: Account, batch_id: UUID, seen: BatchSummary) -> None:
        super().__init__(deps, account, batch=batch_id)
        self._batch_id, self._seen = batch_id, seen
        self._began = time.monotonic()
        self._attempt: Attempt | None = None
        self._left: list[Addressee] = []
        self._pause = timedelta(0)
        self._over = False
        self._evidence: list[Answer] = []
        self.outcome: Outcome | None = None
        #: Whether its numbers may be suppressed, and are counted.
        self._limited = seen.kind == Purpose.ADS
        self.size = max(1, min(CONCURRENCY, math.floor(account.requests_per_second * WAVE_S)))
        #: How many are claimed at once: half, so that the other half is in flight meanwhile; all, where calls are quick.
        self._half = self._wave = max(1, self.size // 2)
        self._quick = False

    def over(self) -> bool:
        """Whether no further wave is to be begun."""
        if self._attempt is None:
            return self._over
        return self._over or not self._left or time.monotonic() - self._began > RUN_S

    def has_more(self, in_flight: int) -> bool:
        """Whether to claim a wave: as soon as there is room for it beside the calls in flight."""
        return not self.over() and in_flight <= self.size - self._half

    def begin(self, in_flight: int, pause: call.Pause) -> call.Begun[Wave, Answer] | None:
        """Claim the next wave."""
        self._wave = self.size if self._quick and not in_flight else self._half
        begun = call.begin(self, pause)
        self._over = self._over or begun is None
        return begun

    def wait(self, pause: call.Pause = time.sleep) -> Sequence[float] | None:
        """Slots for a wave."""
        size = min(self._wave, len(self._left)) if self._attempt else self._wave
        first = None if self._attempt else self._batch_id
        return limits.begin(
            self.deps, self.account, first, slots=size, messages=self._seen.parts, spread_s=WAVE_S, pause=pause
        )

    def claim(self, offsets: Sequence[float]) -> Wave | None:
        """Claim the batch with the first wave, then go on with the claim; mark the wave's numbers."""
        deps, account = self.deps, self.account
        if self._over:
            # What ended while it waited for its slots.
            return None
        on, hours = terms(deps, account, offsets[-1]), account.hours(self._seen.kind)
        # The last of the wave must still be inside the hours.
        if not all(hours.contains(at) for at in (on.now, on.last_call)):
            return None
        if self._attempt is not None and not self._limited:
            wave, marked = self._go_on(self._attempt.number, len(offsets), on)
        else:
            with deps.sessions.begin() as session:
                if not self._hold(session, on):
                    return None
                wave = self._next(session, len(offsets), on.now)
                marked = singles.intend(session, self._batch, [one.phone for one in wave])
        members = [one for one in wave if one.phone in marked]
        return Wave(members, on, hours.stays_open(on.now, on.now + CALL_WITHIN)) if members else None

    def in_time(self, claimed: Wave, _nth: int = 0) -> bool:
        """Not after a sleep, the hours or the last moment; a call that is too late leaves its number to the next run."""
        now, seen = self.deps.clock.now(), self._seen
        open_now = (claimed.inside and claimed.on.now <= now) or self.account.hours(seen.kind).contains(now)
        return claimed.on.in_time(now) and open_now and seen.may_leave(now)

    def requests(self, claimed: Wave) -> Sequence[TextMessage | TemplateMessage]:
        """What each of the wave is told, and under which key."""
        return [self._order(one) for one in claimed.members]

    def record(self, claimed: Wave, came: Mapping[int, Answer]) -> None:
        """Write down what calls of the wave came to, and decide whether another may follow."""
        replies = [*came.values()]
        results = [result_of(self.account, claimed.members[nth], answer) for nth, answer in came.items()]
        halt = halts.widest(replies)
        self._write(results, halt, claimed.on.now)
        claimed.outcomes.update(came_to := Counter(answer.outcome for answer in replies))
        outcomes = claimed.outcomes
        self._quick = outcomes.total() == len(claimed.members) and time.monotonic() - claimed.began < QUICK_S
        say = log.info if set(came_to) == {Outcome.ACCEPTED} else log.warning
        say("calls_answered", batch=str(self._batch_id), **{str(what): number for what, number in came_to.items()})
        self.outcome = next((what for what in WORST_FIRST if what in outcomes), None)
        again = next((answer for answer in replies if answer.outcome is Outcome.RETRY), None)
        unknowns = outcomes[Outcome.UNKNOWN]
        if again is not None:
            self._pause = pause_before_retry(again, self._batch.refusals + 1)
        elif unknowns >= ONLY_UNKNOWN and unknowns == len(claimed.members):
            self._pause = pause_before_retry(Answer(Outcome.UNKNOWN), self._batch.refusals + 4)
        self._over = self._over or halt is not None or bool(self._pause)
        self._evidence += [answer for answer in replies if answer.outcome is not Outcome.ACCEPTED]

    def end(self) -> None:
        """Give the batch back: with what is left of it, or as done."""
        if self._attempt is None:
            return
        persist(self._give_back, batch=str(self._batch_id))
        campaign_status.refresh(self.deps, self._seen.campaign_id)

    def _hold(self, session: Session, on: Terms) -> bool:
        """Claim the batch of a running campaign, or see that the claim still stands."""
        if not campaigns.lock_if_sending(session, self._seen.campaign_id, on.last_call):
            return False
        if self._attempt is not None:
            return singles.keep_claim(session, self._batch_id, self._attempt.number, on.lease_until)
        self._attempt = batches.claim(session, self._batch_id, CallKind.SINGLE, on)
        if self._attempt is None:
            return False
        self._batch = session.get_one(Batch, self._batch_id)
        runs = lookup.calls(session, self._batch_id, SendMode.SINGLE)
        if not may_repeat(runs[0][0], on.now):
            # They waited too long for their window or a resume to be repeated under their keys.
            lookup.mark_unknown(session, self._batch, TOO_OLD)
        elif elsewhere.run_before(session, self._batch, self.account.fingerprint):
            # No other account knows their keys.
            lookup.mark_unknown(session, self._batch, BY_ANOTHER_ACCOUNT)
        self._order = orders.of_batch(session, self.account, self._batch, Purpose(self._seen.kind))
        self._left = singles.uncalled(session, self._batch)
        return True

    def _go_on(self, number: int, size: int, on: Terms) -> tuple[list[Addressee], set[int]]:
        """The next wave of a claim that stands, about which no rule is asked, and who of it was marked."""
        wave = self._left[:size]
        phones = [one.phone for one in wave]
        with database.statement(self.deps.sessions) as at:
            marked = singles.go_on(at, self._batch, number, phones, until=on.lease_until, last_call=on.last_call)
        if marked:
            self._left = self._left[size:]
        return wave, marked

    def _next(self, session: Session, size: int, now: datetime) -> list[Addressee]:
        """The next that may be called. Where the rules leave nobody of a wave, they are asked about the one after it."""
        wave: list[Addressee] = []
        while self._left and not wave:
            wave, self._left = self._left[:size], self._left[size:]
            if self._limited:
                batch = singles.lock(session, self._batch_id)
                wave = single_ads.permitted(session, self.deps, self.account, batch, wave, now)
        return wave

    def _write(self, results: Sequence[Result], halt: Answer | None, began_at: datetime) -> None:
        if self._attempt is not None and halt is None and not self._limited:
            with database.statement(self.deps.sessions) as at:
                if singles.note(at, self._batch, results, self._attempt.number):
                    return
        # The claim does not stand any more, all of it is written down already, or there is more to do.
        with self.deps.sessions.begin() as session:
            if halt is not None:
                halts.pause(session, self.account, self._seen.campaign_id, began_at, halt)
            batch = singles.lock(session, self._batch_id)
            late = self._attempt is not None and batch.attempts != self._attempt.number
            if late:
                # The claim was given up, and another worker has the batch: it may be in a call for these very numbers, which
                # no refusal of an earlier one may set free.
                results = [one for one in results if one.state is RecipientState.ACCEPTED]
            news = singles.note(session, batch, results)
            if self._limited:
                if late or batch.state is not BatchState.SENDING:
                    taken = [one.phone for one in results if one.state is RecipientState.ACCEPTED and one.phone in news]
                    contacts.count_taken(session, batch, taken, began_at)
                refused = [one.phone for one in results if certainly_refused(one) and one.phone in news]
                contacts.give_back_called(session, batch, refused)
            if late:
                singles.count(session, batch)

    def _give_back(self) -> None:
        deps, now = self.deps, self.deps.clock.now()
        assert self._attempt is not None  # noqa: S101 - told to the type checker
        with deps.sessions.begin() as session:
            batch = singles.lock(session, self._batch_id)
            attempts.complete(session, self._attempt, ended_at=now, answer=of_all(self.outcome, self._evidence))
            if batch.attempts != self._attempt.number:
                return
            # How often in a row it was turned away.
            batch.refusals = self._batch.refusals + 1 if self._pause else 0
            batch.answered_at = now
            if told := next((one for one in self._evidence if one.outcome in TOLD), None):
                batch.code, batch.provider_message = told.code, told.provider_message
            reports = self.account.reports(self._seen.kind)
            singles.give_back(
                session,
                batch,
                not_before=now + self._pause,
                next_poll_at=now + deps.polling.first if reports else None,
            )
            if batch.suppressed == batch.size:
                batch.code, batch.provider_message = ad_policy.NOBODY_LEFT, ad_policy.NOBODY_LEFT_WORDS
