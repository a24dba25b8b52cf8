"""The jobs of the night as rows with a time; the update that takes one says who does it."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Update, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from worker.storage.tables.reconcile import DueJob


def plan(session: Session, name: str, hour: str, due_at: datetime) -> None:
    """See to it that the job has a time; one that it has stays, unless it was asked for at another hour."""
    row = insert(DueJob).values(name=name, hour=hour, due_at=due_at)
    new = {"hour": row.excluded.hour, "due_at": row.excluded.due_at}
    session.execute(row.on_conflict_do_update(index_elements=["name"], set_=new, where=col(DueJob.hour) != hour))


def take(session: Session, name: str, now: datetime, lease_until: datetime) -> bool:
    """Take a due job that nobody is believed to do; only who hits the row does it."""
    free = or_(col(DueJob.lease_until).is_(None), col(DueJob.lease_until) < now)
    statement = _job(name).where(col(DueJob.due_at) <= now, free).values(lease_until=lease_until)
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def renew(session: Session, name: str, lease_until: datetime) -> None:
    """Whoever does it still does."""
    session.execute(_job(name).where(col(DueJob.lease_until).is_not(None)).values(lease_until=lease_until))


def end(session: Session, name: str, now: datetime, due_at: datetime) -> None:
    """It is done; its next time."""
    session.execute(_job(name).values(due_at=due_at, lease_until=None, ended_at=now))


def _job(name: str) -> Update:
    return update(DueJob).where(col(DueJob.name) == name)
