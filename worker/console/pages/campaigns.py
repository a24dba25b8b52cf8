"""The list of campaigns, and what one number got in all of them."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from dateutil.parser import isoparse  # type: ignore[import-untyped]  # dateutil ships no types
from fastapi import APIRouter, Request
from starlette.responses import Response

from worker.console import sentences
from worker.console.render import page
from worker.console.visitors import Me
from worker.domain.roles import May
from worker.domain.states import CampaignStatus
from worker.errors import Refused
from worker.services.operations import overview
from worker.services.planning import forms
from worker.storage.reporting.overview import Filter

router: Final = APIRouter()

A_PAGE: Final = 25
C = CampaignStatus
#: What the tabs show.
GROUPS: Final = {
    "all": (),
    "running": (C.SENDING, C.SCHEDULED, C.RECONCILING),
    "waiting": (C.AWAITING_APPROVAL, C.PAUSED),
    "drafts": (C.DRAFT,),
    "done": (C.DONE,),
    "ended": (C.CANCELLED, C.FAILED),
}


@router.get("/campaigns")
def campaigns(request: Request, me: Me, group: str = "all", q: str = "", before: str = "") -> Response:
    """Campaigns, newest first; by group, by words."""
    group = group if group in GROUPS else "all"
    chosen = Filter(GROUPS[group], q.strip()[:100], before=_moment(before))
    rows = overview.newest(me.deps, chosen, A_PAGE + 1)
    following = ""
    if len(rows) > A_PAGE:
        rows = rows[:A_PAGE]
        last = rows[-1].campaign.created_at.isoformat()
        following = "/campaigns?" + urlencode({"group": group, "q": q.strip(), "before": last})
    written = forms.mine(me.deps) if group in {"all", "drafts"} and not before else []
    return page(
        request,
        me,
        "campaigns.html",
        rows=rows,
        groups=list(GROUPS),
        group=group,
        words=q.strip(),
        next=following,
        forms=written,
    )


@router.get("/numbers")
def numbers(request: Request, me: Me, q: str = "") -> Response:
    """What one number got, in all campaigns."""
    me.must(May.SEE_OWN, May.SEE_ALL)
    found: list[Any] = []
    wrong = ""
    if q.strip():
        try:
            found = overview.everywhere(me.deps, q)
        except Refused as fault:
            wrong = sentences.fault(me.catalogue, me.formats, fault)
    return page(request, me, "numbers.html", words=q.strip(), found=found, wrong=wrong)


def _moment(written: str) -> datetime | None:
    try:
        found: datetime = isoparse(written)
    except ValueError:
        return None
    return found if found.tzinfo else None
