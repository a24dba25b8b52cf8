"""Reads a provider's record whole: again and again, for its pages move while they are read.

Each row is kept by its ref and number. A reading that brings nothing new is the proof that no page was missed.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Final
from uuid import UUID

from worker.domain.calls import Purpose
from worker.domain.delivery import SentRow
from worker.domain.text import measure
from worker.domain.window import local
from worker.services.deps import Account, Deps
from worker.services.reporting import provider_log
from worker.storage.reconcile import runs
from worker.storage.reconcile.runs import Found

#: The record of a longer time is read in pieces: V1 takes three days at most, and no piece should have too many pages.
PIECE: Final = timedelta(hours=6)
#: A piece that brings something new so often is still being written.
MOST_READINGS: Final = 4
#: Rows written at a time.
BLOCK: Final = 5_000

#: Told the share that is done, and how many rows were read.
Progress = Callable[[float, int], None]


def read(deps: Deps, account: Account, run_id: UUID, since: datetime, until: datetime, progress: Progress) -> list[str]:
    """Keep every row that was made between two times; sentences about what could not be read for certain.

    Raises records.Unread when a page could not be had.
    """
    notes, seen = [], 0
    pieces = [(account, *piece, purpose) for piece in _pieces(since, until) for purpose in Purpose]
    for way in account.ways:
        with deps.sessions() as session:
            used = way.channel is not account.channel and runs.used(session, way.name, way.channel, since, until)
        # Its record knows no purposes.
        pieces += [(way, *piece, Purpose.CARE) for piece in _pieces(since, until) if used]
    for number, (way, begin, end, purpose) in enumerate(pieces):
        for _ in range(MOST_READINGS):
            fresh = 0
            rows = provider_log.rows(deps, way, begin, end, purpose, moving=True)
            while block := list(islice(rows, BLOCK)):
                found = _found(block)
                with deps.sessions.begin() as session:
                    if way is not account:
                        found = runs.of_campaigns(session, found)
                    fresh += runs.stage(session, run_id, found, deps.clock.now())
                seen += len(block)
                progress(number / len(pieces), seen)
            if not fresh:
                break
        else:
            # What is made at this moment is new each time, and too young to be missed.
            if end + deps.lookup_delay < deps.clock.now():
                notes.append(f"the record from {local(begin)} on brought new rows each of {MOST_READINGS} times")
        progress((number + 1) / len(pieces), seen)
    return notes


def _pieces(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        end = min(since + PIECE, until)
        yield since, end
        since = end


def _found(rows: list[SentRow]) -> list[Found]:
    # Not a cache that outlives the block: texts may be one-time passwords.
    parts = {text: measure(text).parts for text in {row.text for row in rows}}
    return [
        Found(row.ref, row.phone, str(row.state), row.cost, parts[row.text], _key(row.campaign), bool(row.campaign))
        for row in rows
        if row.phone is not None
    ]


def _key(written: str) -> UUID | None:
    with suppress(ValueError):
        return UUID(written)
    return None
