"""What does a callback change? The inbox is read in small portions, each row in a transaction of its own.

Nothing proves who wrote a callback. Where the provider will still be asked, it only brings the question forward; where it
cannot be asked, or no longer will be, what it says of one number of ours counts, forward only. One that comes before our
own commit of its reference is read again, later each time.

There is no bell for a callback: a campaign of a million single texts brings a million of them, and Redis holds seconds of
work. A sweep looks each second.
"""

import time
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from worker.domain.message import MessageState
from worker.domain.states import BatchState, RecipientState
from worker.domain.way import Way
from worker.providers.base import SentState
from worker.providers.callback import Callback, Named
from worker.services.deps import Account, Deps
from worker.storage import inbox, messages, singles
from worker.storage.inbox import Meant
from worker.storage.tables import Batch

log = structlog.get_logger(__name__)

#: Rows that are taken at once, and how long one sweep may go on: releases wait behind it.
PORTION: Final = 20
SWEEP_S: Final = 0.5
#: The pause before a callback whose reference nobody knows is read again doubles up to the longest, for so long in all.
PAUSE_S: Final = 2.0
LONGEST_PAUSE_S: Final = 3600.0
KEPT: Final = timedelta(days=1)

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


def store(deps: Deps, provider: str, query: bytes, body: bytes) -> None:
    """Keep a callback as it came, in one INSERT; raises SQLAlchemyError where that cannot be done."""
    with deps.sessions.begin() as session:
        inbox.store(session, provider, query, body, deps.clock.now())


def read_due(deps: Deps) -> int:
    """Read what is due, for half a second at most; how many rows were looked at. Safe to run twice at the same time."""
    ends, read_rows = time.monotonic() + SWEEP_S, 0
    while time.monotonic() < ends:
        with deps.sessions.begin() as session:
            taken = inbox.take(session, deps.clock.now(), PAUSE_S, LONGEST_PAUSE_S, PORTION)
        for row_id in taken:
            try:
                read(deps, row_id)
            except SQLAlchemyError:
                # A deadlock, or a database that restarts: its next turn is set already.
                log.exception("callback_not_read", callback=str(row_id))
        read_rows += len(taken)
        if len(taken) < PORTION:
            break
    return read_rows


def read(deps: Deps, row_id: UUID) -> str | None:
    """Read one callback; the verdict, or None when it was handled before, or is to be read again."""
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        inbox.hurry(session)
        row = inbox.lock(session, row_id)
        if row is None:
            return None
        account = deps.accounts.get(row.provider)
        provider = account.callbacks if account is not None else None
        said = provider.read_callback(row.query, row.body) if provider is not None else None
        verdict, again = _judge(deps, session, account, said, now) if account and said else (NO_NAME, None)
        handled = verdict not in OPEN or now - row.received_at >= KEPT
        if handled:
            row.handled_at, row.verdict = now, verdict
    if again is not None and not handled:
        deps.bells.ring_poll(again)
    if not handled:
        return None
    say = log.warning if verdict in NEWS_FOR_AN_OPERATOR else log.debug
    say("callback_read", callback=str(row_id), provider=row.provider, verdict=verdict)
    return verdict


def _judge(deps: Deps, session: Session, account: Account, said: Callback, now: datetime) -> tuple[str, UUID | None]:
    """The verdict, and the batch to be asked about once more."""
    if not said.about:
        return said.words, None
    for named in said.about:
        if found := inbox.meant(session, account.name, named.ref):
            if named.phone and found.phone not in {None, named.phone}:
                return FOREIGN, None
            if found.way is None:
                return _of_message(session, found, said, now), None
            return _of_batch(deps, session, account, found, named, said, now)
    return UNKNOWN_REF, None


def _of_batch(
    deps: Deps, session: Session, account: Account, found: Meant, named: Named, said: Callback, now: datetime
) -> tuple[str, UUID | None]:
    batch, phone = singles.lock(session, found.id), found.phone or named.phone
    if account.reports(found.kind) and batch.state not in ENDED:
        _hasten(deps, batch, now)
        return ASKED, None
    if found.way is Way.LIST:
        # It may have been closed before each of its numbers had its result.
        late = batch.delivered < said.delivered <= batch.size and said.state is not SentState.UNREADABLE
        return (UNCONFIRMED, batch.id) if late else (KNOWN, None)
    to = RESULTS.get(said.state)
    if to is None or phone is None:
        return NO_RESULT, None
    reason = None if to is RecipientState.DELIVERED else said.words or "not delivered"
    before = inbox.note(session, batch, phone, to, reason)
    if before is None:
        return FOREIGN, None
    return (KNOWN if before == to else str(to)), None


def _of_message(session: Session, found: Meant, said: Callback, now: datetime) -> str:
    to = RESULTS.get(said.state)
    if to is None:
        return NO_RESULT
    words = {} if to is RecipientState.DELIVERED else {"words": said.words}
    return str(to) if messages.move(session, found.id, MessageState(to), now=now, **words) else KNOWN


def _hasten(deps: Deps, batch: Batch, now: datetime) -> None:
    """Ask at once; but not again so soon after the last question, however many callbacks come."""
    due, polling = batch.next_poll_at, deps.polling
    if batch.state is not BatchState.ACCEPTED or due is None:
        return
    if not batch.polls:
        batch.next_poll_at = min(due, now)
    elif due > now + polling.first:
        batch.next_poll_at = max(now, due - polling.pause(batch.polls) + polling.first)
