"""Sets when a campaign leaves and when phones may ring: as asked for, moved or refused by the hours that hold."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from worker.domain.calls import Purpose
from worker.domain.intake import Intake, plan_order
from worker.domain.send_mode import SendMode
from worker.domain.window import local, parse_at, read_moment
from worker.errors import Refused
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
    """When a campaign leaves that should leave `at` (`read_moment`; None: as soon as it may).

    Raises Misuse or Refused for a time that cannot be read or cannot be; the sentence names the earliest that can.
    """
    if account.send_mode(kind) is SendMode.PUSH and account.intake is not None:
        wanted = None if at is None else parse_at(at, now)
        if at is not None and wanted is not None and read_moment(at)[1]:
            wanted = account.windows.next_opening(wanted)  # a day alone is meant as its first permitted hour
        plan = plan_order(account.intake, account.windows, now, wanted, PLACING + pushes * ONE_PUSH)
        when = "now" if plan.place_at <= now else f"at {local(plan.place_at)}"
        note = f"The order is placed at {account.title} {when}; phones may ring from {local(plan.due)}."
        notes = [note, *_computed(account, account.intake, now, plan.due)]
        return Schedule(plan.place_at, plan.due, plan.pushed_by, notes)
    windows = account.hours(kind)
    wanted = max(parse_at(at, now), now) if at is not None else now
    opening = windows.next_opening(wanted)
    if opening == wanted:
        return Schedule(opening, opening, opening)
    asked = local(wanted) if at is not None else "now"
    texts = "Ads" if kind == Purpose.ADS else "Texts"
    note = f"{texts} may leave at {windows.written(opening)} only: moved from {asked} to {local(opening)}."
    return Schedule(opening, opening, opening, [note])


def check_until(times: Schedule, until: datetime | None) -> None:
    """Refuse a last moment that is over before the first text may leave."""
    if until is not None and until <= times.due:
        raise Refused(
            "until_too_early",
            f"Nothing may leave after {local(until)}, and the first text can leave at {local(times.due)}: name a later "
            "--until, or an earlier --at.",
            {"until": local(until), "earliest": local(times.due)},
        )


def _computed(account: Account, intake: Intake, first: datetime, last: datetime) -> list[str]:
    """The days across which it is planned that are only computed to be holidays, or are in question."""
    if not (days := intake.questionable(first, last)):
        return []
    prefix = f"LOA_{account.name.upper()}"
    listed = ", ".join(map(str, days))
    sentence = f"It is planned across days that are computed and not decided: {listed}."
    return [f"{sentence} {prefix}_OPEN_DAYS and {prefix}_CLOSED_DAYS correct them."]
