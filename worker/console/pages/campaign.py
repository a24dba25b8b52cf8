"""One campaign: how far it is, what its provider says, what is unknown and what is done about it; stop, go on, reports."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from worker.api import download
from worker.console import live, render, sentences
from worker.console.forms import Form, Posted
from worker.console.pages.check import frozen, try_out
from worker.console.pages.course import course
from worker.console.pages.home import events
from worker.console.pages.login import see
from worker.console.reading import reading
from worker.console.render import page
from worker.console.visitors import Me, Visitor
from worker.domain.actor import Forbidden
from worker.domain.roles import May
from worker.domain.send_mode import SendMode
from worker.domain.states import CampaignStatus
from worker.errors import LoaError, Misuse, NotFound, Refused
from worker.services.approval import copies, decide
from worker.services.deps import Deps
from worker.services.operations import control, overview
from worker.services.operations import course as happened
from worker.services.operations.control import Receipt
from worker.services.operations.overview import Found, Standing
from worker.services.planning import forms
from worker.services.unknown import resolve
from worker.services.unknown.resolve import Verdict

router: Final = APIRouter()

C = CampaignStatus
PAUSABLE: Final = {C.SCHEDULED, C.SENDING, C.RECONCILING}
CANCELLABLE: Final = {C.DRAFT, C.AWAITING_APPROVAL, C.SCHEDULED, C.SENDING, C.PAUSED, C.RECONCILING}
#: Of a campaign's name, what stands in that of its copy.
MOST_OF_NAME: Final = 160
#: Numbers that one search shows.
MOST_FOUND: Final = 50
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ACTS: Final[Mapping[str, Callable[[Deps, UUID], Receipt]]] = {
    "pause": control.pause,
    "resume": control.resume,
    "cancel": control.cancel,
}


@router.get("/campaigns/{campaign_id}")
def show(request: Request, me: Me, campaign_id: UUID, q: str = "", after: int = 0) -> Response:
    """The campaign; with `q` the numbers that fit, with `after` the batches from there on."""
    return _shown(request, me, campaign_id, q, after)


@router.get("/campaigns/{campaign_id}/live")
def watch(request: Request, me: Me, campaign_id: UUID, shows: str = "") -> StreamingResponse:
    """Its figures, as they change."""
    overview.one(me.deps, campaign_id)

    def draw(now: Mapping[UUID, Standing]) -> dict[str, str]:
        if campaign_id not in now:
            return {}
        return {"progress": render.fragment("campaign_progress.html", me.language, me, one=now[campaign_id])}

    return events(request, frozenset({campaign_id}), shows, ("campaign", me.language), draw)


@router.post("/campaigns/{campaign_id}/{act}")
def command(request: Request, me: Me, campaign_id: UUID, act: str, form: Posted) -> Response:
    """Do something with a campaign; what is refused is said on its page, where everything else stays."""
    try:
        return _command(me, campaign_id, act, form)
    except (Forbidden, NotFound):
        raise
    except LoaError as fault:
        return _shown(request, me, campaign_id, "", 0, sentences.fault(me.catalogue, me.formats, fault), 422)


def _command(me: Visitor, campaign_id: UUID, act: str, form: Form) -> Response:
    """Pause, resume, cancel: done once, and told with what it stopped and what it could not."""
    one = overview.one(me.deps, campaign_id)
    match act:
        case "pause" | "resume" | "cancel":
            me.deps.actor.must_own(one.campaign.author_id, May.OPERATE, May.STOP_OWN)
            if act == "resume" and one.campaign.status in PAUSABLE:
                # Pressed twice, or somebody else was first: it goes on already, and the page shows how.
                return see(f"/campaigns/{campaign_id}")
            what = ACTS[act](me.deps, campaign_id)
            return _receipt(campaign_id, act, what)
        case "resolve":
            me.must(May.OPERATE)
            if form["as"] not in set(Verdict) or not form["batch"].isdigit():
                raise Misuse("Say of which batch, and whether it was sent.")
            settled = resolve.resolve(me.deps, campaign_id, int(form["batch"]), Verdict(form["as"]))
            told = {"did": "resolve", "batch": form["batch"], "numbers": settled.numbers, "as": form["as"]}
            return RedirectResponse(f"/campaigns/{campaign_id}?{urlencode(told)}", 303)
        case _:
            return _authors(me, one, act, form)


@router.get("/campaigns/{campaign_id}/report.csv")
def report_csv(request: Request, me: Me, campaign_id: UUID) -> StreamingResponse:
    """One line a recipient, whatever the size; it begins at once."""
    name = _named(_reported(me, campaign_id).campaign.name, "csv")
    return download.report(request, me.deps, "report.csv", campaign_id, name)


@router.get("/campaigns/{campaign_id}/refused.csv")
def refused_csv(request: Request, me: Me, campaign_id: UUID) -> StreamingResponse:
    """One line a row that gets no message, with the reason."""
    name = _named(f"{_reported(me, campaign_id).campaign.name} - {me.gettext('refused')}", "csv")
    return download.report(request, me.deps, "refused.csv", campaign_id, name)


@router.get("/campaigns/{campaign_id}/report.xlsx")
def report_xlsx(request: Request, me: Me, campaign_id: UUID) -> StreamingResponse:
    """The same as a workbook in the reader's language, with phones as text, times as dates and totals."""
    name = _named(_reported(me, campaign_id).campaign.name, "xlsx")
    words = {context: me.catalogue.context(context) for context in ("report", "count", "status", "kind", "provider")}
    return download.report(request, me.deps, "report.xlsx", campaign_id, name, words)


def _authors(me: Visitor, one: Standing, act: str, form: Form) -> Response:
    """What the author of a campaign does with it before and after: submit, take back, test, copy."""
    campaign_id = one.campaign.id
    here = f"/campaigns/{campaign_id}"
    match act:
        case "submit":
            if one.campaign.status is not C.DRAFT and one.campaign.author_id == me.me.user.id:
                # Pressed twice: the first press did it, and the page says how it stands.
                return see(here)
            decided = decide.submit(me.deps, campaign_id)
            waits = decided.campaign.status is C.AWAITING_APPROVAL
            return see(here, "submitted" if waits else "scheduled")
        case "take-back":
            decide.take_back(me.deps, campaign_id)
            return see(here, "taken_back")
        case "test":
            try_out(me, campaign_id, form["phone"], form["row"])
            return see(here, "tested")
        case "copy" | "copy-failed":
            again = act == "copy-failed"
            said = me.gettext("%(name)s (those who did not get it)") if again else me.gettext("%(name)s (copy)")
            name = said % {"name": one.campaign.name[:MOST_OF_NAME]}
            made = copies.begin(me.deps, campaign_id, failed_only=again, name=name)
            return see(f"/new/{made.id}/text", "copied")
        case _:
            raise Refused("no_such_act", "There is no such action.")


def _shown(
    request: Request, me: Visitor, campaign_id: UUID, q: str, after: int, wrong: str = "", status: int = 200
) -> Response:
    with reading(me) as reader:
        values = _read(request, reader, campaign_id, q, after, wrong)
    return page(request, me, "campaign.html", status, **values)


def _read(request: Request, me: Visitor, campaign_id: UUID, q: str, after: int, wrong: str) -> dict[str, Any]:
    one = overview.one(me.deps, campaign_id)
    found: list[Found] = []
    sought = q.strip()[:40]
    if sought:
        try:
            found = overview.search(me.deps, one.campaign, sought, MOST_FOUND)
        except Refused as fault:
            wrong = sentences.fault(me.catalogue, me.formats, fault)
    by_reason, refused = overview.refused(me.deps, one.campaign)
    mine = one.campaign.author_id == me.me.user.id
    stops = me.may(May.OPERATE) or (mine and me.may(May.STOP_OWN))
    draft = one.campaign.status is C.DRAFT
    counting = draft and not one.campaign.valid
    writes = me.may(May.USERS) or (mine and me.may(May.DRAFT))
    return {
        **(frozen(me, one) if draft and not counting else {}),
        "draft": draft,
        "counting": counting,
        "writes": writes,
        "form": forms.of_campaign(me.deps, campaign_id) if mine else None,
        "course": course(me, one, decide.history(me.deps, campaign_id), happened.acts(me.deps, campaign_id)),
        "copyable": me.may(May.DRAFT) and one.campaign.valid > 0,
        "one": one,
        "shows": live.shows([one]),
        "page": overview.batches(me.deps, campaign_id, after=max(after, 0)),
        "after": after,
        "messages": overview.provider_messages(me.deps, campaign_id),
        "standing": happened.standing_still(me.deps, campaign_id),
        "unknown": overview.troubled(me.deps, campaign_id) if one.counts["unknown"] else [],
        "places": overview.places(me.deps, campaign_id) if one.campaign.send_mode is SendMode.PUSH else {},
        "by_reason": by_reason,
        "refused": refused,
        "q": sought,
        "found": found,
        "most_found": MOST_FOUND,
        "wrong": wrong,
        "mine": mine,
        "pausable": stops and one.campaign.status in PAUSABLE,
        "resumable": stops and one.campaign.status is C.PAUSED,
        "cancellable": stops and one.campaign.status in CANCELLABLE,
        "receipt": _receipt_of(request),
        "now": me.deps.clock.now(),
    }


def _reported(me: Visitor, campaign_id: UUID) -> Standing:
    """The campaign, for who may read its numbers."""
    one = overview.one(me.deps, campaign_id)
    me.must(May.SEE_PHONES)
    return one


def _receipt(campaign_id: UUID, act: str, what: Receipt) -> RedirectResponse:
    facts: dict[str, object] = {
        "did": act,
        "stopped": what.stopped,
        "beyond": what.beyond_reach,
        "unknown": what.unknown,
    }
    if what.provider_cancellation is not None:
        at_provider = what.provider_cancellation
        facts |= {"taken_back": at_provider.stopped.numbers, "kept": at_provider.kept.numbers}
    return RedirectResponse(f"/campaigns/{campaign_id}?{urlencode(facts)}", 303)


def _receipt_of(request: Request) -> dict[str, Any]:
    """The receipt in the address: what was done and how many numbers; nothing else is taken from it."""
    sent = request.query_params
    if sent.get("did") not in {"pause", "resume", "cancel", "resolve"}:
        return {}
    numbers = {
        name: int(value) for name, value in sent.items() if value.isascii() and value.isdigit() and len(value) < 12
    }
    if sent["did"] == "resolve" and not {"batch", "numbers"} <= set(numbers):
        return {}
    if sent["did"] != "resolve" and not {"stopped", "beyond", "unknown"} <= set(numbers):
        return {}
    return {"did": sent["did"], "as": sent.get("as", "") if sent.get("as") in set(Verdict) else "", **numbers}


def _named(name: str, suffix: str) -> str:
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "-_. ") else "_" for one in name) or "loa"
    return f"attachment; filename=\"{plain}.{suffix}\"; filename*=UTF-8''{quote(name)}.{suffix}"
