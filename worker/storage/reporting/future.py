"""Rows that say that something happened later than now: the clock was set back since, and what waits for it stands still."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

#: Of a batch, when something happened to it last, and when its next turn is.
_BATCHES = (
    "SELECT greatest(b.enqueued_at, b.claimed_at, b.answered_at) AS at,"
    " CASE b.state WHEN 'planned' THEN greatest(b.enqueued_at + interval '15 seconds', b.not_before)"
    " WHEN 'sending' THEN b.lease_until WHEN 'accepted' THEN b.next_poll_at WHEN 'unknown' THEN b.next_lookup_at END AS turn"
    " FROM batch b JOIN campaign c ON c.id = b.campaign_id WHERE c.status NOT IN ('done', 'cancelled', 'failed')"
)
_MESSAGES = "SELECT queued_at AS at, CAST(NULL AS timestamptz) AS turn FROM message WHERE queued_at > :now"
_CALLBACKS = "SELECT received_at AS at, due_at AS turn FROM callback WHERE handled_at IS NULL AND received_at > :now"
_COUNTED = "SELECT count(*), max(at), min(turn) FROM ({}) AS rows WHERE at > :now"
_ALL: Mapping[str, str] = {
    table: _COUNTED.format(rows)
    for table, rows in {"batch": _BATCHES, "message": _MESSAGES, "callback": _CALLBACKS}.items()
}
_ONE = _COUNTED.format(_BATCHES + " AND c.id = :campaign")


@dataclass(frozen=True, slots=True)
class Future:
    """Rows whose times lie after a moment."""

    rows: int
    #: The latest of their times, and the first moment at which one of them has its turn; None: there is none.
    latest: datetime | None
    turn: datetime | None


def everywhere(session: Session, after: datetime) -> Mapping[str, Future]:
    """By table."""
    return {table: Future(*session.execute(text(words), {"now": after}).one()) for table, words in _ALL.items()}


def of_campaign(session: Session, campaign_id: UUID, after: datetime) -> Future:
    """Of one campaign that has not ended."""
    return Future(*session.execute(text(_ONE), {"now": after, "campaign": campaign_id}).one())
