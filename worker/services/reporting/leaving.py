"""The next moment at which a campaign's texts may leave, seen from now, and why not sooner.

What was planned may have been overtaken: Loa was down, the window closed, somebody paused it. So this is worked out anew each
time that a campaign is shown, and never lies in the past.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from worker.domain.calls import Purpose
from worker.domain.intake import plan_order
from worker.domain.send_mode import SendMode
from worker.domain.states import ENDED, CampaignStatus
from worker.domain.window import local
from worker.errors import Refused
from worker.services.deps import Account, Deps
from worker.storage.tables.campaigns import Campaign

#: How long an order is taken to need, where nobody counts its pushes.
PLACING: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Leaving:
    """The next moment at which texts may reach phones, and a sentence about what it waits for; empty: for nothing."""

    at: datetime
    why: str


def leaving(deps: Deps, campaign: Campaign, planned_from: datetime | None = None) -> Leaving | None:
    """When the next texts of `campaign` may leave; None where nothing is left to leave.

    `planned_from` is the `not_before` of its first planned batch; without it a campaign that has begun is left out.
    """
    if campaign.status in ENDED or campaign.status is CampaignStatus.RECONCILING:
        return None
    if campaign.started_at is not None and planned_from is None:
        return None
    now = deps.clock.now()
    wanted = max(now, planned_from or campaign.scheduled_for)
    account = deps.accounts.get(campaign.provider)
    if account is not None and campaign.channel is not account.channel:
        account = account.over(campaign.channel)
    if account is None:
        found = Leaving(wanted, f"There is no account at {campaign.provider}.")
    elif account.send_mode(campaign.kind) is SendMode.PUSH:
        found = _pushed(account, campaign, now)
    else:
        found = _by_hours(account, campaign.kind, wanted, now)
    if campaign.status is CampaignStatus.PAUSED:
        return Leaving(found.at, f"It is paused: nothing leaves before `loa campaign resume {campaign.id}`.")
    if campaign.status is CampaignStatus.AWAITING_APPROVAL:
        return Leaving(found.at, "It waits for approval.")
    return found


def _by_hours(account: Account, kind: str, wanted: datetime, now: datetime) -> Leaving:
    windows = account.hours(kind)
    at = windows.next_opening(wanted)
    # Moved by the hours now, or moved by them before, to the opening at which they wait.
    if at > wanted or (at > now and at == windows.next_opening(now)):
        texts = "Ads" if kind == Purpose.ADS else "Care texts"
        return Leaving(at, f"{texts} may leave at {windows.written(at)} only, and it is {local(now)} now.")
    return Leaving(at, "")


def _pushed(account: Account, campaign: Campaign, now: datetime) -> Leaving:
    """The provider sends its texts when they are due; an order that missed its time is placed anew."""
    if campaign.scheduled_for > now or account.intake is None:
        return Leaving(max(campaign.scheduled_for, now), "")
    try:
        plan = plan_order(account.intake, account.windows, now, None, PLACING)
    except Refused as fault:
        return Leaving(now, str(fault))
    return Leaving(plan.due, f"Its order can be placed at {account.title} from {local(plan.place_at)} on.")
