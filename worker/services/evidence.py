"""What does the provider's counting settle? Lost pushes move by what it proves, and what cannot be is said aloud."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from worker.domain import quota
from worker.domain.states import BatchState
from worker.services.deps import Account
from worker.storage import batches, placements
from worker.storage.tables import Batch, Placement


def held(batch: Batch) -> int:
    """How many numbers a push of the batch holds."""
    return batch.size - batch.suppressed


def weigh_remaining(
    session: Session, account: Account, placement: Placement, remaining: int, own: UUID, now: datetime
) -> str:
    """Settle lost pushes by the room that the answer to `own` told; what contradicts our count, or nothing.

    The caller holds the placement, and has recorded the answer.
    """
    place = placements.place_of(placement)
    ledger = placements.ledger(session, placement)
    doubtful = placements.batches_in(session, place, BatchState.UNKNOWN)
    sizes = [held(batch) for batch in doubtful]
    words = f"{account.title} counts {remaining} left of a quota of {placement.quota}"
    verdicts = quota.by_remaining(ledger, remaining, sizes)
    # An answer that leaves its own push in doubt does not settle it: another has to.
    others = [(batch, verdict) for batch, verdict in zip(doubtful, verdicts, strict=True) if batch.id != own]
    _apply(session, others, words, now)
    placements.note(session, place, remaining=remaining)
    if quota.explains(ledger, remaining, sizes):
        return ""
    ours = " or ".join(str(room) for room in sorted(ledger.rooms))
    warning = f"{words}, but by our count it is {ours}"
    placements.note(session, place, words=warning)
    return warning


def weigh_refusal(
    session: Session, account: Account, placement: Placement, refused: Batch, now: datetime
) -> bool | None:
    """Settle lost pushes by a push that found no room. True: an earlier call of the refused one itself was counted.

    None: nothing explains the refusal. The caller holds the placement; the refused batch is in no other's hands.
    """
    place = placements.place_of(placement)
    others = [batch for batch in placements.batches_in(session, place, BatchState.UNKNOWN) if batch.id != refused.id]
    itself = [refused] if batches.doubted(session, refused.id, refused.attempts) else []
    sizes = [held(batch) for batch in [*others, *itself]]
    verdicts = quota.by_refusal(placements.ledger(session, placement), held(refused), sizes)
    words = f"{account.title} had no room for {held(refused)} more"
    _apply(session, list(zip(others, verdicts, strict=False)), words, now)
    if itself and verdicts[-1]:
        return True
    return False if True in verdicts else None


def _apply(session: Session, verdicts: Sequence[tuple[Batch, bool | None]], words: str, now: datetime) -> None:
    for batch, counted in verdicts:
        if counted:
            say = f"{words}: this push was counted, though its answer was lost"
            batches.move(session, batch.id, BatchState.ACCEPTED, words=say, answered_at=now)
        elif counted is False:
            say = f"{words}: this push was not counted, so it goes again"
            batches.move(session, batch.id, BatchState.PLANNED, words=say, not_before=now, rung_at=None)
