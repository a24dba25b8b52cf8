"""Which API keys are there? Made, found by their hash, revoked; never changed otherwise."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, select, update
from sqlmodel import Session, col

from worker.storage.door_tables import ApiKey


def by_hash(session: Session, key_hash: str) -> ApiKey | None:
    """The key with this hash, if it is not revoked."""
    mine = select(ApiKey).where(col(ApiKey.hash) == key_hash, col(ApiKey.revoked_at).is_(None))
    return session.scalars(mine).first()


def everyone(session: Session) -> Sequence[ApiKey]:
    """All keys, the newest first, revoked ones included."""
    return session.scalars(select(ApiKey).order_by(col(ApiKey.created_at).desc())).all()


def get(session: Session, key_id: UUID) -> ApiKey | None:
    """One key by its id, or None."""
    return session.get(ApiKey, key_id)


def revoke(session: Session, key_id: UUID, now: datetime) -> bool:
    """Revoke a key; False when there is none to revoke."""
    statement = update(ApiKey).where(col(ApiKey.id) == key_id, col(ApiKey.revoked_at).is_(None)).values(revoked_at=now)
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1
