"""Who of a batch may get an ad now? Looked at when the text leaves, whatever was known when it was planned.

Suppressed numbers are left out, and those that had as many ads as the law allows. What remains may be too few for an order:
then it goes with another batch of the campaign, or not at all.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from worker.domain.states import BatchState
from worker.services.deps import Account
from worker.storage import frequency, merging, recipients, suppression
from worker.storage.tables import Batch

SUPPRESSED: Final = "suppressed: the number must not get ads"
TOO_OFTEN: Final = "frequency: the number had as many ads in 24 hours as are allowed"
BELOW_MINIMUM: Final = "below_minimum"
#: Batches that are in a call may come back, and be merged with then.
LOOK_AGAIN: Final = timedelta(seconds=5)


def allowed(session: Session, batch: Batch, phones: list[int], at: datetime, most: int) -> set[int]:
    """Those of `phones` that may get an ad `at`, counted as having got it; the others are written down as suppressed.

    `most` is how many ads a number may get in 24 hours; 0: any number.
    """
    barred = suppression.among(session, phones)
    recipients.exclude(session, batch, barred, SUPPRESSED)
    free = [phone for phone in phones if phone not in barred]
    if not most:
        return set(free)
    reserved = frequency.reserve(session, free, at, most)
    recipients.exclude(session, batch, set(free) - reserved, TOO_OFTEN)
    return reserved


def admit(session: Session, account: Account, batch: Batch, at: datetime, most: int) -> bool:
    """Apply the rules to a locked batch that is about to leave as one order; False when it may not, as it is now."""
    left = allowed(session, batch, recipients.members(session, batch), at, most)
    if len(left) >= account.minimum:
        return True
    frequency.give_back(session, sorted(left), at)
    _merge(session, account, batch, sorted(left), at)
    return False


def _merge(session: Session, account: Account, batch: Batch, left: list[int], now: datetime) -> None:
    """Too few are left for an order: they go with another batch, take some of its numbers, or do not go."""
    partner = merging.partner(session, batch) if left else None
    room = 0 if partner is None else account.maximum - (partner.size - partner.suppressed)
    if partner is not None and len(left) <= room:
        recipients.move(session, batch, partner, left)
        _close(
            session, batch, BatchState.CANCELLED, f"too few were left for an order: they go with batch {partner.seq}"
        )
    elif partner is not None and account.maximum - room + len(left) >= 2 * account.minimum:
        spare = recipients.members(session, partner)
        recipients.move(session, partner, batch, spare[len(spare) - _share(len(spare), len(left)) :])
        batch.rung_at = None
        session.flush()
    elif left and merging.others_at_work(session, batch):
        batch.not_before, batch.rung_at = now + LOOK_AGAIN, None
        session.flush()
    else:
        words = (
            f"{BELOW_MINIMUM}: {len(left)} numbers are left of {batch.size} after suppression, and {account.title} takes "
            f"ads for {account.minimum} or more"
        )
        _close(session, batch, BatchState.REJECTED, words)


def _share(theirs: int, ours: int) -> int:
    """How many of a full batch make two of about the same size with ours."""
    return (theirs + ours) // 2 - ours


def _close(session: Session, batch: Batch, to: BatchState, words: str) -> None:
    batch.state, batch.words, batch.rung_at = to, words, None
    batch.code = BELOW_MINIMUM if to is BatchState.REJECTED else ""
    session.flush()
