"""What became of one-time passwords, and how long they took: one pass over the messages of a time, without a sort."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import Session, col

from worker.domain.message import MessageState
from worker.storage.tables.campaigns import Attempt


@dataclass(frozen=True, slots=True)
class Alike:
    """Messages of one provider, hour and state that took about as long, by a twentieth."""

    #: Empty: no provider has them yet.
    provider: str
    hour: datetime
    state: MessageState
    count: int
    #: Seconds from the request to the call by which it was taken, of the one that took longest; None: they were not taken.
    longest_s: float | None


#: A step of the logarithm: times that differ by less than 5 % are alike; all below a millisecond are.
_ALIKE = text(
    "SELECT provider, hour, state, count(*), max(seconds) FROM ("
    "SELECT provider, state, date_trunc('hour', queued_at) AS hour, date_part('epoch', sent_at - queued_at) AS seconds"
    " FROM message WHERE queued_at >= :since) m"
    " GROUP BY provider, hour, state, floor(ln(greatest(seconds, 0.001)) * 20)"
)


def since(session: Session, moment: datetime) -> Sequence[Alike]:
    """The messages that came in since then, in no order."""
    rows = session.execute(_ALIKE, {"since": moment})
    return [Alike(row[0], row[1], MessageState(row[2]), row[3], row[4]) for row in rows]


def attempts(session: Session, message_id: UUID) -> Sequence[Attempt]:
    """The calls for one message, in their order."""
    wanted = select(Attempt).where(col(Attempt.owner_id) == message_id)
    return session.scalars(wanted.order_by(col(Attempt.number))).all()
