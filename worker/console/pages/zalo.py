"""The step of a campaign over Zalo that stands for its text: a template, its values from the list, and the text that follows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from worker.console import measured, render, sentences
from worker.console.forms import Form as Sent
from worker.console.forms import Posted
from worker.console.pages.login import see
from worker.console.render import page
from worker.console.visitors import Me, Visitor
from worker.domain.placeholders import clean_name
from worker.domain.policy import Channel
from worker.domain.zalo import MOST_VALUES
from worker.errors import LoaError, Refused
from worker.services.approval import drafting
from worker.services.deps import Account
from worker.services.operations import overview
from worker.services.planning import after_zalo, forms, zalo_template
from worker.services.planning import request as request_rules
from worker.services.planning.forms import Form

router: Final = APIRouter()

#: Lines for values that are offered empty, below those that are filled.
SPARE_LINES: Final = 3
#: Digits of a line's number; no list is longer.
LONGEST_LINE: Final = 10


@dataclass(frozen=True, slots=True)
class Shown:
    """What one recipient gets over Zalo, and by text where Zalo does not reach them."""

    #: Each value of the template by its name; empty where the row has none.
    values: Sequence[tuple[str, str]]
    #: The text that follows, measured; None: there is none.
    after: measured.Measured | None
    #: The place among the rows that are known.
    row: int
    rows: int
    faults: Sequence[str]


@router.post("/new/{form_id}/zalo")
def fill(request: Request, me: Me, form_id: UUID, sent: Posted) -> Response:
    """Keep what is filled; with `do` the provider is asked for the template's values, or the campaign goes by text again."""
    changes = _entered(sent)
    if sent["do"] == Channel.SMS:
        changes["channel"] = Channel.SMS
    form = forms.get(me.deps, form_id)
    form = replace(form, entered=replace(form.entered, **changes))
    try:
        form = drafting.enter(me.deps, form_id, **changes)
        if sent["do"] == "read":
            form = drafting.enter(me.deps, form_id, values=_lines_of_template(me, form))
            return see(f"/new/{form_id}/text?row={row_of(form, sent)}")
        if sent["do"] or sent["go"] != "on":
            return see(f"/new/{form_id}/text?row={row_of(form, sent)}", "" if sent["do"] or sent["show"] else "saved")
        checked(me, form)
    except LoaError as fault:
        return step(request, me, form, row_of(form, sent), sentences.fault(me.catalogue, me.formats, fault), 422)
    return see(f"/new/{form_id}/when")


@router.post("/new/{form_id}/zalo/measure")
def measure(me: Me, form_id: UUID, sent: Posted) -> HTMLResponse:
    """What one recipient would get; a part of the page, for the script."""
    form = forms.get(me.deps, form_id)
    written = replace(form, entered=replace(form.entered, **_entered(sent)))
    shown = _shown(me, written, row_of(form, sent))
    return HTMLResponse(render.fragment("new_zalo_measure.html", me.language, me, form=_texts(written), shown=shown))


def step(request: Request, me: Visitor, form: Form, row: int, wrong: str = "", status: int = 200) -> Response:
    """The page of the step."""
    lines = [*form.entered.values, *[("", "")] * SPARE_LINES][:MOST_VALUES]
    values: dict[str, Any] = {
        "form": _texts(form),
        "said": form.entered,
        "step": "text",
        "wrong": wrong,
        "lines": lines,
        "columns": [one for one in form.head.columns if one] if form.head else [],
        "shown": _shown(me, form, row),
        "senders": overview.senders(me.deps),
        "account": account_of(me, form),
    }
    return page(request, me, "new_zalo.html", status, **values)


def row_of(form: Form, sent: Sent) -> int:
    """The place of the row to show: that of the line in the field, from which a button may lead on."""
    line = sent["line"]
    here = form.place_of(int(line)) if line.isascii() and line.isdigit() and len(line) < LONGEST_LINE else 0
    match sent["show"]:
        case "first":
            return 0
        case "next":
            return (here + 1) % max(1, len(form.head.rows) if form.head else 0)
        case _:
            return here


def accounts(me: Visitor) -> list[Account]:
    """The accounts that send over Zalo."""
    return [
        one
        for name, one in me.deps.accounts.items()
        if one.templates is not None and name not in me.deps.missing_settings
    ]


def fits(account: Account, form: Form) -> bool:
    """Whether the account sends by the channel of the form."""
    return form.entered.channel != Channel.ZALO or account.templates is not None


def account_of(me: Visitor, form: Form) -> Account:
    """The account that was chosen, else the first that fits, by the channel: its limits are those of what is written."""
    known, name = me.deps.accounts, form.entered.provider
    if name in known and fits(known[name], form):
        return known[name].over(Channel(form.entered.channel))
    found = next((one for one in known.values() if fits(one, form)), next(iter(known.values())))
    return found.over(Channel(form.entered.channel))


def checked(me: Visitor, form: Form) -> None:
    """Refused for what its kind forbids, and for a column that the list has not."""
    asked, account, now = forms.request_of(form), account_of(me, form), me.deps.clock.now()
    template = request_rules.checked_template(account, asked.kind, request_rules.cleaned_text(asked).text, now)
    if not template.text:
        raise Refused("text_empty", "The text is empty.")
    if form.head is not None:
        template.check_columns([one for one in form.head.columns if one])
    after_zalo.check_text(me.deps, account, asked.kind, request_rules.fallback_of(asked), now)


def _entered(sent: Sent) -> dict[str, Any]:
    kind = sent["kind"] if sent["kind"] in request_rules.KINDS else "care"
    lines = [[sent[f"name-{place}"], sent[f"column-{place}"]] for place in range(MOST_VALUES)]
    return {
        "kind": kind,
        "oa_id": sent["oa_id"],
        "template_id": sent["template_id"],
        "values": [line for line in lines if line[0]],
        "fallback_text": sent.raw("fallback_text").strip("\n"),
        "fallback_sender": sent["fallback_sender"],
    }


def _lines_of_template(me: Visitor, form: Form) -> list[list[str]]:
    """The values that the provider tells, each with the column that was chosen for it or has its name."""
    account = account_of(me, form)
    reading = zalo_template.names(me.deps, account, form.entered.oa_id, form.entered.template_id)
    if reading.value is None:
        raise Refused(
            "zalo_template_unread",
            f"{account.title} did not tell the values of this template: {reading.provider_message}. Write them by hand.",
            {"provider": account.title, "why": reading.provider_message},
        )
    chosen = {line[0]: line[1] for line in form.entered.values}
    columns = {clean_name(one).casefold(): one for one in (form.head.columns if form.head else ()) if one}
    return [[name, chosen.get(name) or columns.get(name.casefold(), "")] for name in reading.value]


def _texts(form: Form) -> Form:
    """The form as that of the text which follows."""
    said = form.entered
    return replace(form, entered=replace(said, text=said.fallback_text, sender=said.fallback_sender))


def _shown(me: Visitor, form: Form, row: int) -> Shown:
    """The values of the row at this place of the list's head, and the text that follows."""
    said, rows = form.entered, len(form.head.rows) if form.head else 0
    row = min(max(row, 0), max(rows - 1, 0))
    cells = form.head.values(row) if form.head else {}
    known = {clean_name(name).casefold(): cell for name, cell in cells.items()}
    filled = [(name, known.get(clean_name(column or name).casefold(), "")) for name, column in said.values]
    after, faults = None, list[str]()
    if said.fallback_text:
        account = me.deps.accounts[account_of(me, form).name]
        after = measured.measure(me, _texts(form), account, row)
    if said.oa_id and said.template_id:
        try:
            checked(me, form)
        except LoaError as fault:
            faults.append(sentences.fault(me.catalogue, me.formats, fault))
    return Shown(filled, after, row, rows, faults)
