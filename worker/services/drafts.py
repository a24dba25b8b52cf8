"""How is a campaign planned that nobody waits for? Taken in as a draft, then planned by a worker: `scheduled`, or `failed`.

The planning is that of `plan.create`; only its beginning and its end differ. The row is the truth and the bell a hint: a
draft whose bell or worker was lost is rung again.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError

from worker.domain.states import CampaignStatus
from worker.domain.template import Template
from worker.domain.text import clean
from worker.errors import Misuse, Refused
from worker.lists import open_list
from worker.services import plan as planning
from worker.services.deps import Deps
from worker.services.plan import Hooks, Wish
from worker.services.schedule import plan_times
from worker.storage import campaigns, drafts
from worker.storage.door_tables import Draft
from worker.storage.tables import Campaign

log = structlog.get_logger(__name__)

#: A ring older than this and still unanswered was lost, or waits behind a long list.
RING_LOST_AFTER: Final = timedelta(seconds=15)
#: With so many bells on the queue its worker is behind, and more of them would not help.
MOST_QUEUED: Final = 20
#: A list that took its worker down so often will do it again.
MOST_TRIES: Final = 3
#: An upload that no draft knows after so long belongs to a request that died.
ORPHANED_AFTER: Final = timedelta(days=1)
#: What planning finds out about a campaign.
FIGURES: Final = (
    *("scheduled_for", "rows", "valid", "duplicates", "invalid", "suppressed", "converted"),
    *("parts", "parts_total", "cost_estimate"),
)


@dataclass(frozen=True, slots=True)
class Drafted:
    """A campaign that was taken in; `repeated` when its key had stood for it before."""

    campaign: Campaign
    notes: Sequence[str] = field(default_factory=list)
    repeated: bool = False


def create(deps: Deps, wish: Wish, *, uploaded: bool) -> Drafted:
    """Take a campaign in as a draft and ring for its planning; an uploaded file is ours from here on, whatever comes of it.

    Raises Refused or Misuse for what can be told without reading the list.
    """
    drafted = None
    try:
        drafted = _create(deps, wish, uploaded=uploaded)
    finally:
        if uploaded and (drafted is None or drafted.repeated):
            wish.list_path.unlink(missing_ok=True)
    if not drafted.repeated:
        deps.bells.ring_plan(drafted.campaign.id)
    return drafted


def plan(deps: Deps, campaign_id: UUID) -> CampaignStatus | None:
    """Plan one draft; its new status, or None when there was nothing to do. May be rung for twice."""
    with deps.sessions.begin() as session:
        draft = drafts.begin_try(session, campaign_id)
        campaign = campaigns.get(session, campaign_id)
    if draft is None or campaign is None:
        return None
    if campaign.status is not CampaignStatus.DRAFT:
        return _end(deps, draft)
    if draft.tries > MOST_TRIES:
        return _end(
            deps, draft, f"The list could not be planned in {MOST_TRIES} tries; the log of worker-plan tells why."
        )
    try:
        return _plan(deps, draft, campaign)
    except (Refused, Misuse) as fault:
        return _end(deps, draft, str(fault))


def sweep(deps: Deps) -> None:
    """Ring again for what was left lying, and remove uploads that nobody knows; safe to run twice at the same time."""
    now = deps.clock.now()
    room = MOST_QUEUED - deps.bells.waiting_plans()
    if room > 0:
        with deps.sessions.begin() as session:
            due = drafts.due(session, now=now, rung_before=now - RING_LOST_AFTER, limit=room)
        for campaign_id in due:
            deps.bells.ring_plan(campaign_id)
    # Files keep the machine's time, not the shifted one.
    _remove_orphans(deps, now - deps.clock.offset - ORPHANED_AFTER)


def _create(deps: Deps, wish: Wish, *, uploaded: bool) -> Drafted:
    account = deps.account(wish.provider)
    planning.check_words(wish)
    cleaned = clean(wish.text)
    fingerprint = planning.fingerprint_of(wish, cleaned.text) if wish.key else ""
    if found := planning.earlier(deps, wish, fingerprint):
        return Drafted(found, cleaned.notes, repeated=True)
    planning.checked_template(account, wish.kind, cleaned.text)
    now = deps.clock.now()
    due = plan_times(account, wish.kind, wish.at, now).due
    campaign = planning.new_campaign(account, wish, cleaned.text, fingerprint, CampaignStatus.DRAFT, due, now)
    try:
        with deps.sessions.begin() as session:
            session.add(campaign)
            session.flush()
            session.add(
                Draft(campaign_id=campaign.id, path=str(wish.list_path), uploaded=uploaded, at=wish.at, rung_at=now)
            )
    except IntegrityError:
        # Two requests with one key at the same moment: the other was first.
        if found := planning.earlier(deps, wish, fingerprint):
            return Drafted(found, cleaned.notes, repeated=True)
        raise
    return Drafted(campaign, cleaned.notes)


def _plan(deps: Deps, draft: Draft, campaign: Campaign) -> CampaignStatus | None:
    path = Path(draft.path)
    if draft.uploaded and not path.exists():
        raise Refused(
            "upload_missing",
            f"{campaign.list_name} is not where the planning worker looks: LOA_DATA_DIR must be one folder for all hosts.",
        )
    account = deps.account(campaign.provider)
    wish = Wish(
        campaign.provider,
        campaign.sender,
        campaign.kind,
        campaign.text,
        path,
        at=draft.at,
        list_name=campaign.list_name,
    )
    template = Template(campaign.text)
    with open_list(path, campaign.list_name) as list_file:
        as_found = planning.stamp(path)
        with deps.sessions.begin() as session:
            if not drafts.hold(session, campaign.id):
                return None
            now = deps.clock.now()
            times = planning.read_in(
                session, account, template, list_file, as_found, campaign, wish, now=now, hooks=Hooks()
            )
            planning.lay_out(session, account, template, campaign, times)
            figures = {name: getattr(campaign, name) for name in FIGURES}
            drafts.remove(session, campaign.id)
            if not campaigns.advance(
                session, campaign.id, CampaignStatus.SCHEDULED, only_from={CampaignStatus.DRAFT}, **figures
            ):
                # Cancelled while its list was read.
                session.rollback()
                return _end(deps, draft)
    _remove(draft)
    return CampaignStatus.SCHEDULED


def _end(deps: Deps, draft: Draft, reason: str = "") -> CampaignStatus | None:
    """There is no more to plan: with a reason the campaign failed, without one it was cancelled."""
    with deps.sessions.begin() as session:
        failed = bool(reason) and campaigns.advance(
            session,
            draft.campaign_id,
            CampaignStatus.FAILED,
            only_from={CampaignStatus.DRAFT},
            status_reason=reason,
            finished_at=deps.clock.now(),
        )
        drafts.remove(session, draft.campaign_id)
    _remove(draft)
    return CampaignStatus.FAILED if failed else None


def _remove(draft: Draft) -> None:
    if draft.uploaded:
        Path(draft.path).unlink(missing_ok=True)


def _remove_orphans(deps: Deps, before: datetime) -> None:
    old = []
    for path in deps.uploads.iterdir() if deps.uploads.is_dir() else ():
        # Another may remove it at this moment.
        with suppress(FileNotFoundError):
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                old.append(str(path))
    if not old:
        return
    with deps.sessions() as session:
        used = drafts.uploads_in_use(session, old)
    for unknown in set(old) - used:
        Path(unknown).unlink(missing_ok=True)
        log.warning("orphaned_upload_removed")
