"""How does a batch leave? Wait, claim, commit, call, record: in that order and never in another.

Only the process whose claim hit the row may call. No transaction is open while a socket is. Whatever the call comes to
is one of five outcomes; an UNKNOWN is never sent again from here.
"""

import time
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy.exc import OperationalError

from worker.domain.outcome import DEFINITE_REFUSALS, Outcome
from worker.domain.states import BatchState
from worker.providers.base import AdOrder, Answer
from worker.services import settle
from worker.services.deps import Account, Deps
from worker.storage import batches, campaigns, recipients
from worker.storage.tables import Attempt

log = structlog.get_logger(__name__)

#: A process that slept between its claim and its call (a stopped machine, a full swap) must not wake up and send:
#: a pause may have returned, a window may have closed.
CALL_WITHIN: Final = timedelta(seconds=2)
RETRY_FIRST_S: Final = 1.0
RETRY_LONGEST_S: Final = 60.0
NEWS_FOR_AN_OPERATOR: Final = frozenset({Outcome.HALT, Outcome.UNKNOWN, Outcome.REJECTED})
#: A PostgreSQL that restarts is back within this; the lease is longer.
RECORD_AGAIN_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 2.0, 2.0, 4.0, 4.0, 4.0)


def send_batch(deps: Deps, batch_id: UUID) -> Outcome | None:
    """Send one batch if it is there to be sent; safe to call twice and at any time. None: nothing was sent."""
    with deps.sessions() as session:
        seen = batches.glance(session, batch_id)
    if seen is None or seen.state is not BatchState.PLANNED:
        return None
    account = deps.account(seen.provider)
    if not deps.throttle.wait(account.name, account.requests_per_second):
        return None
    claimed = _claim(deps, account, seen.campaign_id, batch_id)
    if claimed is None:
        return None
    attempt, order = claimed
    now = deps.clock.now()
    if now - attempt.began_at > CALL_WITHIN or not account.windows.contains(now):
        answer = Answer(Outcome.RETRY, words="the call was not begun in time, so it was not made")
    else:
        answer = deps.run(account.provider.send_ads(order))
    _record(deps, account, attempt, answer)
    settle.settle(deps, seen.campaign_id)
    if answer.retry_after_s:
        deps.throttle.hold(account.name, min(answer.retry_after_s, RETRY_LONGEST_S))
    return answer.outcome


def _claim(deps: Deps, account: Account, campaign_id: UUID, batch_id: UUID) -> tuple[Attempt, AdOrder] | None:
    now = deps.clock.now()
    if not account.windows.contains(now):
        with deps.sessions.begin() as session:
            batches.postpone_due(session, account.name, "ads", now=now, until=account.windows.next_opening(now))
        return None
    deadline = now + timedelta(seconds=account.timeout_s)
    with deps.sessions.begin() as session:
        if not campaigns.hold_sending(session, campaign_id):
            return None
        attempt = batches.claim(
            session,
            batch_id,
            now=now,
            deadline=deadline,
            lease_until=max(now + deps.lease, deadline + timedelta(seconds=5)),
        )
        if attempt is None:
            return None
        letter = recipients.letter(session, batch_id)
        order = AdOrder(attempt.request_id, str(batch_id), letter.sender, letter.text, letter.phones)
    return attempt, order


def _record(deps: Deps, account: Account, attempt: Attempt, answer: Answer) -> None:
    """Write down what the call came to, whatever it takes: an answer that is lost here is a doubt for ever after."""
    for pause_s in (*RECORD_AGAIN_S, None):
        try:
            state = _write(deps, account, attempt, answer)
        except OperationalError as fault:
            if pause_s is None:
                log.exception("answer_not_recorded", batch=str(attempt.batch_id), code=answer.code, ref=answer.ref)
                raise
            log.warning(
                "recording_again", batch=str(attempt.batch_id), fault=type(fault.orig).__name__, pause_s=pause_s
            )
            time.sleep(pause_s)
        else:
            say = log.warning if answer.outcome in NEWS_FOR_AN_OPERATOR else log.info
            words = answer.words if answer.outcome is not Outcome.ACCEPTED else ""
            say("batch_answered", batch=str(attempt.batch_id), state=str(state), code=answer.code, words=words)
            return


def _write(deps: Deps, account: Account, attempt: Attempt, answer: Answer) -> BatchState | None:
    """One transaction; safe to repeat. The state it led to, or None when something else had moved the batch."""
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        if answer.outcome is Outcome.HALT:
            # Before the batch is touched: campaign first, batch second, as the claim does, or two workers could deadlock.
            words = (
                f"{account.title} {answer.code}: {answer.words}" if answer.code else f"{account.title}: {answer.words}"
            )
            campaigns.halt(session, account.name, attempt.began_at, words)
        outcome = answer.outcome
        if outcome in DEFINITE_REFUSALS and batches.doubted(session, attempt.batch_id, attempt.number):
            outcome = Outcome.UNKNOWN
        state, changes = _consequence(deps, outcome, answer, attempt)
        batches.complete(session, attempt, ended_at=now, answer=answer)
        moved = batches.record(
            session, attempt, state, code=answer.code, words=answer.words, answered_at=now, **changes
        )
    return state if moved else None


def _consequence(deps: Deps, outcome: Outcome, answer: Answer, attempt: Attempt) -> tuple[BatchState, dict[str, Any]]:
    """Where an outcome puts the batch, and what else is written with it."""
    now = deps.clock.now()
    # A refusal by the provider's own code may be remembered under its RequestId, so the next call gets a new one. Without a
    # code nobody but a gateway spoke (429, 503), or nothing left: the old one, in case the gateway was wrong.
    refused: dict[str, Any] = {"refusals": batches.ONE_MORE_REFUSAL} if answer.code else {}
    match outcome:
        case Outcome.ACCEPTED:
            return BatchState.ACCEPTED, {"provider_ref": answer.ref, "next_poll_at": now + deps.polling.first}
        case Outcome.REJECTED:
            return BatchState.REJECTED, refused
        case Outcome.HALT:
            return BatchState.PLANNED, {**refused, "not_before": now}
        case Outcome.RETRY:
            pause = max(
                answer.retry_after_s or 0, min(RETRY_FIRST_S * 2 ** min(attempt.number - 1, 10), RETRY_LONGEST_S)
            )
            return BatchState.PLANNED, {**refused, "not_before": now + timedelta(seconds=pause)}
        case Outcome.UNKNOWN:
            return BatchState.UNKNOWN, {}
