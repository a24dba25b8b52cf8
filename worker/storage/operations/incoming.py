"""The inbox of what subscribers sent: written once, read by people."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select, update
from sqlmodel import Session, col

from worker.storage.tables.incoming import IncomingMessage


def same(session: Session, provider: str, ref: str) -> IncomingMessage | None:
    """The message that came under this id before. Until the transaction ends nobody else writes one under it."""
    if not ref:
        return None
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"incoming {provider} {ref}", 0))))
    mine = select(IncomingMessage).where(
        col(IncomingMessage.provider) == provider,
        col(IncomingMessage.ref) == ref,
        col(IncomingMessage.meaning) != "forged",
    )
    return session.scalars(mine).first()


def newest(
    session: Session,
    limit: int,
    *,
    meaning: str = "",
    phone: int | None = None,
    after: tuple[datetime, UUID] | None = None,
) -> Sequence[IncomingMessage]:
    """The latest messages, the newest first; those behind `after`, which is the moment and the id of one."""
    statement = select(IncomingMessage).order_by(col(IncomingMessage.received_at).desc(), col(IncomingMessage.id))
    if meaning:
        statement = statement.where(col(IncomingMessage.meaning) == meaning)
    if phone is not None:
        statement = statement.where(col(IncomingMessage.phone) == phone)
    if after is not None:
        at, message_id = after
        later_id = and_(col(IncomingMessage.received_at) == at, col(IncomingMessage.id) > message_id)
        statement = statement.where(or_(col(IncomingMessage.received_at) < at, later_id))
    return session.scalars(statement.limit(limit)).all()


def unanswered(session: Session, message_id: UUID) -> None:
    """Nothing was answered to it after all."""
    session.execute(update(IncomingMessage).where(col(IncomingMessage.id) == message_id).values(reply=""))


def get(session: Session, message_id: UUID) -> IncomingMessage | None:
    """One message."""
    return session.get(IncomingMessage, message_id)
