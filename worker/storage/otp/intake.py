"""Messages are stored together: each statement is for all of them: locks, idempotency keys, counts, and one INSERT."""

import json
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Text, Uuid, bindparam, func, insert, select, text
from sqlmodel import Session, col

from worker.storage.tables.messages import Message, OtpCode

#: Numbers that differ in their last three digits only are one block.
BLOCK = 1000
_COLUMNS = tuple(Message.model_fields)


class Same(Enum):
    """What messages that are counted together have in common: a condition, and the type of its value."""

    PHONE = ("m.phone = v", BigInteger)
    #: Its value is the first number of the block.
    BLOCK = (f"m.phone BETWEEN v AND v + {BLOCK - 1}", BigInteger)
    KEY = ("m.api_key_id = v", Uuid)
    NETWORK = ("m.client_network = v", Text)


#: For each value the latest moments, from the one at `offset` on.
_LATEST = {
    same: text(
        "SELECT v, ARRAY(SELECT m.queued_at FROM message m"  # noqa: S608 - our own conditions
        f" WHERE {same.value[0]} AND m.queued_at > :since ORDER BY m.queued_at DESC OFFSET :offset LIMIT :most)"
        " FROM unnest(:values) AS v"
    ).bindparams(bindparam("values", type_=ARRAY(same.value[1])))
    for same in Same
}
#: Rows of any number as one parameter: a statement that is always the same is read once, and prepared.
_STORE = text(
    f"INSERT INTO message ({', '.join(_COLUMNS)})"  # noqa: S608 - the names of our own columns
    f" SELECT {', '.join(_COLUMNS)} FROM json_populate_recordset(NULL::message, CAST(:rows AS json))"
    " ON CONFLICT (key) DO NOTHING RETURNING id"
)
_TRY = text("SELECT p FROM unnest(:phones) AS p WHERE pg_try_advisory_xact_lock(p)").bindparams(
    bindparam("phones", type_=ARRAY(BigInteger))
)

_WAITING = text(
    "SELECT count(*), min(since) FROM (SELECT greatest(queued_at, not_before) AS since FROM message"
    " WHERE state = 'queued' AND not_before <= :now ORDER BY not_before LIMIT :most) waiting"
)
_ANY_KEY = text("SELECT 1 FROM message WHERE key = ANY(:keys) LIMIT 1").bindparams(bindparam("keys", type_=ARRAY(Text)))


def waiting(session: Session, now: datetime, most: int) -> tuple[int, datetime | None]:
    """How many messages wait to be called for, `most` at most, and since when the oldest has: of a retry, since its turn."""
    count, since = session.execute(_WAITING, {"now": now, "most": most}).one()
    return count, since


def lock_number(session: Session, phone: int) -> None:
    """Whoever takes in a message to the same number waits until this transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(phone)))


def lock_numbers(session: Session, phones: Sequence[int]) -> set[int]:
    """The same for many, without waiting: those that nobody else has."""
    return set(session.scalars(_TRY, {"phones": phones}))


def by_keys(session: Session, keys: Sequence[str]) -> dict[str, Message]:
    """The messages that idempotency keys stand for, by their keys."""
    # Most are new: the session's way to a row takes twice as long as to find none.
    if not keys or not session.scalars(_ANY_KEY, {"keys": list(keys)}).first():
        return {}
    found = session.scalars(select(Message).where(col(Message.key).in_(keys)))
    return {one.key: one for one in found if one.key is not None}


def latest(
    session: Session, same: Same, values: Sequence[Any], since: datetime, offset: int, most: int
) -> dict[Any, Sequence[datetime]]:
    """When the latest messages of each value were taken in, those after `since`: newest first, without the first `offset`."""
    ask = {"values": values, "since": since, "offset": offset, "most": most}
    return {row[0]: row[1] for row in session.execute(_LATEST[same], ask)}


def store(session: Session, made: Sequence[Message]) -> set[UUID]:
    """Store messages by one INSERT; the ids of those that are stored. The key of any other stands for an earlier message."""
    if not made:
        return set()
    # In the order of the keys: two processes that store the same ones wait for each other in the same order.
    rows = [{name: getattr(one, name) for name in _COLUMNS} for one in sorted(made, key=lambda one: one.key or "")]
    return set(session.scalars(_STORE, {"rows": json.dumps(rows, default=_written)}))


def _written(value: object) -> str:
    """What JSON does not know, as PostgreSQL reads it."""
    match value:
        case bytes():
            return f"\\x{value.hex()}"
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


def keep_codes(session: Session, codes: Sequence[OtpCode]) -> None:
    """Keep what is to be known of codes until their ends; their messages' rows are already there."""
    if codes:
        names = ("message_id", "hash", "length", "expires_at", "tries")
        rows = [{name: getattr(one, name) for name in names} for one in codes]
        session.connection().execute(insert(OtpCode), rows)
