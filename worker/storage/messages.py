"""How do messages move? The claim, the record of an answer, and what the sweep looks for.

Every UPDATE names the states it may leave, and one that settles a message wipes its text: the database refuses any other.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, func, or_, select, update
from sqlmodel import Session, col

from worker.domain.message import OPEN, MessageState, sources
from worker.providers.base import Answer
from worker.storage.tables import Message, MessageAttempt

QUEUED, SENDING = MessageState.QUEUED, MessageState.SENDING


def get(session: Session, message_id: UUID) -> Message | None:
    """A look without a lock."""
    return session.get(Message, message_id)


def held(session: Session, message_id: UUID) -> Message:
    """A message that exists, locked to the end of the transaction."""
    return session.get_one(Message, message_id, with_for_update=True)


def by_key(session: Session, key: str) -> Message | None:
    """The message that an idempotency key stands for."""
    return session.scalars(select(Message).where(col(Message.key) == key)).first()


def take_turns(session: Session, phone: int) -> None:
    """Whoever takes in a message to the same number waits until this transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(phone)))


def nth_latest(session: Session, phone: int, n: int, since: datetime) -> datetime | None:
    """When the n-th latest message to a number was taken in, if that was after `since`."""
    mine = select(col(Message.queued_at)).where(col(Message.phone) == phone, col(Message.queued_at) > since)
    return session.scalars(mine.order_by(col(Message.queued_at).desc()).offset(n - 1).limit(1)).first()


def attempts(session: Session, message_id: UUID) -> Sequence[MessageAttempt]:
    """Its calls in their order."""
    mine = select(MessageAttempt).where(col(MessageAttempt.message_id) == message_id)
    return session.scalars(mine.order_by(col(MessageAttempt.number))).all()


def claim(
    session: Session, message_id: UUID, provider: str, *, now: datetime, deadline: datetime, lease_until: datetime
) -> MessageAttempt | None:
    """Take a message for one call to the provider whose turn it is; None when it is not there to be taken.

    The attempt is written with it, so that a crash right after the commit leaves a trace of a call that may have been made.
    """
    row = session.execute(
        update(Message)
        .where(
            col(Message.id) == message_id,
            col(Message.state).in_(sources(SENDING)),
            col(Message.not_before) <= now,
            col(Message.expires_at) > now,
            # PostgreSQL counts from 1.
            col(Message.ahead)[1] == provider,
        )
        .values(
            state=SENDING, provider=provider, lease_until=lease_until, attempts=col(Message.attempts) + 1, rung_at=now
        )
        .returning(col(Message.attempts), col(Message.refusals))
    ).first()
    if row is None:
        return None
    attempt = MessageAttempt(
        message_id=message_id,
        number=row.attempts,
        provider=provider,
        request_id=f"{message_id}-{row.refusals}",
        began_at=now,
        deadline=deadline,
    )
    session.add(attempt)
    session.flush()
    return attempt


def complete(session: Session, attempt: MessageAttempt, *, ended_at: datetime, answer: Answer) -> None:
    """Write down what the call came to; the evidence stays whatever the message does."""
    session.execute(
        update(MessageAttempt)
        .where(col(MessageAttempt.message_id) == attempt.message_id, col(MessageAttempt.number) == attempt.number)
        .values(ended_at=ended_at, outcome=str(answer.outcome), code=answer.code, words=answer.words, raw=answer.raw)
    )


def move(session: Session, message_id: UUID, to: MessageState, *, now: datetime, **changes: Any) -> bool:
    """Move a message along its arrows; False when it is not where it could become `to` from. Settled, it has no text."""
    if to not in OPEN:
        changes = {"sealed": None, "rung_at": None, "settled_at": now, **changes}
    statement = (
        update(Message)
        .where(col(Message.id) == message_id, col(Message.state).in_(sources(to)))
        .values(state=to, lease_until=None, **changes)
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def pass_by(session: Session, message_id: UUID, provider: str, *, until: datetime) -> None:
    """The provider has no room for it now: it goes to the end of the route."""
    session.execute(
        update(Message)
        .where(col(Message.id) == message_id, col(Message.state) == QUEUED, col(Message.ahead)[1] == provider)
        .values(
            ahead=func.array_append(func.array_remove(col(Message.ahead), provider), provider),
            not_before=until,
            rung_at=None,
        )
    )


def due(session: Session, *, now: datetime, rung_before: datetime, limit: int) -> Sequence[UUID]:
    """Messages that may go now, whose bell is not believed to be on the queue; locked."""
    statement = (
        select(col(Message.id))
        .where(
            col(Message.state) == QUEUED,
            col(Message.not_before) <= now,
            col(Message.expires_at) > now,
            or_(col(Message.rung_at).is_(None), col(Message.rung_at) < rung_before),
        )
        .order_by(col(Message.not_before))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(statement).all()


def mark_rung(session: Session, message_ids: Sequence[UUID], now: datetime) -> None:
    """Their bells are about to be rung."""
    session.execute(update(Message).where(col(Message.id).in_(message_ids)).values(rung_at=now))


def late(session: Session, now: datetime, limit: int) -> Sequence[UUID]:
    """Messages whose time is over while they wait."""
    statement = select(col(Message.id)).where(col(Message.state) == QUEUED, col(Message.expires_at) <= now)
    return session.scalars(statement.limit(limit)).all()


def abandoned(session: Session, now: datetime, limit: int) -> Sequence[UUID]:
    """Messages whose worker died in the middle of a call."""
    statement = select(col(Message.id)).where(col(Message.state) == SENDING, col(Message.lease_until) < now)
    return session.scalars(statement.limit(limit)).all()
