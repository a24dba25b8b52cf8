"""Campaigns that are planned in the background: taken in as a draft, then `scheduled` or `failed` by a worker.

The planning is that of `plan.create`; only its beginning and its end differ. The row is the truth and the task a hint: a
draft whose task or worker was lost is enqueued again. The uploaded list goes into the database in the transaction of its draft,
so that the hosts of web and worker-plan share nothing else (worker/services/planning/uploads.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from worker.domain.states import CampaignStatus
from worker.domain.template import Template
from worker.errors import Misuse, Refused
from worker.lists import ReadOptions
from worker.outages import Places, explain
from worker.services.deps import Deps
from worker.services.people import audit
from worker.services.planning import after_zalo, batching, compared, gate, reading, stored, uploads
from worker.services.planning.checked import Checked, check, earlier, facts, row_of
from worker.services.planning.list_folders import allowed
from worker.services.planning.reading import Hooks
from worker.services.planning.request import FLAGS, NAMES, CampaignRequest, cleaned_text, stamp
from worker.storage import campaigns
from worker.storage.planning import drafts, forms
from worker.storage.sending import zalo
from worker.storage.tables.api import Draft
from worker.storage.tables.campaigns import Campaign

log = structlog.get_logger(__name__)

#: A task older than this and still unanswered was lost, or waits behind a long list.
TASK_LOST_AFTER: Final = timedelta(seconds=15)
#: With so many tasks on the queue its worker is behind, and more of them would not help.
MOST_QUEUED: Final = 20
#: A list that took its worker down so often will do it again.
MOST_TRIES: Final = 3
#: An upload that no draft knows after so long belongs to a request that died.
ORPHANED_AFTER: Final = timedelta(days=1)


#: Is told the id of a draft in the transaction that makes it.
Take = Callable[[Session, UUID], None]


@dataclass(frozen=True, slots=True)
class Drafted:
    """A campaign that was taken in; `repeated` when its key had stood for it before."""

    campaign: Campaign
    notes: Sequence[str] = field(default_factory=list)
    repeated: bool = False


def create(deps: Deps, requested: CampaignRequest, *, uploaded: bool, take: Take | None = None) -> Drafted:
    """Take a campaign in as a draft and enqueue for its planning; an uploaded file is ours from here on, whatever comes of it.

    `take` is called in the transaction of the draft: where it raises there is no draft. Raises Refused or Misuse for what can be
    told without reading the list.
    """
    drafted = None
    try:
        drafted = _create(deps, requested, uploaded, take)
    finally:
        if uploaded and (drafted is None or drafted.repeated or deps.uploads_in_database):
            requested.list_path.unlink(missing_ok=True)
            _remove_orphans(deps)
    if not drafted.repeated:
        deps.task_queue.enqueue_plan(drafted.campaign.id)
    return drafted


def plan(deps: Deps, campaign_id: UUID) -> CampaignStatus | None:
    """Plan one draft; its new status, or None when there was nothing to do. May be enqueued for twice."""
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
    except Exception as fault:
        if explain(fault, Places()):
            # No fault of the list: it is planned when there is room again.
            with deps.sessions.begin() as session:
                drafts.forget_try(session, campaign_id)
        raise


def sweep(deps: Deps) -> None:
    """Enqueue again for what was left lying, and remove uploads that nobody knows; safe to run twice at the same time."""
    now = deps.clock.now()
    room = MOST_QUEUED - deps.task_queue.waiting_plans()
    if room > 0:
        with deps.sessions.begin() as session:
            due = drafts.due(session, now=now, enqueued_before=now - TASK_LOST_AFTER, limit=room)
        for campaign_id in due:
            deps.task_queue.enqueue_plan(campaign_id)
    _remove_orphans(deps)


def _create(deps: Deps, requested: CampaignRequest, uploaded: bool, take: Take | None) -> Drafted:
    checked = check(deps, requested)
    if isinstance(checked, Campaign):
        return Drafted(checked, cleaned_text(requested).notes, repeated=True)
    campaign = row_of(deps, checked, CampaignStatus.DRAFT)
    try:
        with deps.sessions.begin() as session:
            session.add(campaign)
            session.flush()
            session.add(
                Draft(
                    campaign_id=campaign.id,
                    path=uploads.IN_DATABASE if uploaded and deps.uploads_in_database else str(requested.list_path),
                    uploaded=uploaded,
                    at=requested.at,
                    enqueued_at=checked.now,
                    options=requested.options or None,
                )
            )
            if uploaded and deps.uploads_in_database:
                session.flush()
                uploads.keep(session, campaign.id, requested.list_path)
            if take is not None:
                session.flush()
                take(session, campaign.id)
            audit.record(session, deps, "campaign.create", about=("campaign", campaign.id), facts=facts(campaign))
    except IntegrityError:
        # Two requests with one key at the same moment: the other was first.
        if found := earlier(deps, requested.key, checked.fingerprint):
            return Drafted(found, checked.notes, repeated=True)
        raise
    return Drafted(campaign, checked.notes)


def _plan(deps: Deps, draft: Draft, campaign: Campaign) -> CampaignStatus | None:
    if draft.path != uploads.IN_DATABASE:
        return _plan_from(deps, draft, campaign, Path(draft.path))
    _remove_orphans(deps)
    with uploads.fetched(deps, campaign.id) as path:
        return _plan_from(deps, draft, campaign, path)


def _plan_from(deps: Deps, draft: Draft, campaign: Campaign, path: Path) -> CampaignStatus | None:
    if draft.uploaded and not path.exists():
        raise Refused(
            "upload_missing",
            f"{campaign.list_name} is not where the planning worker looks: with LOA_UPLOADS=folder LOA_DATA_DIR must be one "
            "folder for all hosts.",
        )
    # What is made of a stored list has no file.
    of_file = not draft.uploaded and not (draft.options or {}).get("source")
    if of_file and allowed(deps, path) != path:
        raise Refused("list_outside", f"{campaign.list_name} was replaced by a link since it was taken in.")
    checked = _stored(deps, draft, campaign, path)
    listed = compared.with_provider(deps, checked)
    with stored.opened(deps, checked.requested) as list_file, deps.sessions.begin() as session:
        if not drafts.hold(session, campaign.id):
            return None
        found = reading.read(
            session, checked, list_file, campaign.id, hooks=Hooks(), require_consent=deps.require_consent
        )
        batching.store(session, checked, campaign, found)
        drafts.remove(session, campaign.id)
        status = gate.first_status(deps, campaign.kind, draft=checked.requested.draft)
        columns = {**found.columns(), "notes": [*found.notes, *listed.notes(checked, found)]}
        if not campaigns.planned(session, campaign.id, status, **columns):
            # Cancelled while its list was read.
            session.rollback()
            return _end(deps, draft)
        campaign.status = status
        gate.enter(session, deps, campaign)
    _remove(draft)
    return status


def _stored(deps: Deps, draft: Draft, campaign: Campaign, path: Path) -> Checked:
    """The request of a draft, which was checked when it was taken in."""
    requested = CampaignRequest(
        campaign.provider,
        campaign.sender,
        campaign.kind,
        campaign.text,
        path,
        at=draft.at,
        key=campaign.key or "",
        list_name=campaign.list_name,
        channel=campaign.channel,
        template=zalo.of(campaign),
        **_options(draft),
    )
    return Checked(
        requested,
        deps.account(campaign.provider, campaign.channel),
        Template(campaign.text),
        campaign.sender,
        after_zalo.of(campaign),
        deps.clock.now(),
        campaign.scheduled_for,
        campaign.until,
        stamp(requested),
    )


def _options(draft: Draft) -> dict[str, Any]:
    """What `CampaignRequest.options` left with the draft, as fields of a request."""
    options = dict(draft.options or {})
    flags = {name: bool(options.pop(name, False)) for name in FLAGS}
    names = {name: str(options.pop(name, "")) for name in NAMES}
    return {**flags, **names, "reading": ReadOptions(**options)}


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
    if draft.uploaded and draft.path != uploads.IN_DATABASE:
        Path(draft.path).unlink(missing_ok=True)


def _remove_orphans(deps: Deps) -> None:
    """Remove files of uploads, on this host, whose request or worker died."""
    # Files keep the machine's time, not the shifted one.
    now = deps.clock.now()
    before = now - deps.clock.offset - ORPHANED_AFTER
    old = uploads.older(deps.uploads, before)
    if not old:
        return
    with deps.sessions() as session:
        used = drafts.uploads_in_use(session, old) | forms.lists_in_use(session, old)
    for unknown in set(old) - used:
        Path(unknown).unlink(missing_ok=True)
        log.warning("orphaned_upload_removed")
