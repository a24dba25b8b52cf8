"""Callbacks that wait to be read: the raw rows, and what a provider's reference leads to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID, uuid4

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CursorResult,
    Select,
    Text,
    Uuid,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlmodel import Session, col

from worker.domain.send_mode import SendMode
from worker.domain.states import BatchState, RecipientState
from worker.storage.tables.callbacks import InboxRow
from worker.storage.tables.campaigns import Batch

#: States of a number that a report may change, and where its batch counts it.
CORRECTABLE: Final = (None, RecipientState.ACCEPTED, RecipientState.FAILED)


@dataclass(frozen=True, slots=True)
class Meant:
    """Whom a provider's reference means: a batch, one number of a batch, or a message."""

    #: Of the batch, or of the message.
    id: UUID
    #: Of the batch's campaign; None for a message.
    send_mode: SendMode | None
    kind: str
    #: None where the reference is a whole batch's.
    phone: int | None = field(repr=False)
    provider: str
    #: Of a message.
    queued_at: datetime | None


def store(session: Session, arrived: Sequence[tuple[str, bytes, bytes]], now: datetime) -> None:
    """Keep callbacks as they came (provider, query, body), by one INSERT."""
    same = {"received_at": now, "due_at": now, "tries": 0, "verdict": ""}
    rows = [
        {"id": uuid4(), "provider": provider, "query": query, "body": body, **same} for provider, query, body in arrived
    ]
    session.execute(insert(InboxRow), rows)


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long a callback is left alone: each time `growth` times as long."""

    first_s: float
    growth: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """A callback that is due, as it came."""

    id: UUID
    provider: str
    query: bytes = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime


def take_fresh(session: Session, now: datetime, pauses: Pauses, limit: int) -> Sequence[Waiting]:
    """So many that nobody has looked at, the oldest first; their next turn is set, so that none blocks the others."""
    fresh = _due(now).where(col(InboxRow.tries) == 0).order_by(col(InboxRow.due_at))
    return _take(session, fresh, now, pauses, limit)


def take_newest(session: Session, now: datetime, pauses: Pauses, limit: int) -> Sequence[Waiting]:
    """The same, the newest first."""
    fresh = _due(now).where(col(InboxRow.tries) == 0).order_by(col(InboxRow.due_at).desc())
    return _take(session, fresh, now, pauses, limit)


def take_again(session: Session, now: datetime, pauses: Pauses, limit: int) -> Sequence[Waiting]:
    """So many of those that led nowhere before, the ones least often looked at first."""
    seen = _due(now).where(col(InboxRow.tries) > 0).order_by(col(InboxRow.tries), col(InboxRow.due_at))
    return _take(session, seen, now, pauses, limit)


def _due(now: datetime) -> Select[UUID]:
    return select(col(InboxRow.id)).where(col(InboxRow.handled_at).is_(None), col(InboxRow.due_at) <= now)


def _take(session: Session, due: Select[UUID], now: datetime, pauses: Pauses, limit: int) -> Sequence[Waiting]:
    seconds = func.least(pauses.first_s * func.pow(pauses.growth, col(InboxRow.tries)), pauses.longest_s)
    taken = (
        update(InboxRow)
        .where(col(InboxRow.id).in_(due.limit(limit).with_for_update(skip_locked=True)))
        .values(tries=col(InboxRow.tries) + 1, due_at=now + func.make_interval(0, 0, 0, 0, 0, 0, seconds))
        .returning(
            *(col(InboxRow.id), col(InboxRow.provider), col(InboxRow.query), col(InboxRow.body)),
            col(InboxRow.received_at),
        )
        .execution_options(synchronize_session=False)
    )
    return [Waiting(*row) for row in session.execute(taken)]


def put_back(session: Session, row_ids: Sequence[UUID], now: datetime) -> None:
    """There was no time for them: as if nobody had looked at them."""
    if row_ids:
        mine = update(InboxRow).where(col(InboxRow.id).in_(row_ids)).values(tries=0, due_at=now)
        session.execute(mine.execution_options(synchronize_session=False))


_CLOSE = text(
    "UPDATE callback c SET handled_at = :at, verdict = w.said FROM unnest(:rows, :said) AS w(id, said)"
    " WHERE c.id = w.id AND c.handled_at IS NULL"
).bindparams(bindparam("rows", type_=ARRAY(Uuid)), bindparam("said", type_=ARRAY(Text)))


def close(session: Session, verdicts: Mapping[UUID, str], now: datetime) -> None:
    """They are handled, with these verdicts, unless they were handled before."""
    if verdicts:
        session.execute(_CLOSE, {"at": now, "rows": list(verdicts), "said": list(verdicts.values())})


def known(session: Session, providers: Sequence[str], refs: Collection[str]) -> set[str]:
    """Those of these providers' references that somebody has: `meant` for many at once."""
    rows = session.execute(
        text(
            "SELECT b.provider_ref FROM batch b JOIN campaign c ON c.id = b.campaign_id"
            " WHERE b.provider_ref = ANY(:refs) AND b.provider_ref <> '' AND c.provider = ANY(:providers)"
            " UNION"
            " SELECT r.ref FROM recipient r JOIN campaign c ON c.id = r.campaign_id"
            " WHERE r.ref = ANY(:refs) AND c.provider = ANY(:providers)"
            " UNION"
            " SELECT m.provider_ref FROM message m"
            " WHERE m.provider_ref = ANY(:refs) AND m.provider_ref <> '' AND m.provider = ANY(:providers)"
        ),
        {"refs": sorted(refs), "providers": list(providers)},
    )
    return set(rows.scalars())


def hurry(session: Session) -> None:
    """Do not wait for the disk at this transaction's commit: should a crash lose it, its callback is read again."""
    session.execute(text("SET LOCAL synchronous_commit TO off"))


def lock(session: Session, row_ids: Sequence[UUID]) -> Sequence[Waiting]:
    """Those of the callbacks that were not handled and that nobody else has locked, in their order.

    Another sweep may have: `_take` locks for a moment what was taken while it began, though it takes none of it.
    """
    statement = (
        select(
            *(col(InboxRow.id), col(InboxRow.provider), col(InboxRow.query), col(InboxRow.body)),
            col(InboxRow.received_at),
        )
        .where(col(InboxRow.id).in_(row_ids), col(InboxRow.handled_at).is_(None))
        .order_by(col(InboxRow.received_at), col(InboxRow.id))
        .with_for_update(skip_locked=True)
    )
    return [Waiting(*row) for row in session.execute(statement)]


def meant(session: Session, providers: Sequence[str], refs: Collection[str]) -> Mapping[str, Meant]:
    """Whom each reference of one of these providers means, where somebody has it."""
    rows = session.execute(
        text(
            "SELECT m.provider_ref AS ref, m.id, NULL AS send_mode, '' AS kind, m.phone, m.provider, m.queued_at FROM message m"
            " WHERE m.provider_ref = ANY(:refs) AND m.provider_ref <> '' AND m.provider = ANY(:providers)"
            " UNION ALL"
            " SELECT r.ref, b.id, c.send_mode, c.kind, r.phone, c.provider, NULL FROM recipient r"
            " JOIN campaign c ON c.id = r.campaign_id JOIN batch b ON b.campaign_id = r.campaign_id AND b.seq = r.batch_seq"
            " WHERE r.ref = ANY(:refs) AND c.provider = ANY(:providers)"
            " UNION ALL"
            " SELECT b.provider_ref, b.id, c.send_mode, c.kind, NULL, c.provider, NULL"
            " FROM batch b JOIN campaign c ON c.id = b.campaign_id"
            " WHERE b.provider_ref = ANY(:refs) AND b.provider_ref <> '' AND c.provider = ANY(:providers)"
        ),
        {"refs": sorted(refs), "providers": list(providers)},
    )
    # A batch before its numbers, and both before a message.
    return {
        row.ref: Meant(
            row.id, row.send_mode and SendMode(row.send_mode), row.kind, row.phone, row.provider, row.queued_at
        )
        for row in rows
    }


_ASKED = (bindparam("campaigns", type_=ARRAY(Uuid)), bindparam("phones", type_=ARRAY(BigInteger)))
_NUMBERS = text(
    "SELECT r.campaign_id, r.batch_seq, r.phone, r.state FROM recipient r"
    " JOIN unnest(:campaigns, :phones) AS w(campaign_id, phone) ON r.campaign_id = w.campaign_id AND r.phone = w.phone"
    " ORDER BY r.campaign_id, r.phone FOR UPDATE OF r"
).bindparams(*_ASKED)
_WRITE = text(
    "UPDATE recipient r SET state = w.state, reason = w.reason"
    " FROM unnest(:campaigns, :phones, :befores, :states, :reasons) AS w(campaign_id, phone, before, state, reason)"
    " WHERE r.campaign_id = w.campaign_id AND r.phone = w.phone AND r.state IS NOT DISTINCT FROM w.before"
).bindparams(*_ASKED, *(bindparam(name, type_=ARRAY(Text)) for name in ("befores", "states", "reasons")))


def batches_of(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Batch]:
    """These batches, locked until the transaction ends, each in its turn."""
    wanted = select(Batch).where(col(Batch.id).in_(ids)).order_by(col(Batch.id))
    return {one.id: one for one in session.scalars(wanted.with_for_update())}


@dataclass(slots=True)
class Number:
    """What a callback may change of one number of a campaign. A row that the session keeps would cost more than all else."""

    campaign_id: UUID
    phone: int
    #: As the database has it, and as it is to be.
    before: str | None
    state: str | None
    reason: str | None = None
    changed: bool = False


def numbers_of(session: Session, wanted: Collection[tuple[Batch, int]]) -> Mapping[tuple[UUID, int], Number]:
    """Numbers of locked batches, locked as well, by batch and phone; those that are not of theirs are left out."""
    keys = list({(batch.campaign_id, phone) for batch, phone in wanted})
    ask = {"campaigns": [campaign_id for campaign_id, _ in keys], "phones": [phone for _, phone in keys]}
    rows = session.execute(_NUMBERS, ask) if keys else ()
    found = {
        (row.campaign_id, row.batch_seq, row.phone): Number(row.campaign_id, row.phone, row.state, row.state)
        for row in rows
    }
    placed = (((batch.id, phone), (batch.campaign_id, batch.seq, phone)) for batch, phone in wanted)
    return {wanted: found[place] for wanted, place in placed if place in found}


def write_numbers(session: Session, numbers: Collection[Number]) -> None:
    """Write down what `note` changed of locked numbers."""
    changed = [one for one in numbers if one.changed]
    if changed:
        names = {
            "campaigns": "campaign_id",
            "phones": "phone",
            "befores": "before",
            "states": "state",
            "reasons": "reason",
        }
        told = {name: [getattr(one, of) for one in changed] for name, of in names.items()}
        if cast("CursorResult[Any]", session.execute(_WRITE, told)).rowcount != len(changed):
            raise RuntimeError("a number that was locked has moved")
    for one in changed:
        one.before, one.changed = one.state, False


def note(batch: Batch, one: Number, to: RecipientState, reason: str | None) -> str | None:
    """What became of a number of a batch, both locked; forward only: delivered is never taken back.

    `write_numbers` writes it down.
    What the number was before (`""`: where its batch is), `to` itself when nothing changes; None when it got no message.
    """
    before = one.state
    if before in {to, RecipientState.DELIVERED}:
        return str(to)
    if before not in CORRECTABLE:
        return None
    one.state, one.reason, one.changed = to, reason, True
    if batch.state is BatchState.SENDING:
        return before or ""  # its numbers are being called: they are counted when it is given back
    for state, step in ((before, -1), (to, 1)):
        if state is not None:
            setattr(batch, state, getattr(batch, state) + step)
    # Of a push that was not taken whole nobody knows which numbers were left out: evidently not this one.
    own = batch.accepted + batch.unknown + batch.delivered + batch.failed + batch.suppressed + batch.cancelled
    batch.rejected = max(0, min(batch.rejected, batch.size - own))
    return before or ""
