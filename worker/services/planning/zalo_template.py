"""The values of a Zalo campaign are compared with those of its template, where its provider tells them.

eSMS takes values by their order, so a name that differs is worth a sentence before a thousand people read their order's number
as their name. It is a sentence and no refusal: the template may be younger than what the provider tells of it.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from worker.domain.account import Reading
from worker.domain.zalo import ZaloTemplate, in_another_order
from worker.services.account import Account
from worker.services.deps import Deps

#: A person waits for the answer, and can do without it.
READ_WITHIN_S: Final = 1.8


def check(deps: Deps, account: Account, template: ZaloTemplate | None) -> list[str]:
    """What is not as the template has it; waits two seconds at most, with no transaction open."""
    if (
        template is None
        or account.templates is None
        or not deps.sender_list_age
        or account.name in deps.missing_settings
    ):
        return []
    reading = deps.run(_read(account, template))
    if reading.value is None:
        words = reading.provider_message
        return [
            f"{account.title} did not tell the values of Zalo template {template.template_id} ({words}): compare them."
        ]
    return _compared(account, template, reading.value)


def names(deps: Deps, account: Account, oa_id: str, template_id: str) -> Reading[tuple[str, ...]]:
    """The names of a template's values, for somebody who fills it; waits two seconds at most."""
    return deps.run(_read(account, ZaloTemplate(oa_id, template_id, ())))


def _compared(account: Account, template: ZaloTemplate, names: Sequence[str]) -> list[str]:
    named, where = f"Zalo template {template.template_id}", account.title
    wanted, ours = ", ".join(names) or "none", ", ".join(template.names) or "none"
    if wanted == ours:
        return []
    if in_another_order(template, names):
        return [
            f"{named} has its values in another order at {where} ({wanted}): those of the campaign would be exchanged."
        ]
    return [f"{named} has other values at {where} ({wanted}) than the campaign ({ours})."]


async def _read(account: Account, template: ZaloTemplate) -> Reading[tuple[str, ...]]:
    assert account.templates is not None  # noqa: S101 - told to the type checker
    try:
        return await asyncio.wait_for(
            account.templates.template_names(template.oa_id, template.template_id), READ_WITHIN_S
        )
    except TimeoutError:
        return Reading(None, provider_message=f"no answer within {READ_WITHIN_S:g} s")
