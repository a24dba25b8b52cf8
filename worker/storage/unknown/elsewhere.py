"""Tells which batches were called by another account of their provider: there alone is their record, and their keys are known."""

from sqlmodel import Session, col

from worker.domain.attempts import request_id
from worker.domain.outcome import Outcome
from worker.storage.calling import attempts
from worker.storage.tables.campaigns import Attempt, Batch


def order(session: Session, batch: Batch, account: str) -> bool:
    """Whether an order may have been taken, under its present key, by another account than that with this fingerprint.

    A gateway that refused it (429, 503 without a code) may have been wrong; a refusal of the keys was not.
    """
    may_have_been = col(Attempt.outcome).is_distinct_from(Outcome.HALT)
    under_key = col(Attempt.request_id) == request_id(batch.id, batch.refusals)
    return attempts.by_another_account(session, batch.id, account, under_key, may_have_been)


def run_before(session: Session, batch: Batch, account: str) -> bool:
    """Whether the run before the present one over a batch's numbers went by another account than this."""
    return attempts.by_another_account(session, batch.id, account, col(Attempt.number) == batch.attempts - 1)


def any_run(session: Session, batch: Batch, account: str) -> bool:
    """Whether any run over a batch's numbers went by another account than this."""
    return attempts.by_another_account(session, batch.id, account)
