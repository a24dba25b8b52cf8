"""The list of campaigns, and what one number got in all of them."""

from datetime import UTC, datetime, timedelta
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
from worker.domain.window import VIETNAM
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
def campaigns(request: Request, me: Me, group: str = "all", q: str = "", before: str = "", month: str = "") -> Response:
    """Campaigns, newest first; by group, by words, by the month in which they were sent."""
    group = group if group in GROUPS else "all"
    sent_in = _month(month)
    chosen = Filter(GROUPS[group], q.strip()[:100], before=_moment(before), answered=sent_in)
    kept = {"q": q.strip(), **({"month": month} if sent_in else {})}
    rows = overview.newest(me.deps, chosen, A_PAGE + 1)
    following = ""
    if len(rows) > A_PAGE:
        rows = rows[:A_PAGE]
        last = rows[-1].campaign.created_at.isoformat()
        following = "/campaigns?" + urlencode({"group": group, **kept, "before": last})
    written = forms.mine(me.deps) if group in {"all", "drafts"} and not before and sent_in is None else []
    return page(
        request,
        me,
        "campaigns.html",
        rows=rows,
        groups=list(GROUPS),
        group=group,
        words=q.strip(),
        month=sent_in[0] if sent_in else None,
        kept=urlencode({name: value for name, value in kept.items() if value}),
        next=following,
        older=bool(before),
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


def _month(written: str) -> tuple[datetime, datetime] | None:
    """A month like 2026-11 as its first moment in Vietnam and that of the next; None: it is none."""
    try:
        first = datetime.strptime(written, "%Y-%m").replace(tzinfo=VIETNAM)
    except ValueError:
        return None
    # The ends of time leave the calendar, and nothing was sent there.
    return (first, (first + timedelta(days=32)).replace(day=1)) if 2000 <= first.year < 3000 else None


def _moment(written: str) -> datetime | None:
    try:
        found: datetime = isoparse(written)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
