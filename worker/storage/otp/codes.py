"""Codes that Loa made, as keyed hashes: found and locked for a check."""

from uuid import UUID

from sqlmodel import Session

from worker.storage.tables.messages import OtpCode


def lock(session: Session, message_id: UUID) -> OtpCode | None:
    """The code of a message, locked to the end of the transaction: two checks at once count as two tries."""
    return session.get(OtpCode, message_id, with_for_update=True)
