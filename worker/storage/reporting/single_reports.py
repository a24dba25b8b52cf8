"""What the provider's record says of numbers that were called one by one.

Whoever writes here locks the batch first, then its recipients.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, false, or_, select, text
from sqlmodel import Session, col

from worker.domain.send_mode import SendMode
from worker.domain.states import BATCH_NEXT, BatchState, RecipientState
from worker.storage.sending import recipients
from worker.storage.tables.campaigns import Batch, Campaign


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What the provider's record says of one number; without a `state` it knows no result yet."""

    phone: int = field(repr=False)
    ref: str
    state: RecipientState | None
    cost: Decimal | None


def called_together(session: Session, batch: Batch, within: timedelta) -> Sequence[Batch]:
    """Accepted batches of a single-number campaign whose last calls lie at most `within` from this one's, itself among them."""
    return session.scalars(_beside(batch, within).order_by(col(Batch.seq))).all()


def due_together(session: Session, batch: Batch, within: timedelta, now: datetime) -> Sequence[Batch]:
    """Those of them, without the batch itself, whose report is due as well; locked."""
    due = _beside(batch, within).where(col(Batch.id) != batch.id, col(Batch.next_poll_at) <= now)
    return session.scalars(due.with_for_update(of=Batch, skip_locked=True)).all()


def _beside(batch: Batch, within: timedelta) -> Select[Batch]:
    around = batch.answered_at
    return (
        select(Batch)
        .join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
        .where(col(Campaign.id) == batch.campaign_id, col(Campaign.send_mode) == SendMode.SINGLE)
        .where(col(Batch.state) == BatchState.ACCEPTED)
        .where(
            or_(
                col(Batch.id) == batch.id,
                false() if around is None else col(Batch.answered_at).between(around - within, around + within),
            )
        )
    )


def batches_of_numbers(session: Session, campaign_id: UUID, seqs: Sequence[int]) -> dict[int, int]:
    """The batch, by its `seq`, of each number of these batches that was taken."""
    rows = session.execute(
        text(
            "SELECT phone, batch_seq FROM recipient WHERE campaign_id = :campaign AND batch_seq = ANY(:seqs) AND ref IS NOT NULL"
        ),
        {"campaign": campaign_id, "seqs": list(seqs)},
    )
    return {row.phone: row.batch_seq for row in rows}


def note_delivery(session: Session, batch: Batch, told: Sequence[DeliveryResult]) -> None:
    """Write down what the provider's record says of a batch's numbers; delivered is never taken back."""
    columns = recipients.of(
        batch,
        phones=[one.phone for one in told],
        refs=[one.ref for one in told],
        states=[one.state and str(one.state) for one in told],
        costs=[one.cost for one in told],
    )
    session.execute(
        text(
            "UPDATE recipient r SET state = v.state, reason = CASE v.state WHEN 'failed' THEN 'not delivered' END"
            " FROM unnest(CAST(:phones AS bigint[]), CAST(:refs AS text[]), CAST(:states AS text[])) AS v(phone, ref, state)"
            " WHERE r.campaign_id = :campaign AND r.batch_seq = :seq AND r.phone = v.phone AND r.ref = v.ref"
            " AND v.state IS NOT NULL AND r.state IN ('accepted', 'failed') AND r.state <> v.state"
        ),
        columns,
    )
    costs = session.execute(
        text(
            "SELECT sum(cost) FROM (SELECT DISTINCT r.phone, v.cost FROM recipient r JOIN"
            " unnest(CAST(:phones AS bigint[]), CAST(:refs AS text[]), CAST(:costs AS numeric[])) AS v(phone, ref, cost)"
            " ON r.phone = v.phone AND r.ref = v.ref WHERE r.campaign_id = :campaign AND r.batch_seq = :seq) mine"
        ),
        columns,
    ).scalar()
    if costs is not None:
        batch.cost = costs


def close(session: Session, batch: Batch, *, silent: int) -> None:
    """The provider will tell no more of a locked, accepted batch."""
    if BatchState.REPORTED in BATCH_NEXT[batch.state]:
        batch.state, batch.next_poll_at = BatchState.REPORTED, None
        if silent:
            batch.provider_message = f"the provider gave no final report for {silent} numbers"
        session.flush()
