"""With which other batch may one go that is too small for an order?"""

from typing import Any

from sqlalchemy import exists, or_, select
from sqlmodel import Session, col

from worker.domain.outcome import DEFINITE_REFUSALS
from worker.domain.states import BatchState
from worker.storage.batches import WORKING
from worker.storage.tables import Attempt, Batch


def _without_doubt() -> Any:
    """No call of the batch may have been taken: its members may still change."""
    refusals = [str(outcome) for outcome in DEFINITE_REFUSALS]
    return ~exists().where(
        col(Attempt.batch_id) == col(Batch.id),
        or_(col(Attempt.outcome).is_(None), col(Attempt.outcome).not_in(refusals)),
    )


def partner(session: Session, batch: Batch) -> Batch | None:
    """The smallest batch of the campaign with the same text that is still planned and whose members may change; locked."""
    statement = (
        select(Batch)
        .where(
            col(Batch.campaign_id) == batch.campaign_id,
            col(Batch.id) != batch.id,
            col(Batch.state) == BatchState.PLANNED,
            col(Batch.text) == batch.text,
            # A placement's quota is for the numbers that it holds.
            col(Batch.placement).is_not_distinct_from(batch.placement),
            _without_doubt(),
        )
        .order_by(col(Batch.size), col(Batch.seq))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(statement).first()


def others_at_work(session: Session, batch: Batch) -> bool:
    """Whether another batch of the same text is still to be sent, or is in a call."""
    found = select(
        exists().where(
            col(Batch.campaign_id) == batch.campaign_id,
            col(Batch.id) != batch.id,
            col(Batch.text) == batch.text,
            col(Batch.state).in_(WORKING),
        )
    )
    return bool(session.execute(found).scalar())
