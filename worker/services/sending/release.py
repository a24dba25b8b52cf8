"""Tasks are enqueued for due batches, a few seconds of work at a time; the rest stays rows."""

import math
from datetime import datetime, timedelta
from typing import Final

import structlog

from worker.domain.send_mode import SendMode
from worker.domain.states import BatchState
from worker.errors import Refused
from worker.services.calling import limits
from worker.services.deps import Account, Deps
from worker.services.planning.batching import SINGLES_IN_A_BATCH
from worker.services.planning.request import KINDS
from worker.storage import campaigns
from worker.storage.sending import batches, fair_order, singles

log = structlog.get_logger(__name__)

#: How much of a provider's rate may wait on its queue.
QUEUED_S: Final = 3.0
#: Turns that wait beyond that where each number is a call, so that no worker is idle while another has its turn.
SPARE_RUNS: Final = 4
STOPPED: Final = "the worker stopped before an answer was recorded"
#: A task older than this and still unanswered was lost (Redis emptied, a publish that failed): it is enqueued again.
TASK_LOST_AFTER: Final = timedelta(seconds=15)


def release(deps: Deps) -> int:
    """Enqueue what is due for every provider; how many tasks. Safe to run twice at once: rows are locked and skipped."""
    with deps.sessions() as session:
        unfinished = fair_order.unfinished(session)
    enqueued = 0
    ways = [way for account in deps.accounts.values() for way in account.ways]
    for way, kind in [(way, kind) for way in ways for kind in KINDS if (way.name, kind) in unfinished]:
        try:
            enqueued += _release(deps, way, kind)
        except Refused as fault:
            # The hours that are set for it never open: the others go on, and so does the other kind.
            log.warning("not_released", provider=way.name, kind=kind, reason=str(fault))
    return enqueued


def _release(deps: Deps, account: Account, kind: str) -> int:
    now = deps.clock.now()
    opening = _opening(account, kind, now)
    if opening > now:
        with deps.sessions.begin() as session:
            postponed = batches.postpone_due(session, account.name, kind, account.channel, now=now, until=opening)
        if postponed:
            log.info("window_closed", provider=account.name, batches=postponed, until=opening.isoformat())
        return 0
    # A transaction of its own: campaigns are locked before batches, everywhere.
    with deps.sessions.begin() as session:
        campaigns.begin_due(session, account.name, kind, now, account.channel)
    with deps.sessions.begin() as session:
        lost = now - TASK_LOST_AFTER
        room = _room(account, kind) - batches.enqueued(session, account.name, kind, lost, account.channel)
        if room <= 0 or _workers_away(deps, account):
            return 0
        if (worth := limits.capacity(deps, account)) is not None:
            room = min(room, worth)
        due = fair_order.due(session, account.name, kind, account.channel, now=now, enqueued_before=lost, limit=room)
        if not due:
            return 0
        batches.mark_enqueued(session, due, now)
    # After the commit: a task that a worker hears before the row is there would be a task for nothing.
    for batch_id in due:
        deps.task_queue.enqueue_send(account.name, batch_id)
    return len(due)


def _opening(account: Account, kind: str, now: datetime) -> datetime:
    """When batches may leave next: `now`, or the opening that they wait for."""
    if account.send_mode(kind) is SendMode.PUSH and account.intake is not None:
        return account.intake.next_opening(now)
    return account.hours(kind).next_opening(now)


def _room(account: Account, kind: str) -> int:
    """How many tasks make a few seconds of the provider's rate."""
    calls = SINGLES_IN_A_BATCH if account.send_mode(kind) is SendMode.SINGLE else 1
    # One for each of several workers: at a slow rate they take turns.
    return math.ceil(account.requests_per_second * QUEUED_S / calls) + calls // SINGLES_IN_A_BATCH * SPARE_RUNS


def _workers_away(deps: Deps, account: Account) -> bool:
    """Whether so many tasks wait that more help nobody."""
    return deps.task_queue.waiting_sends(account.name) >= sum(_room(account, kind) for kind in KINDS)


def expire_claims(deps: Deps, limit: int = 500) -> int:
    """Claims whose worker died become UNKNOWN, as far as a call may have been made; how many batches."""
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        stale = batches.expired(session, now, limit)
        for batch in stale:
            campaign = campaigns.get(session, batch.campaign_id)
            if campaign is not None and campaign.send_mode is SendMode.SINGLE:
                reports = deps.reports(campaign.provider, batch.channel, campaign.kind)
                singles.abandon(session, batch, now + deps.polling.first if reports else None)
            else:
                batches.move(session, batch.id, BatchState.UNKNOWN, lease_until=None, provider_message=STOPPED)
        touched = [str(batch.id) for batch in stale]
    if touched:
        log.warning("claims_expired", batches=touched)
    return len(touched)
