"""What may go now? Rings the bells of due batches, a few seconds of work at a time; the rest stays rows."""

import math
from datetime import timedelta
from typing import Final

import structlog

from worker.services.deps import Account, Deps
from worker.storage import batches, campaigns

log = structlog.get_logger(__name__)

#: How much of a provider's rate may wait on its queue.
QUEUED_S: Final = 3.0
#: A ring older than this and still unanswered was lost (Redis emptied, a publish that failed): it is rung again.
RING_LOST_AFTER: Final = timedelta(seconds=15)


def release(deps: Deps) -> int:
    """Ring what is due for every provider; how many bells. Safe to run twice at once: rows are locked and skipped."""
    return sum(_release(deps, account) for account in deps.accounts.values())


def _release(deps: Deps, account: Account) -> int:
    now = deps.clock.now()
    if not account.windows.contains(now):
        with deps.sessions.begin() as session:
            opening = account.windows.next_opening(now)
            postponed = batches.postpone_due(session, account.name, "ads", now=now, until=opening)
        if postponed:
            log.info("window_closed", provider=account.name, batches=postponed, until=opening.isoformat())
        return 0
    room = math.ceil(account.requests_per_second * QUEUED_S) - deps.bells.waiting_sends(account.name)
    if room <= 0:
        return 0
    # A transaction of its own: campaigns are locked before batches, everywhere.
    with deps.sessions.begin() as session:
        campaigns.begin_due(session, account.name, now)
    with deps.sessions.begin() as session:
        due = batches.due(session, account.name, now=now, rung_before=now - RING_LOST_AFTER, limit=room)
        if not due:
            return 0
        batches.mark_rung(session, due, now)
    # After the commit: a bell that a worker hears before the row is there would be a bell for nothing.
    for batch_id in due:
        deps.bells.ring_send(account.name, batch_id)
    return len(due)


def expire_claims(deps: Deps, limit: int = 500) -> int:
    """Claims whose worker died become UNKNOWN; how many campaigns that touches."""
    with deps.sessions.begin() as session:
        touched = batches.abandon_expired(session, deps.clock.now(), limit)
    if touched:
        log.warning("claims_expired", campaigns=[str(campaign_id) for campaign_id in touched])
    return len(touched)
