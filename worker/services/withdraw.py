"""What does the provider stop of a campaign that was cancelled? Asks it, placement by placement, and says what it did not."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.outcome import Outcome
from worker.domain.states import BatchState, PlacementState
from worker.providers.base import AdCampaignProvider, Cancellation
from worker.services import policy
from worker.services.deps import Account, Deps
from worker.services.record import persist
from worker.services.send import CALL_WITHIN, words_of
from worker.storage import batches, placements
from worker.storage.placements import Place
from worker.storage.tables import Batch, Placement

log = structlog.get_logger(__name__)

#: How often it is looked whether the call in flight is over, and how long its answer may take to be written down.
LOOK_S: Final = 0.05
RECORDED_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Share:
    """Some batches of a campaign: their numbers of recipients together, and which they are."""

    numbers: int
    batches: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a provider did with what it already had, over all times that it was asked."""

    stopped: Share
    #: It has these as far as we know, and did not say that it stopped them.
    kept: Share
    words: tuple[str, ...]


def withdrawable(session: Session, campaign_id: UUID, now: datetime) -> bool:
    """Whether the provider holds an order of the campaign whose text is not due yet."""
    return any(one.ref and one.due > now for one in placements.of_campaign(session, campaign_id))


def withdraw(deps: Deps, provider: str, campaign_id: UUID) -> Withdrawal:
    """Ask the provider to stop what it has of a cancelled campaign; may be repeated. Raises nothing for what the provider does.

    The campaign's claims are stopped already. Waits for the call in flight, which may still put numbers there.
    """
    account = deps.accounts.get(provider)
    words = []
    if account is None or account.campaigns is None:
        words.append(f"there is no account at {provider}, so it was not asked to stop anything")
    else:
        _wait_for_calls(deps, account, campaign_id)
        with deps.sessions() as session:
            found = placements.of_campaign(session, campaign_id)
        for placement in found:
            if placement.ref and placement.state is PlacementState.OPEN:
                words.append(_stop(deps, account, account.campaigns, placement))
            elif placement.cancel_words:
                words.append(f"{account.title}, campaign {placement.ref}, before: {placement.cancel_words}")
    with deps.sessions() as session:
        rows = batches.of_campaign(session, campaign_id)
    return Withdrawal(
        stopped=_share([one for one in rows if one.state is BatchState.CANCELLED and one.provider_ref]),
        kept=_share([one for one in rows if one.state in placements.TAKEN]),
        words=tuple(words),
    )


def _wait_for_calls(deps: Deps, account: Account, campaign_id: UUID) -> None:
    """Until no call is under way; a worker that died is not waited for longer than a call can take."""
    ends = time.monotonic() + CALL_WITHIN.total_seconds() + account.timeout_s + RECORDED_S
    while time.monotonic() < ends:
        now = deps.clock.now()
        with deps.sessions() as session:
            # A call may begin that long after its claim, by which its deadline is reckoned.
            if not placements.in_flight(session, campaign_id, now - CALL_WITHIN):
                return
        time.sleep(LOOK_S)


def _stop(deps: Deps, account: Account, provider: AdCampaignProvider, placement: Placement) -> str:
    """Ask for one placement; what came of it, as a sentence."""
    named = f"{account.title}, campaign {placement.ref}"
    if deps.throttle.wait(account.lane, messages=0) is None:
        return f"{named}: not asked, because too many calls wait; cancel again to ask"
    got = deps.run(provider.cancel(placement.ref))
    persist(lambda: _write(deps, account, placements.place_of(placement), got), campaign=placement.name)
    log.info("placement_cancelled", placement=placement.name, code=got.answer.code, words=got.answer.words)
    if got.answer.outcome is Outcome.ACCEPTED:
        return f"{named}: {got.answer.words}"
    return (
        f"{named} did not stop anything as far as it said ({words_of(account, got.answer)}); cancel again to ask again"
    )


def _write(deps: Deps, account: Account, place: Place, got: Cancellation) -> None:
    """One transaction; safe to repeat."""
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        placements.hold_campaign(session, place.campaign_id)
        placement = placements.lock(session, place)
        if got.answer.outcome is not Outcome.ACCEPTED:
            placements.note(session, place, cancel_words=words_of(account, got.answer))
            return
        placements.advance(session, place, PlacementState.CANCELLED, cancel_words=got.answer.words, cancelled_at=now)
        known = placements.batches_in(session, place, *BatchState)
        _name_the_lost(session, account, known, got)
        taken = placements.batches_in(session, place, *placements.TAKEN)
        policy.release(session, placement, [batch for batch in taken if batch.provider_ref in got.stopped])
        for batch in taken:
            if batch.provider_ref in got.stopped:
                words = f"{account.title} stopped it"
                batches.move(session, batch.id, BatchState.CANCELLED, words=words, next_poll_at=None)
            elif batch.provider_ref in got.kept:
                batch.words = f"{account.title} did not stop it"
            else:
                batch.words = f"{account.title} does not say whether it stopped it"


def _name_the_lost(session: Session, account: Account, known: Sequence[Batch], got: Cancellation) -> None:
    """References that we never saw are those of pushes whose answer was lost, and prove that these were taken.

    Only where there are as many as pushes without one, and all on one side: then it does not matter which is whose.
    """
    seen = {batch.provider_ref for batch in known}
    unseen = [ref for ref in (*got.stopped, *got.kept) if ref not in seen]
    taken = [batch for batch in known if batch.state in placements.TAKEN and not batch.provider_ref]
    lost = [batch for batch in known if batch.state is BatchState.UNKNOWN and not batch.provider_ref]
    one_side = set(unseen) <= set(got.stopped) or set(unseen) <= set(got.kept)
    if not one_side or len(unseen) not in (len(taken), len(taken) + len(lost)):
        return
    nameless = taken if len(unseen) == len(taken) else sorted([*taken, *lost], key=lambda batch: batch.seq)
    for batch, ref in zip(nameless, unseen, strict=True):
        batch.provider_ref = ref
        if batch.state is BatchState.UNKNOWN:
            words = f"{account.title} lists it, so it was taken, though its answer was lost"
            batches.move(session, batch.id, BatchState.ACCEPTED, words=words)
    session.flush()


def _share(rows: Sequence[Batch]) -> Share:
    numbers = sum(batch.size - batch.suppressed - batch.rejected for batch in rows)
    return Share(numbers, tuple(batch.seq for batch in rows))
