"""What is kept for another time: audiences, saved texts, and the numbers that must not get ads."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from worker.api import download
from worker.console import paged, sentences, uploads
from worker.console.forms import Posted, StaleForm
from worker.console.pages.login import see
from worker.console.render import page
from worker.console.visitors import Me, Visitor
from worker.domain.actor import Forbidden
from worker.domain.roles import May
from worker.domain.window import VIETNAM
from worker.errors import LoaError, Refused
from worker.services.audience import audiences, texts
from worker.services.operations import incoming, opt_outs, suppression
from worker.storage.operations.suppression import DO_NOT_CALL, OPT_OUT
from worker.storage.part import Part
from worker.storage.tables.incoming import IncomingMessage

router: Final = APIRouter()

SHOWN: Final = 50
#: Messages of subscribers that the page of refusals shows.
REPLIES: Final = 8


@router.get("/audiences")
def all_audiences(request: Request, me: Me, q: str = "", after: str = "") -> Response:
    """Stored lists by name, a page a time; `q` is a part of the name."""
    said = sentences.named(me.catalogue, request.query_params.get("wrong", ""))
    sought = paged.words(q)
    rows = audiences.everyone(me.deps, Part(sought, after, paged.A_PAGE + 1))
    found, following = paged.cut(rows, "/audiences", lambda one: {"after": one.name}, q=sought)
    values: dict[str, Any] = {"found": found, "next": following, "words": sought, "after": after}
    return page(request, me, "audiences.html", **values, wrong=said, form=None)


@router.post("/audiences")
async def add_audience(request: Request, me: Me) -> Response:
    """Store a list under a name."""
    try:
        found = await uploads.receive(request, me)
        with found.once() as path:
            name = found.fields.get("name", "").strip() or found.name.rsplit(".", 1)[0]
            made = await run_in_threadpool(audiences.create, me.deps, name, path, list_name=found.name)
    except (StaleForm, Forbidden):
        raise
    except LoaError as fault:
        return see(f"/audiences?wrong={sentences.rule_of(fault)}")
    return see(f"/audiences/{made.id}", "added")


@router.get("/audiences/{name}")
def one_audience(request: Request, me: Me, name: str) -> Response:
    """One with its first members, and where it was used."""
    return page(request, me, "audience.html", shown=audiences.show(me.deps, name))


@router.post("/audiences/{name}/delete")
def delete_audience(me: Me, name: str, _sent: Posted) -> Response:
    """Delete it; campaigns keep their numbers."""
    audiences.delete(me.deps, name)
    return see("/audiences", "deleted")


@router.get("/audiences/{name}/refused.csv")
def audience_refused(request: Request, me: Me, name: str) -> StreamingResponse:
    """The rows that are not in it."""
    return _csv(request, me, lambda file, _progress: audiences.write_refused(me.deps, name, file), "refused.csv")


@router.get("/templates")
def all_texts(request: Request, me: Me, name: str = "") -> Response:
    """Saved texts by name, a page a time; one of them in the form, when it is named."""
    return _texts(request, me, name)


@router.post("/templates")
def save_text(request: Request, me: Me, sent: Posted) -> Response:
    """Save a text under a name, or delete it."""
    try:
        if sent["do"] == "delete":
            texts.delete(me.deps, sent["name"])
            return see("/templates", "deleted")
        texts.save(me.deps, sent["name"], sent["kind"], sent.raw("text"))
    except Forbidden:
        raise
    except LoaError as fault:
        wrong = sentences.fault(me.catalogue, me.formats, fault)
        return _texts(request, me, "", wrong, {"name": sent["name"], "kind": sent["kind"], "text": sent.raw("text")})
    return see("/templates", "saved")


@router.get("/suppression")
def suppressed(request: Request, me: Me, q: str = "") -> Response:
    """The newest entries, and one that is looked for."""
    return _suppressed(request, me, q.strip())


@router.post("/suppression")
def suppress(request: Request, me: Me, sent: Posted) -> Response:
    """Add numbers that were typed, or let one get ads again."""
    try:
        if sent["do"] == "remove":
            suppression.remove(me.deps, [sent["phone"]], f"console:{me.name}")
            return see("/suppression", "removed")
        if sent["do"] == "undo":
            suppression.undo(me.deps, sent["source"], sent["at"], sure=bool(sent["sure"]))
            return see("/suppression", "undone")
        typed = [one for one in sent.raw("phones").replace(",", "\n").replace(";", "\n").splitlines() if one.strip()]
        if not typed:
            raise Refused("bad_phone", "No number was typed.")
        added = suppression.add(me.deps, typed, sent["reason"] or OPT_OUT, f"console:{me.name}")
    except Forbidden:
        raise
    except LoaError as fault:
        return _suppressed(request, me, "", sentences.fault(me.catalogue, me.formats, fault))
    return _suppressed(request, me, "", added=added)


@router.post("/suppression/import")
async def import_suppressed(request: Request, me: Me) -> Response:
    """Suppress every number of a list."""
    try:
        found = await uploads.receive(request, me)
        reason, as_of = found.fields.get("reason") or DO_NOT_CALL, found.fields.get("as_of", "")
        sure = bool(found.fields.get("sure"))
        with found.once() as path, TemporaryDirectory(dir=me.deps.uploads.parent) as folder:
            # An import is known, and taken back, by the name of its file.
            named = path.rename(Path(folder) / _short(found.name))
            await run_in_threadpool(suppression.import_list, me.deps, named, reason, as_of=as_of, sure=sure)
    except (StaleForm, Forbidden):
        raise
    except LoaError as fault:
        return see(f"/suppression?wrong={sentences.rule_of(fault)}")
    return see("/suppression", "added")


@router.get("/suppression.csv")
def export_suppressed(request: Request, me: Me) -> StreamingResponse:
    """All of it, one line a number."""
    me.must(May.SUPPRESS)
    return _csv(request, me, lambda file, _progress: suppression.export(me.deps, file), "suppression.csv")


@router.get("/suppression/replies")
def replies(request: Request, me: Me, q: str = "", meaning: str = "", before: str = "") -> Response:
    """What subscribers wrote, the newest first, a page a time: of one number, or what means the same."""
    me.must(May.SUPPRESS)
    number, meaning, wrong = q.strip()[:40], meaning if meaning in incoming.MEANINGS else "", ""
    rows: Sequence[IncomingMessage] = ()
    try:
        last = paged.place(before)
        rows = incoming.newest(me.deps, paged.A_PAGE + 1, meaning, written=number, after=last)
    except Refused as fault:
        wrong = sentences.fault(me.catalogue, me.formats, fault)
    found, following = paged.cut(
        rows,
        "/suppression/replies",
        lambda one: {"before": f"{one.received_at.isoformat()} {one.id}"},
        q=number,
        meaning=meaning,
    )
    values: dict[str, Any] = {"inbox": found, "next": following, "before": before, "q": number, "meaning": meaning}
    return page(request, me, "replies.html", 422 if wrong else 200, **values, meanings=incoming.MEANINGS, wrong=wrong)


def _short(name: str) -> str:
    """The name of a file as every disk can keep it: 255 bytes, and Vietnamese letters take up to three."""
    stem, dot, suffix = name.rpartition(".")
    return (stem or suffix)[:60] + dot + suffix[:10] if dot else name[:60]


def _texts(
    request: Request, me: Visitor, name: str, wrong: str = "", entered: dict[str, str] | None = None
) -> Response:
    sought, after = paged.words(request.query_params.get("q", "")), request.query_params.get("after", "")
    rows = texts.everyone(me.deps, Part(sought, after, paged.A_PAGE + 1))
    found, following = paged.cut(rows, "/templates", lambda one: {"after": one.name}, q=sought)
    if entered is None:
        chosen = texts.find(me.deps, name) if name else None
        entered = {
            "name": chosen.name if chosen else "",
            "kind": chosen.kind if chosen else "ads",
            "text": chosen.text if chosen else "",
        }
    values: dict[str, Any] = {"found": found, "next": following, "words": sought, "after": after}
    return page(request, me, "texts.html", 422 if wrong else 200, **values, wrong=wrong, entered=entered)


def _suppressed(request: Request, me: Visitor, q: str, wrong: str = "", added: object = None) -> Response:
    me.must(May.SUPPRESS)
    found, sought = None, False
    said = request.query_params.get("wrong", "")
    wrong = wrong or sentences.named(me.catalogue, said)
    if q:
        try:
            found, sought = suppression.find(me.deps, q), True
        except Refused as fault:
            wrong = sentences.fault(me.catalogue, me.formats, fault)
    values: dict[str, Any] = {
        "q": q,
        "found": found,
        "sought": sought,
        "wrong": wrong,
        "added": added,
        "history": suppression.history(me.deps, q) if sought else [],
        "list": opt_outs.overview(me.deps, SHOWN),
        "inbox": incoming.newest(me.deps, REPLIES + 1),
        "most": REPLIES,
        "today": me.deps.clock.now().astimezone(VIETNAM).date(),
        "form": None,
    }
    return page(request, me, "suppression.html", 422 if wrong and not said else 200, **values)


def _csv(request: Request, me: Visitor, write: download.Write, name: str) -> StreamingResponse:
    me.must(May.SEE_PHONES)
    return download.rows(request, me.deps, write, f'attachment; filename="{name}"')
