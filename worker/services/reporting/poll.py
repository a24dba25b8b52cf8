"""Asks the provider what became of a batch, and writes down what it says; the same way whoever brought the news.

Reports only move forward: repeated, late and half ones are no-ops or corrections.
"""

import math
from typing import Final
from uuid import UUID

import structlog

from worker.domain.calls import Purpose
from worker.domain.delivery import OrderStatus, Receiver, Stage
from worker.domain.send_mode import SendMode
from worker.domain.states import BatchState
from worker.services import campaign_status
from worker.services.calling import limits
from worker.services.deps import Deps
from worker.services.reporting import provider_log
from worker.storage.calling import attempts
from worker.storage.reporting import single_reports
from worker.storage.sending import ad_counts, batches, recipients
from worker.storage.sending.batches import BatchChange
from worker.storage.tables.campaigns import Batch

log = structlog.get_logger(__name__)

#: How many seconds of questions may wait on the queue, and how many requests one question takes.
QUEUED_S: Final = 3.0
REQUESTS_PER_POLL: Final = 2
#: However many requests the provider allows: look-ups wait on the same queue, and are not put on one as long as MOST_WAITING. The
#: report of single numbers takes a request for each page of the record, so that even these few may take a minute.
MOST_QUEUED: Final = 15
#: The provider tells of batches in these; what it tells of one that is closed already is a correction (a late callback tasks).
TOLD: Final = frozenset({BatchState.ACCEPTED, BatchState.REPORTED})


def poll_due(deps: Deps) -> int:
    """Enqueue for the batches whose report is due to be asked for; how many. Their next turn is set before they are enqueued."""
    rate = sum(account.requests_per_second for account in deps.accounts.values())
    room = min(math.ceil(rate * QUEUED_S / REQUESTS_PER_POLL), MOST_QUEUED) - deps.task_queue.waiting_polls()
    if room <= 0:
        return 0
    now = deps.clock.now()
    enqueued: list[UUID] = []
    asked: set[UUID] = set()
    with deps.sessions.begin() as session:
        for batch in batches.to_poll(session, now=now, limit=room):
            if batch.id not in asked:
                enqueued.append(batch.id)
                for one in (batch, *single_reports.due_together(session, batch, provider_log.TOGETHER, now)):
                    asked.add(one.id)
                    one.polls += 1
                    one.next_poll_at = now + deps.polling.pause(one.polls)
    for batch_id in enqueued:
        deps.task_queue.enqueue_poll(batch_id)
    return len(enqueued)


def poll_batch(deps: Deps, batch_id: UUID) -> Stage | None:
    """Ask the provider for one batch's report and write it down; None when there was nothing to ask."""
    with deps.sessions() as session:
        batch = session.get(Batch, batch_id)
        seen = batches.summary(session, batch_id)
    if batch is None or seen is None or seen.state not in TOLD:
        return None
    account = deps.account(seen.provider, seen.channel)
    if seen.send_mode is SendMode.SINGLE:
        if seen.state is BatchState.REPORTED:
            return None
        read = provider_log.poll(deps, account, batch, Purpose(seen.kind))
        campaign_status.refresh(deps, seen.campaign_id)
        return Stage.SENT if read else Stage.UNREADABLE
    provider = account.lists
    if provider is None or not limits.read(deps, account):
        return None
    status = deps.run(provider.order_status(batch.provider_ref))
    listed: list[Receiver] | None = None
    news = status.delivered + status.failed > batch.delivered + batch.failed
    if status.stage is Stage.SENT and (status.settled or news):
        if not limits.read(deps, account):
            return None
        listed = deps.run(provider.receivers(batch.provider_ref))
    apply(deps, batch_id, status, listed)
    campaign_status.refresh(deps, seen.campaign_id)
    return status.stage


def apply(deps: Deps, batch_id: UUID, status: OrderStatus, listed: list[Receiver] | None) -> None:
    """Write down what the provider said of an accepted batch."""
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        batch = session.get(Batch, batch_id, with_for_update=True)
        if batch is None or batch.state not in TOLD:
            return
        if status.stage is Stage.REFUSED:
            refusal = BatchChange(provider_message=status.provider_message, code=status.code, next_poll_at=None)
            if batches.move(session, batch_id, BatchState.REJECTED, **refusal):
                # Their ad will not come.
                members = recipients.members(session, batch)
                for began in attempts.began(session, batch_id):
                    ad_counts.give_back(session, members, began)
            return
        if status.cost is not None:
            batch.cost = status.cost
        settled = status.settled and _agree(status, listed)
        if listed and not recipients.holds_any(session, batch, [receiver.phone for receiver in listed]):
            # It is of another order that was given the same id.
            settled = False
        if listed is not None:
            recipients.note_results(session, batch, listed, settled=settled)
            batch.delivered, batch.failed, batch.suppressed = recipients.results(session, batch)
        if settled:
            batches.move(session, batch_id, BatchState.REPORTED, next_poll_at=None)
        elif provider_log.over(deps, batch, now):
            words = f"the provider gave no final report for {batch.size - batch.delivered - batch.failed} numbers"
            batches.move(session, batch_id, BatchState.REPORTED, provider_message=words, next_poll_at=None)


def _agree(status: OrderStatus, listed: list[Receiver] | None) -> bool:
    """Whether the list bears out the counters: an empty or half list must fail nobody, it is asked for again."""
    return listed is not None and sum(one.sent and one.delivered for one in listed) >= status.delivered
