"""A form becomes a planned draft; a form that was changed becomes another one, and the draft before it goes."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from worker.domain.states import ENDED, CampaignStatus
from worker.errors import LoaError, Refused
from worker.services.deps import Deps
from worker.services.planning import drafts, forms, uploads
from worker.services.planning.entered import Entered
from worker.services.planning.forms import Form
from worker.storage import campaigns
from worker.storage.approval import approvals
from worker.storage.planning import forms as stored
from worker.storage.tables.console import CampaignForm

#: How a list is read before anybody has chosen otherwise.
PLAIN_READING: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("phone_column", "sheet", "hidden", "header_row", "source"), ""),
    "encoding": "auto",
}


def plan(deps: Deps, form_id: UUID) -> UUID:
    """Have the list of a form counted by a worker, as a draft that nobody but its author lets go; the draft's id.

    Raises what can be told without reading the list. Of who asks twice at once the first one's draft stands. The draft and
    the form's word that it is the form's are one transaction, so that no crash leaves a draft that is nobody's.
    """
    with deps.sessions.begin() as session:
        row = forms.lock(deps, session, form_id)
        _let_go(deps, session, row.campaign_id)
        row.campaign_id = None
        form = forms.read(row)
    if form.head is not None and form.head.rule:
        raise Refused(form.head.rule, form.head.sentence, dict(form.head.details))
    asked = replace(forms.request_of(form), draft=True)
    if not asked.source:
        # The list goes where every upload waits for its plan, which another host may make.
        asked = replace(asked, list_path=uploads.another(deps, uploads.of_form(deps, form_id, asked.list_path)))

    def take(session: Session, campaign_id: UUID) -> None:
        row = forms.lock(deps, session, form_id)
        if Entered.read(row.entered) != form.entered or row.path != form.row.path:
            raise changed_since()
        if row.campaign_id is not None:
            raise _Stands(row.campaign_id)
        row.campaign_id = campaign_id

    try:
        return drafts.create(deps, asked, uploaded=not asked.source, take=take).campaign.id
    except _Stands as other:
        return other.campaign_id


class _Stands(Exception):
    """Another was first, and its draft stands."""

    def __init__(self, campaign_id: UUID) -> None:
        super().__init__(str(campaign_id))
        self.campaign_id = campaign_id


def changed_since() -> Refused:
    """What was looked at is not what the form says now."""
    return Refused(
        "changed_since",
        "It was changed since you looked at it, perhaps in another window: look at what is shown now, then submit.",
    )


def enter(deps: Deps, form_id: UUID, **changes: Any) -> Form:
    """Take down what was entered; a draft that was planned before is no longer what the form says, and goes.

    Refused `submitted_already`, and nothing is changed, for one that waits for an approval or leaves already.
    """
    with deps.sessions.begin() as session:
        row = forms.lock(deps, session, form_id)
        before = Entered.read(row.entered)
        after = replace(before, **changes)
        if after != before:
            _changed(deps, session, row)
            row.entered = asdict(after)
        return forms.read(row)


def replace_list(deps: Deps, form_id: UUID, path: Path, list_name: str) -> Form:
    """Another list for the same form; the old one is removed. Refused `list_fixed` for a copy, `submitted_already` as above."""
    try:
        with deps.sessions.begin() as session:
            row = forms.lock(deps, session, form_id)
            before = Entered.read(row.entered)
            if before.copied_from:
                raise Refused(
                    "list_fixed", "A copy goes to the numbers of its campaign: begin a new campaign for another list."
                )
            _changed(deps, session, row)
            old, row.path, row.list_name = row.path, str(path), list_name
            uploads.keep_for_form(deps, session, row.id, path)
            row.entered = asdict(replace(before, **PLAIN_READING))
    except LoaError:
        path.unlink(missing_ok=True)
        raise
    forms.remove(old)
    return forms.look(deps, form_id)


def discard(deps: Deps, form_id: UUID) -> None:
    """Throw a form away, with the draft that was made of it and its list."""
    with deps.sessions.begin() as session:
        row = forms.lock(deps, session, form_id)
        _let_go(deps, session, row.campaign_id)
        path = row.path
        session.delete(row)
    forms.remove(path)


def _changed(deps: Deps, session: Session, row: CampaignForm) -> None:
    _let_go(deps, session, row.campaign_id)
    row.campaign_id, row.changed_at = None, deps.clock.now()


def _let_go(deps: Deps, session: Session, campaign_id: UUID | None) -> None:
    """A draft that is no longer what its form says: removed where nobody was ever asked about it, else cancelled.

    In the transaction in which its form lets go of it. Refused `submitted_already` for one that waits for an approval or
    leaves already.
    """
    campaign = None if campaign_id is None else campaigns.get(session, campaign_id)
    if campaign is None or campaign_id is None:
        return
    if campaign.status is not CampaignStatus.DRAFT and campaign.status not in ENDED:
        raise Refused("submitted_already", f"Campaign {campaign_id} is {campaign.status}: take it back to change it.")
    if campaign.started_at is None and not approvals.history(session, campaign_id):
        session.expunge(campaign)
        stored.forget_campaign(session, campaign_id)
    elif campaign.status is CampaignStatus.DRAFT:
        campaigns.advance(session, campaign_id, CampaignStatus.CANCELLED, finished_at=deps.clock.now())
