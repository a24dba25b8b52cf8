"""The texts of a care campaign are compared with the templates that its provider lists.

The documents do not say exactly how a carrier compares, nor does a prefix tell a ported number's carrier, so this refuses
nothing: it is a sentence in the campaign's notes, before the first refusal of the provider says so.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from worker.domain.account import Reading
from worker.domain.calls import Purpose
from worker.domain.care_template import CareTemplate, misfits
from worker.services.deps import Account, Deps
from worker.services.planning.summary import ListSummary

#: A person waits for the answer, and can do without it.
READ_WITHIN_S: Final = 1.8


@dataclass(frozen=True, slots=True)
class Registered:
    """What the provider lists for a sender, or why that is not known."""

    templates: Sequence[CareTemplate] = ()
    fault: str = ""


def look(deps: Deps, account: Account, kind: str, sender: str) -> Registered:
    """The templates of a sender; waits two seconds at most, with no transaction open."""
    if (
        account.estimates is None
        or kind != Purpose.CARE
        or not deps.sender_list_age
        or account.name in deps.missing_settings
    ):
        return Registered()
    reading = deps.run(_read(account, sender))
    if reading.value is None:
        return Registered(fault=reading.provider_message)
    return Registered(reading.value)


def compared(account: Account, registered: Registered, sender: str, found: ListSummary) -> list[str]:
    """Sentences about carriers that have templates of the sender, none of which permits a text of the campaign."""
    if registered.fault:
        return [
            f"{account.title}'s care templates could not be read ({registered.fault}), so the text was not compared with them."
        ]
    samples, carriers = found.samples, found.carriers
    wrong = misfits(registered.templates, [one["text"] for one in samples])
    rows: dict[int, list[str]] = {}
    for network, text in wrong.items():
        if network in carriers:
            row = next(one["row"] for one in samples if one["text"] == text)
            rows.setdefault(row, []).append(network)
    return [
        f"The text of row {row} fits no template that {account.title} lists for {sender} at {', '.join(networks)}: it "
        "may be refused there (146)."
        for row, networks in rows.items()
    ]


async def _read(account: Account, sender: str) -> Reading[list[CareTemplate]]:
    assert account.estimates is not None  # noqa: S101 - told to the type checker
    try:
        return await asyncio.wait_for(account.estimates.care_templates(sender), READ_WITHIN_S)
    except TimeoutError:
        return Reading(None, provider_message=f"no answer within {READ_WITHIN_S:g} s")
