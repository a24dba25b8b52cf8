"""Reads the inbox of callbacks in small portions; what one comes to is decided in `callback_verdicts.py`.

Nothing proves who wrote a callback. Where the provider will still be asked, it only brings the question forward; where it
cannot be asked, or no longer will be, what it says of one number of ours counts, forward only. One that comes before our
own commit of its reference is read again, later each time.

There is no task for a callback: a campaign of a million single texts brings a million of them, and Redis holds seconds of
work. A sweep looks each second.

Whoever knows the path can send any number of references that nobody has. Hundreds of rows are looked up in one statement, and
those that lead nowhere are put off in another; what is read again has a portion of its own. So true ones count meanwhile.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from worker.domain.callback import Callback
from worker.services.deps import Deps
from worker.services.reporting.callback_verdicts import (
    BY_HAND,
    NEWS_FOR_AN_OPERATOR,
    NO_NAME,
    OPEN,
    UNKNOWN_REF,
    Lot,
    Ref,
    whom,
)
from worker.storage.reporting import callbacks
from worker.storage.reporting.callbacks import Meant, Pauses, Waiting

log = structlog.get_logger(__name__)

#: Rows that are looked up at once: of those that nobody has looked at, and of those that led nowhere before.
NEWEST: Final = 100
FRESH: Final = 300
AGAIN: Final = 100
#: Of those that lead somewhere, how many are then read in one transaction; and how long one sweep may go on: releases wait behind
#: it.
LOT: Final = 50
SWEEP_S: Final = 0.5
#: After a callback whose reference nobody knows was looked at for the n-th time it is left alone for so long, for a day in all.
#: Most that come to be known are, within the two seconds of our own commit.
PAUSES: Final = Pauses(first_s=2.0, growth=8.0, longest_s=3600.0)
KEPT: Final = timedelta(days=1)
#: Of one lot or row, which are to hold up no other: what a database says, and a row that was locked and moved all the same.
FAULTS: Final = (SQLAlchemyError, RuntimeError)
#: A provider, the query and the body of its callback.
Arrived = tuple[str, bytes, bytes]
Take = Callable[[Session, datetime, Pauses, int], Sequence[Waiting]]


def store(deps: Deps, *arrived: Arrived) -> None:
    """Keep callbacks as they came, in one INSERT; raises SQLAlchemyError where that cannot be done."""
    with deps.sessions.begin() as session:
        callbacks.store(session, arrived, deps.clock.now())


def read_due(deps: Deps) -> int:
    """Read what is due, for half a second at most; how many rows were looked at. Safe to run twice at the same time."""
    ends = time.monotonic() + SWEEP_S
    # Whatever heap lies before it: what came last is looked at in the next sweep.
    looked = _read_some(deps, callbacks.take_newest, NEWEST, ends)
    while time.monotonic() < ends and (rows := _read_some(deps, callbacks.take_fresh, FRESH, ends)):
        looked += rows
    # A portion of their own, once a sweep.
    return looked + _read_some(deps, callbacks.take_again, AGAIN, ends)


def _read_some(deps: Deps, take: Take, portion: int, ends: float) -> int:
    """Take so many, look them up together, and read those that lead somewhere; how many were done with for now."""
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        callbacks.hurry(session)
        taken = take(session, now, PAUSES, portion)
        said = {row.id: _said(deps, row) for row in taken}
        known = _known(deps, session, taken, said)
        leading, closed = [], {}
        for row in taken:
            if known & _refs(row, said[row.id]):
                leading.append(row.id)
            elif end := _end(row, said[row.id], now):
                closed[row.id] = end
        callbacks.close(session, closed, now)
    for verdict, rows in Counter(closed.values()).items():
        log.warning("callbacks_lead_nowhere", verdict=verdict, rows=rows)
    while leading:
        lot, leading = leading[:LOT], leading[LOT:]
        _read_lot(deps, {row_id: said[row_id] for row_id in lot})
        if time.monotonic() >= ends:
            break
    if leading:
        with deps.sessions.begin() as session:
            callbacks.hurry(session)
            callbacks.put_back(session, leading, now)
    return len(taken) - len(leading)


def _read_lot(deps: Deps, said: Mapping[UUID, Callback | None]) -> None:
    """Read these in one transaction; where it cannot be, each in its own."""
    try:
        _read(deps, said)
    except FAULTS:
        for row_id, words in said.items():
            try:
                _read(deps, {row_id: words})
            except FAULTS:
                # A deadlock, or a database that restarts: its next turn is set already.
                log.exception("callback_not_read", callback=str(row_id))


def _said(deps: Deps, row: Waiting) -> Callback | None:
    account = deps.accounts.get(row.provider)
    provider = account.callbacks if account is not None else None
    return provider.read_callback(row.query, row.body) if provider is not None else None


def _refs(row: Waiting, said: Callback | None) -> set[Ref]:
    return {(row.provider, named.ref) for named in said.about} if said is not None else set()


def _named(rows: Sequence[Waiting], said: Mapping[UUID, Callback | None]) -> Mapping[str, set[str]]:
    """The references that the rows name, by provider."""
    named: dict[str, set[str]] = {}
    for row in rows:
        for provider, ref in _refs(row, said[row.id]):
            named.setdefault(provider, set()).add(ref)
    return named


def _known(
    deps: Deps, session: Session, taken: Sequence[Waiting], said: Mapping[UUID, Callback | None]
) -> frozenset[Ref]:
    """Those of the references that somebody has."""
    return frozenset(
        (provider, ref)
        for provider, refs in _named(taken, said).items()
        for ref in callbacks.known(session, (provider, *deps.accounts[provider].also_called), refs)
    )


def _meant(
    deps: Deps, session: Session, rows: Sequence[Waiting], said: Mapping[UUID, Callback | None]
) -> Mapping[Ref, Meant]:
    """Whom the references mean."""
    return {
        (provider, ref): found
        for provider, refs in _named(rows, said).items()
        for ref, found in callbacks.meant(session, (provider, *deps.accounts[provider].also_called), refs).items()
    }


def _end(row: Waiting, said: Callback | None, now: datetime) -> str:
    """The verdict on a callback that leads nowhere and need not be looked at again; empty while it may."""
    if said is None:
        return NO_NAME
    age = now - row.received_at
    if said.by_hand and age >= BY_HAND:
        return said.provider_message
    return UNKNOWN_REF if age >= KEPT else ""


def _read(deps: Deps, said: Mapping[UUID, Callback | None]) -> None:
    """Have what these callbacks say count, in one transaction, unless they were handled before."""
    now, again = deps.clock.now(), set[UUID]()
    verdicts: dict[UUID, str] = {}
    with deps.sessions.begin() as session:
        callbacks.hurry(session)
        rows = callbacks.lock(session, list(said))
        meant = _meant(deps, session, rows, said)
        reader = Lot(deps, session, now, {row.id: whom(deps, row, said[row.id], meant) for row in rows})
        for row in rows:
            verdict, ask = reader.judge(row, said[row.id])
            if verdict not in OPEN or now - row.received_at >= KEPT:
                verdicts[row.id] = verdict
            elif ask is not None:
                again.add(ask)
        reader.write()
        callbacks.close(session, verdicts, now)
    for batch_id in again:
        deps.task_queue.enqueue_poll(batch_id)
    providers = {row.id: row.provider for row in rows}
    for row_id, verdict in verdicts.items():
        say = log.warning if verdict in NEWS_FOR_AN_OPERATOR else log.debug
        say("callback_read", callback=str(row_id), provider=providers[row_id], verdict=verdict)
