"""Replans a provider campaign that cannot be placed now: for the next opening, or anew for a later hour."""

import structlog
from sqlmodel import Session

from worker.domain.intake import Intake, plan_order
from worker.domain.states import BatchState, CampaignStatus, ProviderCampaignState
from worker.domain.window import local
from worker.errors import Refused
from worker.services.deps import Account, Deps
from worker.services.planning.schedule import ONE_PUSH, PLACING, Schedule, check_until
from worker.services.sending import ad_policy
from worker.services.sending.pushes import create
from worker.services.sending.pushes.quota_evidence import push_size
from worker.storage import campaigns
from worker.storage.sending import provider_campaigns
from worker.storage.sending.provider_campaigns import Place
from worker.storage.tables.campaigns import Campaign

log = structlog.get_logger(__name__)


def replan(deps: Deps, account: Account, intake: Intake, place: Place) -> None:
    """Find another time for what a provider campaign still has to push; where there is none, the campaign pauses."""
    with deps.sessions.begin() as session:
        campaign = provider_campaigns.lock_campaign(session, place.campaign_id, {CampaignStatus.SENDING})
        if campaign is None:
            return
        try:
            _set_time(deps, session, account, intake, campaign, place)
        except Refused as refused:
            campaigns.advance(session, campaign.id, CampaignStatus.PAUSED, status_reason=str(refused))


def _set_time(deps: Deps, session: Session, account: Account, intake: Intake, campaign: Campaign, place: Place) -> None:
    now = deps.clock.now()
    provider_campaigns.mark_expired_unknown(session, place, now)
    theirs = provider_campaigns.lock(session, place)
    if create.may_place(account, theirs, now) or theirs.state is ProviderCampaignState.CREATING:
        return
    opening = intake.next_opening(now)
    if opening < theirs.push_by and account.windows.contains(theirs.due):
        provider_campaigns.postpone(session, place, opening)
        return
    rest = provider_campaigns.batches_in(session, place, BatchState.PLANNED)
    if not rest:
        return
    audience = sum(map(push_size, rest))
    plan = plan_order(intake, account.windows, now, None, PLACING + len(rest) * ONE_PUSH)
    check_until(Schedule(plan.place_at, plan.due, plan.pushed_by), campaign.until)
    if theirs.state is not ProviderCampaignState.PLANNED:
        # Its hour is fixed at the provider, if it is there; the quota that stays unused there messages nobody.
        ad_policy.release(session, theirs, rest)
        theirs = create.succeed(session, theirs, quota=audience, due=plan.due, push_by=plan.pushed_by)
    else:
        provider_campaigns.note(session, place, due=plan.due, push_by=plan.pushed_by)
    provider_campaigns.postpone(session, provider_campaigns.place_of(theirs), plan.place_at)
    campaign.scheduled_for = provider_campaigns.first_due(session, campaign.id) or plan.due
    campaign.status_reason = (
        f"{audience} numbers could not be placed at {account.title} in time for their hour: "
        f"they are placed from {local(plan.place_at)}, and their phones may ring from {local(plan.due)}"
    )
    log.warning("order_replanned", campaign=str(campaign.id), provider_campaign=theirs.number, due=plan.due.isoformat())
