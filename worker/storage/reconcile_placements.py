"""Which campaigns of the provider's own told their room in a time?"""

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlmodel import Session, col

from worker.domain.states import PlacementState
from worker.storage.reconcile_differences import Period
from worker.storage.tables import Batch, Campaign, Placement


def answered(session: Session, period: Period) -> Sequence[Placement]:
    """Open ones of the provider with a word on their room and an answer to a push of that time.

    Not those that were cancelled: their room is none any more.
    """
    told = exists().where(
        col(Batch.campaign_id) == col(Placement.campaign_id),
        col(Batch.placement) == col(Placement.number),
        col(Batch.answered_at).between(period.since, period.until),
    )
    statement = (
        select(Placement)
        .join(Campaign, col(Campaign.id) == col(Placement.campaign_id))
        .where(
            col(Campaign.provider) == period.provider,
            col(Placement.state) == PlacementState.OPEN,
            col(Placement.remaining).is_not(None),
            told,
        )
        .order_by(col(Placement.campaign_id), col(Placement.number))
    )
    return session.scalars(statement).all()
