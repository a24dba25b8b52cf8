"""Commands and their answers by idempotency key: begun by one, answered once, kept for a while."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from worker.storage.tables.api import Answer


def begin(session: Session, key: str, fingerprint: str, *, now: datetime, lost_before: datetime) -> bool:
    """Whether this key is ours to work on: it is new, or whoever began it died before `lost_before`."""
    fresh = insert(Answer).values(key=key, fingerprint=fingerprint, began_at=now)
    same = (col(Answer.fingerprint) == fingerprint) & col(Answer.document).is_(None)
    lost = same & (col(Answer.began_at) < lost_before)
    statement = fresh.on_conflict_do_update(index_elements=["key"], set_={"began_at": now}, where=lost)
    return session.execute(statement.returning(col(Answer.key))).first() is not None


def keep(session: Session, key: str, document: dict[str, Any]) -> None:
    """The answer, to be given again."""
    session.execute(update(Answer).where(col(Answer.key) == key).values(document=document))


def drop(session: Session, key: str) -> None:
    """Nothing was done: the key is free again."""
    session.execute(delete(Answer).where(col(Answer.key) == key, col(Answer.document).is_(None)))


def forget(session: Session, before: datetime) -> None:
    """Let go of what began before a moment."""
    session.execute(delete(Answer).where(col(Answer.began_at) < before))
