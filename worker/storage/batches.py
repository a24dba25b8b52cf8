"""How do batches move? The claim, the record of an answer, and what each sweep looks for.

Every UPDATE names the states it may leave; the process whose UPDATE hit a row, and no other, may go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import CursorResult, exists, or_, select, update
from sqlmodel import Session, col

from worker.domain.outcome import DEFINITE_REFUSALS
from worker.domain.states import BATCH_NEXT, BatchState, CampaignStatus, sources
from worker.providers.base import Answer
from worker.storage.tables import Attempt, Batch, Campaign

#: The value that counts one more definite refusal in an update.
ONE_MORE_REFUSAL: Final = col(Batch.refusals) + 1


@dataclass(frozen=True, slots=True)
class Glance:
    """What must be known of a batch before anything is waited for."""

    campaign_id: UUID
    provider: str
    kind: str
    state: BatchState


def glance(session: Session, batch_id: UUID) -> Glance | None:
    """A look without a lock."""
    row = session.execute(
        select(col(Batch.campaign_id), col(Campaign.provider), col(Campaign.kind), col(Batch.state))
        .join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
        .where(col(Batch.id) == batch_id)
    ).first()
    return None if row is None else Glance(row.campaign_id, row.provider, row.kind, BatchState(row.state))


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
    # DESIGN 3.2: the key grows only with definite refusals, so a doubtful call is repeated under its old key.
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


def due(session: Session, provider: str, *, now: datetime, rung_before: datetime, limit: int) -> Sequence[UUID]:
    """Due batches of campaigns being sent whose bell is not believed to be on the queue; locked.

    In the order of their number, so that campaigns take turns.
    """
    statement = (
        select(col(Batch.id))
        .join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
        .where(
            col(Batch.state) == BatchState.PLANNED,
            col(Batch.not_before) <= now,
            or_(col(Batch.rung_at).is_(None), col(Batch.rung_at) < rung_before),
            col(Campaign.status) == CampaignStatus.SENDING,
            col(Campaign.provider) == provider,
        )
        .order_by(col(Batch.seq), col(Batch.not_before))
        .limit(limit)
        .with_for_update(of=Batch, skip_locked=True)
    )
    return session.scalars(statement).all()


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


def abandon_expired(session: Session, now: datetime, limit: int) -> list[UUID]:
    """Claims whose lease ran out become UNKNOWN: the call may have been made; the campaigns concerned."""
    stale = (
        select(col(Batch.id))
        .where(col(Batch.state) == BatchState.SENDING, col(Batch.lease_until) < now)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(
        update(Batch)
        .where(col(Batch.id).in_(stale), col(Batch.state) == BatchState.SENDING)
        .values(state=BatchState.UNKNOWN, lease_until=None, words="the worker stopped before an answer was recorded")
        .returning(col(Batch.campaign_id))
    )
    return list({row.campaign_id for row in rows})


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


def of_campaign(session: Session, campaign_id: UUID) -> Sequence[Batch]:
    """All batches of a campaign in their order."""
    return session.scalars(select(Batch).where(col(Batch.campaign_id) == campaign_id).order_by(col(Batch.seq))).all()


def forget_rings(session: Session, campaign_id: UUID) -> None:
    """Bells that rang while the campaign was paused were answered with nothing: they count as never rung."""
    session.execute(
        update(Batch)
        .where(col(Batch.campaign_id) == campaign_id, col(Batch.state) == BatchState.PLANNED)
        .values(rung_at=None)
    )


def cancel_planned(session: Session, campaign_id: UUID) -> int:
    """What has not left will not; how many numbers that spares."""
    rows = session.execute(
        update(Batch)
        .where(col(Batch.campaign_id) == campaign_id, col(Batch.state) == BatchState.PLANNED)
        .values(state=BatchState.CANCELLED, rung_at=None)
        .returning(col(Batch.size))
    )
    return sum(row.size for row in rows)
