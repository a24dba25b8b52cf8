"""The rows of the audit log: appended one at a time, each chained to the one before; read, never changed."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlmodel import Session, col

from worker.storage.tables.people import AuditEntry

#: Until its transaction ends nobody else appends.
CHAIN_LOCK: Final = 0x10A_0002
#: What the first entry is chained to.
BEGINNING: Final = "0" * 64
READ_AT_ONCE: Final = 2_000


def last(session: Session) -> tuple[int, str]:
    """Number and hash of the last entry, (0, zeros) for none. Nobody else appends until the transaction ends.

    To be called as the last thing before the commit: whoever waits here holds what it has locked.
    """
    session.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))
    return head(session)


def head(session: Session) -> tuple[int, str]:
    """Number and hash of the last entry, without a lock."""
    row = session.execute(
        select(col(AuditEntry.seq), col(AuditEntry.hash)).order_by(col(AuditEntry.seq).desc()).limit(1)
    ).first()
    return (0, BEGINNING) if row is None else (row[0], row[1])


def all_of(session: Session, start: datetime | None = None, end: datetime | None = None) -> Iterator[AuditEntry]:
    """The entries from `start` (included) to `end` (not), oldest first, a block at a time."""
    statement = select(AuditEntry).order_by(col(AuditEntry.seq))
    if start is not None:
        statement = statement.where(col(AuditEntry.at) >= start)
    if end is not None:
        statement = statement.where(col(AuditEntry.at) < end)
    yield from session.scalars(statement.execution_options(yield_per=READ_AT_ONCE))


def newest(
    session: Session,
    limit: int,
    *,
    before: int | None = None,
    object_kind: str = "",
    object_id: str = "",
    who: str | Sequence[str] = "",
    act: str | Sequence[str] = "",
) -> Sequence[AuditEntry]:
    """The latest entries, newest first; about one object, by an actor or of an act where these are named."""
    statement = select(AuditEntry).order_by(col(AuditEntry.seq).desc()).limit(limit)
    if before is not None:
        statement = statement.where(col(AuditEntry.seq) < before)
    for column, wanted in (
        (AuditEntry.object_kind, object_kind),
        (AuditEntry.object_id, object_id),
        (AuditEntry.who, who),
        (AuditEntry.act, act),
    ):
        if wanted:
            named = [wanted] if isinstance(wanted, str) else wanted
            statement = statement.where(col(column).in_(named))
    return session.scalars(statement).all()
