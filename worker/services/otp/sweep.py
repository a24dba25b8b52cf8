"""Sweeps up messages that lost their task, their time or their worker; each run is short and bounded."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from worker.domain.message import MessageState
from worker.errors import LoaError
from worker.services.calling.terms import STOPPED
from worker.services.deps import Deps
from worker.services.otp import playground, record
from worker.storage.calling import attempts
from worker.storage.otp import messages

log = structlog.get_logger(__name__)

#: A task older than this and still unanswered was lost. A password that waits longer is soon of no use.
TASK_LOST_AFTER: Final = timedelta(seconds=5)
#: With so many tasks on the queue its workers are behind, and more of them would not help.
MOST_QUEUED: Final = 200
AT_ONCE: Final = 200


def sweep(deps: Deps) -> None:
    """Look once; safe to run twice at the same time."""
    now = deps.clock.now()
    with deps.sessions() as session:
        abandoned = messages.abandoned(session, now, AT_ONCE)
        late = messages.late(session, now, AT_ONCE)
    record.expire(deps, late)
    for message_id in abandoned:
        if useful_s := _recover(deps, message_id):
            deps.task_queue.enqueue_otps({message_id: useful_s})
    playground.report(deps)
    _enqueue(deps)


def _recover(deps: Deps, message_id: UUID) -> float:
    """A call whose worker died may have been taken: an unknown call like any other.

    For how many seconds it is of use to send it on; 0: it does not wait any more, or somebody else saw to it.
    """
    with deps.sessions.begin() as session:
        message = messages.locked(session, message_id)
        lease = message.lease_until
        if message.state is not MessageState.SENDING or lease is None or lease >= deps.clock.now():
            return 0.0
        left = message.expires_at - deps.clock.now()
        try:
            account = deps.otp_account(message.provider)
        except LoaError as fault:
            # It was removed from the settings since: what it has, nobody can ask.
            record.end(deps, session, message, f"{STOPPED.provider_message}. {fault}", late=False)
            return 0.0
        onward = record.conclude(deps, message, account, STOPPED, attempts.of(session, message.id))
        messages.move_all(session, [onward], deps.clock.now())
    log.warning("call_given_up", message=str(message_id), state=str(onward.to))
    return left.total_seconds() if onward.to is MessageState.QUEUED else 0.0


def _enqueue(deps: Deps) -> None:
    room = MOST_QUEUED - deps.task_queue.waiting_otps()
    if room <= 0:
        return
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        due = messages.due(session, now=now, enqueued_before=now - TASK_LOST_AFTER, limit=room)
        if due:
            messages.mark_enqueued(session, list(due), now)
    deps.task_queue.enqueue_otps({message_id: (end - now).total_seconds() for message_id, end in due.items()})
