"""What planning found out about a campaign: what was read, filled examples, the expected end, and what a person should know."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from worker.domain import phone
from worker.domain.placeholders import unfilled
from worker.domain.plain import parts_saved
from worker.domain.policy import Channel
from worker.domain.template import Template
from worker.domain.window import local
from worker.lists.source import RowList
from worker.services.planning import forecast, law
from worker.services.planning.checked import Checked
from worker.services.planning.consents import Consents
from worker.services.planning.rows import Noticed
from worker.services.planning.schedule import Schedule
from worker.services.reporting.refusals import explain
from worker.storage.planning import staging
from worker.storage.planning.staging import Staged


@dataclass(frozen=True, slots=True)
class ListSummary:
    """What reading a list found out about its campaign; all but `times` and `staged` are columns of it."""

    times: Schedule
    #: The counts, which are columns too.
    staged: Staged
    #: Numbers and parts by carrier.
    carriers: Mapping[str, list[int]]
    #: VND.
    cost_estimate: Decimal
    finish_estimate: datetime
    #: File, sheet, heading and columns as they were read.
    list_read: Mapping[str, object]
    #: The first row, the longest and the one with most parts: row, text, parts.
    samples: Sequence[Mapping[str, Any]]
    repeat_key: str
    #: How many rows get no message, by reason.
    refused: Mapping[str, int]
    #: Sentences that the person should read.
    notes: list[str]

    def columns(self) -> dict[str, Any]:
        """The values of the campaign's columns, by name."""
        own = ("carriers", "cost_estimate", "finish_estimate", "list_read", "samples", "repeat_key", "refused", "notes")
        return {**asdict(self.staged), **{name: getattr(self, name) for name in own}, "scheduled_for": self.times.due}


def summed_up(
    session: Session,
    checked: Checked,
    list_file: RowList,
    staged: Staged,
    times: Schedule,
    noticed: Noticed,
    repeat_key: str,
    more: Sequence[str],
) -> ListSummary:
    """The summary of a staged list; `more` are notes that follow its own."""
    account, kind = checked.account, checked.requested.kind
    finish = forecast.last_call(account, kind, times.opening, times.due, staged.valid, staged.parts_total)
    samples, by_prefix = _samples(session, checked.template), staging.prefixes(session)
    notes = [
        *list_file.notes,
        *times.notes,
        *law.changes(account, kind, times.due, finish),
        *_converted(staged),
        *_too_late(checked, finish),
        *_numbers(by_prefix),
        *(() if account.channel is not Channel.SMS else _unicode(checked, staged, noticed)),
        *_noughts(noticed),
        *_unfilled(checked.template),
        *_markup(checked, samples),
        *more,
    ]
    return ListSummary(
        times,
        staged,
        _by_carrier(by_prefix),
        Decimal(staged.parts_total) * account.price_per_part,
        finish,
        list_file.description(),
        samples,
        repeat_key,
        staging.refused_by_reason(session),
        notes,
    )


def notes_of_proofs(proofs: Consents | None) -> list[str]:
    """What is said of rows that name a consent and prove none, where none is required."""
    if proofs is None or not proofs.unread:
        return []
    return [
        f"{proofs.unread} rows name a consent that is no proof: consent_at is a past time, consent_source where it was given."
    ]


def why_most(session: Session) -> str:
    """The commonest reason of the refused rows, with where to look."""
    found = staging.commonest_refusal(session)
    if found is None:
        return ""
    reason, rows, first = found
    return f" The commonest reason, in {rows} rows, the first of them row {first}: {explain(reason)}"


def _samples(session: Session, template: Template) -> list[dict[str, Any]]:
    """The first row, the longest and the one with most parts, as their recipients will read them."""
    found = staging.samples(session)
    return [{"row": one.row, "text": template.fill(one.values or {}), "parts": one.parts} for one in found]


def _by_carrier(by_prefix: Mapping[int, tuple[int, int]]) -> dict[str, list[int]]:
    """Numbers and parts by the carrier that a prefix was given to, the most numbers first."""
    found: dict[str, list[int]] = {}
    for prefix, (numbers, parts) in by_prefix.items():
        sums = found.setdefault(phone.carrier((84_000 + prefix) * 10**6), [0, 0])
        sums[0], sums[1] = sums[0] + numbers, sums[1] + parts
    return dict(sorted(found.items(), key=lambda one: -one[1][0]))


def _numbers(by_prefix: Mapping[int, tuple[int, int]]) -> list[str]:
    strange = sum(number for prefix, (number, _) in by_prefix.items() if prefix not in phone.KNOWN_PREFIXES)
    if not strange:
        return []
    return [f"{strange} numbers begin with digits that no carrier is known to have: they will probably reach nobody."]


def _markup(checked: Checked, samples: Sequence[Mapping[str, Any]]) -> list[str]:
    account, texts = checked.account, [checked.template.text, *(one["text"] for one in samples)]
    if not account.refused_markup or not any(re.search(account.refused_markup, text) for text in texts):
        return []
    return [f"{account.title}'s web server refuses a text with < before a letter, or with &#: it will be rejected."]


def _noughts(noticed: Noticed) -> list[str]:
    return [
        f"{one.noughts} rows have 0 for {{{name}}}, and most others have words, the first of them row {one.first_row}: a formula "
        "shows so what it finds in an empty cell."
        for name, one in noticed.noughts.items()
        if 0 < one.noughts < one.words
    ]


def _unfilled(template: Template) -> list[str]:
    return [
        f'The text says "{written}", which looks like a placeholder of another tool and names no column: it is not filled.'
        for written in unfilled(template.text)
    ]


def _unicode(checked: Checked, staged: Staged, noticed: Noticed) -> list[str]:
    """What would make the texts shorter, in parts and money."""
    notes, price = [], checked.account.price_per_part
    if noticed.parts > 0:
        notes.append(
            f"The values of {noticed.rows} rows, the first row {noticed.first_row}, have typographic characters "
            f"that make their texts Unicode: {noticed.parts} parts more, about {noticed.parts * price:,.0f} VND. --plain writes "
            "them as plain ones."
        )
    if saved := parts_saved(checked.template.text):
        parts = saved * staged.valid
        notes.append(
            f"Without accents each text has {saved} parts less: {parts:,} in all, about {parts * price:,.0f} VND."
        )
    return notes


def _converted(staged: Staged) -> list[str]:
    return [f"{staged.converted} old 11-digit numbers were given their new prefix."] if staged.converted else []


def _too_late(checked: Checked, finish: datetime) -> list[str]:
    if checked.until is None or finish <= checked.until:
        return []
    said = f"It will not finish in time: the last text is expected at {local(finish)}, and nothing leaves after "
    return [f"{said}{local(checked.until)}."]
