"""What does a person say became of a batch in doubt? The last word where no evidence can be had.

"Sent" makes it accepted; nothing more is asked of the provider. "Not sent" counts as a definite refusal of every doubtful
call, so it goes again, under a new RequestId and by all rules, where its campaign still runs.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.states import BatchState, CampaignStatus, RecipientState
from worker.domain.way import Way
from worker.errors import NotFound, Refused
from worker.providers.base import Purpose
from worker.services import settle
from worker.services.deps import Deps
from worker.storage import batches, frequency, lookup, placements, recipients, singles
from worker.storage.tables import Batch, Campaign

log = structlog.get_logger(__name__)

BY_HAND = "an operator said that it was {}"


class Verdict(StrEnum):
    """What a person found out about a doubtful batch."""

    SENT = "sent"
    NOT_SENT = "not-sent"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the word did: how many numbers were in doubt, and where the batch and its campaign are now."""

    numbers: int
    state: BatchState
    status: CampaignStatus


def resolve(deps: Deps, campaign_id: UUID, seq: int, verdict: Verdict) -> Resolved:
    """Settle a doubtful batch; Refused `not_in_doubt` when it is in none, NotFound for a campaign or batch that is not there."""
    with deps.sessions.begin() as session:
        # Campaign before placement before batch, as everywhere.
        campaign = placements.hold_campaign(session, campaign_id)
        if campaign is None:
            raise NotFound("campaign", str(campaign_id))
        batch = lookup.by_number(session, campaign_id, seq)
        if batch is None:
            raise NotFound("batch", f"{seq} of campaign {campaign_id}")
        if batch.state is not BatchState.UNKNOWN:
            raise Refused(
                "not_in_doubt",
                f"Batch {seq} of campaign {campaign_id} is {batch.state}, not unknown: there is nothing to resolve.",
                {"state": str(batch.state)},
            )
        write = _singles if campaign.way is Way.SINGLE else _whole
        numbers = write(session, deps, campaign, batch, verdict)
        state = batch.state
    log.warning("doubt_resolved", batch=str(batch.id), verdict=str(verdict), state=str(state), numbers=numbers)
    settle.settle(deps, campaign_id)
    with deps.sessions() as session:
        return Resolved(numbers, state, session.get_one(Campaign, campaign_id).status)


def _whole(session: Session, deps: Deps, campaign: Campaign, batch: Batch, verdict: Verdict) -> int:
    """A batch that went as one order, or as one push."""
    now = deps.clock.now()
    members = recipients.members(session, batch)
    words = BY_HAND.format(verdict.replace("-", " "))
    changes = {"look_at": None, "held": False, "rung_at": None, "words": words}
    if campaign.way is Way.PUSH and batch.placement is not None:
        place = placements.Place(campaign.id, batch.placement)
        placements.lock(session, place)
        placements.end_turn(session, place, batch.id)
    if verdict is Verdict.SENT:
        batches.move(session, batch.id, BatchState.ACCEPTED, answered_at=now, **changes)
    else:
        cancelled = campaign.status is CampaignStatus.CANCELLED
        if campaign.way is Way.LIST:
            for began, _ in lookup.calls(session, batch.id):
                frequency.give_back(session, members, began)
        elif cancelled:
            # One that goes again keeps its place in the quota, and in the count.
            frequency.give_back_placed(session, campaign.id, [batch.seq])
        lookup.refuse_calls(session, batch, words)
        to = BatchState.CANCELLED if cancelled else BatchState.PLANNED
        batches.move(
            session, batch.id, to, not_before=now, refusals=batches.ONE_MORE_REFUSAL, looks=0, code="", **changes
        )
    session.refresh(batch)
    return len(members)


def _singles(session: Session, deps: Deps, campaign: Campaign, batch: Batch, verdict: Verdict) -> int:
    """The numbers in doubt of a batch whose numbers are called one by one."""
    now = deps.clock.now()
    doubtful = list(lookup.doubtful_numbers(session, batch))
    words = BY_HAND.format(verdict.replace("-", " "))
    if verdict is Verdict.SENT:
        lookup.put(session, batch, doubtful, RecipientState.ACCEPTED, words)
    else:
        if campaign.kind == Purpose.ADS and (turns := lookup.calls(session, batch.id, Way.SINGLE)):
            # Each is counted when its call begins: the next one counts it anew.
            frequency.give_back(session, doubtful, turns[0][0], turns[-1][1])
        lookup.free(session, batch, doubtful)
        if campaign.status is CampaignStatus.CANCELLED:
            lookup.cancel_free(session, batch)
    reports = deps.account(campaign.provider).reports(campaign.kind)
    singles.give_back(session, batch, not_before=now, next_poll_at=now + deps.polling.first if reports else None)
    batch.look_at, batch.held, batch.looks, batch.words = None, False, 0, words
    return len(doubtful)
