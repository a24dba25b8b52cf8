"""A form becomes a planned draft; a form that was changed becomes another one, and the draft before it goes."""

from dataclasses import replace
from uuid import UUID

from worker.domain.states import ENDED, CampaignStatus
from worker.errors import Refused
from worker.services.deps import Deps
from worker.services.planning import drafts, forms
from worker.storage import campaigns
from worker.storage.approval import approvals
from worker.storage.planning import forms as stored


def plan(deps: Deps, form_id: UUID) -> UUID:
    """Have the list of a form counted by a worker, as a draft that nobody but its author lets go; the draft's id.

    Raises what can be told without reading the list.
    """
    form = forms.get(deps, form_id)
    let_go(deps, form.campaign_id)
    drafted = drafts.create(deps, replace(forms.request_of(form), draft=True), uploaded=False)
    forms.planned(deps, form_id, drafted.campaign.id)
    return drafted.campaign.id


def let_go(deps: Deps, campaign_id: UUID | None) -> None:
    """A draft that is no longer what its form says: removed where nobody was ever asked about it, else cancelled.

    Refused `wrong_status` for one that waits for an approval or leaves already.
    """
    if campaign_id is None:
        return
    with deps.sessions.begin() as session:
        campaign = campaigns.get(session, campaign_id)
        if campaign is None:
            return
        if campaign.status is not CampaignStatus.DRAFT and campaign.status not in ENDED:
            raise Refused("wrong_status", f"Campaign {campaign_id} is {campaign.status}; it cannot be changed.")
        if campaign.started_at is None and not approvals.history(session, campaign_id):
            stored.forget_campaign(session, campaign_id)
        elif campaign.status is CampaignStatus.DRAFT:
            now = deps.clock.now()
            campaigns.advance(session, campaign_id, CampaignStatus.CANCELLED, finished_at=now)


def discard(deps: Deps, form_id: UUID) -> None:
    """Throw a form away, with the draft that was made of it."""
    form = forms.get(deps, form_id)
    let_go(deps, form.campaign_id)
    forms.end(deps, form_id)
