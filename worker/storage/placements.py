"""How do campaigns of the provider's own move, and which batch is pushed next? Guarded updates, and what is read.

Lock order: campaign, placement, batch; a caller that changes a placement holds its campaign.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Update, and_, exists, func, or_, select, update
from sqlmodel import Session, col

from worker.domain.outcome import DEFINITE_REFUSALS
from worker.domain.quota import Ledger
from worker.domain.states import PLACEMENT_NEXT, BatchState, CampaignStatus, PlacementState, sources
from worker.storage.tables import Attempt, Batch, Campaign, Placement

#: With the provider, by its own word or by evidence.
TAKEN = (BatchState.ACCEPTED, BatchState.REPORTED)
#: A lone doubtful last push may be repeated while its campaign is in these.
REPEATABLE = (CampaignStatus.SENDING, CampaignStatus.RECONCILING)


@dataclass(frozen=True, slots=True)
class Place:
    """Which placement is meant."""

    campaign_id: UUID
    number: int


def of_batch(session: Session, batch_id: UUID) -> Placement | None:
    """The placement that a batch is pushed into; a look without a lock."""
    return session.scalars(
        select(Placement)
        .join(
            Batch,
            and_(col(Batch.campaign_id) == col(Placement.campaign_id), col(Batch.placement) == col(Placement.number)),
        )
        .where(col(Batch.id) == batch_id)
    ).first()


def of_campaign(session: Session, campaign_id: UUID) -> Sequence[Placement]:
    """All placements of a campaign in their order."""
    statement = select(Placement).where(col(Placement.campaign_id) == campaign_id).order_by(col(Placement.number))
    return session.scalars(statement).all()


def hold_campaign(
    session: Session, campaign_id: UUID, statuses: Collection[CampaignStatus] = tuple(CampaignStatus)
) -> Campaign | None:
    """The campaign, locked to be changed; None when it is in none of the statuses."""
    statement = (
        select(Campaign)
        .where(col(Campaign.id) == campaign_id, col(Campaign.status).in_(statuses))
        .with_for_update(key_share=True)
    )
    return session.scalars(statement).first()


def lock(session: Session, place: Place) -> Placement:
    """The placement, locked; the caller holds its campaign."""
    statement = select(Placement).where(*_is(place)).with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).one()


def advance(
    session: Session, place: Place, to: PlacementState, only_if: ColumnElement[bool] | None = None, **changes: Any
) -> bool:
    """Move a placement along its arrows; False when it is not where it could become `to` from."""
    guards = [*_is(place), col(Placement.state).in_(sources(PLACEMENT_NEXT, to))]
    statement = update(Placement).where(*guards, *([] if only_if is None else [only_if])).values(state=to, **changes)
    return _hit(session, statement)


def doubt_expired(session: Session, place: Place, now: datetime) -> bool:
    """A creation whose lease ran out may have been made."""
    over = and_(col(Placement.state) == PlacementState.CREATING, col(Placement.lease_until) < now)
    words = "the worker stopped before an answer was recorded"
    return advance(session, place, PlacementState.DOUBTFUL, over, lease_until=None, words=words)


def note(session: Session, place: Place, **changes: Any) -> None:
    """Write down more about a placement; moves nothing."""
    session.execute(update(Placement).where(*_is(place)).values(**changes))


def next_in_turn(session: Session, place: Place, now: datetime) -> UUID | None:
    """The batch to be pushed next; None while one is in a call, while it has to wait, and when none is left.

    In the order of their number, but those that were in doubt once come last: when only the room of one is left, the
    quota itself sees to it that it is not taken twice.
    """
    refusals = [str(outcome) for outcome in DEFINITE_REFUSALS]
    in_doubt = exists().where(
        col(Attempt.batch_id) == col(Batch.id),
        or_(col(Attempt.outcome).is_(None), col(Attempt.outcome).not_in(refusals)),
    )
    row = session.execute(
        select(col(Batch.id), col(Batch.state), col(Batch.not_before))
        .where(*_holds(place), col(Batch.state).in_([BatchState.PLANNED, BatchState.SENDING]))
        .order_by(col(Batch.state) == BatchState.PLANNED, and_(col(Batch.attempts) > 0, in_doubt), col(Batch.seq))
        .limit(1)
    ).first()
    ready = row is not None and row.state == BatchState.PLANNED and row.not_before <= now
    return row.id if row is not None and ready else None


def take_turn(session: Session, place: Place, batch_id: UUID, now: datetime, lease_until: datetime) -> bool:
    """Begin a push; False while another may be in flight, or when the placement takes none."""
    free = or_(col(Placement.pushing).is_(None), col(Placement.lease_until) < now)
    statement = (
        update(Placement)
        .where(*_is(place), col(Placement.state) == PlacementState.OPEN, free)
        .values(pushing=batch_id, lease_until=lease_until)
    )
    return _hit(session, statement)


def end_turn(session: Session, place: Place, batch_id: UUID) -> None:
    """The push of this batch is certainly over."""
    statement = update(Placement).where(*_is(place), col(Placement.pushing) == batch_id)
    session.execute(statement.values(pushing=None, lease_until=None))


def ledger(session: Session, placement: Placement) -> Ledger:
    """What is certain of its counting."""
    pushed = col(Batch.size) - col(Batch.suppressed)
    row = session.execute(
        select(func.sum(pushed), func.sum(pushed - col(Batch.rejected))).where(
            *_holds(place_of(placement)), col(Batch.state).in_(TAKEN)
        )
    ).one()
    return Ledger(placement.quota, int(row[0] or 0), int(row[1] or 0))


def batches_in(session: Session, place: Place, *states: BatchState) -> Sequence[Batch]:
    """Its batches in these states, in the order of their number."""
    statement = select(Batch).where(*_holds(place), col(Batch.state).in_(states)).order_by(col(Batch.seq))
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def postpone(session: Session, place: Place, until: datetime) -> None:
    """What it still has to push waits."""
    session.execute(
        update(Batch)
        .where(*_holds(place), col(Batch.state) == BatchState.PLANNED, col(Batch.not_before) < until)
        .values(not_before=until, rung_at=None)
    )


def reject_planned(session: Session, place: Place, code: str, words: str, now: datetime) -> None:
    """The provider will never take what it still has to push."""
    session.execute(
        update(Batch)
        .where(*_holds(place), col(Batch.state) == BatchState.PLANNED)
        .values(state=BatchState.REJECTED, code=code, words=words, answered_at=now)
    )


def next_number(session: Session, campaign_id: UUID) -> int:
    """The number of a campaign's next placement; the caller holds the campaign."""
    highest = select(func.max(Placement.number)).where(col(Placement.campaign_id) == campaign_id)
    return int(session.scalar(highest) or 0) + 1


def succeed(session: Session, old: Placement, new: Placement) -> None:
    """Put a new placement in the place of an old one: what is planned moves there."""
    session.add(new)
    session.flush()
    session.execute(
        update(Batch).where(*_holds(place_of(old)), col(Batch.state) == BatchState.PLANNED).values(placement=new.number)
    )


def first_due(session: Session, campaign_id: UUID) -> datetime | None:
    """When the first of a campaign's placements that holds numbers is due."""
    holds = exists().where(
        col(Batch.campaign_id) == col(Placement.campaign_id), col(Batch.placement) == col(Placement.number)
    )
    statement = select(func.min(Placement.due)).where(col(Placement.campaign_id) == campaign_id, holds)
    return cast("datetime | None", session.scalar(statement))


def warnings(session: Session, campaign_id: UUID) -> list[str]:
    """What contradicted our count of a campaign's placements; while one is open its words say nothing else."""
    told = [PlacementState.OPEN, PlacementState.CANCELLED]
    found = (one.words for one in of_campaign(session, campaign_id) if one.state in told)
    return list(dict.fromkeys(filter(None, found)))


def lone_doubts(session: Session, provider: str, now: datetime, limit: int) -> Sequence[Batch]:
    """Doubtful last pushes: the only one in doubt in its placement, with nothing left to push that could be its probe."""
    beside = (
        select(col(Batch.id))
        .where(
            col(Batch.campaign_id) == col(Placement.campaign_id),
            col(Batch.placement) == col(Placement.number),
            col(Batch.state).in_([BatchState.PLANNED, BatchState.SENDING, BatchState.UNKNOWN]),
        )
        .correlate(Placement)
    )
    statement = (
        select(Batch)
        .join(
            Placement,
            and_(col(Batch.campaign_id) == col(Placement.campaign_id), col(Batch.placement) == col(Placement.number)),
        )
        .join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
        .where(
            col(Campaign.provider) == provider,
            col(Campaign.status).in_(REPEATABLE),
            col(Placement.state) == PlacementState.OPEN,
            col(Placement.push_by) > now,
            or_(col(Placement.pushing).is_(None), col(Placement.lease_until) < now),
            col(Batch.state) == BatchState.UNKNOWN,
            col(Batch.provider_ref) == "",
            col(Batch.not_before) <= now,
            select(func.count()).select_from(beside.subquery()).scalar_subquery() == 1,
        )
        .order_by(col(Batch.not_before))
        .limit(limit)
    )
    return session.scalars(statement).all()


def repeat(session: Session, batch: Batch, now: datetime, deadline: datetime) -> Attempt | None:
    """Begin another call for a batch that stays in doubt; None when it is no longer. The caller has its turn."""
    row = session.execute(
        update(Batch)
        .where(col(Batch.id) == batch.id, col(Batch.state) == BatchState.UNKNOWN)
        .values(attempts=col(Batch.attempts) + 1, claimed_at=now)
        .returning(col(Batch.attempts), col(Batch.refusals))
    ).first()
    if row is None:
        return None
    request_id = f"{batch.id}-{row.refusals}"
    attempt = Attempt(batch_id=batch.id, number=row.attempts, request_id=request_id, began_at=now, deadline=deadline)
    session.add(attempt)
    session.flush()
    return attempt


def in_flight(session: Session, campaign_id: UUID, now: datetime) -> bool:
    """Whether a call for one of its placements may be under way."""
    pushing = exists().where(
        col(Attempt.batch_id) == col(Placement.pushing), col(Attempt.ended_at).is_(None), col(Attempt.deadline) >= now
    )
    creating = and_(col(Placement.state) == PlacementState.CREATING, col(Placement.lease_until) >= now)
    calls = exists().where(col(Placement.campaign_id) == campaign_id, or_(pushing, creating))
    return bool(session.execute(select(calls)).scalar())


def place_of(placement: Placement) -> Place:
    """Its key."""
    return Place(placement.campaign_id, placement.number)


def _is(place: Place) -> list[ColumnElement[bool]]:
    return [col(Placement.campaign_id) == place.campaign_id, col(Placement.number) == place.number]


def _holds(place: Place) -> list[ColumnElement[bool]]:
    return [col(Batch.campaign_id) == place.campaign_id, col(Batch.placement) == place.number]


def _hit(session: Session, statement: Update) -> bool:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1
