"""Receivers: made, found, ended, and given new secrets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from worker.storage.tables.webhooks import Webhook

#: Why a receiver has ended, where a person ended it or knows of it.
REMOVED: Final = "removed"


def get(session: Session, webhook_id: UUID) -> Webhook | None:
    """One receiver, ended ones included."""
    return session.get(Webhook, webhook_id)


def live(session: Session, api_key_id: UUID | None = None, *, everyone: bool = False) -> Sequence[Webhook]:
    """Receivers that have not ended, the oldest first: those of a key, or everybody's."""
    statement = select(Webhook).where(col(Webhook.ended_at).is_(None)).order_by(col(Webhook.created_at))
    if not everyone:
        statement = statement.where(col(Webhook.api_key_id) == api_key_id)
    return session.scalars(statement).all()


def gone(session: Session, api_key_id: UUID | None = None, *, everyone: bool = False) -> Sequence[Webhook]:
    """Receivers that ended by their own answer, and that nobody has removed or added again since; the oldest first."""
    again = aliased(Webhook)
    added = select(col(again.id)).where(
        col(again.url) == col(Webhook.url),
        col(again.api_key_id).is_not_distinct_from(col(Webhook.api_key_id)),
        col(again.created_at) > col(Webhook.created_at),
    )
    statement = select(Webhook).where(
        col(Webhook.url).is_not(None),
        col(Webhook.ended_at).is_not(None),
        col(Webhook.end_reason) != REMOVED,
        ~added.exists(),
    )
    if not everyone:
        statement = statement.where(col(Webhook.api_key_id) == api_key_id)
    return session.scalars(statement.order_by(col(Webhook.created_at))).all()


def among(session: Session, ids: Sequence[UUID]) -> dict[UUID, Webhook]:
    """These receivers by their ids."""
    return {one.id: one for one in session.scalars(select(Webhook).where(col(Webhook.id).in_(ids)))}


def signer_of(session: Session, api_key_id: UUID | None, *, lock: bool = False) -> Webhook | None:
    """The row whose secret signs the callbacks of a key's requests. `lock`: nobody else makes one until this transaction ends."""
    if lock:
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"webhook {api_key_id}", 0))))
    mine = col(Webhook.api_key_id).is_(None) if api_key_id is None else col(Webhook.api_key_id) == api_key_id
    found = select(Webhook).where(col(Webhook.url).is_(None), col(Webhook.ended_at).is_(None), mine)
    return session.scalars(found).first()


def forget(session: Session, webhook_id: UUID) -> None:
    """Of one that ended by its own answer, a person knows now."""
    session.execute(update(Webhook).where(col(Webhook.id) == webhook_id).values(end_reason=REMOVED))


def end(session: Session, webhook_id: UUID, reason: str, now: datetime) -> bool:
    """End a receiver; False when it has ended, or is none."""
    statement = (
        update(Webhook)
        .where(col(Webhook.id) == webhook_id, col(Webhook.ended_at).is_(None))
        .values(ended_at=now, end_reason=reason)
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1
