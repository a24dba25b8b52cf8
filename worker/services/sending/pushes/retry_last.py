"""An unknown last push, which no later one can probe, is repeated only where the quota is a net."""

from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from worker.domain import quota
from worker.domain.calls import Push, PushOrder
from worker.domain.outcome import Outcome
from worker.domain.states import BatchState
from worker.services import campaign_status
from worker.services.calling import call
from worker.services.calling.call import Claimed
from worker.services.calling.terms import describe, pause_before_retry, terms
from worker.services.deps import Account, Deps
from worker.services.sending import halts
from worker.services.sending.pushes import create, quota_evidence
from worker.services.sending.pushes.push import PushCall, shortfall
from worker.storage.calling import attempts
from worker.storage.operations import suppression
from worker.storage.sending import batches, provider_campaigns, recipients
from worker.storage.sending.batches import BatchChange
from worker.storage.sending.provider_campaigns import Place
from worker.storage.tables.campaigns import Batch

log = structlog.get_logger(__name__)

#: How many unknown last pushes one sweep repeats.
REPEATED_AT_ONCE: Final = 20


def retry_last_pushes(deps: Deps) -> int:
    """Repeat unknown last pushes for which the quota is a net; how many were decided. Safe to run twice at once."""
    decided = 0
    for account in deps.accounts.values():
        if account.campaigns is None:
            continue
        with deps.sessions() as session:
            unknowns = provider_campaigns.lone_unknown(session, account.name, deps.clock.now(), REPEATED_AT_ONCE)
        decided += sum(retry_last(deps, account, batch) for batch in unknowns)
    return decided


def retry_last(deps: Deps, account: Account, batch: Batch) -> bool:
    """Repeat a lone unknown last push, if the room left is 0 or exactly its size; whether that decided it."""
    if batch.provider_campaign is None:
        return False
    repeat = Repeat(deps, account, Place(batch.campaign_id, batch.provider_campaign), batch)
    if call.make(repeat) is None:
        return False
    campaign_status.refresh(deps, batch.campaign_id)
    return repeat.decided


class Repeat(PushCall):
    """The strategy: claim an unknown push once more, which stays unknown until an answer decides it."""

    def __init__(self, deps: Deps, account: Account, place: Place, batch: Batch) -> None:
        super().__init__(deps, account, place, batch.id, batch.size)
        self._batch = batch
        # A sweep repeats it, so no task of the batch is to be enqueued again where no slot is near.
        self._task_of = None
        #: Whether the answer told that the numbers are with the provider.
        self.decided = False

    def claim(self, _offsets: Sequence[float]) -> Claimed[PushOrder] | None:
        """Claim the provider campaign again, where its quota is a net: room left 0 or exactly this push's size."""
        deps, account, place, batch = self.deps, self.account, self._place, self._batch
        on = terms(deps, account)
        with deps.sessions.begin() as session:
            if provider_campaigns.lock_campaign(session, place.campaign_id, provider_campaigns.REPEATABLE) is None:
                return None
            row = provider_campaigns.lock(session, place)
            still_open = provider_campaigns.batches_in(session, place, *provider_campaigns.STILL_OPEN)
            alone = [(one.id, one.provider_ref) for one in still_open] == [(batch.id, "")]
            if not alone or not create.may_place(account, row, on.now):
                return None
            ledger, size = provider_campaigns.ledger(session, row), quota_evidence.push_size(batch)
            phones = recipients.order_contents(session, batch.id).phones
            # Without who opted out since, it would be smaller than the room that the first may have used.
            is_net = len(phones) == size and quota.may_repeat(ledger, size, row.remaining)
            if not is_net or suppression.among(session, phones):
                return None
            if not provider_campaigns.begin_push(session, place, batch.id, on.now, on.lease_until):
                return None
            attempt = provider_campaigns.repeat(session, batch, on)
            if attempt is None:
                session.rollback()
                return None
            return Claimed(attempt, PushOrder(row.ref, phones), on)

    def record(self, claimed: Claimed[PushOrder], replies: Mapping[int, Push]) -> None:
        """Whether the repeat, or its refusal, tells what became of the first push."""
        deps, account, attempt, place, got = self.deps, self.account, claimed.attempt, self._place, replies[0]
        now, answer = deps.clock.now(), got.answer
        pushed = len(claimed.request.phones)
        taken = pushed if got.taken is None else got.taken
        accepted = answer.outcome is Outcome.ACCEPTED and got.remaining in (None, 0, pushed - taken)
        with deps.sessions.begin() as session:
            if not got.no_room:
                halts.pause(session, account, place.campaign_id, attempt.began_at, answer)
            provider_campaigns.lock_campaign(session, place.campaign_id)
            row, said = provider_campaigns.lock(session, place), describe(account, answer)
            attempts.complete(session, attempt, ended_at=now, answer=answer)
            changes = BatchChange(provider_message=f"repeated, and still unknown: {said}")
            if got.no_room:
                changes = BatchChange(
                    provider_message=f"{said}: the first push was counted, though its answer was lost"
                )
            elif accepted:
                words = f"{answer.provider_message}; the first push was not counted, this one is"
                changes = BatchChange(provider_message=words, provider_ref=answer.ref)
                changes.update(shortfall(got, pushed, words))
            elif answer.outcome is Outcome.ACCEPTED:
                # With its reference it is no lost push any more, so it is not repeated again.
                words = f"repeated and taken, but {got.remaining} are said to be left: some may have been taken twice"
                changes = BatchChange(provider_message=words, provider_ref=answer.ref)
            later = now + pause_before_retry(answer, attempt.number)
            changes.update(BatchChange(code=answer.code, answered_at=now, not_before=later))
            state = BatchState.ACCEPTED if got.no_room or accepted else BatchState.UNKNOWN
            self._move(session, row, attempt, state, changes)
            if answer.outcome is not Outcome.UNKNOWN and batches.is_latest(session, attempt):
                provider_campaigns.end_push(session, place, batch_id=attempt.owner_id)
            if got.remaining is not None or got.no_room:
                # A refusal tells that what was left by the answer before is out of date, and not what is left now.
                provider_campaigns.note(session, place, remaining=None if got.no_room else got.remaining)
        self.decided = state is BatchState.ACCEPTED
        about = {"batch": str(attempt.owner_id), "state": str(state)}
        log.warning("unknown_push_repeated", **about, code=answer.code, provider_message=answer.provider_message)
