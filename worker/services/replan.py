"""What becomes of an order that cannot be placed now? It waits for the next opening, or is planned anew for a later hour."""

from collections.abc import Sequence

import structlog
from sqlmodel import Session

from worker.domain.intake import Intake, plan_order
from worker.domain.states import BatchState, CampaignStatus, PlacementState
from worker.domain.window import local
from worker.errors import Refused
from worker.services import creation, policy
from worker.services.deps import Account, Deps
from worker.services.schedule import ONE_PUSH, PLACING
from worker.storage import campaigns, placements
from worker.storage.placements import Place
from worker.storage.tables import Batch, Campaign

log = structlog.get_logger(__name__)


def replan(deps: Deps, account: Account, intake: Intake, place: Place) -> None:
    """Find another time for what a placement still has to push. Raises nothing; where there is none, the campaign pauses."""
    with deps.sessions.begin() as session:
        campaign = placements.hold_campaign(session, place.campaign_id, {CampaignStatus.SENDING})
        if campaign is None:
            return
        try:
            _find_time(deps, session, account, intake, campaign, place)
        except Refused as refused:
            campaigns.advance(session, campaign.id, CampaignStatus.PAUSED, status_reason=str(refused))


def _find_time(
    deps: Deps, session: Session, account: Account, intake: Intake, campaign: Campaign, place: Place
) -> None:
    now = deps.clock.now()
    placements.doubt_expired(session, place, now)
    placement = placements.lock(session, place)
    if creation.may_place(account, placement, now) or placement.state is PlacementState.CREATING:
        return
    opening = intake.next_opening(now)
    if opening < placement.push_by:
        placements.postpone(session, place, opening)
        return
    rest = placements.batches_in(session, place, BatchState.PLANNED)
    if not rest:
        return
    plan = plan_order(intake, account.windows, now, None, PLACING + len(rest) * ONE_PUSH)
    if placement.state is not PlacementState.PLANNED:
        # Its hour is fixed at the provider, if it is there; the quota that stays unused there messages nobody.
        policy.release(session, placement, rest)
        placement = creation.succeed(session, placement, quota=_audience(rest), due=plan.due, push_by=plan.pushed_by)
    else:
        placements.note(session, place, due=plan.due, push_by=plan.pushed_by)
    placements.postpone(session, placements.place_of(placement), plan.place_at)
    campaign.scheduled_for = placements.first_due(session, campaign.id) or plan.due
    campaign.status_reason = (
        f"{_audience(rest)} numbers could not be placed at {account.title} in time for their hour: "
        f"they are placed from {local(plan.place_at)}, and their phones may ring from {local(plan.due)}"
    )
    log.warning("order_replanned", campaign=str(campaign.id), placement=placement.number, due=plan.due.isoformat())


def _audience(rest: Sequence[Batch]) -> int:
    return sum(batch.size - batch.suppressed for batch in rest)
