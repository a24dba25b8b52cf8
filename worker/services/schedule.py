"""When does a campaign leave, and when may phones ring? What was asked for, moved or refused by the hours that hold."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from worker.domain.intake import plan_order
from worker.domain.way import Way
from worker.domain.window import local, parse_at
from worker.providers.base import Purpose
from worker.services.deps import Account

#: How long an order takes to be placed: to begin with, and for each push, which waits for the one before.
PLACING: Final = timedelta(minutes=1)
ONE_PUSH: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The moments of a campaign, in UTC."""

    #: When its first batch may leave.
    opening: datetime
    #: When its text may reach phones.
    due: datetime
    #: By when the provider must have all numbers, where it does not send them at once; elsewhere the same as `due`.
    push_by: datetime
    #: Sentences that the person should read.
    notes: list[str] = field(default_factory=list)


def plan_times(account: Account, kind: str, at: str | None, now: datetime, pushes: int = 1) -> Schedule:
    """When a campaign leaves that should leave `at` (ISO 8601; None: as soon as it may).

    Raises Misuse or Refused for a time that cannot be read or cannot be; the sentence names the earliest that can.
    """
    if account.way(kind) is Way.PUSH and account.intake is not None:
        wanted = None if at is None else parse_at(at, now)
        if wanted is not None and len(str(at).strip()) <= len("2026-03-02"):
            wanted = account.windows.next_opening(wanted)  # a day alone is meant as its first permitted hour
        plan = plan_order(account.intake, account.windows, now, wanted, PLACING + pushes * ONE_PUSH)
        when = "now" if plan.place_at <= now else f"at {local(plan.place_at)}"
        note = f"The order is placed at {account.title} {when}; phones may ring from {local(plan.due)}."
        return Schedule(plan.place_at, plan.due, plan.pushed_by, [note])
    windows = account.hours(kind)
    wanted = max(parse_at(at, now), now) if at is not None else now
    opening = windows.next_opening(wanted)
    if opening == wanted:
        return Schedule(opening, opening, opening)
    asked = local(wanted) if at is not None else "now"
    texts = "Ads" if kind == Purpose.ADS else "Texts"
    note = f"{texts} may leave at {windows} only: moved from {asked} to {local(opening)}."
    return Schedule(opening, opening, opening, [note])
