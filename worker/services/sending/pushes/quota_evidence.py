"""Settles lost pushes by what the provider's counting proves; what cannot be is said aloud."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from worker.domain import quota
from worker.domain.states import BatchState
from worker.services.deps import Account
from worker.storage.calling import attempts
from worker.storage.sending import batches, provider_campaigns
from worker.storage.tables.campaigns import Batch, ProviderCampaign


def push_size(batch: Batch) -> int:
    """How many numbers a push of the batch holds."""
    return batch.size - batch.suppressed


def from_remaining(
    session: Session, account: Account, theirs: ProviderCampaign, remaining: int, own: UUID, now: datetime
) -> str:
    """Settle lost pushes by the room that the answer to `own` told; what contradicts our count, or nothing.

    The caller holds the provider campaign, and has recorded the answer.
    """
    place = provider_campaigns.place_of(theirs)
    ledger = provider_campaigns.ledger(session, theirs)
    unknown = provider_campaigns.batches_in(session, place, BatchState.UNKNOWN)
    sizes = [push_size(batch) for batch in unknown]
    words = f"{account.title} counts {remaining} left of a quota of {theirs.quota}"
    verdicts = quota.by_remaining(ledger, remaining, sizes)
    # An answer that leaves its own push unknown does not settle it: another has to.
    others = [(batch, verdict) for batch, verdict in zip(unknown, verdicts, strict=True) if batch.id != own]
    _apply(session, others, words, now)
    provider_campaigns.note(session, place, remaining=remaining)
    if quota.explains(ledger, remaining, sizes):
        return ""
    ours = " or ".join(str(room) for room in sorted(ledger.rooms))
    warning = f"{words}, but by our count it is {ours}"
    provider_campaigns.note(session, place, provider_message=warning)
    return warning


def from_refusal(
    session: Session, account: Account, theirs: ProviderCampaign, refused: Batch, now: datetime
) -> bool | None:
    """Settle lost pushes by a push that found no room. True: an earlier call of the refused one itself was counted.

    None: nothing explains the refusal. The caller holds the provider campaign; the refused batch is in no other's hands.
    """
    place = provider_campaigns.place_of(theirs)
    others = [one for one in provider_campaigns.batches_in(session, place, BatchState.UNKNOWN) if one.id != refused.id]
    itself = [refused] if attempts.is_maybe_taken(session, refused.id, refused.attempts) else []
    sizes = [push_size(batch) for batch in [*others, *itself]]
    verdicts = quota.by_refusal(provider_campaigns.ledger(session, theirs), push_size(refused), sizes)
    words = f"{account.title} had no room for {push_size(refused)} more"
    _apply(session, list(zip(others, verdicts, strict=False)), words, now)
    if itself and verdicts[-1]:
        return True
    return False if True in verdicts else None


def _apply(session: Session, verdicts: Sequence[tuple[Batch, bool | None]], words: str, now: datetime) -> None:
    for batch, counted in verdicts:
        if counted:
            say = f"{words}: this push was counted, though its answer was lost"
            batches.move(session, batch.id, BatchState.ACCEPTED, provider_message=say, answered_at=now)
        elif counted is False:
            say = f"{words}: this push was not counted, so it goes again"
            batches.move(session, batch.id, BatchState.PLANNED, provider_message=say, not_before=now, enqueued_at=None)
