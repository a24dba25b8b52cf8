"""Makes several batches of one that was not sent."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlmodel import Session, col

from worker.domain.states import BatchState
from worker.storage.sending import recipients
from worker.storage.tables.campaigns import Batch


def into_parts(session: Session, batch: Batch, phones: Sequence[int], sizes: Sequence[int]) -> None:
    """Leave the first of `phones` in a locked batch, as many as the first of `sizes`; the others get batches behind the last.

    Whoever cuts another batch of the campaign waits, for the numbers of batches are given once.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"cut {batch.campaign_id}", 0))))
    last = session.scalar(select(func.max(Batch.seq)).where(col(Batch.campaign_id) == batch.campaign_id)) or 0
    start = sizes[0]
    for seq, size in enumerate(sizes[1:], start=last + 1):
        part = Batch(
            campaign_id=batch.campaign_id,
            seq=seq,
            size=0,
            text=batch.text,
            channel=batch.channel,
            state=BatchState.PLANNED,
            not_before=batch.not_before,
        )
        session.add(part)
        session.flush()
        recipients.move(session, batch, part, phones[start : start + size])
        start += size
