"""Finds the batch with which one that is too small for an order may go."""

from sqlalchemy import ColumnElement, exists, select
from sqlmodel import Session, col

from worker.domain.states import BatchState
from worker.storage.calling import attempts
from worker.storage.sending.batches import WORKING
from worker.storage.tables.campaigns import Batch


def partner(session: Session, batch: Batch) -> Batch | None:
    """The smallest batch of the campaign with the same text that is still planned and whose members may change; locked."""
    statement = (
        select(Batch)
        .where(
            *_of_same_text(batch),
            col(Batch.state) == BatchState.PLANNED,
            # A provider campaign's quota is for the numbers that it holds.
            col(Batch.provider_campaign).is_not_distinct_from(batch.provider_campaign),
            # No call of it may have been taken: its members may still change.
            ~attempts.any_maybe_taken(col(Batch.id)),
            # Nor one of which a gateway says so: its key is kept in case that is wrong, and who joined it would pass for sent.
            ~attempts.any_turned_away(col(Batch.id)),
        )
        .order_by(col(Batch.size), col(Batch.seq))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(statement).first()


def others_at_work(session: Session, batch: Batch) -> bool:
    """Whether another batch of the same text is still to be sent, or is in a call."""
    found = select(exists().where(*_of_same_text(batch), col(Batch.state).in_(WORKING)))
    return bool(session.execute(found).scalar())


def _of_same_text(batch: Batch) -> list[ColumnElement[bool]]:
    """The others of the campaign with the same text."""
    return [col(Batch.campaign_id) == batch.campaign_id, col(Batch.id) != batch.id, col(Batch.text) == batch.text]
