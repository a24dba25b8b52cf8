"""What a person should know of the law before a campaign leaves: a rule that changes while it is under way."""

from datetime import date, datetime
from typing import Final

from worker.domain.calls import Purpose
from worker.domain.policy import Rule
from worker.domain.window import day_of
from worker.services.deps import Account

_FROM: Final = "From "
_CHANGE: Final = " on another rule holds "


def changes(account: Account, kind: str, first: datetime, last: datetime) -> list[str]:
    """A sentence for each rule that begins after the day of `first` and until that of `last`; none for customer care."""
    if kind != Purpose.ADS:
        return []
    return [_said(rule) for rule in account.policy.of(account.channel) if day_of(first) < rule.first <= day_of(last)]


def is_change(note: str) -> bool:
    """Whether a note is one of these."""
    day, found, _ = note.removeprefix(_FROM).partition(_CHANGE)
    try:
        return bool(found) and bool(date.fromisoformat(day))
    except ValueError:
        return False


def _said(rule: Rule) -> str:
    hours = rule.limit.within.total_seconds() / 3600
    return (
        f"{_FROM}{rule.first}{_CHANGE}({rule.named}): ads reach phones at {rule.hours_written}, a number gets {rule.limit.most} "
        f"in {hours:g} hours, and they begin with {' or '.join(rule.labels) or 'any word'}. What leaves then follows it."
    )
