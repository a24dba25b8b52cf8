"""How do campaigns move? Guarded updates of the campaign row, and what is read of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, case, func, or_, select, update
from sqlmodel import Session, col

from worker.domain.states import CAMPAIGN_NEXT, RUNNING, BatchState, CampaignStatus, sources
from worker.storage.tables import Batch, Campaign


def get(session: Session, campaign_id: UUID) -> Campaign | None:
    """The campaign, or None."""
    return session.get(Campaign, campaign_id)


def by_key(session: Session, key: str) -> Campaign | None:
    """The campaign that was created under this idempotency key, or None."""
    return session.scalars(select(Campaign).where(col(Campaign.key) == key)).first()


def newest(session: Session, limit: int) -> Sequence[Campaign]:
    """The latest campaigns, newest first."""
    return session.scalars(select(Campaign).order_by(col(Campaign.created_at).desc()).limit(limit)).all()


def advance(
    session: Session,
    campaign_id: UUID,
    to: CampaignStatus,
    *,
    only_from: Collection[CampaignStatus] | None = None,
    **changes: Any,
) -> bool:
    """Move a campaign along its arrows; False when it is not where it could become `to` from."""
    allowed = sources(CAMPAIGN_NEXT, to)
    if only_from is not None:
        allowed = [status for status in allowed if status in only_from]
    statement = (
        update(Campaign)
        .where(col(Campaign.id) == campaign_id, col(Campaign.status).in_(allowed))
        .values(status=to, **changes)
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def begin_due(session: Session, campaign_ids: Collection[UUID], now: datetime) -> None:
    """Campaigns whose first batch is being released are `sending`."""
    session.execute(
        update(Campaign)
        .where(col(Campaign.id).in_(campaign_ids), col(Campaign.status) == CampaignStatus.SCHEDULED)
        .values(status=CampaignStatus.SENDING, started_at=func.coalesce(Campaign.started_at, now))
    )


def hold_running(session: Session, campaign_id: UUID) -> bool:
    """Whether the campaign runs; if so it cannot be paused or cancelled until this transaction ends.

    FOR SHARE: claims of other batches pass, a pause waits for them. So once a pause has returned, no claim follows.
    """
    statement = (
        select(Campaign.id)
        .where(col(Campaign.id) == campaign_id, col(Campaign.status).in_(RUNNING))
        .with_for_update(read=True)
    )
    return session.execute(statement).first() is not None


def halt(session: Session, provider: str, call_began: datetime, reason: str) -> int:
    """Pause the running campaigns of an account, but those resumed after the call began; how many were paused."""
    statement = (
        update(Campaign)
        .where(
            col(Campaign.provider) == provider,
            col(Campaign.status).in_(
                [status for status in sources(CAMPAIGN_NEXT, CampaignStatus.PAUSED) if status in RUNNING]
            ),
            or_(col(Campaign.resumed_at).is_(None), col(Campaign.resumed_at) < call_began),
        )
        .values(status=CampaignStatus.PAUSED, status_reason=reason)
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


@dataclass(frozen=True, slots=True)
class Tally:
    """The batches of a campaign that are in one state, in numbers of recipients."""

    batches: int
    numbers: int
    delivered: int
    failed: int
    suppressed: int
    #: VND, as far as the provider has told.
    cost: Decimal


def tally(session: Session, campaign_id: UUID) -> dict[BatchState, Tally]:
    """What a campaign's batches come to, by their state; states without a batch are absent."""
    rows = session.execute(
        select(
            Batch.state,
            func.count(),
            func.sum(Batch.size),
            func.sum(Batch.delivered),
            func.sum(Batch.failed),
            func.sum(Batch.suppressed),
            func.coalesce(func.sum(Batch.cost), 0),
        )
        .where(col(Batch.campaign_id) == campaign_id)
        .group_by(col(Batch.state))
    )
    return {row[0]: Tally(*row[1:]) for row in rows}


def first_words(session: Session, campaign_id: UUID, state: BatchState) -> str:
    """What the provider said of the first batch in this state."""
    row = session.execute(
        select(Batch.code, Batch.words)
        .where(col(Batch.campaign_id) == campaign_id, col(Batch.state) == state)
        .order_by(col(Batch.seq))
        .limit(1)
    ).first()
    return "" if row is None else f"{row.code} {row.words}".strip()


def unsettled(session: Session, limit: int) -> Sequence[UUID]:
    """Campaigns whose status may lag behind their batches: nothing left to send, or no longer doubtful."""
    working = func.count(case((col(Batch.state).in_([BatchState.PLANNED, BatchState.SENDING]), 1)))
    doubtful = func.count(case((col(Batch.state) == BatchState.UNKNOWN, 1)))
    open_ = func.count(case((col(Batch.state) == BatchState.ACCEPTED, 1)))
    statement = (
        select(Campaign.id)
        .join(Batch, col(Batch.campaign_id) == col(Campaign.id))
        .where(col(Campaign.status).in_([CampaignStatus.SENDING, CampaignStatus.PAUSED, CampaignStatus.RECONCILING]))
        .group_by(col(Campaign.id))
        .having(working == 0)
        .having(
            or_(
                (doubtful > 0) & (col(Campaign.status) != CampaignStatus.RECONCILING),
                (doubtful == 0) & (open_ == 0),
                (doubtful == 0) & (col(Campaign.status) == CampaignStatus.RECONCILING),
            )
        )
        .limit(limit)
    )
    return session.scalars(statement).all()
