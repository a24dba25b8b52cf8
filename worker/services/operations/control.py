"""Pauses, resumes and cancels a campaign, and says what that leaves with the provider."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from worker.domain.roles import May
from worker.domain.send_mode import SendMode
from worker.domain.states import BatchState, CampaignStatus
from worker.errors import NotFound, Refused
from worker.services import campaign_status
from worker.services.deps import Deps
from worker.services.people import audit
from worker.services.sending.pushes import cancel_at_provider
from worker.services.sending.pushes.cancel_at_provider import ProviderCancellation
from worker.storage import campaigns, database
from worker.storage.approval import approvals
from worker.storage.campaigns import Tally
from worker.storage.changes import CampaignChanges
from worker.storage.sending import batches
from worker.storage.tables.campaigns import Campaign

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
    provider_cancellation: ProviderCancellation | None = None


def pause(deps: Deps, campaign_id: UUID) -> Receipt:
    """No call of this campaign begins after this returns (but one already claimed, within a moment). Repeating it is harmless."""
    campaign = _mine(deps, campaign_id)
    with deps.sessions.begin() as session:
        database.wait_long(session)
        paused = campaigns.advance(session, campaign_id, CampaignStatus.PAUSED, status_reason=PAUSED_BY_HAND)
        if paused:
            audit.record(session, deps, "campaign.pause", about=("campaign", campaign_id))
    if not paused and campaign.status is not CampaignStatus.PAUSED:
        raise _cannot("paused", campaign)
    return _receipt(deps, campaign_id, stopped=None)


def resume(deps: Deps, campaign_id: UUID) -> Receipt:
    """Go on with the next batch; what the provider took stays taken."""
    campaign = _mine(deps, campaign_id)
    to = CampaignStatus.SENDING if campaign.started_at else CampaignStatus.SCHEDULED
    with deps.sessions.begin() as session:
        changes = CampaignChanges(resumed_at=deps.clock.now(), status_reason="", halted=False)
        resumed = campaigns.advance(session, campaign_id, to, only_from={CampaignStatus.PAUSED}, **changes)
        if resumed:
            batches.forget_all_enqueued(session, campaign_id)
            audit.record(session, deps, "campaign.resume", about=("campaign", campaign_id))
    if not resumed:
        raise _cannot("resumed", campaign)
    campaign_status.refresh(deps, campaign_id)
    return _receipt(deps, campaign_id, stopped=None)


def cancel(deps: Deps, campaign_id: UUID) -> Receipt:
    """What has not left will not. What the provider took, it will deliver, unless it can be asked to stop it and does.

    May be repeated, to ask a provider again that did not answer.
    """
    campaign = _mine(deps, campaign_id)
    allowed = set(CampaignStatus) - {CampaignStatus.DONE}
    with deps.sessions.begin() as session:
        database.wait_long(session)
        still_theirs = cancel_at_provider.cancellable_at_provider(session, campaign_id, deps.clock.now())
        if still_theirs:
            allowed.add(CampaignStatus.DONE)
        changes = CampaignChanges(status_reason=CANCELLED_BY_HAND, finished_at=deps.clock.now())
        cancelled = campaigns.advance(session, campaign_id, CampaignStatus.CANCELLED, only_from=allowed, **changes)
        # Its row is ours until the end: no batch is claimed between this look and the commit.
        if cancelled and not still_theirs:
            _refuse_if_all_left(session, campaign)
        stopped = batches.cancel_planned(session, campaign_id) if cancelled else 0
        if cancelled:
            actor, now = deps.actor, deps.clock.now()
            approvals.decide(session, campaign_id, "withdrawn", at=now, by=actor.label, decider_id=actor.user_id)
            audit.record(session, deps, "campaign.cancel", about=("campaign", campaign_id), facts={"stopped": stopped})
    if not cancelled and campaign.status is not CampaignStatus.CANCELLED:
        raise _cannot("cancelled", campaign)
    reply = None
    if campaign.send_mode is SendMode.PUSH:
        # The commit above stopped all claims: what the provider has by the end of the call in flight is all there is.
        reply = cancel_at_provider.cancel_at_provider(deps, campaign.provider, campaign_id)
        campaign_status.refresh(deps, campaign_id)
    _explain(deps, campaign_id, reply)
    return _receipt(deps, campaign_id, stopped, reply)


def ask_again(deps: Deps) -> int:
    """Ask providers to stop what they still hold of cancelled campaigns; of how many campaigns. Safe to run twice at once."""
    waiting = cancel_at_provider.to_ask_again(deps)
    for campaign_id in waiting:
        campaign = _get(deps, campaign_id)
        asked = cancel_at_provider.cancel_at_provider(deps, campaign.provider, campaign_id)
        campaign_status.refresh(deps, campaign_id)
        # Why it was cancelled stays; what an earlier question came to does not.
        _explain(deps, campaign_id, asked, campaign.status_reason.partition("; ")[0])
    return len(waiting)


def _refuse_if_all_left(session: Session, campaign: Campaign) -> None:
    """Refuse to cancel a campaign of which nothing can be stopped any more; raises, so that its transaction is rolled back."""
    if campaign.fallback_text is not None:
        # The text that would follow can still be stopped.
        return
    tally = campaigns.tally(session, campaign.id)
    if not tally or _unknown(tally) or not set(tally) <= {*BEYOND_REACH, BatchState.REJECTED} - {BatchState.SENDING}:
        return
    taken = _taken(tally)
    raise Refused(
        "all_has_left",
        f"All of campaign {campaign.id} has left: {taken:,} numbers are with {campaign.provider}, which cannot stop them. "
        "`loa campaign show` follows what becomes of them.",
        {"beyond_reach": taken},
    )


def _explain(deps: Deps, campaign_id: UUID, reply: ProviderCancellation | None, why: str = CANCELLED_BY_HAND) -> None:
    """Say what the cancelling left behind."""
    with deps.sessions.begin() as session:
        notes = [why]
        if reply is not None and (kept := reply.kept.numbers):
            if reply.told:
                notes.append(f"{kept} numbers are with the provider, which did not stop them")
            else:
                notes.append(
                    f"{kept} numbers are with the provider, which did not say whether it stopped them: cancel again to ask again"
                )
        if unknown := _unknown(campaigns.tally(session, campaign_id)):
            notes.append(f"{unknown} numbers may or may not be with the provider")
        campaigns.explain(session, campaign_id, "; ".join(notes))


def _mine(deps: Deps, campaign_id: UUID) -> Campaign:
    """The campaign, which the actor may pause, resume and cancel: an operator any, a marketer their own."""
    campaign = _get(deps, campaign_id)
    deps.actor.must_own(campaign.author_id, May.OPERATE, May.STOP_OWN)
    return campaign


def _get(deps: Deps, campaign_id: UUID) -> Campaign:
    with deps.sessions() as session:
        campaign = campaigns.get(session, campaign_id)
    if campaign is None:
        raise NotFound("campaign", str(campaign_id))
    return campaign


def _cannot(what: str, campaign: Campaign) -> Refused:
    return Refused("wrong_status", f"Campaign {campaign.id} is {campaign.status}; it cannot be {what}.")


def _receipt(deps: Deps, campaign_id: UUID, stopped: int | None, reply: ProviderCancellation | None = None) -> Receipt:
    with deps.sessions() as session:
        tally = campaigns.tally(session, campaign_id)
    waiting = tally[BatchState.PLANNED].rest if BatchState.PLANNED in tally else 0
    status = _get(deps, campaign_id).status
    return Receipt(status, waiting if stopped is None else stopped, _taken(tally), _unknown(tally), reply)


def _taken(tally: Mapping[BatchState, Tally]) -> int:
    """Numbers with the provider, or in a call at this moment."""
    own = sum(one.accepted + one.delivered + one.failed for one in tally.values())
    return own + sum(tally[state].rest for state in BEYOND_REACH if state in tally)


def _unknown(tally: Mapping[BatchState, Tally]) -> int:
    """Numbers unknown, with their batch or alone."""
    of_batches = tally[BatchState.UNKNOWN].rest if BatchState.UNKNOWN in tally else 0
    return of_batches + sum(one.unknown for one in tally.values())
