"""Receivers: made, found, ended, and given new secrets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, func, select, update
from sqlmodel import Session, col

from worker.storage.tables.webhooks import Webhook


def get(session: Session, webhook_id: UUID) -> Webhook | None:
    """One receiver, ended ones included."""
    return session.get(Webhook, webhook_id)


def live(session: Session, api_key_id: UUID | None = None, *, everyone: bool = False) -> Sequence[Webhook]:
    """Receivers that have not ended, the oldest first: those of a key, or everybody's."""
    statement = select(Webhook).where(col(Webhook.ended_at).is_(None)).order_by(col(Webhook.created_at))
    if not everyone:
        statement = statement.where(col(Webhook.api_key_id) == api_key_id)
    return session.scalars(statement).all()


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


def end(session: Session, webhook_id: UUID, reason: str, now: datetime) -> bool:
    """End a receiver; False when it has ended, or is none."""
    statement = (
        update(Webhook)
        .where(col(Webhook.id) == webhook_id, col(Webhook.ended_at).is_(None))
        .values(ended_at=now, end_reason=reason)
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1
