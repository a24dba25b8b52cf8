"""Users: found by name or id, and changed, their sessions with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypedDict, Unpack, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select, update
from sqlmodel import Session, col

from worker.domain.roles import Role
from worker.storage.part import WHOLE, Part, in_part
from worker.storage.tables.people import FirstLink, User, WebSession

#: Two first admins at once must see each other: the number of the lock under which the first is made.
FIRST_LOCK: Final = 0x10A_0001


def by_name(session: Session, name: str) -> User | None:
    """The user of that name, in whatever case it is written."""
    return session.scalars(select(User).where(func.lower(col(User.name)) == func.lower(name))).first()


def get(session: Session, user_id: UUID) -> User | None:
    """One user by its id, or None."""
    return session.get(User, user_id)


def everyone(session: Session, part: Part = WHOLE) -> Sequence[User]:
    """All users by name, disabled ones included; or a part of them."""
    return session.scalars(in_part(select(User), User.name, part)).all()


def names(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """What the users with these ids are called."""
    return {
        row[0]: row[1] for row in session.execute(select(col(User.id), col(User.name)).where(col(User.id).in_(ids)))
    }


def exist(session: Session) -> bool:
    """Whether there is any user."""
    return session.execute(select(col(User.id)).limit(1)).first() is not None


class UserChanges(TypedDict, total=False):
    """What may change of a user."""

    disabled_at: datetime | None
    language: str
    last_login_at: datetime
    password_hash: str
    role: Role
    totp_sealed: bytes | None
    totp_since: datetime | None
    totp_step: int


def change(session: Session, user_id: UUID, **values: Unpack[UserChanges]) -> bool:
    """Change a user; False when there is none."""
    statement = update(User).where(col(User.id) == user_id).values(**values)
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def take_step(session: Session, user_id: UUID, step: int) -> bool:
    """Whether this time step of the second factor is later than the last that was taken; if so it is taken now."""
    mine = update(User).where(col(User.id) == user_id, col(User.totp_step) < step).values(totp_step=step)
    return cast("CursorResult[Any]", session.execute(mine)).rowcount == 1


def other_admins(session: Session, user_id: UUID) -> int:
    """How many admins there are besides this one; locked, so that two cannot disable each other at once."""
    admins = select(col(User.id)).where(col(User.role) == Role.ADMIN, col(User.disabled_at).is_(None))
    found = session.scalars(admins.order_by(col(User.id)).with_for_update()).all()
    return len([one for one in found if one != user_id])


def lock_first(session: Session) -> None:
    """Until the transaction ends nobody else makes the first user or its link."""
    session.execute(select(func.pg_advisory_xact_lock(FIRST_LOCK)))


def new_link(session: Session, link: FirstLink) -> None:
    """Make this the only link that counts."""
    session.execute(delete(FirstLink))
    session.add(link)


def link(session: Session, link_hash: str, now: datetime) -> bool:
    """Whether this link counts."""
    mine = select(FirstLink).where(col(FirstLink.hash) == link_hash, col(FirstLink.expires_at) > now)
    return session.execute(mine).first() is not None


def use_link(session: Session, link_hash: str, now: datetime) -> bool:
    """Whether this link counted; it does not any more."""
    gone = delete(FirstLink).where(col(FirstLink.hash) == link_hash, col(FirstLink.expires_at) > now)
    return cast("CursorResult[Any]", session.execute(gone)).rowcount == 1


def end_sessions(session: Session, user_id: UUID, *, but: UUID | None = None) -> int:
    """Log a user out everywhere, except in the session `but`; how many sessions that ended."""
    statement = delete(WebSession).where(col(WebSession.user_id) == user_id)
    if but is not None:
        statement = statement.where(col(WebSession.id) != but)
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
