"""How are numbers pushed into a campaign of the provider's own? One push at a time; the quota is the ledger.

The bell of a batch is a bell for its placement: whichever batch is next goes. An UNKNOWN push is never sent again from
here: the next push is its probe, because the provider tells with every answer what is left of the quota. Until its lease is
over the provider may still be at work on it, so nothing is pushed after it before that.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.outcome import Outcome
from worker.domain.states import BatchState, CampaignStatus, PlacementState
from worker.providers.base import AdCampaignProvider, Answer, Push
from worker.services import creation, evidence, lane, policy, replan, settle
from worker.services.deps import Account, Deps
from worker.services.record import persist
from worker.services.send import (
    CALL_WITHIN,
    NEWS_FOR_AN_OPERATOR,
    NOT_BEGUN,
    pause_before_retry,
    terms,
    words_of,
)
from worker.storage import batches, campaigns, placements, recipients
from worker.storage.batches import Glance
from worker.storage.placements import Place
from worker.storage.tables import Attempt, Batch, Placement

log = structlog.get_logger(__name__)

#: So many lost pushes of one placement wait for a person: something is wrong on the way there.
MOST_DOUBTS: Final = 3


@dataclass(frozen=True, slots=True)
class Claimed:
    """A push that this process, and no other, may call."""

    place: Place
    attempt: Attempt
    ref: str
    phones: list[int]


def push_batch(deps: Deps, account: Account, batch_id: UUID, seen: Glance) -> Outcome | None:
    """Push what is next in the placement of a batch, which is created first where need be. None: nothing was sent."""
    provider, intake = account.campaigns, account.intake
    if provider is None or intake is None:
        return None
    now = deps.clock.now()
    with deps.sessions() as session:
        placement = placements.of_batch(session, batch_id)
        if placement is None:
            return None
        place = placements.place_of(placement)
        turn = placements.next_in_turn(session, place, now)
    if turn is None or (placement.lease_until is not None and placement.lease_until >= now):
        return None
    if not creation.may_place(account, placement, now):
        replan.replan(deps, account, intake, place)
        return None
    if placement.state is not PlacementState.OPEN:
        created = creation.create(deps, account, provider, place, turn)
        if created is not Outcome.ACCEPTED:
            return created
    return _push(deps, account, provider, place, turn, seen.messages)


def _push(
    deps: Deps, account: Account, provider: AdCampaignProvider, place: Place, batch_id: UUID, messages: int
) -> Outcome | None:
    if lane.begin(deps, account, batch_id, messages=messages) is None:
        return None
    claimed = _claim(deps, account, place, batch_id)
    if claimed is None:
        # Its rules may have ended the batch instead.
        settle.settle(deps, place.campaign_id)
        return None
    got = call(deps, account, provider, claimed)
    answer = got.answer
    warning = persist(
        lambda: _write(deps, account, claimed, got), batch=str(batch_id), code=answer.code, ref=answer.ref
    )
    settle.settle(deps, place.campaign_id)
    with deps.sessions.begin() as session:
        if warning:
            _warn(session, place, warning)
        after = placements.next_in_turn(session, place, deps.clock.now())
    lane.heard(deps, account, answer)
    if after is not None and answer.outcome in (Outcome.ACCEPTED, Outcome.REJECTED):
        # At once, not with the next sweep: a million numbers are a thousand pushes, one after the other.
        deps.bells.ring_send(account.name, after)
    return answer.outcome


def call(deps: Deps, account: Account, provider: AdCampaignProvider, claimed: Claimed) -> Push:
    """The call itself, unless so much time passed since the claim that it may no longer be made."""
    now = deps.clock.now()
    with deps.sessions() as session:
        placement = placements.of_batch(session, claimed.attempt.batch_id)
    on_time = placement is not None and creation.may_place(account, placement, now)
    if not on_time or now - claimed.attempt.began_at > CALL_WITHIN:
        return Push(NOT_BEGUN)
    return deps.run(provider.push(claimed.ref, claimed.phones))


def _claim(deps: Deps, account: Account, place: Place, batch_id: UUID) -> Claimed | None:
    on = terms(deps, account)
    with deps.sessions.begin() as session:
        if not campaigns.hold_sending(session, place.campaign_id):
            return None
        placement = placements.lock(session, place)
        if not creation.may_place(account, placement, on.now):
            return None
        mine = placements.next_in_turn(session, place, on.now) == batch_id
        if not mine or not placements.take_turn(session, place, batch_id, on.now, on.lease_until):
            return None
        batch = session.get_one(Batch, batch_id, with_for_update=True, populate_existing=True)
        if not policy.drop_opt_outs(session, account, batch, placement, on.now):
            placements.end_turn(session, place, batch_id)
            return None
        attempt = batches.claim(session, batch_id, now=on.now, deadline=on.deadline, lease_until=on.lease_until)
        if attempt is None:
            session.rollback()
            return None
        return Claimed(place, attempt, placement.ref, recipients.letter(session, batch_id).phones)


def _write(deps: Deps, account: Account, claimed: Claimed, got: Push) -> str:
    """One transaction, safe to repeat; what contradicts our count, or nothing."""
    now, attempt, answer, place = deps.clock.now(), claimed.attempt, got.answer, claimed.place
    warning = ""
    with deps.sessions.begin() as session:
        if answer.outcome is Outcome.HALT and not got.no_room:
            campaigns.halt(session, account.name, attempt.began_at, words_of(account, answer))
        placements.hold_campaign(session, place.campaign_id)
        placement = placements.lock(session, place)
        in_turn = placement.pushing == attempt.batch_id
        state, changes = _consequence(deps, answer, attempt)
        if got.no_room:
            state, changes = _no_room(deps, session, account, placement, claimed, answer)
        elif answer.outcome is Outcome.ACCEPTED:
            changes = {"provider_ref": answer.ref, **shortfall(got, len(claimed.phones), answer.words)}
        batches.complete(session, attempt, ended_at=now, answer=answer)
        said = {"code": answer.code, "words": answer.words, "answered_at": now}
        moved = batches.record(session, attempt, state, **{**said, **changes})
        if moved and state is BatchState.REJECTED and not batches.doubted(session, attempt.batch_id, attempt.number):
            policy.release(session, placement, [session.get_one(Batch, attempt.batch_id)])
        if answer.outcome is not Outcome.UNKNOWN:
            placements.end_turn(session, place, attempt.batch_id)
        elif len(placements.batches_in(session, place, BatchState.UNKNOWN)) >= MOST_DOUBTS:
            reason = f"the answers to {MOST_DOUBTS} pushes were lost, the latest with: {words_of(account, answer)}"
            campaigns.advance(session, place.campaign_id, CampaignStatus.PAUSED, status_reason=reason)
        # What a late answer tells of the room is out of date once another has its turn.
        if in_turn and got.remaining is not None and not got.no_room:
            warning = evidence.weigh_remaining(session, account, placement, got.remaining, attempt.batch_id, now)
    say = log.warning if answer.outcome in NEWS_FOR_AN_OPERATOR or warning else log.info
    words = "; ".join(filter(None, [answer.words if answer.outcome is not Outcome.ACCEPTED else "", warning]))
    state_now = str(state) if moved else "moved by another"
    say("batch_answered", batch=str(attempt.batch_id), state=state_now, code=answer.code, words=words)
    return warning


def _consequence(deps: Deps, answer: Answer, attempt: Attempt) -> tuple[BatchState, dict[str, Any]]:
    """Where an outcome puts the batch, and what else is written with it."""
    now = deps.clock.now()
    refused: dict[str, Any] = {"refusals": batches.ONE_MORE_REFUSAL} if answer.code else {}
    match answer.outcome:
        case Outcome.ACCEPTED:
            return BatchState.ACCEPTED, {}
        case Outcome.REJECTED:
            return BatchState.REJECTED, refused
        case Outcome.HALT:
            return BatchState.PLANNED, {**refused, "not_before": now}
        case Outcome.RETRY:
            return BatchState.PLANNED, {**refused, "not_before": now + pause_before_retry(answer, attempt.number)}
        case Outcome.UNKNOWN:
            return BatchState.UNKNOWN, {}


def shortfall(got: Push, pushed: int, words: str) -> dict[str, Any]:
    """What is written of a push that was taken, when it was not taken whole."""
    left_out = max(0, pushed - got.taken) if got.taken is not None else 0
    if not left_out:
        return {"rejected": 0}
    return {"rejected": left_out, "words": f"{words}; which {left_out} it left out, it does not say"}


def _no_room(
    deps: Deps, session: Session, account: Account, placement: Placement, claimed: Claimed, answer: Answer
) -> tuple[BatchState, dict[str, Any]]:
    """A push was refused for want of room: a lost one explains it, or the campaign waits for a person."""
    now = deps.clock.now()
    batch = session.get_one(Batch, claimed.attempt.batch_id, populate_existing=True)
    explained = evidence.weigh_refusal(session, account, placement, batch, now)
    if explained:
        return BatchState.ACCEPTED, {"words": f"{words_of(account, answer)}: an earlier call of this push was counted"}
    if explained is None:
        reason = words_of(account, answer)
        campaigns.advance(session, batch.campaign_id, CampaignStatus.PAUSED, status_reason=reason)
    later = now + pause_before_retry(answer, claimed.attempt.number)
    return BatchState.PLANNED, {"refusals": batches.ONE_MORE_REFUSAL, "not_before": later}


def _warn(session: Session, place: Place, warning: str) -> None:
    """Say it where a person looks; after the status was settled, which may have said something else."""
    campaign = placements.hold_campaign(session, place.campaign_id)
    if campaign is not None and warning not in campaign.status_reason:
        campaign.status_reason = "; ".join(filter(None, [campaign.status_reason, warning]))
