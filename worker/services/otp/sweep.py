"""Which messages were left lying? Those that lost their bell, their time or their worker; each run is short and bounded."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from worker.domain.message import MessageState
from worker.domain.outcome import Outcome
from worker.providers.base import Answer
from worker.services.deps import Deps
from worker.services.otp import record
from worker.storage import messages

#: A ring older than this and still unanswered was lost. A password that waits longer is soon of no use.
RING_LOST_AFTER: Final = timedelta(seconds=5)
#: With so many bells on the queue its workers are behind, and more of them would not help.
MOST_QUEUED: Final = 200
AT_ONCE: Final = 200
STOPPED: Final = Answer(Outcome.UNKNOWN, words="the worker stopped before an answer was recorded")


def sweep(deps: Deps) -> None:
    """Look once; safe to run twice at the same time."""
    now = deps.clock.now()
    with deps.sessions() as session:
        abandoned = messages.abandoned(session, now, AT_ONCE)
        late = messages.late(session, now, AT_ONCE)
    for message_id in late:
        record.expire(deps, message_id)
    for message_id in abandoned:
        if _recover(deps, message_id) is MessageState.QUEUED:
            deps.bells.ring_otp(message_id)
    _ring(deps)


def _recover(deps: Deps, message_id: UUID) -> MessageState | None:
    """A call whose worker died may have been taken: a doubt like any other. None: somebody else saw to it."""
    with deps.sessions.begin() as session:
        message = messages.held(session, message_id)
        lease = message.lease_until
        if message.state is not MessageState.SENDING or lease is None or lease >= deps.clock.now():
            return None
        account = deps.account(message.provider)
        return record.conclude(deps, session, message, account, STOPPED, message.attempts)


def _ring(deps: Deps) -> None:
    room = MOST_QUEUED - deps.bells.waiting_otps()
    if room <= 0:
        return
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        due = messages.due(session, now=now, rung_before=now - RING_LOST_AFTER, limit=room)
        if due:
            messages.mark_rung(session, due, now)
    for message_id in due:
        deps.bells.ring_otp(message_id)
