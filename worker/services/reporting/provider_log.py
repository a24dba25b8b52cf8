"""Reads the provider's own record for the numbers that were called one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from worker.domain.calls import Purpose
from worker.domain.delivery import SentRow, SentState
from worker.domain.states import RecipientState
from worker.services.calling import limits
from worker.services.deps import Account, Deps
from worker.storage.calling import attempts
from worker.storage.reporting import single_reports
from worker.storage.reporting.single_reports import DeliveryResult
from worker.storage.sending import singles
from worker.storage.tables.campaigns import Batch

#: Clocks differ; a record is asked for this much more than our own calls span.
SLACK: Final = timedelta(minutes=2)
#: Batches of one campaign whose first calls lie no further apart are read together.
TOGETHER: Final = timedelta(minutes=5)
#: More pages than this are no record of a few calls: the provider's paging has gone astray.
MOST_PAGES: Final = 2_000

Span: TypeAlias = tuple[datetime, datetime]

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


def merged(spans: Sequence[Span]) -> list[Span]:
    """The times that these spans cover once each is wider by the slack, in order; none overlaps another."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start - SLACK <= found[-1][1] + SLACK:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def poll(deps: Deps, account: Account, batch: Batch, purpose: Purpose) -> bool:
    """Read what became of a batch's numbers, and of those called at about the same time, and write it down.

    False when the record could not be read: nothing is concluded then, but that of those past the deadline no more will be
    known. A record is read by time, and has the rows of all: read for each batch of 500 alone, it would be read as often as
    there are batches.
    """
    with deps.sessions() as session:
        together = single_reports.called_together(session, batch, TOGETHER)
        calls = attempts.periods_of_all(session, [one.id for one in together])
        batch_of = single_reports.batches_of_numbers(session, batch.campaign_id, [one.seq for one in together])
    told: dict[int, list[DeliveryResult]] = {one.seq: [] for one in together}
    now, read = deps.clock.now(), True
    try:
        for start, end in merged(calls):
            for row in rows(deps, account, start - SLACK, end + SLACK, purpose):
                seq = None if row.phone is None else batch_of.get(row.phone)
                if row.phone is not None and seq is not None:
                    told[seq].append(DeliveryResult(row.phone, row.ref, RESULTS.get(row.state), row.cost))
    except Unread:
        read = False
    for one in together:
        if read or over(deps, one, now):
            _note(deps, one, told[one.seq] if read else (), now)
    return read and bool(calls)


def _note(deps: Deps, batch: Batch, told: Sequence[DeliveryResult], now: datetime) -> None:
    with deps.sessions.begin() as session:
        locked = singles.lock(session, batch.id)
        single_reports.note_delivery(session, locked, told)
        singles.count(session, locked)
        if not locked.accepted or over(deps, locked, now):
            single_reports.close(session, locked, silent=locked.accepted)


def over(deps: Deps, batch: Batch, now: datetime) -> bool:
    """Whether no more is waited for: a report was due long ago."""
    return batch.answered_at is not None and now - batch.answered_at > deps.polling.deadline
