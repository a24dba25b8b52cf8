"""The text that follows a Zalo campaign: looked at when the campaign is planned, as if it left then."""

from datetime import datetime
from typing import Any

from worker.domain.policy import Channel
from worker.domain.zalo import Fallback
from worker.services.account import Account
from worker.services.deps import Deps
from worker.services.planning import senders
from worker.services.planning.request import checked_template
from worker.storage.tables.campaigns import Campaign


def check_text(deps: Deps, account: Account, kind: str, fallback: Fallback | None, at: datetime) -> None:
    """Refuse a text that the rules of texts forbid, whatever the list."""
    if fallback is not None:
        checked_template(deps.account(account.name, Channel.SMS), kind, fallback.text, at)


def check_sender(deps: Deps, account: Account, kind: str, fallback: Fallback | None) -> list[str]:
    """Sentences about its sender; Refused for one that is not registered."""
    if fallback is None:
        return []
    return senders.check(deps, deps.account(account.name, Channel.SMS), kind, fallback.sender)


def stored(fallback: Fallback | None) -> dict[str, Any]:
    """The fallback as a campaign keeps it, by column."""
    return {} if fallback is None else {"fallback_text": fallback.text, "fallback_sender": fallback.sender}


def of(campaign: Campaign) -> Fallback | None:
    """The fallback that a campaign keeps; None where it has none, or no more."""
    if campaign.fallback_text is None or campaign.fallback_sender is None:
        return None
    return Fallback(campaign.fallback_text, campaign.fallback_sender)
