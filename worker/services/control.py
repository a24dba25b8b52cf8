"""How does a person stop, continue or end a campaign? And what does that leave with the provider?"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from worker.domain.states import BatchState, CampaignStatus
from worker.domain.way import Way
from worker.errors import NotFound, Refused
from worker.services import settle, withdraw
from worker.services.deps import Deps
from worker.services.withdraw import Withdrawal
from worker.storage import batches, campaigns
from worker.storage.campaigns import Tally
from worker.storage.tables import Campaign

PAUSED_BY_HAND = "paused by an operator"
CANCELLED_BY_HAND = "cancelled by an operator"
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
    #: What the provider did with what it had, where it can be asked to stop that.
    withdrawal: Withdrawal | None = None


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
    """What has not left will not. What the provider took, it will deliver, unless it can be asked to stop it and does.

    May be repeated, to ask a provider again that did not answer.
    """
    campaign = _get(deps, campaign_id)
    allowed = set(CampaignStatus) - {CampaignStatus.DONE}
    with deps.sessions.begin() as session:
        if withdraw.withdrawable(session, campaign_id, deps.clock.now()):
            allowed.add(CampaignStatus.DONE)
        cancelled = campaigns.advance(
            session,
            campaign_id,
            CampaignStatus.CANCELLED,
            only_from=allowed,
            status_reason=CANCELLED_BY_HAND,
            finished_at=deps.clock.now(),
        )
        stopped = batches.cancel_planned(session, campaign_id) if cancelled else 0
    if not cancelled and campaign.status is not CampaignStatus.CANCELLED:
        raise _cannot("cancelled", campaign)
    withdrawal = None
    if campaign.way is Way.PUSH:
        # The commit above stopped all claims: what the provider has by the end of the call in flight is all there is.
        withdrawal = withdraw.withdraw(deps, campaign.provider, campaign_id)
        settle.settle(deps, campaign_id)
    _explain(deps, campaign_id, withdrawal)
    return _receipt(deps, campaign_id, stopped, withdrawal)


def _explain(deps: Deps, campaign_id: UUID, withdrawal: Withdrawal | None) -> None:
    """Say what the cancelling left behind."""
    with deps.sessions.begin() as session:
        notes = [CANCELLED_BY_HAND]
        if withdrawal is not None and withdrawal.kept.numbers:
            notes.append(f"{withdrawal.kept.numbers} numbers are with the provider, which did not stop them")
        if doubtful := _unknown(campaigns.tally(session, campaign_id)):
            notes.append(f"{doubtful} numbers may or may not be with the provider")
        campaigns.explain(session, campaign_id, "; ".join(notes))


def _get(deps: Deps, campaign_id: UUID) -> Campaign:
    with deps.sessions() as session:
        campaign = campaigns.get(session, campaign_id)
    if campaign is None:
        raise NotFound("campaign", str(campaign_id))
    return campaign


def _cannot(what: str, campaign: Campaign) -> Refused:
    return Refused("wrong_status", f"Campaign {campaign.id} is {campaign.status}; it cannot be {what}.")


def _receipt(deps: Deps, campaign_id: UUID, stopped: int | None, withdrawal: Withdrawal | None = None) -> Receipt:
    with deps.sessions() as session:
        tally = campaigns.tally(session, campaign_id)
    waiting = tally[BatchState.PLANNED].rest if BatchState.PLANNED in tally else 0
    beyond = sum(tally[state].rest for state in BEYOND_REACH if state in tally)
    beyond += sum(one.accepted + one.delivered + one.failed for one in tally.values())
    status = _get(deps, campaign_id).status
    return Receipt(status, waiting if stopped is None else stopped, beyond, _unknown(tally), withdrawal)


def _unknown(tally: Mapping[BatchState, Tally]) -> int:
    """Numbers in doubt, with their batch or alone."""
    of_batches = tally[BatchState.UNKNOWN].rest if BatchState.UNKNOWN in tally else 0
    return of_batches + sum(one.unknown for one in tally.values())
