"""Takes a person's word on an unknown batch: the last word where no evidence can be had.

"Sent" makes it accepted; nothing more is asked of the provider. "Not sent" counts as a definite refusal of every unknown
call, so it goes again, under a new RequestId and by all rules, where its campaign still runs.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.calls import Purpose
from worker.domain.roles import May
from worker.domain.send_mode import SendMode
from worker.domain.states import BatchState, CampaignStatus, RecipientState
from worker.errors import NotFound, Refused
from worker.services import campaign_status
from worker.services.deps import Deps
from worker.services.people import audit
from worker.services.sending import ad_policy
from worker.storage.calling import attempts
from worker.storage.sending import ad_counts, batches, contacts, provider_campaigns, recipients, singles
from worker.storage.sending.batches import BatchChange
from worker.storage.tables.campaigns import Batch, Campaign
from worker.storage.unknown import lookup

log = structlog.get_logger(__name__)

BY_HAND = "an operator said that it was {}"


class Verdict(StrEnum):
    """What a person found out about an unknown batch."""

    SENT = "sent"
    NOT_SENT = "not-sent"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the word did: how many numbers were unknown, and where the batch and its campaign are now."""

    numbers: int
    state: BatchState
    status: CampaignStatus


def resolve(deps: Deps, campaign_id: UUID, seq: int, verdict: Verdict) -> Resolved:
    """Decide an unknown batch; Refused `not_unknown` when it is none, NotFound for a campaign or batch that is not there."""
    deps.actor.must(May.OPERATE)
    with deps.sessions.begin() as session:
        # Campaign before provider campaign before batch, as everywhere.
        campaign = provider_campaigns.lock_campaign(session, campaign_id)
        if campaign is None:
            raise NotFound("campaign", str(campaign_id))
        batch = lookup.by_number(session, campaign_id, seq)
        if batch is None:
            raise NotFound("batch", f"{seq} of campaign {campaign_id}")
        if batch.state is not BatchState.UNKNOWN:
            words = f"Batch {seq} of campaign {campaign_id} is {batch.state}, not unknown: there is nothing to resolve."
            raise Refused("not_unknown", words, {"state": str(batch.state)})
        write = _singles if campaign.send_mode is SendMode.SINGLE else _whole
        numbers = write(session, deps, campaign, batch, verdict)
        state = batch.state
        facts = {"batch": seq, "verdict": verdict, "numbers": numbers, "state": state}
        audit.record(session, deps, "campaign.resolve", about=("campaign", campaign_id), facts=facts)
    log.warning("unknown_call_resolved", batch=str(batch.id), verdict=str(verdict), state=str(state), numbers=numbers)
    campaign_status.refresh(deps, campaign_id)
    with deps.sessions() as session:
        return Resolved(numbers, state, session.get_one(Campaign, campaign_id).status)


def _whole(session: Session, deps: Deps, campaign: Campaign, batch: Batch, verdict: Verdict) -> int:
    """A batch that went as one order, or as one push."""
    now = deps.clock.now()
    members = recipients.members(session, batch)
    words = BY_HAND.format(verdict.replace("-", " "))
    changes = BatchChange(next_lookup_at=None, needs_operator=False, enqueued_at=None, provider_message=words)
    if campaign.send_mode is SendMode.PUSH and batch.provider_campaign is not None:
        place = provider_campaigns.Place(campaign.id, batch.provider_campaign)
        provider_campaigns.lock(session, place)
        provider_campaigns.end_push(session, place, batch.id)
    if verdict is Verdict.SENT:
        changes["answered_at"] = now
        batches.move(session, batch.id, BatchState.ACCEPTED, **changes)
        if campaign.send_mode is SendMode.LIST and not lookup.calls(session, batch.id):
            # Every call was turned away, and its ads were given back.
            ad_policy.count_anew(session, members, [], max(attempts.began(session, batch.id), default=now))
    else:
        cancelled = campaign.status is CampaignStatus.CANCELLED
        if campaign.send_mode is SendMode.LIST:
            for began in attempts.began(session, batch.id):
                ad_counts.give_back(session, members, began)
        elif cancelled:
            # One that goes again keeps its place in the quota, and in the count.
            ad_counts.give_back_placed(session, campaign.id, [batch.seq])
        attempts.vouch_not_taken(session, batch.id, words)
        to = BatchState.CANCELLED if cancelled else BatchState.PLANNED
        changes.update(BatchChange(not_before=now, refusals=batches.ONE_MORE_REFUSAL, lookups=0, code=""))
        batches.move(session, batch.id, to, **changes)
    session.refresh(batch)
    return len(members)


def _singles(session: Session, deps: Deps, campaign: Campaign, batch: Batch, verdict: Verdict) -> int:
    """The numbers unknown of a batch whose numbers are called one by one."""
    now = deps.clock.now()
    unknown = list(lookup.unknown_numbers(session, batch))
    words = BY_HAND.format(verdict.replace("-", " "))
    if verdict is Verdict.SENT:
        lookup.put(session, batch, unknown, RecipientState.ACCEPTED, words)
        if campaign.kind == Purpose.ADS:
            contacts.count_taken(session, batch, unknown, max(attempts.began(session, batch.id), default=now))
    else:
        # Each is counted when its call begins: the next one counts it anew.
        contacts.give_back_called(session, batch, unknown)
        lookup.free(session, batch, unknown)
        if campaign.status is CampaignStatus.CANCELLED:
            lookup.cancel_free(session, batch)
    reports = deps.reports(campaign.provider, batch.channel, campaign.kind)
    singles.give_back(session, batch, not_before=now, next_poll_at=now + deps.polling.first if reports else None)
    batch.next_lookup_at, batch.needs_operator, batch.lookups, batch.provider_message = None, False, 0, words
    return len(unknown)
