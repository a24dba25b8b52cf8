"""What became of one-time passwords in a time, by provider and by hour: a statement each over the messages of that time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import Session, col

from worker.storage.tables.campaigns import Attempt


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The messages of one provider; times are seconds from the request to the call by which it was taken."""

    provider: str
    messages: int
    accepted: int
    delivered: int
    failed: int
    unknown: int
    expired: int
    median_s: float | None
    p95_s: float | None
    p99_s: float | None


@dataclass(frozen=True, slots=True)
class Hour:
    """The messages that came in within one hour, and seconds as in `Outcomes`; None where none was taken."""

    begins_at: datetime
    messages: int
    median_s: float | None
    p99_s: float | None


def since(session: Session, moment: datetime) -> Sequence[Outcomes]:
    """The messages that came in since then."""
    rows = session.execute(
        text(
            "SELECT provider, count(*), count(*) FILTER (WHERE state = 'accepted'),"
            " count(*) FILTER (WHERE state = 'delivered'), count(*) FILTER (WHERE state IN ('failed', 'rejected')),"
            " count(*) FILTER (WHERE state = 'unknown'), count(*) FILTER (WHERE state = 'expired'),"
            # One sort for all three, and not of numerics.
            " percentile_cont(ARRAY[0.5, 0.95, 0.99])"
            " WITHIN GROUP (ORDER BY CAST(extract(epoch FROM sent_at - queued_at) AS double precision))"
            " FROM message WHERE queued_at >= :since GROUP BY provider ORDER BY count(*) DESC, provider"
        ),
        {"since": moment},
    )
    return [Outcomes(*row[:7], *(row[7] or (None, None, None))) for row in rows]


def hours(session: Session, moment: datetime) -> Sequence[Hour]:
    """The messages that came in since then, by the hour; an hour without any is left out."""
    rows = session.execute(
        text(
            "SELECT date_trunc('hour', queued_at) AS hour, count(*), percentile_cont(ARRAY[0.5, 0.99])"
            " WITHIN GROUP (ORDER BY CAST(extract(epoch FROM sent_at - queued_at) AS double precision))"
            " FROM message WHERE queued_at >= :since GROUP BY hour ORDER BY hour"
        ),
        {"since": moment},
    )
    return [Hour(begins_at, messages, *(seconds or (None, None))) for begins_at, messages, seconds in rows]


def attempts(session: Session, message_id: UUID) -> Sequence[Attempt]:
    """The calls for one message, in their order."""
    wanted = select(Attempt).where(col(Attempt.owner_id) == message_id)
    return session.scalars(wanted.order_by(col(Attempt.number))).all()
