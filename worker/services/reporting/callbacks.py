"""Reads the inbox of callbacks in small portions, and applies each row in a transaction of its own.

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

from worker.domain.callback import Callback, Named
from worker.domain.delivery import SentState
from worker.domain.measures import OTP_DELIVERED_SECONDS, OTPS_ENDED
from worker.domain.message import MessageState
from worker.domain.send_mode import SendMode
from worker.domain.states import BatchState, RecipientState
from worker.services.deps import Account, Deps
from worker.storage.otp import messages
from worker.storage.reporting import callbacks
from worker.storage.reporting.callbacks import Meant, Pauses, Waiting
from worker.storage.sending import singles
from worker.storage.tables.campaigns import Batch

log = structlog.get_logger(__name__)

#: Rows that are looked up at once: of those that nobody has looked at, and of those that led nowhere before.
NEWEST: Final = 100
FRESH: Final = 500
AGAIN: Final = 100
#: Of those that lead somewhere, how many are then read in one transaction; and how long one sweep may go on: releases wait behind
#: it.
LOT: Final = 50
SWEEP_S: Final = 0.5
#: After a callback whose reference nobody knows was looked at for the n-th time it is left alone for so long, for a day in all.
#: Most that come to be known are, within the two seconds of our own commit.
PAUSES: Final = Pauses(first_s=2.0, growth=8.0, longest_s=3600.0)
KEPT: Final = timedelta(days=1)
#: A call whose id nobody has by then was ordered by hand, and its result is in its row alone.
BY_HAND: Final = timedelta(minutes=1)

#: A provider, and a reference of its.
Ref = tuple[str, str]
#: A provider, the query and the body of its callback.
Arrived = tuple[str, bytes, bytes]
Take = Callable[[Session, datetime, Pauses, int], Sequence[Waiting]]

RESULTS: Final = {
    SentState.DELIVERED: RecipientState.DELIVERED,
    SentState.FAILED: RecipientState.FAILED,
    SentState.REFUSED: RecipientState.FAILED,
}
#: The provider will tell, or will be asked, no more of a batch in these.
ENDED: Final = frozenset({BatchState.REPORTED, BatchState.REJECTED, BatchState.CANCELLED})

NO_NAME: Final = "it names no message"
UNKNOWN_REF: Final = "nobody knows this reference"
FOREIGN: Final = "the number is not of the order that it names"
NO_RESULT: Final = "it tells no result of one number"
ASKED: Final = "the provider is asked"
UNCONFIRMED: Final = "the provider, asked again, does not bear it out"
KNOWN: Final = "known already"
NEWS_FOR_AN_OPERATOR: Final = frozenset({FOREIGN, UNKNOWN_REF, UNCONFIRMED, NO_NAME})
#: These may turn out otherwise: the callback is read again until it is too old.
OPEN: Final = frozenset({UNKNOWN_REF, UNCONFIRMED})


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
        leading = [row.id for row in taken if known & _refs(row, said[row.id])]
        closed = {row.id: end for row in taken if row.id not in leading and (end := _end(row, said[row.id], now))}
        callbacks.close(session, closed, now)
    for verdict, rows in Counter(closed.values()).items():
        log.warning("callbacks_lead_nowhere", verdict=verdict, rows=rows)
    while leading:
        lot, leading = leading[:LOT], leading[LOT:]
        _read_lot(deps, lot)
        if time.monotonic() >= ends:
            break
    if leading:
        with deps.sessions.begin() as session:
            callbacks.hurry(session)
            callbacks.put_back(session, leading, now)
    return len(taken) - len(leading)


def _read_lot(deps: Deps, row_ids: Sequence[UUID]) -> None:
    """Read these in one transaction; where it cannot be, each in its own."""
    try:
        read(deps, *row_ids)
    except SQLAlchemyError:
        for row_id in row_ids:
            try:
                read(deps, row_id)
            except SQLAlchemyError:
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


def read(deps: Deps, *row_ids: UUID) -> Mapping[UUID, str]:
    """Read callbacks in one transaction; the verdicts, without those that were handled before, or are to be read again."""
    now, again = deps.clock.now(), set[UUID]()
    verdicts: dict[UUID, str] = {}
    with deps.sessions.begin() as session:
        callbacks.hurry(session)
        rows = callbacks.lock(session, row_ids)
        said = {row.id: _said(deps, row) for row in rows}
        meant = _meant(deps, session, rows, said)
        for row in rows:
            verdict, ask = _judge(deps, session, row, said[row.id], meant, now)
            if verdict not in OPEN or now - row.received_at >= KEPT:
                verdicts[row.id] = verdict
            elif ask is not None:
                again.add(ask)
        callbacks.close(session, verdicts, now)
    for batch_id in again:
        deps.task_queue.enqueue_poll(batch_id)
    providers = {row.id: row.provider for row in rows}
    for row_id, verdict in verdicts.items():
        say = log.warning if verdict in NEWS_FOR_AN_OPERATOR else log.debug
        say("callback_read", callback=str(row_id), provider=providers[row_id], verdict=verdict)
    return verdicts


def _judge(
    deps: Deps, session: Session, row: Waiting, said: Callback | None, meant: Mapping[Ref, Meant], now: datetime
) -> tuple[str, UUID | None]:
    """The verdict, and the batch to be asked about once more."""
    account = deps.accounts.get(row.provider)
    if account is None or said is None:
        return NO_NAME, None
    for named in said.about:
        if found := meant.get((row.provider, named.ref)):
            if named.phone and found.phone not in {None, named.phone}:
                return FOREIGN, None
            if found.send_mode is None:
                return _of_message(deps, session, found, said, now), None
            return _of_batch(deps, session, account, found, named, said, now)
    return (said.provider_message if said.by_hand and now - row.received_at >= BY_HAND else UNKNOWN_REF), None


def _of_batch(
    deps: Deps, session: Session, account: Account, found: Meant, named: Named, said: Callback, now: datetime
) -> tuple[str, UUID | None]:
    batch, phone = singles.lock(session, found.id), found.phone or named.phone
    if account.reports(found.kind) and batch.state not in ENDED:
        _hasten(deps, batch, now)
        return ASKED, None
    if found.send_mode is SendMode.LIST:
        # It may have been closed before each of its numbers had its result.
        late = batch.delivered < said.delivered <= batch.size and said.state is not SentState.UNREADABLE
        return (UNCONFIRMED, batch.id) if late else (KNOWN, None)
    to = RESULTS.get(said.state)
    if to is None or phone is None:
        return NO_RESULT, None
    reason = None if to is RecipientState.DELIVERED else said.provider_message or "not delivered"
    before = callbacks.note(session, batch, phone, to, reason)
    if before is None:
        return FOREIGN, None
    return (KNOWN if before == to else str(to)), None


def _of_message(deps: Deps, session: Session, found: Meant, said: Callback, now: datetime) -> str:
    to = RESULTS.get(said.state)
    if to is None:
        return NO_RESULT
    changes: messages.MessageChanges = {}
    if to is not RecipientState.DELIVERED:
        changes["provider_message"] = said.provider_message
    if not messages.move(session, found.id, MessageState(to), now=now, **changes):
        return KNOWN
    deps.measures.count(OTPS_ENDED, state=str(to))
    if to is RecipientState.DELIVERED and found.queued_at is not None:
        took = (now - found.queued_at).total_seconds()
        deps.measures.observe(OTP_DELIVERED_SECONDS, took, provider=found.provider)
    return str(to)


def _hasten(deps: Deps, batch: Batch, now: datetime) -> None:
    """Ask at once; but not again so soon after the last question, however many callbacks come."""
    due, polling = batch.next_poll_at, deps.polling
    if batch.state is not BatchState.ACCEPTED or due is None:
        return
    if not batch.polls:
        batch.next_poll_at = min(due, now)
    elif due > now + polling.first:
        batch.next_poll_at = max(now, due - polling.pause(batch.polls) + polling.first)
