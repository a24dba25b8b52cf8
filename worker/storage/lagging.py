"""Campaigns whose status a crash left behind: found by their batches, whatever the status says."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Exists, exists, or_, select
from sqlmodel import Session, col

from worker.domain.states import BatchState, CampaignStatus
from worker.storage.sending.batches import WORKING
from worker.storage.tables.campaigns import Batch, Campaign


def behind_their_batches(session: Session, limit: int) -> Sequence[UUID]:
    """Campaigns whose status lags behind their batches, as a crash between two commits leaves them."""

    def having(*states: BatchState, more: bool = False) -> Exists:
        told = [col(Batch.next_poll_at).is_not(None)] if more else []
        return exists().where(col(Batch.campaign_id) == col(Campaign.id), col(Batch.state).in_(states), *told)

    status = col(Campaign.status)
    works, unknowns, waits = having(*WORKING), having(BatchState.UNKNOWN), having(BatchState.ACCEPTED, more=True)
    lagging = or_(
        (status == CampaignStatus.SENDING) & ~works & (unknowns | ~waits),
        (status == CampaignStatus.PAUSED) & ~works & ~unknowns & ~waits,
        (status == CampaignStatus.RECONCILING) & (works | ~unknowns),
    )
    orphans = (
        select(col(Batch.campaign_id))
        .join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
        .where(col(Batch.state) == BatchState.PLANNED, status == CampaignStatus.CANCELLED)
    )
    statement = select(col(Campaign.id)).where(or_(lagging, col(Campaign.id).in_(orphans))).limit(limit)
    return session.scalars(statement).all()
