"""Reads the provider's own record for the numbers that were called one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from worker.domain.calls import Purpose
from worker.domain.delivery import SentRow, SentState
from worker.domain.states import RecipientState
from worker.services.calling import limits
from worker.services.deps import Account, Deps
from worker.storage.calling import attempts
from worker.storage.sending import singles
from worker.storage.sending.singles import DeliveryResult
from worker.storage.tables.campaigns import Batch

#: Clocks differ; a record is asked for this much more than our own calls span.
SLACK: Final = timedelta(minutes=2)
#: More pages than this are no record of a few calls: the provider's paging has gone astray.
MOST_PAGES: Final = 2_000

RESULTS: Final = {
    SentState.DELIVERED: RecipientState.DELIVERED,
    SentState.FAILED: RecipientState.FAILED,
    SentState.REFUSED: RecipientState.FAILED,
}


@dataclass(frozen=True, slots=True)
class Unread(Exception):
    """The record could not be read to its end; nothing may be concluded from what is missing in it."""

    provider_message: str


def rows(
    deps: Deps, account: Account, start: datetime, end: datetime, purpose: Purpose, *, moving: bool = False
) -> Iterator[SentRow]:
    """Every row made between two times, page by page; a page that moves while it is read may repeat rows, or leave some out.

    How many rows a page has is the provider's to say (500 at most), so the number of all rows tells where the record ends.
    Raises Unread when a page could not be had, and after the last one when rows are missing, unless the record is known to be
    `moving` and its reader reads it again.
    """
    if account.records is None:
        raise Unread(f"{account.title} keeps no record that can be read")
    seen = 0
    for page in range(1, MOST_PAGES + 1):
        if not limits.read(deps, account):
            raise Unread("too many questions wait")
        reading = deps.run(account.records.records(start, end, page, purpose))
        if reading.value is None:
            raise Unread(reading.provider_message)
        found, total = reading.value.rows, reading.value.total or 0
        seen += len(found)
        yield from found
        if found and (reading.value.more or seen < total):
            continue
        if seen < total and not moving:
            raise Unread(f"the record has {total} rows, and showed {seen}")
        return
    raise Unread(f"the record goes on after {MOST_PAGES} pages")


def poll(deps: Deps, account: Account, batch: Batch, purpose: Purpose) -> bool:
    """Read what became of a batch's numbers and write it down; False when the record could not be read."""
    with deps.sessions() as session:
        span = attempts.span(session, batch.id)
    if span is None:
        return False
    try:
        told = [
            DeliveryResult(row.phone, row.ref, RESULTS.get(row.state), row.cost)
            for row in rows(deps, account, span[0] - SLACK, span[1] + SLACK, purpose)
            if row.phone is not None
        ]
    except Unread:
        return False
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        locked = singles.lock(session, batch.id)
        singles.note_delivery(session, locked, told)
        singles.count(session, locked)
        over = locked.answered_at is not None and now - locked.answered_at > deps.polling.deadline
        if over or not locked.accepted:
            singles.close(session, locked, silent=locked.accepted)
    return True
