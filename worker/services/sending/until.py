"""The end of campaigns whose last moment has passed: what has not left never leaves."""

import structlog

from worker.domain.states import CampaignStatus
from worker.domain.window import local
from worker.services import campaign_status
from worker.services.deps import Deps
from worker.storage import campaigns
from worker.storage.approval import approvals
from worker.storage.sending import batches, provider_campaigns

log = structlog.get_logger(__name__)


def end_overdue(deps: Deps) -> int:
    """Cancel what is still planned of campaigns that are past their `until`; how many campaigns.

    The claim looks at the same moment, so nothing leaves between it and this sweep. What the provider took stays taken.
    """
    now = deps.clock.now()
    with deps.sessions() as session:
        overdue = campaigns.overdue(session, now)
    ended = 0
    for one in overdue:
        with deps.sessions.begin() as session:
            stopped = 0
            found = provider_campaigns.lock_campaign(session, one.id)
            if found is None or found.until != one.until:
                # It was given another just now.
                continue
            ended += 1
            if campaigns.advance(session, one.id, CampaignStatus.CANCELLED, finished_at=now):
                stopped = batches.cancel_planned(session, one.id)
                approvals.decide(session, one.id, "withdrawn", at=now, by=deps.actor.label, decider_id=None)
                reason = f"Its last moment, {local(one.until or now)}, has passed: {stopped} numbers did not leave."
                campaigns.explain(session, one.id, reason)
        campaign_status.refresh(deps, one.id)
        log.warning("campaign_overdue", campaign=str(one.id), stopped=stopped)
    return ended
