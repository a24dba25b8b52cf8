"""Guarded updates of the provider's own campaigns, the batch that is pushed next, and what is read.

Lock order: campaign, provider campaign, batch; a caller that changes a provider campaign holds its campaign.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Unpack, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Exists, and_, exists, func, or_, select, update
from sqlmodel import Session, col

from worker.domain.attempts import CallKind, Terms, provider_campaign_owner, request_id
from worker.domain.quota import Ledger
from worker.domain.states import PROVIDER_CAMPAIGN_NEXT, BatchState, CampaignStatus, ProviderCampaignState, sources
from worker.storage.calling import attempts
from worker.storage.changes import ProviderCampaignChanges as Changes
from worker.storage.changes import changed
from worker.storage.tables.campaigns import Attempt, Batch, Campaign, ProviderCampaign

#: With the provider, by its own word or by evidence.
TAKEN = (BatchState.ACCEPTED, BatchState.REPORTED)
#: Of these a batch may still be pushed, or may have been.
STILL_OPEN = (BatchState.PLANNED, BatchState.SENDING, BatchState.UNKNOWN)
#: A lone unknown last push may be repeated while its campaign is in these.
REPEATABLE = (CampaignStatus.SENDING, CampaignStatus.RECONCILING)


@dataclass(frozen=True, slots=True)
class Place:
    """Which provider campaign is meant."""

    campaign_id: UUID
    number: int


def of_batch(session: Session, batch_id: UUID) -> ProviderCampaign | None:
    """The provider campaign that a batch is pushed into; a look without a lock."""
    statement = select(ProviderCampaign).join(Batch, _in_it()).where(col(Batch.id) == batch_id)
    return session.scalars(statement).first()


def of_campaign(session: Session, campaign_id: UUID) -> Sequence[ProviderCampaign]:
    """All provider campaigns of a campaign in their order."""
    mine = select(ProviderCampaign).where(col(ProviderCampaign.campaign_id) == campaign_id)
    return session.scalars(mine.order_by(col(ProviderCampaign.number))).all()


def lock_campaign(
    session: Session, campaign_id: UUID, statuses: Collection[CampaignStatus] = tuple(CampaignStatus)
) -> Campaign | None:
    """The campaign, locked to be changed; None when it is in none of the statuses."""
    mine = select(Campaign).where(col(Campaign.id) == campaign_id, col(Campaign.status).in_(statuses))
    return session.scalars(mine.with_for_update(key_share=True)).first()


def lock(session: Session, place: Place) -> ProviderCampaign:
    """The provider campaign, locked; the caller holds its campaign."""
    statement = select(ProviderCampaign).where(*_is(place)).with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).one()


def advance(
    session: Session, place: Place, to: ProviderCampaignState, *only_if: ColumnElement[bool], **changes: Unpack[Changes]
) -> bool:
    """Move a provider campaign along its arrows; False when it is not where it could become `to` from."""
    guards = [*_is(place), col(ProviderCampaign.state).in_(sources(PROVIDER_CAMPAIGN_NEXT, to)), *only_if]
    return changed(session, update(ProviderCampaign).where(*guards).values(state=to, **changes)) == 1


def mark_expired_unknown(session: Session, place: Place, now: datetime) -> bool:
    """A creation whose lease ran out may have been made."""
    over = and_(col(ProviderCampaign.state) == ProviderCampaignState.CREATING, col(ProviderCampaign.lease_until) < now)
    words = "the worker stopped before an answer was recorded"
    return advance(session, place, ProviderCampaignState.UNKNOWN, over, lease_until=None, provider_message=words)


def note(session: Session, place: Place, **changes: Unpack[Changes]) -> None:
    """Write down more about a provider campaign; moves nothing."""
    session.execute(update(ProviderCampaign).where(*_is(place)).values(**changes))


def next_in_turn(session: Session, place: Place, now: datetime) -> UUID | None:
    """The batch to be pushed next; None while one is in a call, while it has to wait, and when none is left.

    In their order, but those that were unknown once come last: when only the room of one is left, the quota sees to it.
    """
    maybe_taken = attempts.any_maybe_taken(col(Batch.id))
    row = session.execute(
        select(col(Batch.id), col(Batch.state), col(Batch.not_before))
        .where(*_holds(place), col(Batch.state).in_([BatchState.PLANNED, BatchState.SENDING]))
        .order_by(col(Batch.state) == BatchState.PLANNED, and_(col(Batch.attempts) > 0, maybe_taken), col(Batch.seq))
        .limit(1)
    ).first()
    ready = row is not None and row.state == BatchState.PLANNED and row.not_before <= now
    return row.id if row is not None and ready else None


def begin_push(session: Session, place: Place, batch_id: UUID, now: datetime, lease_until: datetime) -> bool:
    """Begin a push; False while another may be in flight, or when the provider campaign takes none."""
    free = or_(col(ProviderCampaign.pushing).is_(None), col(ProviderCampaign.lease_until) < now)
    mine = [*_is(place), col(ProviderCampaign.state) == ProviderCampaignState.OPEN, free]
    statement = update(ProviderCampaign).where(*mine).values(pushing=batch_id, lease_until=lease_until)
    return changed(session, statement) == 1


def end_push(session: Session, place: Place, batch_id: UUID) -> None:
    """The push of this batch is certainly over."""
    statement = update(ProviderCampaign).where(*_is(place), col(ProviderCampaign.pushing) == batch_id)
    session.execute(statement.values(pushing=None, lease_until=None))


def ledger(session: Session, provider_campaign: ProviderCampaign) -> Ledger:
    """What is certain of its counting."""
    pushed = col(Batch.size) - col(Batch.suppressed)
    taken = *_holds(place_of(provider_campaign)), col(Batch.state).in_(TAKEN)
    row = session.execute(select(func.sum(pushed), func.sum(pushed - col(Batch.rejected))).where(*taken)).one()
    return Ledger(provider_campaign.quota, int(row[0] or 0), int(row[1] or 0))


def batches_in(session: Session, place: Place, *states: BatchState) -> Sequence[Batch]:
    """Its batches in these states, in the order of their number."""
    statement = select(Batch).where(*_holds(place), col(Batch.state).in_(states)).order_by(col(Batch.seq))
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def postpone(session: Session, place: Place, until: datetime) -> None:
    """What it still has to push waits."""
    earlier = update(Batch).where(*_plans(place), col(Batch.not_before) < until)
    session.execute(earlier.values(not_before=until, enqueued_at=None))


def reject_planned(session: Session, place: Place, code: str, words: str, now: datetime) -> None:
    """The provider will never take what it still has to push."""
    planned = update(Batch).where(*_plans(place))
    session.execute(planned.values(state=BatchState.REJECTED, code=code, provider_message=words, answered_at=now))


def next_number(session: Session, campaign_id: UUID) -> int:
    """The number of a campaign's next provider campaign; the caller holds the campaign."""
    highest = select(func.max(ProviderCampaign.number)).where(col(ProviderCampaign.campaign_id) == campaign_id)
    return int(session.scalar(highest) or 0) + 1


def succeed(session: Session, old: ProviderCampaign, new: ProviderCampaign) -> None:
    """Put a new provider campaign in the place of an old one: what is planned moves there."""
    session.add(new)
    session.flush()
    session.execute(update(Batch).where(*_plans(place_of(old))).values(provider_campaign=new.number))


def first_due(session: Session, campaign_id: UUID) -> datetime | None:
    """When the first of a campaign's provider campaigns that holds numbers is due."""
    mine = select(func.min(ProviderCampaign.due)).where(col(ProviderCampaign.campaign_id) == campaign_id, has_batch())
    return cast("datetime | None", session.scalar(mine))


def warnings(session: Session, campaign_id: UUID) -> list[str]:
    """What contradicted our count of a campaign's provider campaigns; while one is open its words say nothing else."""
    told = [ProviderCampaignState.OPEN, ProviderCampaignState.CANCELLED]
    found = (one.provider_message for one in of_campaign(session, campaign_id) if one.state in told)
    return list(dict.fromkeys(filter(None, found)))


def lone_unknown(session: Session, provider: str, now: datetime, limit: int) -> Sequence[Batch]:
    """Unknown last pushes: the only one unknown in its provider campaign, with nothing left to push that could be its probe."""
    undecided = col(Batch.state).in_(STILL_OPEN)
    beside = select(func.count(col(Batch.id))).where(_in_it(), undecided).correlate(ProviderCampaign)
    statement = (
        select(Batch)
        .join(ProviderCampaign, _in_it())
        .join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
        .where(
            col(Campaign.provider) == provider,
            col(Campaign.status).in_(REPEATABLE),
            col(ProviderCampaign.state) == ProviderCampaignState.OPEN,
            col(ProviderCampaign.push_by) > now,
            or_(col(ProviderCampaign.pushing).is_(None), col(ProviderCampaign.lease_until) < now),
            col(Batch.state) == BatchState.UNKNOWN,
            col(Batch.provider_ref) == "",
            col(Batch.not_before) <= now,
            beside.scalar_subquery() == 1,
        )
        .order_by(col(Batch.not_before))
        .limit(limit)
    )
    return session.scalars(statement).all()


def repeat(session: Session, batch: Batch, on: Terms) -> Attempt | None:
    """Begin another call for a batch that stays unknown; None when it is no longer. The caller has its turn."""
    unknown = update(Batch).where(col(Batch.id) == batch.id, col(Batch.state) == BatchState.UNKNOWN)
    again = unknown.values(attempts=col(Batch.attempts) + 1, claimed_at=on.now)
    row = session.execute(again.returning(col(Batch.attempts), col(Batch.refusals))).first()
    if row is None:
        return None
    return attempts.begin(session, batch.id, row.attempts, CallKind.PUSH, on, request_id(batch.id, row.refusals))


def begin_call(session: Session, row: ProviderCampaign, call: CallKind, on: Terms) -> Attempt:
    """Write down that a locked provider campaign is about to be created or cancelled; its name is the key."""
    owner = provider_campaign_owner(row.campaign_id, row.number)
    return attempts.begin(session, owner, attempts.count(session, owner) + 1, call, on, row.name)


def in_flight(session: Session, campaign_id: UUID, now: datetime) -> bool:
    """Whether a call for one of its provider campaigns may be under way."""
    under_way = col(Attempt.ended_at).is_(None), col(Attempt.deadline) >= now
    pushing = exists().where(col(Attempt.owner_id) == col(ProviderCampaign.pushing), *under_way)
    leased = col(ProviderCampaign.lease_until) >= now
    creating = and_(col(ProviderCampaign.state) == ProviderCampaignState.CREATING, leased)
    calls = exists().where(col(ProviderCampaign.campaign_id) == campaign_id, or_(pushing, creating))
    return bool(session.execute(select(calls)).scalar())


def place_of(provider_campaign: ProviderCampaign) -> Place:
    """Its key."""
    return Place(provider_campaign.campaign_id, provider_campaign.number)


def has_batch(*conditions: ColumnElement[bool]) -> Exists:
    """The condition that a provider campaign has a batch, one of which these are true."""
    return exists().where(_in_it(), *conditions)


def _in_it() -> ColumnElement[bool]:
    """The batches of a provider campaign."""
    campaign, number = col(ProviderCampaign.campaign_id), col(ProviderCampaign.number)
    return and_(col(Batch.campaign_id) == campaign, col(Batch.provider_campaign) == number)


def _is(place: Place) -> list[ColumnElement[bool]]:
    return [col(ProviderCampaign.campaign_id) == place.campaign_id, col(ProviderCampaign.number) == place.number]


def _holds(place: Place) -> list[ColumnElement[bool]]:
    return [col(Batch.campaign_id) == place.campaign_id, col(Batch.provider_campaign) == place.number]


def _plans(place: Place) -> list[ColumnElement[bool]]:
    return [*_holds(place), col(Batch.state) == BatchState.PLANNED]
