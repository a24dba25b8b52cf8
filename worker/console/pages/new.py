"""A new campaign in steps that can be left and taken up: list, text, when and who sends, check, submit."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from worker.console import measured, paged, render, sentences, uploads
from worker.console.forms import Posted, StaleForm
from worker.console.pages import zalo
from worker.console.pages.login import see
from worker.console.render import page
from worker.console.visitors import Me, Visitor
from worker.domain.actor import Forbidden
from worker.domain.plain import plain, without_accents
from worker.domain.policy import Channel
from worker.domain.roles import May
from worker.errors import LoaError, NotFound, Refused
from worker.services.approval import drafting
from worker.services.audience import audiences, texts
from worker.services.operations import incoming
from worker.services.planning import forms
from worker.services.planning import request as request_rules
from worker.services.planning.entered import Entered
from worker.services.planning.first_rows import Shown
from worker.services.planning.forms import Form, Head
from worker.storage.part import Part

router: Final = APIRouter()

STEPS: Final = ("list", "text", "when", "check")
#: Saved texts that are offered, those that were changed last; another is named.
MOST_KEPT: Final = 20
#: Files that no other way of reading them mends.
BROKEN: Final = frozenset(
    {
        *("file_broken", "file_empty", "file_only_header", "file_encrypted", "file_is_directory", "file_missing"),
        *("file_not_a_list", "file_too_costly", "file_too_many_cells", "file_line_too_long", "file_unreadable"),
        *("file_formulas_without_values", "list_erased"),
    }
)
#: Which column holds the numbers is for a person to say, who sees the first rows.
OF_COLUMNS: Final = frozenset({"file_no_phone_column", "file_ambiguous_phone_column", "file_two_phone_columns"})
#: A cell with so many digits may be a number.
MANY_DIGITS: Final = 8
#: So much of a row is shown where it may be chosen as the heading.
HEADING_WORDS: Final = 60
READING: Final = ("phone_column", "sheet", "hidden", "encoding", "header_row")
ENCODINGS: Final = ("auto", "utf-8", "cp1258", "tcvn3", "vni", "viscii")


@router.get("/new")
def start(request: Request, me: Me, wrong: str = "", audience: str = "") -> Response:
    """Step one: a list, uploaded or stored."""
    me.must(May.DRAFT)
    said = sentences.code(me.catalogue, "rule", wrong) if wrong else ""
    kept = audiences.everyone(me.deps, Part(limit=paged.MOST_CHOICES + 1))
    many = len(kept) > paged.MOST_CHOICES
    named = audiences.find(me.deps, audience).name if many and audience else ""
    values: dict[str, Any] = {
        "forms": forms.mine(me.deps),
        "wrong": said,
        "step": "list",
        "form": None,
        "audiences": [] if many else kept,
        "many": many,
        "chosen": audience,
        "chosen_name": named,
    }
    return page(request, me, "new_start.html", **values)


@router.post("/new/stored")
def from_stored(me: Me, sent: Posted) -> Response:
    """Begin with a stored list, perhaps minus another."""
    try:
        source, name = audiences.source_of(me.deps, sent["audience"], sent["minus"])
        if sent["minus"]:
            one, other = (audiences.find(me.deps, sent[which]).name for which in ("audience", "minus"))
            name = me.gettext("%(one)s without %(other)s") % {"one": one, "other": other}
    except NotFound:
        return see("/new?wrong=no_audience")
    form = forms.begin_stored(me.deps, name, Entered(source=source))
    return see(f"/new/{form.id}/list")


@router.post("/new")
async def first_upload(request: Request, me: Me) -> Response:
    """Take the list in, as it arrives."""
    return await _uploaded(request, me, None)


@router.post("/new/{form_id}/file")
async def other_upload(request: Request, me: Me, form_id: UUID) -> Response:
    """Take another list for the same campaign."""
    return await _uploaded(request, me, form_id)


@router.get("/new/{form_id}")
def go_on(me: Me, form_id: UUID) -> Response:
    """The first step that is not done."""
    form = forms.get(me.deps, form_id)
    return see(f"/new/{form_id}/{_next_step(form)}")


@router.get("/new/{form_id}/list")
def list_step(request: Request, me: Me, form_id: UUID, wrong: str = "") -> Response:
    """How the list was read, its first rows, and what to choose where it cannot be told."""
    form = forms.get(me.deps, form_id)
    wrong = sentences.code(me.catalogue, "rule", wrong) if wrong else ""
    if form.head is not None and form.head.rule:
        fault = Refused(form.head.rule, form.head.sentence, dict(form.head.details))
        wrong = sentences.fault(me.catalogue, me.formats, fault)
    values: dict[str, Any] = {"form": form, "step": "list", "wrong": wrong}
    values |= {"reading": READING, "encodings": ENCODINGS}
    values["broken"] = form.head is not None and form.head.rule in BROKEN
    values["shown"] = [] if form.head is None or values["broken"] else _shown(me, form.head)
    values["headings"] = _headings(values["shown"])
    values["choose"] = bool(values["shown"]) and form.head is not None and form.head.rule in OF_COLUMNS
    return page(request, me, "new_list.html", **values)


@router.post("/new/{form_id}/list")
def read_otherwise(me: Me, form_id: UUID, sent: Posted) -> Response:
    """Read the list as a person says."""
    changes = {name: sent[name] for name in READING}
    drafting.enter(me.deps, form_id, **changes)
    form = forms.look(me.deps, form_id)
    return see(f"/new/{form_id}/{'text' if form.readable and sent['go'] == 'on' else 'list'}")


@router.get("/new/{form_id}/text")
def text_step(request: Request, me: Me, form_id: UUID, row: int = 0, line: int = 0, saved: str = "") -> Response:
    """The text, as the recipient at the place `row` or in the `line` of the list gets it; `saved` names one to begin with."""
    form = forms.get(me.deps, form_id)
    if saved:
        kept = texts.find(me.deps, saved)
        drafting.enter(me.deps, form_id, text=kept.text, kind=kept.kind)
        # The page anew, so that going back to it does not put the saved text over what was written since.
        return see(f"/new/{form_id}/text")
    return _text(request, me, form, form.place_of(line) if line else row)


@router.post("/new/{form_id}/measure")
def measure(me: Me, form_id: UUID, sent: Posted) -> HTMLResponse:
    """What a text would come to; a part of the page, for the script."""
    form = forms.get(me.deps, form_id)
    written = replace(form, entered=replace(form.entered, **_text_of(sent)))
    found = measured.measure(me, written, zalo.account_of(me, written), _row_of(me, written, sent))
    return HTMLResponse(render.fragment("new_measure.html", me.language, me, form=written, found=found))


@router.post("/new/{form_id}/text")
def write_text(request: Request, me: Me, form_id: UUID, sent: Posted) -> Response:
    """Keep the text; with `do` it is changed first: without accents, plain characters, a label in front."""
    changes = _text_of(sent)
    try:
        changes |= _turned(me, sent, changes["text"])
        form = drafting.enter(me.deps, form_id, **changes)
    except Forbidden:
        raise
    except Refused as fault:
        form = forms.get(me.deps, form_id)
        form = replace(form, entered=replace(form.entered, **changes))
        return _text(request, me, form, 0, sentences.fault(me.catalogue, me.formats, fault), 422)
    if sent["do"] or sent["go"] != "on":
        return see(f"/new/{form_id}/text?row={_row_of(me, form, sent)}", "" if sent["do"] or sent["show"] else "saved")
    try:
        zalo.checked(me, form)
    except LoaError as fault:
        return _text(request, me, form, zalo.row_of(form, sent), sentences.fault(me.catalogue, me.formats, fault), 422)
    return see(f"/new/{form_id}/when")


@router.post("/new/{form_id}/discard")
def discard(me: Me, form_id: UUID, _sent: Posted) -> Response:
    """Throw the form away, with its list and the draft that was made of it."""
    drafting.discard(me.deps, form_id)
    return see("/campaigns", "discarded")


async def _uploaded(request: Request, me: Visitor, form_id: UUID | None) -> Response:
    me.must(May.DRAFT)
    try:
        found = await uploads.receive(request, me)
        if form_id is None:
            form = await run_in_threadpool(forms.begin, me.deps, found.path, found.name)
        else:
            form = await run_in_threadpool(drafting.replace_list, me.deps, form_id, found.path, found.name)
    except (StaleForm, Forbidden):
        raise
    except Refused as fault:
        back = "/new" if form_id is None else f"/new/{form_id}/list"
        return see(f"{back}?wrong={fault.rule}")
    return see(f"/new/{form.id}/list")


def _shown(me: Visitor, head: Head) -> list[Shown]:
    """The first rows of a list that was refused; who may not read numbers sees none, whichever column they are in."""
    if me.may(May.SEE_PHONES):
        return list(head.shown)
    return [(sheet, [(row, [_hidden(cell) for cell in cells]) for row, cells in rows]) for sheet, rows in head.shown]


def _headings(shown: list[Shown]) -> list[tuple[int, str]]:
    """The rows that may be named as the heading, each with its first words; none before the sheet is chosen."""
    rows = shown[0][1] if len(shown) == 1 else ()
    words = ((row, " · ".join(cell for cell in cells if cell)) for row, cells in rows)
    return [(row, said if len(said) <= HEADING_WORDS else said[:HEADING_WORDS] + "…") for row, said in words]


def _hidden(cell: str) -> str:
    return "•••" if sum(map(str.isdigit, cell)) >= MANY_DIGITS else cell


def _next_step(form: Form) -> str:
    if not form.readable:
        return "list"
    if not (form.entered.text or form.entered.template_id):
        return "text"
    return "check" if form.entered.timed else "when"


def _text_of(sent: Any) -> dict[str, Any]:
    kind = sent["kind"] if sent["kind"] in request_rules.KINDS else "ads"
    return {"text": sent.raw("text").strip("\n"), "kind": kind, "plain": sent.flag("plain")}


def _turned(me: Visitor, sent: Any, text: str) -> dict[str, Any]:
    """What a button makes of the text; Refused `no_saved_text`."""
    match sent["do"]:
        case "accents":
            text = measured.outside_variables(without_accents, text)
        case "plain":
            text = measured.outside_variables(plain, text)
        case "refusal":
            text = measured.with_way_out(text, sent["refusal"])
        case "label":
            text = "[QC] " + text.lstrip()
        case "saved":
            return _saved(me, sent["saved"])
        case Channel.ZALO:
            return {"channel": Channel.ZALO}
        case _:
            pass
    return {"text": text}


def _saved(me: Visitor, name: str) -> dict[str, Any]:
    try:
        kept = texts.find(me.deps, name)
    except NotFound:
        raise Refused("no_saved_text", "There is no saved text of that name: look for it under Templates.") from None
    return {"text": kept.text, "kind": kept.kind}


def _row_of(me: Visitor, form: Form, sent: Any) -> int:
    """The place of the row to show, which may be that of the longest text."""
    if sent["show"] == "longest":
        return measured.measure(me, form, zalo.account_of(me, form), 0).longest
    return zalo.row_of(form, sent)


def _text(request: Request, me: Visitor, form: Form, row: int, wrong: str = "", status: int = 200) -> Response:
    if not form.readable:
        return see(f"/new/{form.id}/list")
    if form.entered.channel == Channel.ZALO:
        return zalo.step(request, me, form, row, wrong, status)
    found = measured.measure(me, form, zalo.account_of(me, form), row)
    kept = texts.latest(me.deps, MOST_KEPT + 1)
    values: dict[str, Any] = {"form": form, "step": "text", "found": found, "row": row, "wrong": wrong, "kept": kept}
    values["most_kept"] = MOST_KEPT
    values |= {"by_zalo": bool(zalo.accounts(me)), "replies_to": incoming.replies_to(me.deps)}
    return page(request, me, "new_text.html", status, **values)
