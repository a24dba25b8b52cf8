"""The last step of a new campaign: what was counted, what it will cost and when it ends, a test to the own number, submit."""

from typing import Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from worker.console import sentences
from worker.console.forms import Posted
from worker.console.pages.login import see
from worker.console.render import page
from worker.console.visitors import Me, Visitor
from worker.domain.actor import Forbidden
from worker.domain.roles import May
from worker.domain.states import CampaignStatus
from worker.errors import LoaError, NotFound, Refused
from worker.services.approval import decide, drafting, trial
from worker.services.operations import overview
from worker.services.operations.overview import Standing
from worker.services.planning import forecast, forms
from worker.services.reporting import warnings

router: Final = APIRouter()


@router.get("/new/{form_id}/check")
def check(request: Request, me: Me, form_id: UUID) -> Response:
    """What was counted; while the list is being counted, a page that looks again."""
    return _check(request, me, form_id)


@router.post("/new/{form_id}/plan")
def plan(request: Request, me: Me, form_id: UUID, _sent: Posted) -> Response:
    """Count the list and freeze what comes of it."""
    try:
        drafting.plan(me.deps, form_id)
    except Forbidden:
        raise
    except LoaError as fault:
        return _check(request, me, form_id, sentences.fault(me.catalogue, me.formats, fault))
    return see(f"/new/{form_id}/check")


@router.post("/new/{form_id}/test")
def test(request: Request, me: Me, form_id: UUID, sent: Posted) -> Response:
    """Send the text of one row to the own number."""
    form = forms.get(me.deps, form_id)
    try:
        try_out(me, form.campaign_id, sent["phone"], sent["row"])
    except Forbidden:
        raise
    except LoaError as fault:
        return _check(request, me, form_id, sentences.fault(me.catalogue, me.formats, fault))
    return see(f"/new/{form_id}/check", "tested")


@router.post("/new/{form_id}/submit")
def submit(request: Request, me: Me, form_id: UUID, sent: Posted) -> Response:
    """Let it go on: to its approval, or to its time."""
    seen = sent["seen"]
    try:
        form = forms.get(me.deps, form_id)
        if form.campaign_id is None or str(form.campaign_id) != seen:
            raise drafting.changed_since()
        decided = decide.submit(me.deps, form.campaign_id)
    except Forbidden:
        raise
    except LoaError as fault:
        if _submitted(me, seen):
            # Pressed twice: the first press did it.
            return see(f"/campaigns/{seen}")
        return _check(request, me, form_id, sentences.fault(me.catalogue, me.formats, fault))
    waits = decided.campaign.status is CampaignStatus.AWAITING_APPROVAL
    if not waits:
        forms.end(me.deps, form_id)
    return see(f"/campaigns/{decided.campaign.id}", "submitted" if waits else "scheduled")


def try_out(me: Visitor, campaign_id: UUID | None, to: str, row: str) -> None:
    """A test text; the row is that of the list, empty means the first."""
    if campaign_id is None:
        raise Refused("not_planned", "The campaign is not planned yet.")
    trial.send(
        me.deps, campaign_id, to, int(row) if row.isascii() and row.isdigit() else None, key=f"console-{uuid4()}"
    )


def frozen(me: Visitor, one: Standing) -> dict[str, object]:
    """What is shown of a planned campaign before it leaves: forecast, refused rows, and what to think of."""
    by_reason, rows = overview.refused(me.deps, one.campaign)
    return {
        "one": one,
        "forecast": forecast.show(me.deps, one.campaign.id),
        "by_reason": by_reason,
        "refused": rows,
        "advice": [(warned.code, warned.words) for warned in warnings.of(me.deps, one.campaign)],
        "four_eyes": me.deps.people.four_eyes and one.campaign.kind == "ads",
    }


def _check(request: Request, me: Visitor, form_id: UUID, wrong: str = "") -> Response:
    me.must(May.DRAFT)
    form = forms.get(me.deps, form_id)
    values: dict[str, Any] = {"form": form, "step": "check", "wrong": wrong, "one": None, "state": "none"}
    if form.campaign_id is not None:
        one = overview.one(me.deps, form.campaign_id)
        values["one"] = one
        match one.campaign.status:
            case CampaignStatus.DRAFT if not one.campaign.valid:
                values["state"] = "counting"
            case CampaignStatus.DRAFT:
                values |= {"state": "ready", **frozen(me, one)}
            case CampaignStatus.FAILED:
                values |= {"state": "refused", "wrong": wrong or _said(me, one.campaign.status_reason)}
            case _:
                return see(f"/campaigns/{one.campaign.id}")
    return page(request, me, "new_check.html", 422 if wrong else 200, **values)


def _submitted(me: Visitor, seen: str) -> bool:
    """Whether the campaign that was shown has been submitted since."""
    try:
        return overview.one(me.deps, UUID(seen)).campaign.status not in {CampaignStatus.DRAFT, CampaignStatus.FAILED}
    except (ValueError, NotFound):
        return False


def _said(me: Visitor, reason: str) -> str:
    return sentences.stored_refusal(me.catalogue, me.formats, reason)
