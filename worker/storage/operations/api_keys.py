"""API keys: made, found by their hash, their use noted, revoked; never changed otherwise."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, CursorResult, Text, any_, bindparam, func, or_, select, tuple_, update
from sqlmodel import Session, col

from worker.storage.tables.api import ApiKey
from worker.storage.tables.people import User

_KEYS, _USERS = ApiKey.__table__.c, User.__table__.c  # type: ignore[attr-defined]
#: Asked for with each request: a statement that is always the same, whose rows become objects without the session's ado.
_BY_HASHES = (
    select(*_KEYS, *(one.label(f"user__{one.name}") for one in _USERS))
    .outerjoin_from(ApiKey, User, _USERS.id == _KEYS.user_id)
    .where(
        _KEYS.hash == any_(bindparam("hashes", type_=ARRAY(Text))),
        _KEYS.revoked_at.is_(None),
        _USERS.disabled_at.is_(None),
    )
)


def by_hashes(session: Session, hashes: Sequence[str]) -> dict[str, tuple[ApiKey, User | None]]:
    """The keys with these hashes and the users as whom they act, without those that are revoked or whose user is disabled; to be
    read only, for the session does not know them.
    """
    found = {}
    for row in session.connection().execute(_BY_HASHES, {"hashes": list(hashes)}).mappings():
        key = ApiKey(**{one.name: row[one.name] for one in _KEYS})
        user = User(**{one.name: row[f"user__{one.name}"] for one in _USERS}) if key.user_id is not None else None
        found[key.hash] = (key, user)
    return found


def count_of(session: Session, user_id: UUID) -> int:
    """How many keys that count act as this user."""
    mine = select(func.count()).where(col(ApiKey.user_id) == user_id, col(ApiKey.revoked_at).is_(None))
    return int(session.execute(mine).scalar_one())


def everyone(
    session: Session, words: str = "", before: tuple[datetime, UUID] | None = None, limit: int | None = None
) -> Sequence[ApiKey]:
    """All keys, the newest first, revoked ones included; or those with `words` in their name or their user's, a page of them."""
    wanted = select(ApiKey)
    if words:
        theirs = select(col(User.id)).where(col(User.name).icontains(words, autoescape=True))
        wanted = wanted.where(or_(col(ApiKey.name).icontains(words, autoescape=True), col(ApiKey.user_id).in_(theirs)))
    if before is not None:
        wanted = wanted.where(tuple_(col(ApiKey.created_at), col(ApiKey.id)) < before)
    return session.scalars(wanted.order_by(col(ApiKey.created_at).desc(), col(ApiKey.id).desc()).limit(limit)).all()


def get(session: Session, key_id: UUID) -> ApiKey | None:
    """One key by its id, or None."""
    return session.get(ApiKey, key_id)


def note_use(session: Session, key_id: UUID, now: datetime, before: datetime) -> None:
    """Write down that a key was used, unless that was done after `before`; another who does it now is not waited for."""
    due = or_(col(ApiKey.last_used_at).is_(None), col(ApiKey.last_used_at) <= before)
    mine = select(col(ApiKey.id)).where(col(ApiKey.id) == key_id, due).with_for_update(skip_locked=True)
    session.execute(update(ApiKey).where(col(ApiKey.id).in_(mine)).values(last_used_at=now))


def revoke(session: Session, key_id: UUID, now: datetime) -> bool:
    """Revoke a key; False when there is none to revoke."""
    statement = update(ApiKey).where(col(ApiKey.id) == key_id, col(ApiKey.revoked_at).is_(None)).values(revoked_at=now)
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1
