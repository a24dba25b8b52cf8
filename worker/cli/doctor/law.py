"""Checks that the law Loa keeps to is that of today: the dated rules, what is announced, the calendar of public holidays."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from worker.cli.doctor.check import Check
from worker.clock import Clock
from worker.config import Settings
from worker.domain.calendar import library_is_old, questionable
from worker.domain.intake import SATURDAY
from worker.domain.policy import Channel
from worker.domain.window import day_of, local

#: How far ahead the doctor looks.
AHEAD: Final = timedelta(days=60)


def checks(settings: Settings) -> Iterator[Check]:
    """One line for the rules of texts, one for each change that is near, one for the calendar."""
    now, policy = Clock(settings.clock_offset_s).now(), settings.policy
    today = day_of(now)
    rule = policy.on(Channel.SMS, today)
    file = settings.policy_file or "the rules that come with Loa"
    span = f"{rule.limit.within / timedelta(hours=1):g} h"
    found = f"{rule.named}: ads at {rule.hours_written}, {rule.limit.most} a number in {span}"
    written, wanted = settings.windows.written(now), str(settings.windows)
    cut = f"; LOA_AD_WINDOWS ({wanted}) is cut to {written} today" if written != wanted else ""
    yield Check("law", f"{found} ({file}){cut}")
    for near in policy.rules:
        if today < near.first <= today + AHEAD:
            yield Check("law", f"another rule of {near.channel} holds from {near.first} on ({near.named})")
    for one in policy.expected:
        if today + AHEAD >= one.first:
            verb = "is expected" if one.first > today else "was expected"
            yield Check(
                "law",
                f"on {one.first} {verb} {one.what}; no rule of it is kept yet",
                warning="have its final text read, then change the dated rules (LOA_POLICY_FILE, or a newer Loa)",
            )
    yield _calendar(settings, local(now))


def _calendar(settings: Settings, now: str) -> Check:
    today = day_of(Clock(settings.clock_offset_s).now())
    if library_is_old(today.year):
        return Check(
            "public holidays",
            f"the library that computes them is older than the year (it is {now})",
            "update the package `holidays`, then look whether Tet is as decided",
        )
    days = questionable(today, today + 2 * AHEAD, settings.policy.calendar)
    said = settings.fpt.opened | settings.fpt.closed
    days = [one for one in days if one.day not in said and one.day.weekday() < SATURDAY]
    found = f"decided until {settings.policy.calendar.until}"
    if not days or settings.fpt.missing():
        return Check("public holidays", found)
    listed = ", ".join(f"{one.day} {'closed' if one.closed else 'open'}" for one in days)
    way_out = "when they are decided, correct them by LOA_FPT_OPEN_DAYS and LOA_FPT_CLOSED_DAYS"
    return Check("public holidays", f"{found}; only computed for FPT: {listed}", warning=way_out)
