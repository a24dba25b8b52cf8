"""Which callbacks wait to be read, and whom do they mean? The raw rows, and what a provider's reference leads to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlmodel import Session, col

from worker.domain.states import RecipientState
from worker.domain.way import Way
from worker.storage.inbox_tables import InboxRow
from worker.storage.tables import Batch, Recipient

#: States of a number that a report may change, and where its batch counts it.
CORRECTABLE: Final = (None, RecipientState.ACCEPTED, RecipientState.FAILED)


@dataclass(frozen=True, slots=True)
class Meant:
    """Whom a provider's reference means: a batch, one number of a batch, or a message."""

    #: Of the batch, or of the message.
    id: UUID
    #: Of the batch's campaign; None for a message.
    way: Way | None
    kind: str
    #: None where the reference is a whole batch's.
    phone: int | None = field(repr=False)


def store(session: Session, provider: str, query: bytes, body: bytes, now: datetime) -> None:
    """Keep a callback as it came."""
    session.add(InboxRow(provider=provider, received_at=now, due_at=now, query=query, body=body))
    session.flush()


def take(session: Session, now: datetime, pause_s: float, longest_s: float, limit: int) -> Sequence[UUID]:
    """Callbacks to be read now. Their next turn, later each time, is set before they are read: none blocks the others."""
    due = (
        select(col(InboxRow.id))
        .where(col(InboxRow.handled_at).is_(None), col(InboxRow.due_at) <= now)
        .order_by(col(InboxRow.due_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    pause = func.make_interval(0, 0, 0, 0, 0, 0, func.least(pause_s * func.pow(2, col(InboxRow.tries)), longest_s))
    statement = (
        update(InboxRow)
        .where(col(InboxRow.id).in_(due))
        .values(tries=col(InboxRow.tries) + 1, due_at=now + pause)
        .returning(col(InboxRow.id))
    )
    return session.scalars(statement).all()


def hurry(session: Session) -> None:
    """Do not wait for the disk at this transaction's commit: should a crash lose it, its callback is read again."""
    session.execute(text("SET LOCAL synchronous_commit TO off"))


def lock(session: Session, row_id: UUID) -> InboxRow | None:
    """The callback, unless it was handled or somebody else has it."""
    statement = (
        select(InboxRow)
        .where(col(InboxRow.id) == row_id, col(InboxRow.handled_at).is_(None))
        .with_for_update(skip_locked=True)
    )
    return session.scalars(statement).first()


def meant(session: Session, provider: str, ref: str) -> Meant | None:
    """Whom `ref` means; None when nobody has it (yet)."""
    row = session.execute(
        text(
            "SELECT b.id, c.way, c.kind, CAST(NULL AS bigint) AS phone FROM batch b JOIN campaign c ON c.id = b.campaign_id"
            " WHERE b.provider_ref = :ref AND b.provider_ref <> '' AND c.provider = :provider"
            " UNION ALL"
            " SELECT b.id, c.way, c.kind, r.phone FROM recipient r JOIN campaign c ON c.id = r.campaign_id"
            " JOIN batch b ON b.campaign_id = r.campaign_id AND b.seq = r.batch_seq"
            " WHERE r.ref = :ref AND c.provider = :provider"
            " UNION ALL"
            " SELECT m.id, NULL, '', m.phone FROM message m"
            " WHERE m.provider_ref = :ref AND m.provider_ref <> '' AND m.provider = :provider"
            " LIMIT 1"
        ),
        {"ref": ref, "provider": provider},
    ).first()
    return None if row is None else Meant(row.id, row.way and Way(row.way), row.kind, row.phone)


def note(session: Session, batch: Batch, phone: int, to: RecipientState, reason: str | None) -> str | None:
    """Write down what became of one number of a locked batch, forward only: delivered is never taken back.

    What the number was before (`""`: where its batch is), `to` itself when nothing changes; None when it is not of the batch,
    or got no message.
    """
    one = session.scalars(
        select(Recipient)
        .where(col(Recipient.campaign_id) == batch.campaign_id, col(Recipient.phone) == phone)
        .where(col(Recipient.batch_seq) == batch.seq)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if one is None:
        return None
    before = one.state
    if before in {to, RecipientState.DELIVERED}:
        return str(to)
    if before not in CORRECTABLE:
        return None
    one.state, one.reason = to, reason
    for state, step in ((before, -1), (to, 1)):
        if state is not None:
            setattr(batch, state, getattr(batch, state) + step)
    # Of a push that was not taken whole nobody knows which numbers were left out: evidently not this one.
    own = batch.accepted + batch.unknown + batch.delivered + batch.failed + batch.suppressed + batch.cancelled
    batch.rejected = max(0, min(batch.rejected, batch.size - own))
    session.flush()
    return before or ""
