"""Lists that wait to be planned: one worker at a time has one in hand; a lost task is enqueued again."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from worker.storage.tables.api import Draft


def hold(session: Session, campaign_id: UUID) -> bool:
    """Whether nobody else plans this draft; if so nobody does until the transaction ends.

    A lock of the connection and not of the row: a cancel need not wait for it, and it goes with a worker that dies.
    """
    number = int.from_bytes(campaign_id.bytes[:8], "big", signed=True)
    return bool(session.execute(select(func.pg_try_advisory_xact_lock(number))).scalar())


def begin_try(session: Session, campaign_id: UUID) -> Draft | None:
    """The draft, counted as tried once more; None when it is planned, or somebody is at it."""
    if not hold(session, campaign_id):
        return None
    mine = update(Draft).where(col(Draft.campaign_id) == campaign_id).values(tries=col(Draft.tries) + 1)
    return session.scalars(mine.returning(Draft)).first()


def forget_try(session: Session, campaign_id: UUID) -> None:
    """The latest try is not counted: what it failed by is no fault of the list."""
    session.execute(update(Draft).where(col(Draft.campaign_id) == campaign_id).values(tries=col(Draft.tries) - 1))


def remove(session: Session, campaign_id: UUID) -> None:
    """It is planned, or never will be."""
    session.execute(delete(Draft).where(col(Draft.campaign_id) == campaign_id))


def due(session: Session, *, now: datetime, enqueued_before: datetime, limit: int) -> Sequence[UUID]:
    """Drafts whose task is not believed to be on the queue, now counted as enqueued."""
    waiting = (
        select(col(Draft.campaign_id))
        .where(col(Draft.enqueued_at) < enqueued_before)
        .order_by(col(Draft.enqueued_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    enqueued = update(Draft).where(col(Draft.campaign_id).in_(waiting)).values(enqueued_at=now)
    return session.scalars(enqueued.returning(col(Draft.campaign_id))).all()


def uploads_in_use(session: Session, paths: Collection[str]) -> set[str]:
    """Those of the paths that a draft still needs."""
    return set(session.scalars(select(col(Draft.path)).where(col(Draft.path).in_(paths))).all())
