"""What planning found out about a campaign: what was read, filled examples, the expected end, and whether it repeats another."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session

from worker.domain import phone
from worker.domain.placeholders import unfilled
from worker.domain.plain import parts_saved
from worker.domain.policy import Channel
from worker.domain.template import Template
from worker.domain.window import local
from worker.errors import Refused
from worker.lists.source import RowList
from worker.services.deps import Account
from worker.services.planning import forecast, law
from worker.services.planning.rows import Noticed
from worker.services.planning.schedule import Schedule
from worker.services.reporting.refusals import explain
from worker.storage import campaigns
from worker.storage.planning import staging
from worker.storage.tables.campaigns import Campaign

#: Within this time the same text to the same people needs `again` or a key of its own.
REPEATED_WITHIN: Final = timedelta(hours=24)


def describe(
    session: Session,
    account: Account,
    template: Template,
    campaign: Campaign,
    list_file: RowList,
    times: Schedule,
    noticed: Noticed,
) -> None:
    """Write into the campaign what its list was read as, examples of its texts, its expected end and its notes."""
    campaign.finish_estimate = forecast.last_call(
        account, campaign.kind, times.opening, times.due, campaign.valid, campaign.parts_total
    )
    campaign.list_read = list_file.description()
    campaign.samples = _samples(session, template)
    by_prefix = staging.prefixes(session)
    strange = sum(number for prefix, (number, _) in by_prefix.items() if prefix not in phone.KNOWN_PREFIXES)
    campaign.carriers = _by_carrier(by_prefix)
    campaign.notes = [
        *list_file.notes,
        *times.notes,
        *law.changes(account, campaign.kind, times.due, campaign.finish_estimate),
        *_notes(campaign),
        *_numbers(strange),
        *(() if account.channel is not Channel.SMS else _unicode(account, campaign, noticed)),
        *_noughts(noticed),
        *_unfilled(template),
        *_markup(account, campaign),
    ]


def repeat_key(campaign: Campaign, audience: str) -> str:
    """The same for the same text by the same sender to the same people."""
    parts = [campaign.sender, campaign.kind, campaign.text, audience]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def refuse_repetition(session: Session, campaign: Campaign, audience: str, now: datetime, *, trial: bool) -> None:
    """Refuse a campaign like one that was created within 24 hours; notes its own key for those that follow.

    A `trial` stores nothing, so it is told in a note instead: a person may look at his own campaign once more.
    """
    key = repeat_key(campaign, audience)
    with session.no_autoflush:
        found = campaigns.repeated(session, key, now - REPEATED_WITHIN, but=campaign.id)
    campaign.repeat_key = key
    if found is not None and trial:
        note = (
            f"The same text by {campaign.sender} to the same numbers is campaign {found.id} ({found.name}), created at "
            f"{local(found.created_at)}: to create it once more, add --again."
        )
        campaign.notes = [*(campaign.notes or []), note]
    elif found is not None:
        raise Refused(
            "campaign_repeated",
            f"The same text by {campaign.sender} to the same numbers is campaign {found.id} ({found.name}), created at "
            f"{local(found.created_at)}: nothing new was created. If they are to get it twice, add --again.",
            {"earlier": str(found.id), "created_at": local(found.created_at)},
        )


def unread_consents(rows: int) -> str:
    """What is said of rows that name a consent and prove none, where none is required."""
    return f"{rows} rows name a consent that is no proof: consent_at is a past time, consent_source where it was given."


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


def _numbers(strange: int) -> list[str]:
    if not strange:
        return []
    return [f"{strange} numbers begin with digits that no carrier is known to have: they will probably reach nobody."]


def _markup(account: Account, campaign: Campaign) -> list[str]:
    texts = [campaign.text, *(one["text"] for one in campaign.samples or [])]
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


def _unicode(account: Account, campaign: Campaign, noticed: Noticed) -> list[str]:
    """What would make the texts shorter, in parts and money."""
    notes = []
    if noticed.parts > 0:
        cost = noticed.parts * account.price_per_part
        notes.append(
            f"The values of {noticed.rows} rows, the first row {noticed.first_row}, have typographic characters "
            f"that make their texts Unicode: {noticed.parts} parts more, about {cost:,.0f} VND. --plain writes them as "
            "plain ones."
        )
    if saved := parts_saved(campaign.text):
        parts = saved * campaign.valid
        notes.append(
            f"Without accents each text has {saved} parts less: {parts:,} in all, about "
            f"{parts * account.price_per_part:,.0f} VND."
        )
    return notes


def _notes(campaign: Campaign) -> list[str]:
    notes = []
    if campaign.converted:
        notes.append(f"{campaign.converted} old 11-digit numbers were given their new prefix.")
    if (
        campaign.until is not None
        and campaign.finish_estimate is not None
        and campaign.finish_estimate > campaign.until
    ):
        notes.append(
            f"It will not finish in time: the last text is expected at {local(campaign.finish_estimate)}, and nothing "
            f"leaves after {local(campaign.until)}."
        )
    return notes
