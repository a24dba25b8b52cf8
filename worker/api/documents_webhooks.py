"""Receivers of events and deliveries as JSON, for HTTP and commands alike."""

from typing import Any

from worker.domain.window import local
from worker.services.webhooks import Listed, Made
from worker.storage.tables.webhooks import Webhook, WebhookDelivery


def webhook(row: Webhook) -> dict[str, Any]:
    """A receiver, without its secret."""
    return {
        "id": str(row.id),
        "url": row.url,
        "events": row.events,
        "key_id": str(row.api_key_id) if row.api_key_id else None,
        "created_at": local(row.created_at),
    }


def made(one: Made) -> dict[str, Any]:
    """A receiver with its secret."""
    until = one.row.former_until
    return {**webhook(one.row), "secret": one.secret, "former_secret_until": local(until) if until else None}


def listed(one: Listed) -> dict[str, Any]:
    """A receiver, how many events it is still to get, or did not get, and whether its own answer has ended it."""
    ended = local(one.row.ended_at) if one.row.ended_at else None
    return {
        **webhook(one.row),
        "pending": one.pending,
        "failed": one.failed,
        "ended_at": ended,
        "end_reason": one.row.end_reason,
    }


def delivery(row: WebhookDelivery) -> dict[str, Any]:
    """One event for one receiver, and what came of it."""
    return {
        "id": row.id,
        "event_id": str(row.event_id),
        "webhook_id": str(row.webhook_id),
        "type": row.type,
        "about": str(row.subject),
        "state": row.state,
        "tries": row.tries,
        "status": row.status,
        "detail": row.detail,
        "at": local(row.at),
        "next_try_at": local(row.not_before) if row.state == "pending" else None,
        "ended_at": local(row.ended_at) if row.ended_at else None,
    }
