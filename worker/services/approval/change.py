"""Changes the name and the times of a campaign before it leaves; what was approved must be approved anew."""

from dataclasses import dataclass
from uuid import UUID

from worker.domain.roles import May
from worker.domain.states import CampaignStatus
from worker.errors import Misuse
from worker.services.approval.decide import Decided, ask_anew, locked, wrong
from worker.services.deps import Deps
from worker.services.people import audit
from worker.services.planning import times
from worker.storage import campaigns
from worker.storage.approval import approvals

#: Nothing of a campaign in these has left.
CHANGEABLE = frozenset({CampaignStatus.DRAFT, CampaignStatus.AWAITING_APPROVAL, CampaignStatus.SCHEDULED})
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be different; None: as it is. An empty `at` is as soon as it may leave, an empty `until` no limit."""

    name: str | None = None
    at: str | None = None
    until: str | None = None


def change(deps: Deps, campaign_id: UUID, wanted: Changes) -> Decided:
    """Change a campaign of which nothing has left. Under four eyes one that waits or was approved is asked about anew.

    For its author or an admin. Text, sender and list never change: copy the campaign, or make a new one.
    """
    deps.actor.must(May.DRAFT)
    if wanted.name is not None and not (0 < len(wanted.name.strip()) <= LONGEST_NAME and wanted.name.isprintable()):
        raise Misuse(f"The name of a campaign takes 1 to {LONGEST_NAME} printable characters, on one line.")
    with deps.sessions.begin() as session:
        campaign = locked(session, campaign_id)
        deps.actor.must_own(campaign.author_id, May.USERS, May.DRAFT)
        if campaign.status not in CHANGEABLE or not campaign.valid or campaign.started_at is not None:
            raise wrong(campaign, "changed")
        facts = {name: value for name in ("name", "at", "until") if (value := getattr(wanted, name)) is not None}
        if wanted.name is not None:
            campaign.name = wanted.name.strip()
        if wanted.at is not None or wanted.until is not None:
            until = campaign.until if wanted.until is None else times.read_until(deps, wanted.until or None)
            at = wanted.at or None
            if wanted.at is None and campaign.scheduled_for > deps.clock.now():
                at = campaign.scheduled_for.isoformat()
            times.move(session, deps, campaign, at, until)
        session.flush()
        status = ask_anew(session, deps, campaign)
        session.refresh(campaign)
        audit.record(
            session, deps, "campaign.change", about=("campaign", campaign_id), facts={**facts, "status": status}
        )
        question = approvals.waiting_for(session, campaign_id)
        found = campaigns.get(session, campaign_id) or campaign
    return Decided(found, question)
