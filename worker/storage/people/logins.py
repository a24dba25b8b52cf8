"""Sessions, kept by the hash of their token, and tries to log in, counted by name and by address."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select, update
from sqlmodel import Session, col

from worker.storage.tables.people import LoginTry, User, WebSession


def find(session: Session, token_hash: str, *, now: datetime, idle_since: datetime) -> tuple[WebSession, User] | None:
    """The session with this token and its user; None when it is over, was idle for too long, or the user is disabled."""
    mine = (
        select(WebSession, User)
        .join(User, col(User.id) == col(WebSession.user_id))
        .where(
            col(WebSession.hash) == token_hash,
            col(WebSession.expires_at) > now,
            col(WebSession.seen_at) > idle_since,
            col(User.disabled_at).is_(None),
        )
    )
    row = session.execute(mine).first()
    return None if row is None else (row[0], row[1])


def going_on(session: Session, hashes: Sequence[str], *, now: datetime, idle_since: datetime) -> dict[str, datetime]:
    """Those of the sessions that `find` would find, each with when it was used last."""
    mine = (
        select(col(WebSession.hash), col(WebSession.seen_at))
        .join(User, col(User.id) == col(WebSession.user_id))
        .where(
            col(WebSession.hash).in_(hashes),
            col(WebSession.expires_at) > now,
            col(WebSession.seen_at) > idle_since,
            col(User.disabled_at).is_(None),
        )
    )
    return {row.hash: row.seen_at for row in session.execute(mine)}


def touch_all(session: Session, hashes: Sequence[str], now: datetime) -> None:
    """They were used now; locked in one order, so that two processes do not wait in a circle."""
    locked = select(col(WebSession.id)).where(col(WebSession.hash).in_(hashes)).order_by(col(WebSession.id))
    ids = session.scalars(locked.with_for_update()).all()
    session.execute(update(WebSession).where(col(WebSession.id).in_(ids)).values(seen_at=now))


def touch(session: Session, session_id: UUID, now: datetime) -> None:
    """It was used now."""
    session.execute(update(WebSession).where(col(WebSession.id) == session_id).values(seen_at=now))


def end(session: Session, token_hash: str) -> UUID | None:
    """End a session; whose it was, or None where there was none."""
    gone = delete(WebSession).where(col(WebSession.hash) == token_hash).returning(col(WebSession.user_id))
    return session.scalars(gone).first()


def of(session: Session, user_id: UUID, *, now: datetime, idle_since: datetime) -> Sequence[WebSession]:
    """The sessions of a user that go on, the latest first."""
    mine = select(WebSession).where(
        col(WebSession.user_id) == user_id, col(WebSession.expires_at) > now, col(WebSession.seen_at) > idle_since
    )
    return session.scalars(mine.order_by(col(WebSession.seen_at).desc())).all()


def forget(session: Session, *, now: datetime, idle_since: datetime, tries_before: datetime) -> int:
    """Delete what is over: sessions that have ended and tries that nobody counts any more; how many rows."""
    over = delete(WebSession).where((col(WebSession.expires_at) <= now) | (col(WebSession.seen_at) <= idle_since))
    old = delete(LoginTry).where(col(LoginTry.at) < tries_before)
    return sum(cast("CursorResult[Any]", session.execute(one)).rowcount for one in (over, old))


def count(session: Session, name_hash: str, address: str, since: datetime) -> tuple[int, int, int]:
    """How many logins have failed since then: for this name from this address, for this name, from this address."""
    name, from_here = col(LoginTry.name) == name_hash, col(LoginTry.address) == address
    row = session.execute(
        select(
            func.count().filter(name & from_here),
            func.count().filter(name),
            func.count().filter(from_here),
        ).where(col(LoginTry.at) > since, name | from_here)
    ).one()
    return row[0], row[1], row[2]


def clear(session: Session, name_hash: str, address: str) -> None:
    """A login succeeded: what was tried for this name from this address counts no more."""
    session.execute(delete(LoginTry).where(col(LoginTry.name) == name_hash, col(LoginTry.address) == address))


def uncount(session: Session, try_id: int) -> None:
    """This try was no failure."""
    session.execute(delete(LoginTry).where(col(LoginTry.id) == try_id))
