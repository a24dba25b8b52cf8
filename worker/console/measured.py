"""What a text that somebody writes will come to: parts, letters that cost, what it saves without accents, how it is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from markupsafe import Markup, escape

from worker.console import sentences
from worker.console.visitors import Visitor
from worker.domain.advice import Advice, advice
from worker.domain.calls import Purpose
from worker.domain.plain import plain, without_accents
from worker.domain.send_mode import SendMode
from worker.domain.template import TOKEN, Template
from worker.domain.text import OUTSIDE_GSM, Measure, clean
from worker.domain.text import measure as count
from worker.errors import LoaError
from worker.services.deps import Account
from worker.services.planning.forms import LOOKED_AT, Form
from worker.services.reporting.warnings import is_bank

#: Of a part: what it holds alone, and behind the header of a longer text.
HOLDS: Final = {"GSM-7": (160, 153), "UCS-2": (70, 67)}


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a text before its list is counted."""

    #: The text for one recipient, and its measure.
    filled: str
    counted: Measure
    #: What is left in its last part.
    room: int
    #: VND for one number.
    price: Decimal
    #: The text with what makes it Unicode, and its variables, marked.
    marked: Markup
    #: Parts fewer without accents, and with plain characters; 0: it would change nothing.
    saved: int
    saved_plain: int
    has_label: bool
    #: Whether it names no way to refuse, which the law wants of an ad.
    wants_way_out: bool
    notes: Sequence[str]
    advice: Sequence[tuple[Advice, str]]
    #: What is wrong with it, in the reader's language.
    faults: Sequence[str]
    #: Why its provider will refuse the campaign, where that shows already.
    cautions: Sequence[str]
    #: The place among the rows that are known, of the row shown and of the longest.
    row: int
    longest: int
    rows: int
    #: Numbers of the whole list, where they are known before it is counted; else 0.
    numbers: int = 0


def measure(me: Visitor, form: Form, account: Account, row: int) -> Measured:
    """Measure the text of a form as the recipient in this row of the list's head will get it."""
    said, faults, notes, cautions = form.entered, [], [], []
    text = plain(said.text) if said.plain else said.text
    rows = len(form.head.rows) if form.head else 0
    row = min(max(row, 0), max(rows - 1, 0))
    filled, longest = text, 0
    try:
        cleaned = clean(text)
        notes = [sentences.note(me.catalogue, me.formats, one) for one in cleaned.notes]
        template = Template(cleaned.text)
        if form.head is not None:
            columns = template.check_columns([one for one in form.head.columns if one])
            texts = [_fill(template, columns, form, at) for at in range(rows)] if template.names else []
            longest = max(range(len(texts)), key=lambda at: len(texts[at]), default=0)
            cautions = _too_varied(me, account, said.kind, template, texts)
            filled = texts[row] if texts else _fill(template, columns, form, row)
        else:
            filled = cleaned.text
    except LoaError as fault:
        faults.append(sentences.fault(me.catalogue, me.formats, fault))
    counted = count(filled)
    return Measured(
        filled=filled,
        counted=counted,
        room=_room(counted),
        price=account.price_per_part * counted.parts,
        marked=_marked(text),
        saved=max(0, counted.parts - count(without_accents(filled)).parts),
        saved_plain=max(0, counted.parts - count(plain(filled)).parts),
        has_label=text.startswith(account.ads.labels),
        wants_way_out=Advice.NO_WAY_OUT in dict(advice(filled, said.kind)),
        notes=notes,
        advice=advice(filled, said.kind, bank=is_bank(me.deps, said.sender)),
        faults=faults,
        cautions=cautions,
        row=row,
        longest=longest,
        rows=rows,
        numbers=_numbers(form),
    )


def _numbers(form: Form) -> int:
    """A stored list tells its size; of a short file every row was looked at."""
    head = form.head
    if head is None or head.size:
        return 0 if head is None else head.size
    return head.looked_at - head.faulty if head.looked_at < LOOKED_AT else 0


def _too_varied(me: Visitor, account: Account, kind: str, template: Template, texts: Sequence[str]) -> list[str]:
    """Told before the whole list is counted: an ad with names in it makes more texts than its provider takes."""
    if kind != Purpose.ADS or account.send_mode(kind) is SendMode.SINGLE:
        return []
    different = len(set(texts))
    if different <= max(1, len(texts) // max(1, account.min_recipients)):
        return []
    said = me.gettext(
        "%(names)s makes %(texts)s different texts of the first %(rows)s rows, and %(provider)s takes advertising only where each"
        " text goes to %(minimum)s numbers or more: it will be refused. Use a column with fewer different values."
    )
    values = {"texts": different, "rows": len(texts), "minimum": account.min_recipients}
    counted = {name: me.formats.number(value) for name, value in values.items()}
    return [said % {**counted, "names": ", ".join(f"{{{name}}}" for name in template.names), "provider": account.title}]


def with_way_out(text: str, to: str) -> str:
    """The text with how to refuse at its end, written with accents where it has some; unchanged without a number."""
    if not (to.isascii() and to.isdigit()):
        return text
    says = f"Từ chối: soạn TC gửi {to}"
    return f"{text.rstrip()} {says if without_accents(text) != text else without_accents(says)}"


def outside_variables(change: Callable[[str], str], text: str) -> str:
    """The text changed everywhere but in the names of its variables, which are those of columns."""
    pieces: list[str] = []
    at = 0
    for found in TOKEN.finditer(text):
        if found["name"]:
            pieces += change(text[at : found.start()]), found[0]
            at = found.end()
    return "".join([*pieces, change(text[at:])])


def _fill(template: Template, columns: dict[str, str], form: Form, row: int) -> str:
    """The text for one row; its names stay where the row has no value, which is a fault of the row and not of the text."""
    if form.head is None or not template.names:
        return template.fill(dict.fromkeys(template.names, "x")) if not template.names else template.text
    cells = form.head.values(row)
    try:
        return template.fill({name: cells.get(column, "") for name, column in columns.items()})
    except LoaError:
        return template.text


def _room(counted: Measure) -> int:
    alone, behind = HOLDS[counted.encoding]
    return (alone if counted.parts <= 1 else behind * counted.parts) - counted.units


def _marked(text: str) -> Markup:
    """The text as HTML: letters that make it Unicode and variables marked, each said to who does not see colours."""
    pieces: list[Markup] = []
    at = 0
    names = {found.start(): found for found in TOKEN.finditer(text) if found["name"]}
    for found in OUTSIDE_GSM.finditer(text):
        if found["outside"]:
            pieces += escape(text[at : found.start()]), Markup("<mark>{}</mark>").format(found[0])
            at = found.end()
        elif found.start() in names:
            pieces += escape(text[at : found.start()]), Markup('<mark class="var">{}</mark>').format(found[0])
            at = found.end()
    return Markup("").join([*pieces, escape(text[at:])])
