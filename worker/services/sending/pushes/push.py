"""The send mode `push`: numbers are pushed into a campaign of the provider's own, one push at a time; the quota is the ledger.

The task of a batch is a task for its provider campaign: whichever batch is next goes. An UNKNOWN push is never sent again from
here: the next push is its probe, because the provider tells with every answer what is left of the quota. Until its lease is
over the provider may still be at work on it, so nothing is pushed after it before that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.attempts import CallKind
from worker.domain.calls import Answer, Push, PushOrder
from worker.domain.outcome import Outcome
from worker.domain.states import BatchState, CampaignStatus, ProviderCampaignState
from worker.services import campaign_status
from worker.services.calling import call, limits
from worker.services.calling.outcomes import batch_after
from worker.services.calling.terms import (
    CALL_WITHIN,
    NEWS_FOR_AN_OPERATOR,
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


@dataclass(frozen=True, slots=True)
class Claimed:
    """A push that this process, and no other, may call."""

    attempt: Attempt
    order: PushOrder


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
    reply = call.make(deps, account, pushed)
    if reply is None:
        if pushed.waited:
            # Its rules may have ended the batch instead.
            campaign_status.refresh(deps, place.campaign_id)
        return None
    outcome = reply.answer.outcome
    campaign_status.refresh(deps, place.campaign_id)
    with deps.sessions.begin() as session:
        if pushed.warning:
            _warn(session, place, pushed.warning)
        after = provider_campaigns.next_in_turn(session, place, deps.clock.now())
    if after is not None and outcome in (Outcome.ACCEPTED, Outcome.REJECTED):
        # At once, not with the next sweep: a million numbers are a thousand pushes, one after the other.
        deps.task_queue.enqueue_send(account.name, after)
    return outcome


class PushCall:
    """The strategy: claim the next batch of a provider campaign, push it, and read in the answer what became of earlier ones."""

    def __init__(self, deps: Deps, account: Account, place: Place, batch_id: UUID, messages: int) -> None:
        self._deps, self._account, self._place, self._batch_id = deps, account, place, batch_id
        self._messages = messages
        self.waited = False
        #: What contradicts our count; set when the answer is recorded.
        self.warning = ""

    def wait(self, pause: call.Pause) -> Sequence[float] | None:
        """A slot for the whole push."""
        offsets = limits.begin(self._deps, self._account, self._batch_id, messages=self._messages, pause=pause)
        self.waited = offsets is not None
        return offsets

    def claim(self, _offsets: Sequence[float]) -> Claimed | None:
        """Claim the provider campaign for this push, and the batch."""
        deps, account, place, batch_id = self._deps, self._account, self._place, self._batch_id
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
            attempt = batches.claim(
                session,
                batch_id,
                CallKind.PUSH,
                account.name,
                now=on.now,
                deadline=on.deadline,
                lease_until=on.lease_until,
                account=account.fingerprint,
            )
            if attempt is None:
                session.rollback()
                return None
            phones = recipients.order_contents(session, batch_id).phones
            return Claimed(attempt, PushOrder(provider_campaign.ref, phones))

    def in_time(self, claimed: Claimed, _nth: int = 0) -> bool:
        """Not after a sleep, and while the provider takes orders for that hour."""
        return push_in_time(self._deps, self._account, claimed.attempt)

    def requests(self, claimed: Claimed) -> Sequence[PushOrder]:
        """One."""
        return [claimed.order]

    def not_begun(self) -> Push:
        """The batch goes back to the plan."""
        return Push(NOT_BEGUN)

    def about(self, _claimed: Claimed) -> Mapping[str, str]:
        """The batch."""
        return {"batch": str(self._batch_id)}

    def record(self, claimed: Claimed, replies: Mapping[int, Push]) -> None:
        """Move the batch by the answer, and earlier unknown pushes by the room that it says is left."""
        deps, account, attempt, place = self._deps, self._account, claimed.attempt, self._place
        got, now = replies[0], deps.clock.now()
        answer, warning, unexplained = got.answer, "", ""
        with deps.sessions.begin() as session:
            if not got.no_room:
                halts.pause(session, account, place.campaign_id, attempt.began_at, answer, describe(account, answer))
            provider_campaigns.lock_campaign(session, place.campaign_id)
            provider_campaign = provider_campaigns.lock(session, place)
            # A late answer to an earlier call ends no turn of the one that is made now.
            latest = batches.is_latest(session, attempt)
            in_turn = latest and provider_campaign.pushing == self._batch_id
            state, changes = batch_after(answer.outcome, answer, attempt.number, now)
            if got.no_room:
                state, more, unexplained = _no_room(deps, session, account, provider_campaign, claimed, answer)
                said = BatchChange(code=answer.code, provider_message=answer.provider_message, answered_at=now)
                changes = {**said, **more}
            elif answer.outcome is Outcome.ACCEPTED:
                changes["provider_ref"] = answer.ref
                changes.update(shortfall(got, len(claimed.order.phones), answer.provider_message))
            attempts.complete(session, attempt, ended_at=now, answer=answer)
            moved = move(session, deps, account, provider_campaign, attempt, state, changes)
            if moved and unexplained:
                # Of one that moved nothing, since it was recorded before or comes too late, the evidence is used up.
                campaigns.advance(session, place.campaign_id, CampaignStatus.PAUSED, status_reason=unexplained)
            refused = moved and state is BatchState.REJECTED
            if refused and not attempts.is_maybe_taken(session, self._batch_id, attempt.number):
                ad_policy.release(session, provider_campaign, [session.get_one(Batch, self._batch_id)])
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
                warning = quota_evidence.from_remaining(
                    session, account, provider_campaign, got.remaining, self._batch_id, now
                )
        self.warning = warning
        say = log.warning if answer.outcome in NEWS_FOR_AN_OPERATOR or warning else log.info
        words = "" if answer.outcome is Outcome.ACCEPTED else answer.provider_message
        words = "; ".join(filter(None, [words, warning]))
        state_now = str(state) if moved else "moved by another"
        say("batch_answered", batch=str(self._batch_id), state=state_now, code=answer.code, provider_message=words)


def move(
    session: Session,
    deps: Deps,
    account: Account,
    provider_campaign: ProviderCampaign,
    attempt: Attempt,
    to: BatchState,
    changes: BatchChange,
) -> bool:
    """Move the batch of a push, in a locked provider campaign, by its answer; False when something else moved it meanwhile."""
    batch = singles.lock(session, attempt.owner_id)
    cancelled = batch.state is BatchState.CANCELLED
    moved = batches.record(session, attempt, to, **changes)
    if moved and cancelled:
        # It was given up, its ads were given back, and it was taken.
        ad_policy.count_placed(session, deps, account, provider_campaign, batch)
    return moved


def push_in_time(deps: Deps, account: Account, attempt: Attempt) -> bool:
    """Whether the call of a claimed push may still begin."""
    with deps.sessions() as session:
        provider_campaign = provider_campaigns.of_batch(session, attempt.owner_id)
    # After the look: a database that stands still may hold it up for long.
    now = deps.clock.now()
    on_time = provider_campaign is not None and create.may_place(account, provider_campaign, now)
    return on_time and now - attempt.began_at <= CALL_WITHIN


def shortfall(got: Push, pushed: int, words: str) -> BatchChange:
    """What is written of a push that was taken, when it was not taken whole."""
    left_out = max(0, pushed - got.taken) if got.taken is not None else 0
    if not left_out:
        return {"rejected": 0}
    return {"rejected": left_out, "provider_message": f"{words}; which {left_out} it left out, it does not say"}


def _no_room(
    deps: Deps,
    session: Session,
    account: Account,
    provider_campaign: ProviderCampaign,
    claimed: Claimed,
    answer: Answer,
) -> tuple[BatchState, BatchChange, str]:
    """A push was refused for want of room: a lost one explains it, or the campaign waits for a person, who is told this."""
    now = deps.clock.now()
    batch = session.get_one(Batch, claimed.attempt.owner_id, populate_existing=True)
    explained = quota_evidence.from_refusal(session, account, provider_campaign, batch, now)
    if explained:
        return (
            BatchState.ACCEPTED,
            {"provider_message": f"{describe(account, answer)}: an earlier call of this push was counted"},
            "",
        )
    unexplained = (
        f"{describe(account, answer).rstrip('.')}. {account.title} has no room left in its campaign "
        f"{provider_campaign.name}, and no push of ours explains it. Ask {account.title} what it counted there, then "
        "resume, or cancel and create it again."
    )
    later = now + pause_before_retry(answer, claimed.attempt.number)
    return (
        BatchState.PLANNED,
        {"refusals": batches.ONE_MORE_REFUSAL, "not_before": later},
        unexplained if explained is None else "",
    )


def _warn(session: Session, place: Place, warning: str) -> None:
    """Say it where a person looks; after the status was refreshed, which may have said something else."""
    campaign = provider_campaigns.lock_campaign(session, place.campaign_id)
    if campaign is not None and warning not in campaign.status_reason:
        campaign.status_reason = "; ".join(filter(None, [campaign.status_reason, warning]))
