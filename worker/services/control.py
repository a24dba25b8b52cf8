"""How does a person stop, continue or end a campaign? And what does that leave with the provider?"""

from dataclasses import dataclass
from uuid import UUID

from worker.domain.states import BatchState, CampaignStatus
from worker.errors import NotFound, Refused
from worker.services import settle
from worker.services.deps import Deps
from worker.storage import batches, campaigns
from worker.storage.tables import Campaign

PAUSED_BY_HAND = "paused by an operator"
BEYOND_REACH = (BatchState.SENDING, BatchState.ACCEPTED, BatchState.REPORTED)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a command did: the status it led to, and the numbers it stopped and could not stop."""

    status: CampaignStatus
    #: Not with the provider: they wait, go on or never leave, as the status says.
    stopped: int
    #: With the provider, or in a call at this moment.
    beyond_reach: int
    #: May or may not be with the provider.
    unknown: int


def pause(deps: Deps, campaign_id: UUID) -> Receipt:
    """No call of this campaign begins after this returns (but one already claimed, within a moment). Repeating it is harmless."""
    campaign = _get(deps, campaign_id)
    with deps.sessions.begin() as session:
        paused = campaigns.advance(session, campaign_id, CampaignStatus.PAUSED, status_reason=PAUSED_BY_HAND)
    if not paused and campaign.status is not CampaignStatus.PAUSED:
        raise _cannot("paused", campaign)
    return _receipt(deps, campaign_id, stopped=None)


def resume(deps: Deps, campaign_id: UUID) -> Receipt:
    """Go on with the next batch; what the provider took stays taken."""
    campaign = _get(deps, campaign_id)
    to = CampaignStatus.SENDING if campaign.started_at else CampaignStatus.SCHEDULED
    with deps.sessions.begin() as session:
        resumed = campaigns.advance(
            session,
            campaign_id,
            to,
            only_from={CampaignStatus.PAUSED},
            resumed_at=deps.clock.now(),
            status_reason="",
        )
        if resumed:
            batches.forget_rings(session, campaign_id)
    if not resumed:
        raise _cannot("resumed", campaign)
    settle.settle(deps, campaign_id)
    return _receipt(deps, campaign_id, stopped=None)


def cancel(deps: Deps, campaign_id: UUID) -> Receipt:
    """What has not left will not. What the provider took, it will deliver."""
    campaign = _get(deps, campaign_id)
    with deps.sessions.begin() as session:
        cancelled = campaigns.advance(
            session,
            campaign_id,
            CampaignStatus.CANCELLED,
            only_from=set(CampaignStatus) - {CampaignStatus.DONE},
            status_reason="cancelled by an operator",
            finished_at=deps.clock.now(),
        )
        stopped = batches.cancel_planned(session, campaign_id) if cancelled else 0
        if cancelled and (doubtful := campaigns.tally(session, campaign_id).get(BatchState.UNKNOWN)):
            reason = f"cancelled by an operator; {doubtful.numbers} numbers may or may not be with the provider"
            campaigns.explain(session, campaign_id, reason)
    if not cancelled and campaign.status is not CampaignStatus.CANCELLED:
        raise _cannot("cancelled", campaign)
    return _receipt(deps, campaign_id, stopped=stopped)


def _get(deps: Deps, campaign_id: UUID) -> Campaign:
    with deps.sessions() as session:
        campaign = campaigns.get(session, campaign_id)
    if campaign is None:
        raise NotFound("campaign", str(campaign_id))
    return campaign


def _cannot(what: str, campaign: Campaign) -> Refused:
    return Refused("wrong_status", f"Campaign {campaign.id} is {campaign.status}; it cannot be {what}.")


def _receipt(deps: Deps, campaign_id: UUID, stopped: int | None) -> Receipt:
    with deps.sessions() as session:
        tally = campaigns.tally(session, campaign_id)
    waiting = tally[BatchState.PLANNED].numbers if BatchState.PLANNED in tally else 0
    beyond = sum(tally[state].numbers for state in BEYOND_REACH if state in tally)
    unknown = tally[BatchState.UNKNOWN].numbers if BatchState.UNKNOWN in tally else 0
    return Receipt(_get(deps, campaign_id).status, waiting if stopped is None else stopped, beyond, unknown)
