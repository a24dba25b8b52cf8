"""What the provider itself says of a dry run, its cost and its receivers: asked about the first order only.

A difference from our own count is a sentence in the notes: a dropped number or another price is better known before the money
is spent. Whatever else is the matter stops nobody. No transaction is open while it is asked.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from sqlmodel import Session

from worker.domain.account import Estimate, Reading
from worker.domain.calls import Purpose
from worker.domain.send_mode import SendMode
from worker.domain.text import measure
from worker.services.deps import Account, Deps
from worker.storage.planning import first
from worker.storage.tables.campaigns import Campaign

#: A person waits for the answer.
READ_WITHIN_S: Final = 4.0


@dataclass(frozen=True, slots=True)
class FirstOrder:
    """What would leave first: one text, and its numbers."""

    text: str = field(repr=False)
    phones: Sequence[int] = field(repr=False)


def first_order(session: Session, account: Account, campaign: Campaign) -> FirstOrder | None:
    """The first order of a campaign whose batches are laid out; None where its provider tells no prices."""
    if account.estimates is None or not campaign.samples:
        return None
    if campaign.send_mode is SendMode.LIST:
        text, phones = first.first_batch(session, campaign.id)
        return FirstOrder(text, phones) if phones else None
    sample = campaign.samples[0]
    phone = first.phone_of_row(session, campaign.id, sample["row"])
    return FirstOrder(sample["text"], [phone]) if phone and campaign.kind == Purpose.CARE else None


def compared(deps: Deps, account: Account, campaign: Campaign, order: FirstOrder | None) -> list[str]:
    """Sentences about what the provider says of it, where that is something else than we do."""
    if order is None or account.name in deps.missing_settings:
        return []
    reading = deps.run(_ask(account, campaign, order))
    found, numbers = reading.value, len(order.phones)
    if found is None:
        return [f"{account.title} told no price beforehand: {reading.provider_message}."]
    notes = []
    if found.receivers != numbers:
        notes.append(
            f"{account.title} counts {found.receivers:,} receivers for the first {numbers:,} numbers, not {numbers:,}."
        )
    parts = measure(order.text).parts * found.receivers
    ours = parts * account.price_per_part
    if found.receivers and found.price != ours:
        each = (found.price / parts).quantize(Decimal("0.01"))
        notes.append(
            f"{account.title} asks {found.price:,.0f} VND for the first {found.receivers:,} texts, and the estimate here makes "
            f"them {ours:,.0f}: set LOA_{account.name.upper()}_PRICE_PER_PART to {each:f}."
        )
    return notes


async def _ask(account: Account, campaign: Campaign, order: FirstOrder) -> Reading[Estimate]:
    assert account.estimates is not None  # noqa: S101 - told to the type checker
    asked = (
        account.estimates.estimate_ads(campaign.sender, order.text, order.phones)
        if campaign.kind == Purpose.ADS
        else account.estimates.estimate_care(campaign.sender, order.text, order.phones[0])
    )
    try:
        return await asyncio.wait_for(asked, READ_WITHIN_S)
    except TimeoutError:
        return Reading(None, provider_message=f"no answer within {READ_WITHIN_S:g} s")
