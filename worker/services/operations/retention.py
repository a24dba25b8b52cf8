"""Deletes numbers, texts' traces and providers' answers of what is long over; counts and costs stay.

A campaign keeps its row, its batches and so its counts for ever; its numbers go, their proofs of consent later.
Of ads, 48 hours are remembered at most.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVarTuple
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.window import day_of
from worker.services.deps import Deps
from worker.storage import campaigns
from worker.storage.audience import consents
from worker.storage.operations import retention as rows

log = structlog.get_logger(__name__)

Which = TypeVarTuple("Which")

#: Rows in one transaction: short enough to hold nobody up.
PORTION: Final = 5_000
CAMPAIGNS: Final = 100
#: Reports may come this much later than they are asked for, and must find their numbers.
REPORTS_LATE: Final = timedelta(days=2)


def purge(deps: Deps) -> Mapping[str, int]:
    """Delete what is older than LOA_KEEP_DAYS in small transactions; how many rows by what they were. Safe when two run."""
    gone: Counter[str] = Counter()
    now = deps.clock.now()
    gone["contacts"] = _contacts(deps, now - _counted(deps))
    gone["channel_contacts"] = _all(deps, rows.channel_contacts, now - _counted(deps))
    if keep := deps.maintenance.keep:
        for rule in rows.RULES:
            gone[rule] = _all(deps, rows.portion, rule, now - keep)
        ended_before = now - max(keep, deps.polling.deadline + REPORTS_LATE)
        while over := _over(deps, ended_before):
            for campaign_id in over:
                # Before the numbers go, their proofs of consent are told what became of them.
                gone["proofs_closed"] += _all(deps, consents.close, campaign_id)
                for table in rows.NUMBERS:
                    gone[table] += _all(deps, rows.numbers, table, campaign_id)
                _say(deps, campaign_id)
        gone["consent_proofs"] = _all(deps, consents.forget, now - max(keep, deps.maintenance.keep_proof))
    log.info("purged", **{what: number for what, number in gone.items() if number})
    return gone


def _all(deps: Deps, delete: Callable[[Session, *Which, int], int], *which: *Which) -> int:
    """Portion after portion, each its own transaction, until one is not full; how many rows."""
    total = 0
    while True:
        with deps.sessions.begin() as session:
            found = delete(session, *which, PORTION)
        total += found
        if found < PORTION:
            return total


def _over(deps: Deps, before: datetime) -> Sequence[UUID]:
    with deps.sessions() as session:
        return rows.over(session, before, CAMPAIGNS)


def _say(deps: Deps, campaign_id: UUID) -> None:
    """Whoever looks for the numbers of an old campaign should read why there are none."""
    with deps.sessions.begin() as session:
        campaign = campaigns.get(session, campaign_id)
        if campaign is not None:
            note = f"its numbers were deleted on {day_of(deps.clock.now())}, the counts are kept"
            campaigns.explain(session, campaign_id, "; ".join(filter(None, [campaign.status_reason, note])))
            rows.samples(session, campaign_id)


def _counted(deps: Deps) -> timedelta:
    """How long an ad counts, by whatever rule: before and after it."""
    return max(rows.CONTACTS_COUNT, 2 * deps.policy.longest())


def _contacts(deps: Deps, before: datetime) -> int:
    gone, last = 0, 0
    while True:
        with deps.sessions.begin() as session:
            found, reached = rows.contacts(session, last, before, PORTION)
        gone += found
        if reached is None:
            return gone
        last = reached
