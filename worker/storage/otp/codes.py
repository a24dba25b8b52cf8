"""Codes that were made for messages: found and locked for a check, and those that their providers may still hold good."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from worker.domain.message import MessageState
from worker.storage.tables.messages import Message, OtpCode

#: No provider has the message.
NEVER_SENT = (MessageState.REJECTED, MessageState.EXPIRED)


def lock(session: Session, message_id: UUID) -> OtpCode | None:
    """The code of a message, locked to the end of the transaction: two checks at once count as two tries."""
    return session.get(OtpCode, message_id, with_for_update=True)


def get(session: Session, message_id: UUID) -> OtpCode | None:
    """A look without a lock."""
    return session.get(OtpCode, message_id)


def made_elsewhere(session: Session, phones: Sequence[int], since: datetime) -> Sequence[tuple[Message, OtpCode]]:
    """Codes of these numbers that their providers make and that nobody used, asked for since then."""
    wanted = (
        select(Message, OtpCode)
        .join(OtpCode, col(OtpCode.message_id) == col(Message.id))
        .where(
            col(Message.phone).in_(phones),
            col(Message.queued_at) > since,
            col(Message.state).not_in(NEVER_SENT),
            col(OtpCode.hash).is_(None),
            col(OtpCode.used_at).is_(None),
        )
    )
    return session.exec(wanted).all()
