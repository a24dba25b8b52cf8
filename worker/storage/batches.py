"""How do batches move? The claim, the record of an answer, and what each sweep looks for.

Every UPDATE names the states it may leave; the process whose UPDATE hit a row, and no other, may go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import CursorResult, exists, func, or_, select, text, update
from sqlmodel import Session, col

from worker.domain.outcome import DEFINITE_REFUSALS
from worker.domain.states import BATCH_NEXT, BatchState, sources
from worker.domain.way import Way
from worker.providers.base import Answer
from worker.storage import frequency, singles
from worker.storage.tables import Attempt, Batch, Campaign

#: While a batch is in one of these, there is work for us.
WORKING: Final = (BatchState.PLANNED, BatchState.SENDING)
#: The value that counts one more definite refusal in an update.
ONE_MORE_REFUSAL: Final = col(Batch.refusals) + 1


@dataclass(frozen=True, slots=True)
class Glance:
    """What must be known of a batch before anything is waited for."""

    campaign_id: UUID
    provider: str
    kind: str
    way: Way
    state: BatchState
    #: What it weighs: numbers times the parts of the longest text.
    messages: int
    parts: int


def glance(session: Session, batch_id: UUID) -> Glance | None:
    """A look without a lock."""
    parts = func.greatest(col(Campaign.parts), 1)
    row = session.execute(
        select(
            col(Batch.campaign_id),
            col(Campaign.provider),
            col(Campaign.kind),
            col(Campaign.way),
            col(Batch.state),
            col(Batch.size) * parts,
            parts,
        )
        .join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
        .where(col(Batch.id) == batch_id)
    ).first()
    return None if row is None else Glance(*row)


def lock_due(session: Session, batch_id: UUID, now: datetime) -> Batch | None:
    """The batch, locked, if it is planned and due and in nobody's hands."""
    statement = (
        select(Batch)
        .where(col(Batch.id) == batch_id, col(Batch.state) == BatchState.PLANNED, col(Batch.not_before) <= now)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(statement).first()


def claim(
    session: Session, batch_id: UUID, *, now: datetime, deadline: datetime, lease_until: datetime
) -> Attempt | None:
    """Take a due batch for one call; None when it is not there to be taken (sent, claimed, paused, not yet due).

    The attempt is written with it, so that a crash right after the commit leaves a trace of a call that may have been made.
    The caller holds the campaign (`campaigns.hold_sending`).
    """
    row = session.execute(
        update(Batch)
        .where(
            col(Batch.id) == batch_id,
            col(Batch.state).in_(sources(BATCH_NEXT, BatchState.SENDING)),
            col(Batch.not_before) <= now,
        )
        .values(
            state=BatchState.SENDING,
            claimed_at=now,
            lease_until=lease_until,
            attempts=col(Batch.attempts) + 1,
            rung_at=None,
        )
        .returning(col(Batch.attempts), col(Batch.refusals))
    ).first()
    if row is None:
        return None
    # the key grows only with definite refusals, so a doubtful call is repeated under its old key.
    attempt = Attempt(
        batch_id=batch_id, number=row.attempts, request_id=f"{batch_id}-{row.refusals}", began_at=now, deadline=deadline
    )
    session.add(attempt)
    session.flush()
    return attempt


def doubted(session: Session, batch_id: UUID, before: int) -> bool:
    """Whether a call earlier than number `before` may have been taken: then no refusal of a later one settles the batch."""
    refusals = [str(outcome) for outcome in DEFINITE_REFUSALS]
    found = select(
        exists().where(
            col(Attempt.batch_id) == batch_id,
            col(Attempt.number) < before,
            or_(col(Attempt.outcome).is_(None), col(Attempt.outcome).not_in(refusals)),
        )
    )
    return bool(session.execute(found).scalar())


def began(session: Session, batch_id: UUID) -> Sequence[datetime]:
    """When each of its calls began."""
    return session.scalars(select(col(Attempt.began_at)).where(col(Attempt.batch_id) == batch_id)).all()


def span(session: Session, batch_id: UUID) -> tuple[datetime, datetime] | None:
    """From the first call's beginning to the last one's end; None before any call."""
    row = session.execute(
        select(func.min(col(Attempt.began_at)), func.max(func.coalesce(Attempt.ended_at, Attempt.deadline))).where(
            col(Attempt.batch_id) == batch_id
        )
    ).one()
    return (row[0], row[1]) if row[0] is not None else None


def complete(session: Session, attempt: Attempt, *, ended_at: datetime, answer: Answer) -> None:
    """Write down what the call came to; the evidence stays whatever the batch does."""
    session.execute(
        update(Attempt)
        .where(col(Attempt.batch_id) == attempt.batch_id, col(Attempt.number) == attempt.number)
        .values(ended_at=ended_at, outcome=str(answer.outcome), code=answer.code, words=answer.words, raw=answer.raw)
    )


def record(session: Session, attempt: Attempt, to: BatchState, **changes: Any) -> bool:
    """Move the batch to where the answer of its latest call puts it; False when something else moved it meanwhile.

    An answer that comes after its lease was given up (the batch is UNKNOWN by then) is still the best evidence there is.
    """
    movable = {BatchState.SENDING, BatchState.UNKNOWN} & set(sources(BATCH_NEXT, to)) | ({to} & {BatchState.UNKNOWN})
    statement = (
        update(Batch)
        .where(col(Batch.id) == attempt.batch_id, col(Batch.attempts) == attempt.number, col(Batch.state).in_(movable))
        .values(state=to, lease_until=None, **changes)
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def move(session: Session, batch_id: UUID, to: BatchState, **changes: Any) -> bool:
    """Move a batch along its arrows; False when it is not where it could become `to` from."""
    statement = (
        update(Batch)
        .where(col(Batch.id) == batch_id, col(Batch.state).in_(sources(BATCH_NEXT, to)))
        .values(state=to, **changes)
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def rung(session: Session, provider: str, kind: str, since: datetime) -> int:
    """How many bells of due batches are believed to be on the queue."""
    statement = (
        select(func.count())
        .select_from(Batch)
        .join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
        .where(
            col(Batch.state) == BatchState.PLANNED,
            col(Batch.rung_at) >= since,
            col(Campaign.provider) == provider,
            col(Campaign.kind) == kind,
        )
    )
    return int(session.execute(statement).scalar_one())


def mark_rung(session: Session, batch_ids: Sequence[UUID], now: datetime) -> None:
    """Their bells are about to be rung."""
    session.execute(update(Batch).where(col(Batch.id).in_(batch_ids)).values(rung_at=now))


def postpone_due(session: Session, provider: str, kind: str, *, now: datetime, until: datetime) -> int:
    """The window is closed: what is due waits for its next opening; how many batches."""
    mine = select(col(Campaign.id)).where(col(Campaign.provider) == provider, col(Campaign.kind) == kind)
    # Skipping what somebody else holds: a cancel locks the same rows in another order, and the next sweep comes soon.
    late = (
        select(col(Batch.id))
        .where(col(Batch.state) == BatchState.PLANNED, col(Batch.not_before) <= now, col(Batch.campaign_id).in_(mine))
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(Batch)
        .where(col(Batch.id).in_(late), col(Batch.state) == BatchState.PLANNED)
        .values(not_before=until, rung_at=None)
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def expired(session: Session, now: datetime, limit: int) -> Sequence[Batch]:
    """Claims whose lease ran out; locked."""
    statement = (
        select(Batch)
        .where(col(Batch.state) == BatchState.SENDING, col(Batch.lease_until) < now)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(statement).all()


def to_poll(session: Session, *, now: datetime, limit: int) -> Sequence[Batch]:
    """Accepted batches whose report is due to be asked for; locked."""
    statement = (
        select(Batch)
        .where(col(Batch.state) == BatchState.ACCEPTED, col(Batch.next_poll_at) <= now)
        .order_by(col(Batch.next_poll_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(statement).all()


def analyze(session: Session) -> None:
    """Tell the planner of many new batches: of a table that it does not know it goes through all for each (measured: 23 s)."""
    session.execute(text("ANALYZE batch"))


def of_campaign(session: Session, campaign_id: UUID) -> Sequence[Batch]:
    """All batches of a campaign in their order."""
    return session.scalars(select(Batch).where(col(Batch.campaign_id) == campaign_id).order_by(col(Batch.seq))).all()


def forget_ring(session: Session, batch_id: UUID) -> None:
    """Its bell was answered with nothing: it counts as never rung."""
    session.execute(
        update(Batch).where(col(Batch.id) == batch_id, col(Batch.state) == BatchState.PLANNED).values(rung_at=None)
    )


def forget_rings(session: Session, campaign_id: UUID) -> None:
    """Bells that rang while the campaign was paused were answered with nothing: they count as never rung."""
    session.execute(
        update(Batch)
        .where(col(Batch.campaign_id) == campaign_id, col(Batch.state) == BatchState.PLANNED)
        .values(rung_at=None)
    )


def cancel_planned(session: Session, campaign_id: UUID) -> int:
    """What has not left will not; how many numbers that spares."""
    begun = singles.cancel_left(session, campaign_id)
    rows = session.execute(
        update(Batch)
        .where(col(Batch.campaign_id) == campaign_id, col(Batch.state) == BatchState.PLANNED)
        .values(state=BatchState.CANCELLED, rung_at=None)
        .returning(col(Batch.seq), col(Batch.size) - col(Batch.suppressed))
    ).all()
    frequency.give_back_placed(session, campaign_id, [row[0] for row in rows])
    return begun + sum(int(row[1]) for row in rows)
