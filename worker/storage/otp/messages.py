"""Moves messages: the claim, the record of an answer, and what the sweep looks for.

Every UPDATE names the states it may leave, and one that settles a message wipes its text: the database refuses any other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypedDict, Unpack, cast
from uuid import UUID

from sqlalchemy import CursorResult, Uuid, bindparam, delete, func, or_, select, text, update
from sqlmodel import Session, col

from worker.domain.attempts import CallKind, request_id
from worker.domain.message import OPEN, MessageState, sources
from worker.storage.calling import attempts
from worker.storage.tables.campaigns import Attempt, Message
from worker.storage.webhooks import outbox

QUEUED, SENDING = MessageState.QUEUED, MessageState.SENDING


def get(session: Session, message_id: UUID) -> Message | None:
    """A look without a lock."""
    return session.get(Message, message_id)


def locked(session: Session, message_id: UUID) -> Message:
    """A message that exists, locked to the end of the transaction."""
    return session.get_one(Message, message_id, with_for_update=True)


def locked_all(session: Session, message_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    """Messages that exist, locked to the end of the transaction."""
    # In one order, so that no two wait for each other.
    mine = select(Message).where(col(Message.id).in_(message_ids)).order_by(col(Message.id)).with_for_update()
    return {one.id: one for one in session.scalars(mine)}


def waiting_with(session: Session, message_id: UUID, now: datetime, most: int) -> Sequence[Message]:
    """A message that waits for its call, and the first of all others that do, `most` in all; empty: it does not wait."""
    own, *others = session.scalars(_WITH, {"own": message_id, "now": now, "among": 4 * most, "most": most}).all() or (
        None,
    )
    if own is None or own.id != message_id or own.state is not QUEUED or own.not_before > now:
        return ()
    return [own, *others]


def waiting_for_calls(session: Session, now: datetime, most: int) -> Sequence[Message]:
    """Some of the first messages that wait for their calls since `now` or before."""
    return session.scalars(_WAITING, {"now": now, "among": 4 * most, "most": most}).all()


#: Other processes look too: of more than it can call for, each takes some. Made once: to make it takes as long as to ask it.
_FIRST: Final = (
    select(col(Message.id))
    .where(
        col(Message.state) == QUEUED,
        col(Message.not_before) <= bindparam("now"),
        col(Message.expires_at) > bindparam("now"),
    )
    .order_by(col(Message.not_before))
    .limit(bindparam("among"))
    .subquery()
)
_WAITING: Final = (
    select(Message).where(col(Message.id).in_(select(_FIRST.c.id))).order_by(func.random()).limit(bindparam("most"))
)
#: One of which it is not known whether it waits, before them.
_WITH: Final = (
    select(Message)
    .where(col(Message.id).in_(select(bindparam("own", type_=Uuid())).union_all(select(_FIRST.c.id))))
    .order_by((col(Message.id) == bindparam("own", type_=Uuid())).desc(), func.random())
    .limit(bindparam("most"))
)


def accepted_by_playground(session: Session, before: datetime, limit: int) -> Sequence[tuple[UUID, int, datetime]]:
    """Messages of test keys that were accepted before then and still have no report, locked: id, number, moment."""
    # Word for word the condition of their index.
    mine = text("provider = 'test' AND state = 'accepted'")
    statement = (
        select(col(Message.id), col(Message.phone), col(Message.sent_at))
        .where(mine, col(Message.sent_at) <= before)
        .order_by(col(Message.sent_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


def to_phone(session: Session, phone: int, limit: int) -> Sequence[Message]:
    """The latest messages to a number."""
    mine = select(Message).where(col(Message.phone) == phone).order_by(col(Message.queued_at).desc())
    return session.scalars(mine.limit(limit)).all()


def claim(
    session: Session,
    message_ids: Sequence[UUID],
    provider: str,
    now: datetime,
    last_call: datetime,
    deadline: datetime,
    lease_until: datetime,
) -> Sequence[Attempt]:
    """Take messages for one call each to the provider whose turn it is; of those that are there to be taken, the attempts.

    An attempt is written with each, so that a crash right after the commit leaves a trace of a call that may have been made.
    """
    these = col(Message.id).in_(message_ids)
    if len(message_ids) > 1:
        # What somebody else has in hand is left to him: two who claim several must not wait for each other.
        these = col(Message.id).in_(select(col(Message.id)).where(these).with_for_update(skip_locked=True))
    rows = session.execute(
        update(Message)
        .where(
            these,
            col(Message.state).in_(sources(SENDING)),
            col(Message.not_before) <= now,
            col(Message.expires_at) > last_call,
            # PostgreSQL counts from 1.
            col(Message.remaining_route)[1] == provider,
        )
        .values(
            state=SENDING,
            provider=provider,
            lease_until=lease_until,
            attempts=col(Message.attempts) + 1,
            enqueued_at=now,
        )
        .returning(col(Message.id), col(Message.attempts), col(Message.refusals))
        .execution_options(synchronize_session=False)
    ).all()
    begun = [
        Attempt(
            owner_id=row.id,
            number=row.attempts,
            call=CallKind.OTP,
            provider=provider,
            request_id=request_id(row.id, row.refusals),
            began_at=now,
            deadline=deadline,
        )
        for row in rows
    ]
    attempts.begin_all(session, begun)
    return begun


class MessageChanges(TypedDict, total=False):
    """What may change of a message besides its state."""

    code: str
    enqueued_at: datetime | None
    not_before: datetime
    provider: str
    provider_message: str
    provider_ref: str
    refusals: int
    remaining_route: list[str]
    sealed: bytes | None
    sent_at: datetime | None
    settled_at: datetime | None


def move(
    session: Session, message_id: UUID, to: MessageState, *, now: datetime, **changes: Unpack[MessageChanges]
) -> bool:
    """Move a message along its arrows; False when it is not where it could become `to` from. Settled, it has no text."""
    statement = (
        update(Message)
        .where(col(Message.id) == message_id, col(Message.state).in_(sources(to)))
        .values({"state": to, "lease_until": None, **_settled(to, now), **changes})
    )
    moved = cast("CursorResult[Any]", session.execute(statement)).rowcount == 1
    if moved:
        outbox.messages_moved(session, [message_id], to, now)
    return moved


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of a message that the caller has locked."""

    message: Message
    to: MessageState
    changes: MessageChanges

    @property
    def is_allowed(self) -> bool:
        """Whether there is an arrow from where it is."""
        return self.message.state in sources(self.to)


def move_all(session: Session, moves: Sequence[Move], now: datetime) -> None:
    """Move messages along their arrows, those of one kind by one request to the database; the caller saw that each is allowed."""
    kinds: dict[tuple[MessageState, tuple[str, ...]], list[Move]] = {}
    for one in moves:
        kinds.setdefault((one.to, tuple(sorted(one.changes))), []).append(one)
    row = Message.__table__.c  # type: ignore[attr-defined]
    for (to, names), alike in kinds.items():
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        statement = (
            update(Message.__table__)  # type: ignore[attr-defined]
            .where(row.id == bindparam("moved"), or_(*(row.state == state for state in sources(to))))
            .values({"state": to, "lease_until": None, **_settled(to, now), **values})
        )
        told = [{"moved": one.message.id, **{f"new_{name}": one.changes[name] for name in names}} for one in alike]  # type: ignore[literal-required]
        if session.connection().execute(statement, told).rowcount != len(told):
            raise RuntimeError("a message that was locked has moved")
        outbox.messages_moved(session, [one.message.id for one in alike], to, now)


def _settled(to: MessageState, now: datetime) -> MessageChanges:
    """Settled, it has no text."""
    return {} if to in OPEN else {"sealed": None, "enqueued_at": None, "settled_at": now}


def still_waits(session: Session, message_ids: Sequence[UUID], now: datetime) -> Sequence[UUID]:
    """Of messages that nobody has called for, those that are still there; who stored them cannot take them back any more."""
    mine = update(Message).where(
        col(Message.id).in_(message_ids), col(Message.state) == QUEUED, col(Message.attempts) == 0
    )
    asked = mine.values(enqueued_at=now).returning(col(Message.id))
    return session.scalars(asked.execution_options(synchronize_session=False)).all()


def withdraw(session: Session, message_ids: Sequence[UUID], enqueued_at: datetime) -> Sequence[UUID]:
    """Take back those of the messages that nobody has called or asked for since then, with their codes; which they were."""
    mine = delete(Message).where(
        col(Message.id).in_(message_ids),
        col(Message.state) == QUEUED,
        col(Message.attempts) == 0,
        col(Message.enqueued_at) == enqueued_at,
    )
    return session.scalars(mine.returning(col(Message.id)).execution_options(synchronize_session=False)).all()


def end_by(session: Session, message_id: UUID, moment: datetime) -> None:
    """No call for the message begins after this moment, should its time to live be longer."""
    mine = update(Message).where(col(Message.id) == message_id, col(Message.expires_at) > moment)
    session.execute(mine.values(expires_at=moment))


def pass_by(session: Session, message_id: UUID, provider: str, *, until: datetime) -> None:
    """The provider has no room for it now: it goes to the end of the route."""
    session.execute(
        update(Message)
        .where(col(Message.id) == message_id, col(Message.state) == QUEUED, col(Message.remaining_route)[1] == provider)
        .values(
            remaining_route=func.array_append(func.array_remove(col(Message.remaining_route), provider), provider),
            not_before=until,
            enqueued_at=None,
        )
    )


def due(session: Session, *, now: datetime, enqueued_before: datetime, limit: int) -> Mapping[UUID, datetime]:
    """Messages that may go now, whose task is not believed to be on the queue, and when each is over; locked."""
    statement = (
        select(col(Message.id), col(Message.expires_at))
        .where(
            col(Message.state) == QUEUED,
            col(Message.not_before) <= now,
            col(Message.expires_at) > now,
            or_(col(Message.enqueued_at).is_(None), col(Message.enqueued_at) < enqueued_before),
        )
        .order_by(col(Message.not_before))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def mark_enqueued(session: Session, message_ids: Sequence[UUID], now: datetime) -> None:
    """Their tasks are about to be enqueued."""
    session.execute(update(Message).where(col(Message.id).in_(message_ids)).values(enqueued_at=now))


def late(session: Session, now: datetime, limit: int) -> Sequence[UUID]:
    """Messages whose time is over while they wait."""
    statement = select(col(Message.id)).where(col(Message.state) == QUEUED, col(Message.expires_at) <= now)
    return session.scalars(statement.limit(limit)).all()


def waiting(session: Session, message_ids: Sequence[UUID]) -> Sequence[Message]:
    """Those of the messages that wait and that nobody else has in hand, locked to the end of the transaction."""
    statement = select(Message).where(col(Message.id).in_(message_ids), col(Message.state) == QUEUED)
    return session.scalars(statement.with_for_update(skip_locked=True)).all()


def abandoned(session: Session, now: datetime, limit: int) -> Sequence[UUID]:
    """Messages whose worker died in the middle of a call."""
    statement = select(col(Message.id)).where(col(Message.state) == SENDING, col(Message.lease_until) < now)
    return session.scalars(statement.limit(limit)).all()
