"""The front page: what runs, what needs a person and what the button beside it will do, accounts, what left and what it cost."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from worker.console import live, render, sentences
from worker.console.guard import COOKIE
from worker.console.render import page
from worker.console.visitors import Me, Visitor
from worker.domain.roles import May
from worker.domain.states import CampaignStatus
from worker.services.operations import overview
from worker.services.operations.overview import Home, Standing
from worker.storage.tables.campaigns import Campaign

router: Final = APIRouter()


@dataclass(frozen=True, slots=True)
class Task:
    """Something that only a person can settle."""

    campaign: Campaign
    says: str
    #: What the button will do.
    effect: str
    button: str
    #: Where to look; and, where one press is enough, what the button posts to.
    path: str
    action: str = ""
    #: Why, and the way out: our sentence with the provider's own words.
    quote: str = ""


@router.get("/")
def home(request: Request, me: Me) -> Response:
    """The front page."""
    found = overview.home(me.deps)
    values: dict[str, Any] = {
        "home": found,
        "tasks": [task for one in (*found.open, *found.unsettled) for task in _tasks(me, one)],
        "finding": [one for one in (*found.open, *found.unsettled) if one.finding_out],
        "waiting": sum(one.campaign.status is CampaignStatus.AWAITING_APPROVAL for one in found.open),
        "shows": live.shows(found.open),
    }
    return page(request, me, "home.html", **values)


@router.get("/live")
async def watch(request: Request, me: Me, shows: str = "") -> StreamingResponse:
    """The running campaigns of the front page, as they change."""
    found = await run_in_threadpool(overview.home, me.deps)
    order = [one.campaign.id for one in found.open]

    def draw(now: Mapping[UUID, Standing]) -> dict[str, str]:
        current = Home([now[one] for one in order if one in now], (), found.today, found.month)
        return {"runs": render.fragment("home_runs.html", me.language, me, home=current)}

    return events(request, frozenset(order), shows, ("home", me.language, *order), draw)


def events(request: Request, ids: frozenset[UUID], shows: str, page: Hashable, draw: live.Draw) -> StreamingResponse:
    """The stream of one page; it ends with the visitor's session. `page` says by what the parts of two pages differ."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    token = request.cookies.get(COOKIE, "")
    lines = live.stream(request.app.state.hub, ids, token, shows, page, draw)
    return StreamingResponse(lines, media_type="text/event-stream", headers=headers)


def _tasks(me: Visitor, one: Standing) -> Iterator[Task]:
    """What of this campaign needs a person who may do what this one may."""
    campaign, _, path = one.campaign, me.gettext, f"/campaigns/{one.campaign.id}"
    mine = campaign.author_id == me.me.user.id
    if campaign.status is CampaignStatus.AWAITING_APPROVAL and me.may(May.APPROVE) and not mine:
        yield Task(
            campaign,
            _("Waits for the approval of a second person."),
            _("You see exactly what will be sent before you decide."),
            _("Look and decide"),
            f"/approvals/{campaign.id}",
        )
    if one.halted and me.may(May.OPERATE, May.STOP_OWN):
        yield Task(
            campaign,
            _("It was paused because the provider refused: nobody was lost, nothing is sent meanwhile."),
            _("Resuming goes on with the next batch. Settle first what the provider says."),
            _("Resume"),
            path,
            f"{path}/resume",
            sentences.status_reason(me.catalogue, me.formats, campaign.status_reason),
        )
    if one.needs_operator and me.may(May.OPERATE):
        yield Task(
            campaign,
            _("%(number)s numbers may or may not have been sent; Loa never sends blindly again.")
            % {"number": me.formats.number(one.counts["unknown"])},
            _("The page says what is being done about them, and what to ask the provider where only you can decide."),
            _("Look"),
            f"{path}#unknown",
        )
