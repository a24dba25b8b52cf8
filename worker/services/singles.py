"""How do numbers leave that are called one by one? In small waves, each marked before its calls and recorded after them.

A worker takes a batch for a turn of a few seconds. A wave is as many calls as the provider's rate allows in a second, 100 at
most; they run at once over kept-alive connections, each at its own slot. So a crash leaves one wave in doubt and the rest
of the batch untouched, and a pause is heeded before the next wave.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

import structlog
from sqlmodel import Session

from worker.domain.doubt import may_repeat
from worker.domain.outcome import DEFINITE_REFUSALS, Outcome
from worker.domain.states import RecipientState
from worker.domain.template import Template
from worker.domain.way import Way
from worker.providers.base import Answer, Purpose, TextMessage
from worker.services import lane, policy, settle
from worker.services.deps import Account, Deps
from worker.services.record import persist
from worker.services.send import (
    CALL_WITHIN,
    NOT_BEGUN,
    TOO_OLD,
    claim,
    pause_before_retry,
    terms,
    wait_for_window,
    words_of,
)
from worker.storage import batches, campaigns, frequency, lookup, singles
from worker.storage.batches import Glance
from worker.storage.singles import Addressee, Result
from worker.storage.tables import Attempt, Batch

log = structlog.get_logger(__name__)

#: The most calls at once in one process, and so the most that a crash leaves in doubt.
CONCURRENCY: Final = 100
#: A wave's calls begin within this: a pause that returned must not see more of them.
WAVE_S: Final = 1.0
#: A turn begins no wave after this, so that campaigns take turns and a worker can be stopped.
TURN_S: Final = 5.0
#: So many doubts in a wave, and nothing but doubts: whatever is wrong over there, it is not asked again at once.
ONLY_DOUBTS: Final = 3

STATES: Final = {
    Outcome.ACCEPTED: RecipientState.ACCEPTED,
    Outcome.REJECTED: RecipientState.REJECTED,
    Outcome.UNKNOWN: RecipientState.UNKNOWN,
    # Certainly not taken: to be called again.
    Outcome.RETRY: None,
    Outcome.HALT: None,
}


def take_turn(deps: Deps, account: Account, batch_id: UUID, seen: Glance) -> Outcome | None:
    """Call numbers of a batch until all are, or the turn is over. The last wave's worst outcome; None: nothing was sent."""
    turn = _Turn(deps, account, batch_id, seen)
    if not wait_for_window(deps, account, seen.kind):
        return None
    while (wave := turn.begin_wave()) is not None:
        answers = deps.run(_call_all(turn.messages(wave), account, turn.offsets)) if turn.in_time() else None
        turn.record(wave, answers or [NOT_BEGUN] * len(wave))
    turn.end()
    return turn.outcome


class _Turn:
    """One worker's hold of a batch."""

    def __init__(self, deps: Deps, account: Account, batch_id: UUID, seen: Glance) -> None:
        self._deps, self._account, self._batch_id, self._seen = deps, account, batch_id, seen
        self._began = time.monotonic()
        self._attempt: Attempt | None = None
        self._left: list[Addressee] = []
        self._pause = timedelta(0)
        self._over = False
        self._evidence: list[Answer] = []
        self.outcome: Outcome | None = None
        #: Whether its numbers may be suppressed, and are counted.
        self._limited = seen.kind == Purpose.ADS
        self.offsets: Sequence[float] = ()
        self.size = max(1, min(CONCURRENCY, math.floor(account.requests_per_second * WAVE_S)))

    def begin_wave(self) -> list[Addressee] | None:
        """Wait for the wave's slots, then claim and mark it; None when the turn is over. No transaction is open after it."""
        if self._over or (self._attempt and (not self._left or time.monotonic() - self._began > TURN_S)):
            return None
        deps, account = self._deps, self._account
        size = min(self.size, len(self._left)) if self._attempt else self.size
        weight, first = self._seen.parts, None if self._attempt else self._batch_id
        offsets = lane.begin(deps, account, first, slots=size, messages=weight, spread_s=WAVE_S)
        if offsets is None:
            return None
        self.offsets, size = offsets, len(offsets)
        on = terms(deps, account, offsets[-1])
        # The last of the wave must still be inside the hours.
        if not all(account.hours(self._seen.kind).contains(at) for at in (on.now, on.last_call)):
            return None
        with deps.sessions.begin() as session:
            if self._attempt is None:
                self._attempt = claim(session, self._seen, self._batch_id, on)
                if self._attempt is None:
                    return None
                self._batch = session.get_one(Batch, self._batch_id)
                self._turns = lookup.calls(session, self._batch_id, Way.SINGLE)
                if not may_repeat(self._turns[0][0], on.now):
                    # They waited too long for their window or a resume to be repeated under their keys.
                    lookup.doubt_again(session, self._batch, TOO_OLD)
                self._sender = campaigns.sender(session, self._seen.campaign_id)
                self._template = Template(self._batch.text)
                self._left = singles.uncalled(session, self._batch)
            elif not (
                campaigns.hold_sending(session, self._seen.campaign_id)
                and singles.keep_claim(session, self._batch_id, self._attempt.number, on.lease_until)
            ):
                return None
            wave = self._next(session, size, on.now)
            marked = singles.intend(session, self._batch, [one.phone for one in wave])
        self._wave_began = on.now
        return [one for one in wave if one.phone in marked] or None

    def _next(self, session: Session, size: int, now: datetime) -> list[Addressee]:
        """The next that may be called. Where the rules leave nobody of a wave, they are asked about the one after it."""
        wave: list[Addressee] = []
        while self._left and not wave:
            wave, self._left = self._left[:size], self._left[size:]
            if self._limited:
                batch = singles.lock(session, self._batch_id)
                # Of a call that is repeated, the ad was counted: it may have been taken.
                fresh = [one.phone for one in wave if not one.repeat]
                free = policy.allowed(session, batch, fresh, now, self._deps.ads_a_day)
                again = [one.phone for one in wave if one.repeat]
                policy.count_anew(session, again, self._turns, now, self._deps.ads_a_day)
                wave = [one for one in wave if one.repeat or one.phone in free]
        return wave

    def in_time(self) -> bool:
        """Whether the wave's calls may begin, the last of them a second later: the process did not sleep since it was marked."""
        return self._deps.clock.now() <= self._wave_began + CALL_WITHIN - timedelta(seconds=WAVE_S)

    def messages(self, wave: Sequence[Addressee]) -> list[TextMessage]:
        """What each of the wave is told, and under which key."""
        return [
            TextMessage(
                request_id=(request_id := str(uuid5(self._seen.campaign_id, f"{one.row}-{one.refusals}"))),
                # Where a record can be read, it is found there by its batch and its number.
                key=str(self._batch_id) if self._account.records is not None else request_id,
                sender=self._sender,
                text=self._template.fill(one.vars or {}),
                phone=one.phone,
                purpose=Purpose(self._seen.kind),
            )
            for one in wave
        ]

    def record(self, wave: Sequence[Addressee], answers: Sequence[Answer]) -> None:
        """Write down what the wave's calls came to, and decide whether another may follow."""
        results = [_result(self._account, one, answer) for one, answer in zip(wave, answers, strict=True)]
        halt = next((answer for answer in answers if answer.outcome is Outcome.HALT), None)
        persist(lambda: self._write(results, halt), batch=str(self._batch_id), answers=str(len(results)))
        outcomes = Counter(answer.outcome for answer in answers)
        say = log.info if set(outcomes) == {Outcome.ACCEPTED} else log.warning
        say("wave_answered", batch=str(self._batch_id), **{str(what): number for what, number in outcomes.items()})
        self.outcome = next((what for what in WORST_FIRST if what in outcomes), None)
        again = next((answer for answer in answers if answer.outcome is Outcome.RETRY), None)
        doubts = outcomes[Outcome.UNKNOWN]
        if again is not None:
            self._pause = pause_before_retry(again, self._batch.refusals + 1)
        elif doubts >= ONLY_DOUBTS and doubts == len(answers):
            self._pause = pause_before_retry(Answer(Outcome.UNKNOWN), self._batch.refusals + 4)
        self._over = halt is not None or bool(self._pause)
        lane.heard(self._deps, self._account, *answers)
        self._evidence += [answer for answer in answers if answer.outcome is not Outcome.ACCEPTED]

    def end(self) -> None:
        """Give the batch back: with what is left of it, or as done."""
        if self._attempt is None:
            return
        persist(self._give_back, batch=str(self._batch_id))
        settle.settle(self._deps, self._seen.campaign_id)

    def _write(self, results: Sequence[Result], halt: Answer | None) -> None:
        with self._deps.sessions.begin() as session:
            if halt is not None:
                # Campaign first, batch second, as the claim does.
                campaigns.halt(session, self._account.name, self._wave_began, words_of(self._account, halt))
            batch = singles.lock(session, self._batch_id)
            news = singles.note(session, batch, results)
            if self._limited:
                refused = [one.phone for one in results if _certainly_refused(one) and one.phone in news]
                frequency.give_back(session, refused, self._wave_began)
            if self._attempt is not None and batch.attempts != self._attempt.number:
                # The claim was given up before these answers came, and another worker has the batch.
                singles.count(session, batch)

    def _give_back(self) -> None:
        deps, now = self._deps, self._deps.clock.now()
        assert self._attempt is not None  # noqa: S101 - told to the type checker
        with deps.sessions.begin() as session:
            batch = singles.lock(session, self._batch_id)
            batches.complete(session, self._attempt, ended_at=now, answer=self._summary())
            if batch.attempts != self._attempt.number:
                return
            # How often in a row it was turned away.
            batch.refusals = self._batch.refusals + 1 if self._pause else 0
            batch.answered_at = now
            if told := next((one for one in self._evidence if one.outcome in TOLD), None):
                batch.code, batch.words = told.code, told.words
            reports = self._account.reports(self._seen.kind)
            singles.give_back(
                session,
                batch,
                not_before=now + self._pause,
                next_poll_at=now + deps.polling.first if reports else None,
            )
            if batch.suppressed == batch.size:
                batch.code, batch.words = policy.NOBODY_LEFT, policy.NOBODY_LEFT_WORDS

    def _summary(self) -> Answer:
        """The turn's calls as one: the worst outcome, and what was said of those that were not taken."""
        raw = "\n".join(dict.fromkeys(one.raw for one in self._evidence if one.raw))
        first = self._evidence[0] if self._evidence else Answer(Outcome.ACCEPTED)
        return Answer(self.outcome or Outcome.RETRY, first.code, first.words, raw=raw[:LONGEST_RAW])


#: Outcomes whose words a person needs to read of a batch.
TOLD: Final = frozenset({Outcome.UNKNOWN, Outcome.REJECTED})
LONGEST_RAW: Final = 2_000
#: What a wave is reported as.
WORST_FIRST: Final = (Outcome.HALT, Outcome.UNKNOWN, Outcome.RETRY, Outcome.REJECTED, Outcome.ACCEPTED)


async def _call_all(messages: Sequence[TextMessage], account: Account, offsets: Sequence[float]) -> list[Answer]:
    """Call all at once, each at its slot; no call raises, so none is lost."""
    began = asyncio.get_running_loop().time()

    async def one(offset_s: float, message: TextMessage) -> Answer:
        wait_s = began + offset_s - asyncio.get_running_loop().time()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        return await account.messages.send_message(message)

    # A number that was not there to be marked leaves its slot unused.
    return list(await asyncio.gather(*map(one, offsets, messages)))


def _certainly_refused(result: Result) -> bool:
    """Whether the number did not get this ad, and will not but by another call that is counted."""
    return result.state in {None, RecipientState.REJECTED} and result.reason != singles.ABSENT


def _result(account: Account, to: Addressee, answer: Answer) -> Result:
    if to.vouched and not account.keyed and answer.code in account.seen_before:
        # Without a key the text itself is known again: the call that a person gave up had been taken.
        return Result(to.phone, RecipientState.ACCEPTED, answer.code, f"it was taken after all: {answer.words}")
    state = STATES[answer.outcome]
    refused = answer.outcome in {Outcome.RETRY, Outcome.HALT} and bool(answer.code)
    if to.repeat and answer.outcome in DEFINITE_REFUSALS:
        if not answer.code and answer.outcome is Outcome.RETRY:
            # It never left: still to be repeated, under the same key.
            return Result(to.phone, None, reason=singles.ABSENT)
        # Only the repeat was refused; the call before it may have been taken.
        return Result(to.phone, RecipientState.UNKNOWN, answer.code, f"its repeat was refused: {answer.words}")
    reason = "" if state in {None, RecipientState.ACCEPTED} else answer.words
    if state is None and account.keyed and not refused and answer is not NOT_BEGUN:
        reason = singles.TURNED_AWAY
    return Result(to.phone, state, answer.code, reason, answer.ref, refused)
