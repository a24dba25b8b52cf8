"""Where the outcome of a call puts a batch. One place, so that orders and pushes mean the same by it."""

from datetime import datetime
from uuid import UUID

import structlog

from worker.domain.calls import Answer
from worker.domain.outcome import DEFINITE_REFUSALS, Outcome
from worker.domain.states import BatchState
from worker.services.calling.terms import NEWS_FOR_AN_OPERATOR, pause_before_retry
from worker.storage.sending.batches import ONE_MORE_REFUSAL, BatchChange

#: Where each outcome puts a batch that was claimed.
BATCH_AFTER = {
    Outcome.ACCEPTED: BatchState.ACCEPTED,
    Outcome.REJECTED: BatchState.REJECTED,
    Outcome.HALT: BatchState.PLANNED,
    Outcome.RETRY: BatchState.PLANNED,
    Outcome.UNKNOWN: BatchState.UNKNOWN,
}


def batch_after(
    outcome: Outcome, answer: Answer, tries: int, now: datetime, *, keep_key: bool = False
) -> tuple[BatchState, BatchChange]:
    """Where the outcome of its `tries`-th call puts a batch, and what else is written with it.

    `keep_key`: a gateway refused an earlier call under this key. Should it have been wrong, this key alone makes the next
    call a repeat, whatever the provider itself said since: it may look at the money before it looks for repeats.
    """
    changes = BatchChange(code=answer.code, provider_message=answer.provider_message, answered_at=now)
    if outcome in DEFINITE_REFUSALS and answer.code and not keep_key:
        # A refusal by the provider's own code may be remembered under its RequestId, so the next call gets a new one. Without
        # a code nobody but a gateway spoke (429, 503), or nothing left: the old one, in case the gateway was wrong.
        changes["refusals"] = ONE_MORE_REFUSAL
    if outcome is Outcome.HALT:
        changes["not_before"] = now
    if outcome is Outcome.RETRY:
        changes["not_before"] = now + pause_before_retry(answer, tries)
    return BATCH_AFTER[outcome], changes


def log_answered(
    log: structlog.stdlib.BoundLogger, batch_id: UUID, answer: Answer, state: BatchState | None, warning: str = ""
) -> None:
    """Log where an answer put a batch, and what else it told; `state` None: another has moved the batch."""
    words = "" if answer.outcome is Outcome.ACCEPTED else answer.provider_message
    said = {"code": answer.code, "provider_message": "; ".join(filter(None, [words, warning]))}
    say = log.warning if answer.outcome in NEWS_FOR_AN_OPERATOR or warning else log.info
    say("batch_answered", batch=str(batch_id), state=str(state or "moved by another"), **said)
