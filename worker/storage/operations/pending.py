"""Tells whether the sweeps have work: one statement, each second; what each sweep then takes it finds out itself.

Each column is true at least whenever its sweep would find a row: it may ask less than the sweep does, never more.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, text
from sqlmodel import Session


class Work(StrEnum):
    """What may be pending."""

    MESSAGES = "messages"
    EVENTS = "events"
    ORDERS = "orders"
    REPORTS = "reports"
    CALLBACKS = "callbacks"
    CLAIMS = "claims"
    STATUSES = "statuses"
    DRAFTS = "drafts"
    UNKNOWNS = "unknowns"


#: The literal conditions are those of the partial indexes, which hold what is open and nothing of the history.
_LOOK: Final = text(
    """SELECT
    EXISTS (SELECT FROM message WHERE state = 'queued')
      OR EXISTS (SELECT FROM message WHERE state = 'sending' AND lease_until < :now)
      OR EXISTS (SELECT FROM message WHERE provider = 'test' AND state = 'accepted') AS messages,
    EXISTS (SELECT FROM webhook_delivery WHERE state = 'pending' AND not_before <= :now
      AND (lease_until IS NULL OR lease_until < :now)) AS events,
    EXISTS (SELECT FROM batch WHERE state = 'planned' AND not_before <= :now)
      OR EXISTS (SELECT FROM campaign WHERE status NOT IN ('done', 'cancelled', 'failed') AND until <= :now) AS orders,
    EXISTS (SELECT FROM batch WHERE state = 'accepted' AND next_poll_at <= :now) AS reports,
    EXISTS (SELECT FROM callback WHERE handled_at IS NULL AND due_at <= :now) AS callbacks,
    EXISTS (SELECT FROM batch WHERE state = 'sending' AND lease_until < :now) AS claims,
    EXISTS (SELECT FROM campaign WHERE status NOT IN ('done', 'cancelled', 'failed')
      AND status IN ('sending', 'paused', 'reconciling'))
      OR EXISTS (SELECT FROM batch JOIN campaign ON campaign.id = batch.campaign_id
        WHERE batch.state = 'planned' AND campaign.status = 'cancelled') AS statuses,
    EXISTS (SELECT FROM draft) AS drafts,
    EXISTS (SELECT FROM batch WHERE state = 'unknown') AS unknowns"""
)


def look(on: Session | Connection, now: datetime) -> frozenset[Work]:
    """What is pending."""
    found = on.execute(_LOOK, {"now": now}).mappings().one()
    return frozenset(work for work in Work if found[work])
