"""Deliveries are taken, tried and settled here. A claim is a lease: a process that dies is followed by a repeat, never a loss.

Of one subject's events for one address only the first that is not settled can be taken: they arrive in their order. Each
receiver at each host has its own room, so that one that hangs holds up nobody else.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypedDict, Unpack, cast
from uuid import UUID

from sqlalchemy import CursorResult, func, select, text, update
from sqlmodel import Session, col

from worker.storage.tables.webhooks import WebhookDelivery

PENDING: Final = "pending"
DELIVERED: Final = "delivered"
FAILED: Final = "failed"


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that was claimed for one try."""

    id: int
    event_id: UUID
    webhook_id: UUID
    url: str = field(repr=False)
    host: str
    body: str = field(repr=False)
    #: Tries begun, this one included.
    tries: int
    give_up_at: datetime


_CLAIM: Final = text(
    """WITH RECURSIVE hosts AS (
      (SELECT host FROM webhook_delivery WHERE state = 'pending' ORDER BY host LIMIT 1)
      UNION ALL
      SELECT (SELECT d.host FROM webhook_delivery d WHERE d.state = 'pending' AND d.host > h.host ORDER BY d.host LIMIT 1)
      FROM hosts h WHERE h.host IS NOT NULL
    ), room AS (
      SELECT h.host, :most - coalesce(CAST(CAST(:busy AS jsonb) ->> h.host AS integer), 0) AS free
      FROM hosts h WHERE h.host IS NOT NULL
    ), due AS (
      SELECT one.id FROM room CROSS JOIN LATERAL (
        SELECT d.id FROM webhook_delivery d
        WHERE d.state = 'pending' AND d.host = room.host AND d.not_before <= :now
          AND (d.lease_until IS NULL OR d.lease_until < :now)
          AND NOT EXISTS (SELECT FROM webhook_delivery e WHERE e.state = 'pending' AND e.webhook_id = d.webhook_id
            AND e.subject = d.subject AND e.url = d.url AND e.id < d.id)
        ORDER BY d.not_before LIMIT greatest(room.free, 0) FOR UPDATE SKIP LOCKED) one
      LIMIT :limit
    )
    UPDATE webhook_delivery d SET lease_until = :lease_until, tries = d.tries + 1 FROM due WHERE d.id = due.id
    RETURNING d.id, d.event_id, d.webhook_id, d.url, d.host, d.body, d.tries, d.give_up_at"""
)


def claim(
    session: Session, *, busy: Mapping[str, int], most: int, limit: int, now: datetime, lease_until: datetime
) -> list[Taken]:
    """Take what is due: of each host as many as `most` leaves beside the `busy` ones."""
    given = {
        "busy": json.dumps(dict(busy)),
        "most": most,
        "limit": limit,
        "now": now,
        "lease_until": lease_until,
    }
    return [Taken(*row) for row in session.execute(_CLAIM, given)]


def claim_one(session: Session, delivery_id: int, lease_until: datetime) -> Taken | None:
    """Take this one, whatever its turn."""
    row = session.execute(
        text(
            "UPDATE webhook_delivery d SET lease_until = :lease_until, tries = d.tries + 1"
            " WHERE d.id = :id AND d.state = 'pending'"
            " RETURNING d.id, d.event_id, d.webhook_id, d.url, d.host, d.body, d.tries, d.give_up_at"
        ),
        {"id": delivery_id, "lease_until": lease_until},
    ).first()
    return None if row is None else Taken(*row)


class DeliveryChanges(TypedDict, total=False):
    """What a try may change of a delivery."""

    state: str
    status: int | None
    detail: str
    not_before: datetime
    ended_at: datetime


def settle(session: Session, delivery_id: int, **changes: Unpack[DeliveryChanges]) -> bool:
    """Write down what a try came to; False when it is settled already."""
    statement = (
        update(WebhookDelivery)
        .where(col(WebhookDelivery.id) == delivery_id, col(WebhookDelivery.state) == PENDING)
        .values(lease_until=None, **changes)
    )
    return _rows(session, statement) == 1


_DELIVERED: Final = text(
    """UPDATE webhook_delivery d
    SET state = 'delivered', ended_at = :now, status = came.status, detail = came.detail, lease_until = NULL
    FROM unnest(CAST(:ids AS bigint[]), CAST(:statuses AS integer[]), CAST(:details AS text[])) AS came (id, status, detail)
    WHERE d.id = came.id AND d.state = 'pending'"""
)


def settle_delivered(session: Session, came: Sequence[tuple[int, int | None, str]], now: datetime) -> None:
    """Write down which were taken, each with the status and words of its answer; what is settled already stays."""
    if came:
        ids, statuses, details = map(list, zip(*sorted(came), strict=True))
        session.execute(_DELIVERED, {"ids": ids, "statuses": statuses, "details": details, "now": now})


def give_up_all(session: Session, webhook_id: UUID, words: str, now: datetime) -> int:
    """What a receiver that ended was still to get is failed, and can be replayed; how many."""
    statement = (
        update(WebhookDelivery)
        .where(col(WebhookDelivery.webhook_id) == webhook_id, col(WebhookDelivery.state) == PENDING)
        .values(state=FAILED, detail=words, ended_at=now, lease_until=None)
    )
    return _rows(session, statement)


def replay(session: Session, ids: Sequence[int], now: datetime, give_up_at: datetime) -> int:
    """Let these settled deliveries be tried anew; how many."""
    statement = (
        update(WebhookDelivery)
        .where(col(WebhookDelivery.id).in_(ids), col(WebhookDelivery.state) != PENDING)
        .values(state=PENDING, not_before=now, give_up_at=give_up_at, tries=0, ended_at=None, lease_until=None)
    )
    return _rows(session, statement)


def get(session: Session, delivery_id: int) -> WebhookDelivery | None:
    """One delivery as it is now."""
    return session.get(WebhookDelivery, delivery_id, populate_existing=True)


def newest(
    session: Session, *, state: str | None, webhook_ids: Sequence[UUID] | None, limit: int
) -> list[WebhookDelivery]:
    """The latest deliveries, the newest first."""
    statement = select(WebhookDelivery).order_by(col(WebhookDelivery.id).desc()).limit(limit)
    if state is not None:
        statement = statement.where(col(WebhookDelivery.state) == state)
    if webhook_ids is not None:
        statement = statement.where(col(WebhookDelivery.webhook_id).in_(webhook_ids))
    return list(session.scalars(statement))


def counts(session: Session) -> dict[tuple[UUID, str], int]:
    """How many deliveries are pending or failed, by receiver."""
    rows = session.execute(
        select(col(WebhookDelivery.webhook_id), col(WebhookDelivery.state), func.count())
        .where(col(WebhookDelivery.state).in_([PENDING, FAILED]))
        .group_by(col(WebhookDelivery.webhook_id), col(WebhookDelivery.state))
    )
    return {(row[0], row[1]): row[2] for row in rows}


def _rows(session: Session, statement: Any) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
