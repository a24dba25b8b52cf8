"""The send mode `list`: a batch leaves as one order of ads (eSMS)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.attempts import CallKind, may_repeat
from worker.domain.calls import AdOrder, Answer
from worker.domain.outcome import DEFINITE_REFUSALS, Outcome
from worker.domain.states import BatchState
from worker.domain.webhook import NEEDS_OPERATOR
from worker.services import campaign_status
from worker.services.calling import call
from worker.services.calling.call import Claimed, OneCall
from worker.services.calling.outcomes import batch_after, log_answered
from worker.services.calling.terms import terms
from worker.services.deps import Account, Deps
from worker.services.sending import ad_policy, cutting, halts
from worker.services.sending.window import wait_for_window
from worker.storage import campaigns
from worker.storage.calling import attempts
from worker.storage.sending import batches, recipients, singles
from worker.storage.sending.batches import BatchChange, BatchSummary
from worker.storage.tables.campaigns import Batch
from worker.storage.unknown import elsewhere, lookup
from worker.storage.webhooks import outbox

log = structlog.get_logger(__name__)

TURNED_AWAY_LONG_AGO: Final = (
    "it was turned away without a code of the provider's own, so long ago that its key may be forgotten: "
    "it is looked up first"
)
TOO_OLD: Final = (
    "it may have been taken, and is too old to be repeated under its key: a person has to say what became of it"
)
UNKNOWN_AND_TOO_FEW: Final = (
    "it may have been taken, and too few are left to repeat it: a person has to say what became of it"
)
#: The record may show it yet.
LOOK_AGAIN: Final = timedelta(hours=6)
BY_ANOTHER_ACCOUNT: Final = (
    "it was called by another account, in whose record alone it can stand: a person has to say what became of it"
)


def send_list(deps: Deps, account: Account, batch_id: UUID, seen: BatchSummary) -> Outcome | None:
    """Send one batch as one order. None: nothing was sent."""
    if account.lists is None:
        return None
    order = Order(deps, account, batch_id, seen)
    answer = call.make(order)
    if order.waited:
        # Where nothing was called, its rules may have ended the batch instead.
        campaign_status.refresh(deps, seen.campaign_id)
    return answer.outcome if answer else None


class Order(OneCall[AdOrder, Answer]):
    """The strategy: claim a whole batch, place it, and move it to where the answer puts it."""

    def __init__(self, deps: Deps, account: Account, batch_id: UUID, seen: BatchSummary) -> None:
        super().__init__(deps, account, seen.messages, batch_id, batch=batch_id)
        self._batch_id, self._seen = batch_id, seen

    def claim(self, _offsets: Sequence[float]) -> Claimed[AdOrder] | None:
        """Claim the batch, if its rules let it go."""
        deps, account, seen = self.deps, self.account, self._seen
        if not wait_for_window(deps, account, seen.kind):
            return None
        on = terms(deps, account)
        with deps.sessions.begin() as session:
            if not campaigns.lock_if_sending(session, seen.campaign_id, on.last_call):
                return None
            batch = batches.lock_due(session, self._batch_id, on.now)
            if batch is None or not self._may_go(session, batch, on.now):
                return None
            # To count a long order takes a while, and the call is to begin within moments of its claim. It counts as of before.
            counted_at, on = on.now, terms(deps, account)
            attempt = batches.claim(session, self._batch_id, CallKind.ORDER, replace(on, now=counted_at))
            if attempt is None:
                return None
            contents = recipients.order_contents(session, self._batch_id)
            key = str(self._batch_id)
            order = AdOrder(attempt.request_id, key, contents.sender, contents.text, contents.phones)
        return Claimed(attempt, order, on)

    def in_time(self, claimed: Claimed[AdOrder], _nth: int = 0) -> bool:
        """Not after a sleep, not outside the hours, and not after the last moment."""
        now, seen = self.deps.clock.now(), self._seen
        return claimed.on.in_time(now) and self.account.hours(seen.kind).contains(now) and seen.may_leave(now)

    def record(self, claimed: Claimed[AdOrder], replies: Mapping[int, Answer]) -> None:
        """Move the batch by the answer, unless an earlier call may have been taken and this one was refused."""
        deps, account, attempt, answer = self.deps, self.account, claimed.attempt, replies[0]
        now = deps.clock.now()
        with deps.sessions.begin() as session:
            # By the attempt, which began before the order was counted; the claim's terms begin after it.
            halts.pause(session, account, self._seen.campaign_id, attempt.began_at, answer)
            # The batch before its attempt, as everywhere.
            batch = singles.lock(session, self._batch_id)
            outcome = answer.outcome
            if outcome is Outcome.ACCEPTED and attempts.lock(session, attempt).outcome in DEFINITE_REFUSALS:
                # A person said that it was not sent, and its ads were given back.
                ad_policy.count_anew(session, recipients.members(session, batch), [], attempt.began_at)
            if outcome in DEFINITE_REFUSALS and attempts.is_maybe_taken(session, self._batch_id, attempt.number):
                outcome = Outcome.UNKNOWN
            keep_key = attempts.was_turned_away(session, attempt)
            state, changes = batch_after(outcome, answer, attempt.number, now, keep_key=keep_key)
            if outcome is Outcome.ACCEPTED:
                changes["provider_ref"], changes["next_poll_at"] = answer.ref, now + deps.polling.first
            attempts.complete(session, attempt, ended_at=now, answer=answer)
            moved = batches.record(session, attempt, state, **changes)
            if outcome in DEFINITE_REFUSALS:
                ad_policy.uncount_refused(session, self._batch_id, moved=moved)
        log_answered(log, self._batch_id, answer, state if moved else None)

    def _may_go(self, session: Session, batch: Batch, now: datetime) -> bool:
        """Whether the rules let a locked batch go; if not, it is where they put it."""
        account, limit = self.account, ad_policy.limit(self.deps, self.account, now)
        unknown = lookup.calls(session, batch.id)
        under_key = lookup.under_key(session, batch) if account.accepts_idempotency_key else []
        if under_key and elsewhere.order(session, batch, account.fingerprint):
            self._leave_to_a_person(session, batch, BY_ANOTHER_ACCOUNT)
            return False
        if not unknown and under_key and not may_repeat(under_key[0][0], now):
            # All were turned away without a code of the provider's own, and its key may be forgotten: the record is asked first.
            batches.move(session, batch.id, BatchState.UNKNOWN, provider_message=TURNED_AWAY_LONG_AGO)
            return False
        if not (unknown or under_key):
            cutting.fit(session, account, batch)
        if not unknown:
            return ad_policy.admit(session, account, batch, now, limit, turned_away=bool(under_key))
        # Nobody joins an unknown order, and nobody leaves it but who asked for no more ads.
        if may_repeat(unknown[0][0], now):
            if not ad_policy.spare_opt_outs(session, account, batch):
                self._leave_to_a_person(session, batch, UNKNOWN_AND_TOO_FEW, next_lookup_at=now + LOOK_AGAIN)
                return False
            # It is counted at the latest, whose refusal says nothing of those before.
            calls = attempts.began(session, batch.id)
            ad_policy.count_anew(session, recipients.members(session, batch), calls, now)
            return True
        # It waited too long for its window, or for a resume.
        self._leave_to_a_person(session, batch, TOO_OLD)
        return False

    @staticmethod
    def _leave_to_a_person(session: Session, batch: Batch, words: str, next_lookup_at: datetime | None = None) -> None:
        changes = BatchChange(needs_operator=True, provider_message=words, next_lookup_at=next_lookup_at)
        batches.move(session, batch.id, BatchState.UNKNOWN, **changes)
        outbox.campaign_event(session, batch.campaign_id, NEEDS_OPERATOR)
