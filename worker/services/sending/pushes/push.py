"""The send mode `push`: numbers are pushed into a campaign of the provider's own, one push at a time; the quota is the ledger.

The task of a batch is a task for its provider campaign: whichever batch is next goes. An UNKNOWN push is never sent again from
here: the next push is its probe, because the provider tells with every answer what is left of the quota. Until its lease is
over the provider may still be at work on it, so nothing is pushed after it before that.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.attempts import CallKind
from worker.domain.calls import Answer, Push, PushOrder
from worker.domain.outcome import Outcome
from worker.domain.states import BatchState, CampaignStatus, ProviderCampaignState
from worker.services import campaign_status
from worker.services.calling import call
from worker.services.calling.call import Claimed, OneCall
from worker.services.calling.outcomes import batch_after, log_answered
from worker.services.calling.terms import (
    NOT_BEGUN,
    describe,
    pause_before_retry,
    terms,
)
from worker.services.deps import Account, Deps
from worker.services.sending import ad_policy, halts
from worker.services.sending.pushes import create, quota_evidence, replan
from worker.storage import campaigns
from worker.storage.calling import attempts
from worker.storage.sending import batches, provider_campaigns, recipients, singles
from worker.storage.sending.batches import BatchChange, BatchSummary
from worker.storage.sending.provider_campaigns import Place
from worker.storage.tables.campaigns import Attempt, Batch, ProviderCampaign

log = structlog.get_logger(__name__)

#: So many lost pushes of one provider campaign wait for a person: something is wrong on the way there.
MOST_UNKNOWN: Final = 3


def push_batch(deps: Deps, account: Account, batch_id: UUID, seen: BatchSummary) -> Outcome | None:
    """Push what is next in a batch's provider campaign, which is created first where need be. None: nothing was sent."""
    provider, intake = account.campaigns, account.intake
    if provider is None or intake is None:
        return None
    now = deps.clock.now()
    with deps.sessions() as session:
        provider_campaign = provider_campaigns.of_batch(session, batch_id)
        if provider_campaign is None:
            return None
        place = provider_campaigns.place_of(provider_campaign)
        turn = provider_campaigns.next_in_turn(session, place, now)
    if turn is None or (provider_campaign.lease_until is not None and provider_campaign.lease_until >= now):
        return None
    if not create.may_place(account, provider_campaign, now):
        replan.replan(deps, account, intake, place)
        return None
    if provider_campaign.state is not ProviderCampaignState.OPEN:
        created = create.create(deps, account, provider, place, turn)
        if created is not Outcome.ACCEPTED:
            return created
    return _push(deps, account, place, turn, seen.messages)


def _push(deps: Deps, account: Account, place: Place, batch_id: UUID, messages: int) -> Outcome | None:
    pushed = PushCall(deps, account, place, batch_id, messages)
    reply = call.make(pushed)
    if pushed.waited:
        # Where nothing was called, its rules may have ended the batch instead.
        campaign_status.refresh(deps, place.campaign_id)
    if reply is None:
        return None
    outcome = reply.answer.outcome
    with deps.sessions.begin() as session:
        if pushed.warning:
            _warn(session, place, pushed.warning)
        after = provider_campaigns.next_in_turn(session, place, deps.clock.now())
    if after is not None and outcome in (Outcome.ACCEPTED, Outcome.REJECTED):
        # At once, not with the next sweep: a million numbers are a thousand pushes, one after the other.
        deps.task_queue.enqueue_send(account.name, after)
    return outcome


class PushCall(OneCall[PushOrder, Push]):
    """The strategy: claim the next batch of a provider campaign, push it, and read in the answer what became of earlier ones."""

    not_begun = Push(NOT_BEGUN)

    def __init__(self, deps: Deps, account: Account, place: Place, batch_id: UUID, messages: int) -> None:
        super().__init__(deps, account, messages, batch_id, batch=batch_id)
        self._place, self._batch_id = place, batch_id
        #: What contradicts our count; set when the answer is recorded.
        self.warning = ""

    def claim(self, _offsets: Sequence[float]) -> Claimed[PushOrder] | None:
        """Claim the provider campaign for this push, and the batch."""
        deps, account, place, batch_id = self.deps, self.account, self._place, self._batch_id
        on = terms(deps, account)
        with deps.sessions.begin() as session:
            if not campaigns.lock_if_sending(session, place.campaign_id, on.now):
                return None
            provider_campaign = provider_campaigns.lock(session, place)
            if not create.may_place(account, provider_campaign, on.now):
                return None
            mine = provider_campaigns.next_in_turn(session, place, on.now) == batch_id
            if not mine or not provider_campaigns.begin_push(session, place, batch_id, on.now, on.lease_until):
                return None
            batch = session.get_one(Batch, batch_id, with_for_update=True, populate_existing=True)
            if not ad_policy.drop_opt_outs(session, account, batch, provider_campaign, on.now):
                provider_campaigns.end_push(session, place, batch_id)
                return None
            attempt = batches.claim(session, batch_id, CallKind.PUSH, on)
            if attempt is None:
                session.rollback()
                return None
            phones = recipients.order_contents(session, batch_id).phones
            return Claimed(attempt, PushOrder(provider_campaign.ref, phones), on)

    def in_time(self, claimed: Claimed[PushOrder], _nth: int = 0) -> bool:
        """Not after a sleep, and while the provider takes orders for that hour."""
        with self.deps.sessions() as session:
            provider_campaign = provider_campaigns.of_batch(session, self._batch_id)
        # After the look: a database that stands still may hold it up for long.
        now = self.deps.clock.now()
        on_time = provider_campaign is not None and create.may_place(self.account, provider_campaign, now)
        return on_time and claimed.on.in_time(now)

    def record(self, claimed: Claimed[PushOrder], replies: Mapping[int, Push]) -> None:
        """Move the batch by the answer, and earlier unknown pushes by the room that it says is left."""
        account, attempt, place, got = self.account, claimed.attempt, self._place, replies[0]
        now, answer, warning, unexplained = self.deps.clock.now(), got.answer, "", ""
        with self.deps.sessions.begin() as session:
            if not got.no_room:
                halts.pause(session, account, place.campaign_id, attempt.began_at, answer)
            provider_campaigns.lock_campaign(session, place.campaign_id)
            row = provider_campaigns.lock(session, place)
            # A late answer to an earlier call ends no turn of the one that is made now.
            latest = batches.is_latest(session, attempt)
            in_turn = latest and row.pushing == self._batch_id
            state, changes = batch_after(answer.outcome, answer, attempt.number, now)
            if got.no_room:
                state, changes, unexplained = self._no_room(session, row, attempt, answer, now)
            elif answer.outcome is Outcome.ACCEPTED:
                changes["provider_ref"] = answer.ref
                changes.update(shortfall(got, len(claimed.request.phones), answer.provider_message))
            attempts.complete(session, attempt, ended_at=now, answer=answer)
            moved = self._move(session, row, attempt, state, changes)
            if moved and unexplained:
                # Of one that moved nothing, since it was recorded before or comes too late, the evidence is used up.
                campaigns.advance(session, place.campaign_id, CampaignStatus.PAUSED, status_reason=unexplained)
            refused = moved and state is BatchState.REJECTED
            if refused and not attempts.is_maybe_taken(session, self._batch_id, attempt.number):
                ad_policy.release(session, row, [session.get_one(Batch, self._batch_id)])
            if answer.outcome is not Outcome.UNKNOWN:
                if latest:
                    provider_campaigns.end_push(session, place, self._batch_id)
            elif len(lost := provider_campaigns.batches_in(session, place, BatchState.UNKNOWN)) >= MOST_UNKNOWN:
                reason = (
                    f"the answers to {len(lost)} pushes were lost; resume once {account.title} answers again. "
                    f"The latest ended with: {describe(account, answer)}"
                )
                campaigns.advance(session, place.campaign_id, CampaignStatus.PAUSED, status_reason=reason)
            # What a late answer tells of the room is out of date once another has its turn.
            if in_turn and got.remaining is not None and not got.no_room:
                warning = quota_evidence.from_remaining(session, account, row, got.remaining, self._batch_id, now)
        self.warning = warning
        log_answered(log, self._batch_id, answer, state if moved else None, warning)

    def _move(
        self, session: Session, row: ProviderCampaign, attempt: Attempt, to: BatchState, changes: BatchChange
    ) -> bool:
        """Move the batch by its answer, in a locked provider campaign; False when something else moved it meanwhile."""
        batch = singles.lock(session, attempt.owner_id)
        cancelled = batch.state is BatchState.CANCELLED
        moved = batches.record(session, attempt, to, **changes)
        if moved and cancelled:
            # It was given up, its ads were given back, and it was taken.
            ad_policy.count_placed(session, self.deps, self.account, row, batch)
        return moved

    def _no_room(
        self, session: Session, row: ProviderCampaign, attempt: Attempt, answer: Answer, now: datetime
    ) -> tuple[BatchState, BatchChange, str]:
        """A push was refused for want of room: a lost one explains it, or the campaign waits for a person, who is told this."""
        said, title = describe(self.account, answer), self.account.title
        changes = BatchChange(code=answer.code, provider_message=answer.provider_message, answered_at=now)
        batch = session.get_one(Batch, attempt.owner_id, populate_existing=True)
        explained = quota_evidence.from_refusal(session, self.account, row, batch, now)
        if explained:
            changes["provider_message"] = f"{said}: an earlier call of this push was counted"
            return BatchState.ACCEPTED, changes, ""
        unexplained = (
            f"{said.rstrip('.')}. {title} has no room left in its campaign {row.name}, and no push of ours explains it. "
            f"Ask {title} what it counted there, then resume, or cancel and create it again."
        )
        changes["refusals"] = batches.ONE_MORE_REFUSAL
        changes["not_before"] = now + pause_before_retry(answer, attempt.number)
        return BatchState.PLANNED, changes, unexplained if explained is None else ""


def shortfall(got: Push, pushed: int, words: str) -> BatchChange:
    """What is written of a push that was taken, when it was not taken whole."""
    left_out = max(0, pushed - got.taken) if got.taken is not None else 0
    if not left_out:
        return {"rejected": 0}
    return {"rejected": left_out, "provider_message": f"{words}; which {left_out} it left out, it does not say"}


def _warn(session: Session, place: Place, warning: str) -> None:
    """Say it where a person looks; after the status was refreshed, which may have said something else."""
    campaign = provider_campaigns.lock_campaign(session, place.campaign_id)
    if campaign is not None and warning not in campaign.status_reason:
        campaign.status_reason = "; ".join(filter(None, [campaign.status_reason, warning]))
