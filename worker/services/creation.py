"""How does a campaign of the provider's own come to be? Wait, claim, commit, call, record, as for everything that is sent.

A creation messages nobody, so a doubtful one is tried again under its name; if the name is taken by then, that campaign
stays empty for ever and another name is used.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.outcome import Outcome
from worker.domain.states import BatchState, PlacementState
from worker.providers.base import AdCampaign, AdCampaignProvider, Answer
from worker.services import lane, policy, settle
from worker.services.deps import Account, Deps
from worker.services.layout import placement_name
from worker.services.record import persist
from worker.services.send import CALL_WITHIN, NOT_BEGUN, pause_before_retry, terms, words_of
from worker.storage import campaigns, placements
from worker.storage.placements import Place
from worker.storage.tables import Placement

log = structlog.get_logger(__name__)

ORPHANED: Final = "it was created by a call whose answer was lost, and stays empty: {}"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A creation that this process, and no other, may call."""

    place: Place
    order: AdCampaign
    #: Which try it is, and whether an earlier one may have been taken.
    attempt: int
    doubted: bool
    began_at: datetime


def may_place(account: Account, placement: Placement, now: datetime) -> bool:
    """Whether the provider takes orders now, and this one still in time for its hour."""
    return account.intake is not None and account.intake.is_open(now) and now < placement.push_by


def create(deps: Deps, account: Account, provider: AdCampaignProvider, place: Place, batch_id: UUID) -> Outcome | None:
    """Create one placement, for the batch that is to be pushed first. None: nothing was called."""
    if lane.begin(deps, account, batch_id, messages=0) is None:
        return None
    claimed = _claim(deps, account, place)
    if claimed is None:
        # Its rules may have left too few.
        settle.settle(deps, place.campaign_id)
        return None
    in_time = deps.clock.now() <= claimed.began_at + CALL_WITHIN
    answer = NOT_BEGUN if not in_time else deps.run(provider.create_campaign(claimed.order))
    taken = provider.name_taken(answer, after_doubt=claimed.doubted)
    persist(lambda: _write(deps, account, claimed, answer, taken=taken), batch=str(batch_id), code=answer.code)
    settle.settle(deps, place.campaign_id)
    lane.heard(deps, account, answer)
    if taken:
        deps.bells.ring_send(account.name, batch_id)
    return answer.outcome


def _claim(deps: Deps, account: Account, place: Place) -> Claimed | None:
    on = terms(deps, account)
    with deps.sessions.begin() as session:
        if not campaigns.hold_sending(session, place.campaign_id):
            return None
        placements.doubt_expired(session, place, on.now)
        placement = placements.lock(session, place)
        doubted = placement.state is PlacementState.DOUBTFUL
        attempt = placement.attempts + 1
        if not may_place(account, placement, on.now):
            return None
        if placement.state is PlacementState.PLANNED:
            if not policy.fix_audience(session, account, placement, on.now, deps.ads_a_day):
                return None
            # To count a long list takes a while, and the call is to begin within moments of its claim.
            on = terms(deps, account)
        if not placements.advance(
            session, place, PlacementState.CREATING, lease_until=on.lease_until, attempts=attempt
        ):
            return None
        sender = campaigns.sender(session, place.campaign_id)
        order = AdCampaign(placement.name, sender, placement.text, placement.quota, placement.due)
    return Claimed(place, order, attempt, doubted, on.now)


def _write(deps: Deps, account: Account, claimed: Claimed, answer: Answer, *, taken: bool) -> None:
    """One transaction; safe to repeat."""
    now, place = deps.clock.now(), claimed.place
    with deps.sessions.begin() as session:
        if answer.outcome is Outcome.HALT:
            campaigns.halt(session, account.name, claimed.began_at, words_of(account, answer))
        placements.hold_campaign(session, place.campaign_id)
        placement = placements.lock(session, place)
        if placement.state is not PlacementState.CREATING or placement.attempts != claimed.attempt:
            log.warning("creation_answered_late", campaign=str(place.campaign_id), code=answer.code)
            return
        to, changes = _consequence(account, claimed, answer, taken=taken)
        if answer.outcome is Outcome.REJECTED or to is PlacementState.PLANNED:
            # Nobody is with it, and nobody will be as it is: whoever goes later is counted anew.
            policy.release(session, placement, placements.batches_in(session, place, BatchState.PLANNED))
        placements.advance(session, place, to, lease_until=None, code=answer.code, **changes)
        if to is PlacementState.ORPHAN:
            succeed(session, placement, quota=placement.quota, due=placement.due, push_by=placement.push_by)
        elif answer.outcome is Outcome.REJECTED:
            placements.reject_planned(session, place, answer.code, answer.words, now)
        elif answer.outcome in (Outcome.RETRY, Outcome.UNKNOWN):
            placements.postpone(session, place, now + pause_before_retry(answer, claimed.attempt))
    say = log.info if answer.outcome is Outcome.ACCEPTED else log.warning
    about = {"campaign": str(place.campaign_id), "placement": place.number}
    say("placement_answered", **about, state=str(to), code=answer.code, words=answer.words)


def _consequence(
    account: Account, claimed: Claimed, answer: Answer, *, taken: bool
) -> tuple[PlacementState, dict[str, Any]]:
    """Where an answer puts the placement, and what else is written with it."""
    match answer.outcome:
        case Outcome.ACCEPTED:
            # Words of one that is open are a warning.
            return PlacementState.OPEN, {"ref": answer.ref, "words": ""}
        case Outcome.UNKNOWN:
            return PlacementState.DOUBTFUL, {"words": answer.words}
        case _ if taken:
            return PlacementState.ORPHAN, {"words": ORPHANED.format(words_of(account, answer))}
        case _:
            # The refusal of this call says nothing of an earlier one.
            before = PlacementState.DOUBTFUL if claimed.doubted else PlacementState.PLANNED
            return before, {"words": answer.words}


def succeed(session: Session, old: Placement, *, quota: int, due: datetime, push_by: datetime) -> Placement:
    """A new placement, with a name of its own, takes over what the old one still had to push; the caller holds the campaign."""
    campaign = campaigns.get(session, old.campaign_id)
    if campaign is None:
        raise LookupError(f"placement {old.name} is of no campaign")
    number = placements.next_number(session, old.campaign_id)
    new = Placement(
        campaign_id=old.campaign_id,
        number=number,
        name=placement_name(campaign, number),
        text=old.text,
        quota=quota,
        due=due,
        push_by=push_by,
        state=PlacementState.PLANNED,
    )
    placements.succeed(session, old, new)
    return new
