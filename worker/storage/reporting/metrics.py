"""Counts for whoever watches from outside (/metrics); cheap, whatever the history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlmodel import Session, col

from worker.domain.states import ENDED
from worker.storage.tables.callbacks import InboxRow
from worker.storage.tables.campaigns import Batch, Campaign, Message


def open_batches(session: Session) -> Mapping[tuple[str, str], int]:
    """Batches of the campaigns that have not ended, by provider and state."""
    rows = session.execute(
        select(col(Campaign.provider), col(Batch.state), func.count())
        .join(Batch, col(Batch.campaign_id) == col(Campaign.id))
        # Word for word the condition of the index on open campaigns, so that it is used.
        .where(col(Campaign.status).not_in(ENDED))
        .group_by(col(Campaign.provider), col(Batch.state))
    )
    return {(row[0], str(row[1])): row[2] for row in rows}


def open_campaigns(session: Session) -> Mapping[tuple[str, str], int]:
    """Campaigns that have not ended, by provider and status."""
    rows = session.execute(
        select(col(Campaign.provider), col(Campaign.status), func.count())
        .where(col(Campaign.status).not_in(ENDED))
        .group_by(col(Campaign.provider), col(Campaign.status))
    )
    return {(row[0], str(row[1])): row[2] for row in rows}


def recent_messages(session: Session, since: datetime) -> Mapping[str, int]:
    """One-time passwords taken in since a moment, by where they are now."""
    rows = session.execute(
        select(col(Message.state), func.count()).where(col(Message.queued_at) > since).group_by(col(Message.state))
    )
    return {str(row[0]): row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class Progress:
    """How a provider's open campaigns get on; None: there is no such batch."""

    provider: str
    #: Since when the oldest batch that could leave is due, and when a batch was last taken in hand.
    due_since: datetime | None
    claimed_at: datetime | None
    unknown_since: datetime | None
    unknown: int
    needs_operator: int


def progress(session: Session, now: datetime) -> Sequence[Progress]:
    """One line for each provider with an open campaign; a paused campaign has no due batch."""
    rows = session.execute(
        text(
            "SELECT c.provider,"
            " min(b.not_before) FILTER (WHERE b.state = 'planned' AND b.not_before <= :now"
            "   AND c.status IN ('scheduled', 'sending', 'reconciling')) AS due_since,"
            " max(b.claimed_at) AS claimed_at,"
            " min(b.claimed_at) FILTER (WHERE b.state = 'unknown') AS unknown_since,"
            # Of an unknown batch those whose own calls are known are not.
            " coalesce(sum(CASE WHEN b.state = 'unknown' THEN b.size - b.accepted - b.rejected - b.delivered - b.failed"
            "   - b.suppressed - b.cancelled ELSE b.unknown END), 0) AS unknown,"
            " count(*) FILTER (WHERE b.needs_operator) AS needs_operator"
            " FROM batch b JOIN campaign c ON c.id = b.campaign_id"
            " WHERE c.status NOT IN ('done', 'cancelled', 'failed') GROUP BY c.provider"
        ),
        {"now": now},
    )
    return [Progress(*row) for row in rows]


def unread_callbacks(session: Session) -> tuple[int, datetime | None]:
    """Callbacks that nobody has read, and since when the oldest of them is due."""
    row = session.execute(
        select(func.count(), func.min(col(InboxRow.due_at))).where(col(InboxRow.handled_at).is_(None))
    ).one()
    return row[0], row[1]


@dataclass(frozen=True, slots=True)
class Money:
    """What is left on an account, and what it lost in a time."""

    provider: str
    unit: str
    amount: float
    read_at: datetime
    #: By the readings of the last week, top-ups left out, and the days that they cover.
    spent: float
    days: float


def money(session: Session, since: datetime) -> Sequence[Money]:
    """The latest balance of each account, and its pace since a moment."""
    rows = session.execute(
        text(
            "WITH steps AS (SELECT provider, unit, amount, at,"
            "   amount - lag(amount) OVER (PARTITION BY provider ORDER BY at) AS step"
            "   FROM balance_reading WHERE at >= :since)"
            " SELECT DISTINCT ON (provider) provider, unit, amount, at,"
            "   coalesce((SELECT -sum(step) FROM steps s WHERE s.provider = steps.provider AND step < 0), 0),"
            "   extract(epoch FROM at - (SELECT min(at) FROM steps s WHERE s.provider = steps.provider)) / 86400"
            " FROM steps ORDER BY provider, at DESC"
        ),
        {"since": since},
    )
    return [Money(row[0], row[1], float(row[2]), row[3], float(row[4]), float(row[5])) for row in rows]
