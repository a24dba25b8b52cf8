"""The hours in which an order of ads can be placed, and when its text may reach phones.

A provider whose people approve ads takes orders in office hours only, and needs some hours between a complete order and its
delivery. Source: FPT's manual 3.1 (Monday to Friday 08:30-16:30, approval 2-3 h, delivery every day).
No source names holidays: that the intake rests on them is our caution.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from worker.domain.calendar import Questionable, public_holidays, questionable
from worker.domain.policy import OURS, Decided
from worker.domain.window import ALWAYS, DAY, VIETNAM, Windows, day_of, local
from worker.errors import Refused

MINUTE = timedelta(minutes=1)
#: How far ahead an opening is looked for; the longest rest, around Tet, is about ten days.
HORIZON_DAYS = 60
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Intake:
    """When orders are taken, and how long before the text is due they must be complete.

    `hours` are those of Mondays to Fridays that are no public holiday of Vietnam; None takes orders at any time of any day.
    `closed_days` (in Vietnam) are closed either way, `open_days` open either way. `lead` is the time that approval takes.

    Questions take aware moments, answers are in UTC. Raises Refused `no_order_hours` when nothing opens for 60 days.
    """

    hours: Windows | None
    closed_days: frozenset[date]
    lead: timedelta
    open_days: frozenset[date] = frozenset()
    #: Which public holidays are decided.
    decided: Decided = OURS.calendar

    def __post_init__(self) -> None:
        if self.lead < timedelta(0):
            raise ValueError("the time that approval takes is negative")

    def is_open(self, now: datetime) -> bool:
        """Whether an order can be placed at this moment; the closing moment itself is closed."""
        return (self.hours or ALWAYS).contains(now) and not self.rests_on(day_of(now))

    def next_opening(self, now: datetime) -> datetime:
        """`now` itself when the intake is open, else when it opens next."""
        return self.opening_for(now, timedelta(0))[0]

    def opening_for(self, now: datetime, needs: timedelta) -> tuple[datetime, datetime | None]:
        """The first moment from `now` on that leaves `needs` before the intake closes, and that closing (None: no end).

        When `needs` is longer than the intake is ever open, the order runs over its end: it then begins at an opening, so
        that as much of it as can be falls into order hours, and no closing bounds it.
        """
        first_whole = None
        for opens, closes in self._stretches(now):
            begin = max(opens, now.astimezone(UTC))
            if closes is None or closes - begin >= needs:
                return begin, closes
            if first_whole is None and begin == opens:
                first_whole = opens
        if first_whole is None:
            raise Refused(
                "no_order_hours",
                f"The order intake does not open in the {HORIZON_DAYS} days from {local(now)}: "
                "correct the closed days or the order hours in the settings.",
                {"now": local(now), "days": HORIZON_DAYS},
            )
        return first_whole, None

    def rests_on(self, day: date) -> bool:
        """Whether no orders are taken on this day (in Vietnam), at whatever hour."""
        return (self._at_weekend(day) and day not in self.open_days) or self.holiday(day) is not None

    def holiday(self, day: date) -> str | None:
        """What closes a day (in Vietnam) that is no weekend: the name of a public holiday, or "a closed day"."""
        if day in self.open_days or self._at_weekend(day):
            return None
        name = None if self.hours is None else public_holidays(day.year).get(day)
        return name or ("a closed day" if day in self.closed_days else None)

    def questionable(self, first: datetime, last: datetime) -> list[Questionable]:
        """Days between two moments whose rest or opening is not decided and no setting says; none where every day is open."""
        if self.hours is None:
            return []
        found = questionable(day_of(first), day_of(last), self.decided)
        said = self.open_days | self.closed_days
        return [one for one in found if one.day not in said and one.day.weekday() < SATURDAY]

    def _at_weekend(self, day: date) -> bool:
        return self.hours is not None and day.weekday() >= SATURDAY

    def _stretches(self, now: datetime) -> Iterator[tuple[datetime, datetime | None]]:
        """Stretches (opens, closes) that end after `now`, in order; those that touch are one, so a day may run into the next.

        They are sought up to the horizon; one that reaches it has no end.
        """
        today, daily = day_of(now), self.hours or ALWAYS
        horizon = _at(today, HORIZON_DAYS * DAY)
        opens, closes = None, now.astimezone(UTC)
        for day in (today + ahead * DAY for ahead in range(HORIZON_DAYS)):
            if self.rests_on(day):
                continue
            for hours in daily.hours:
                if opens is None or _at(day, hours.opens) > closes:
                    if opens is not None and closes > now:
                        yield opens, closes
                    opens = _at(day, hours.opens)
                closes = _at(day, hours.closes - daily.margin)
        if opens is not None and closes > now:
            yield opens, None if closes == horizon else closes


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """Three moments in UTC: when the order is placed, when phones may enqueue, and by when the provider must have all numbers."""

    place_at: datetime
    #: A whole minute at which the delivery window is open: providers take no seconds.
    due: datetime
    pushed_by: datetime


def plan_order(intake: Intake, windows: Windows, now: datetime, wanted: datetime | None, needs: timedelta) -> OrderPlan:
    """Plan an order that is placed as early as it can be.

    `needs` is how long placing takes. Without `wanted` phones may enqueue at the first minute of a delivery window that leaves
    time for placing and approval; `wanted` itself counts as its next whole minute. `windows` open at whole minutes.

    Raises Refused `outside_delivery_hours` or `too_early_for_approval`; the sentence and `details["earliest"]` name the
    earliest time from `wanted` on that can be.
    """
    place_at, closes = intake.opening_for(now, needs)
    earliest = windows.next_opening(_whole_minute(place_at + needs + intake.lead))
    minute = earliest if wanted is None else _whole_minute(wanted)
    due = windows.next_opening(max(minute, earliest))
    if wanted is not None and due != minute:
        faults = []
        if outside := not windows.contains(minute):
            margin = f", closing {_spell(windows.margin)} early" if windows.margin else ""
            faults.append(f"texts reach phones only in {windows}{margin}")
        if minute < earliest:
            spans = f"{_spell(needs)} for placing and {_spell(intake.lead)} for approval"
            faults.append(f"an order placed at {local(place_at)} ({_order_rule(intake, now, place_at)}) needs {spans}")
        raise Refused(
            "outside_delivery_hours" if outside else "too_early_for_approval",
            f"{local(wanted)} cannot be: {', and '.join(faults)}. The earliest time from then on is {local(due)}: name that.",
            {"wanted": local(wanted), "earliest": local(due), "place_at": local(place_at)},
        )
    complete_by = due - intake.lead
    return OrderPlan(place_at, due, complete_by if closes is None else min(closes, complete_by))


def parse_hours(text: str) -> Windows | None:
    """Order hours from `08:30-16:30`, at any hour of the day; `always` or nothing is None, any time of any day.

    ValueError says what cannot be read.
    """
    return None if text.strip().lower() in ("", "always") else Windows.read(text)


def parse_days(text: str) -> frozenset[date]:
    """Days from `2027-02-03,2027-02-11`; ValueError names the one that cannot be read."""
    return frozenset(_day(word) for word in map(str.strip, text.split(",")) if word)


def _order_rule(intake: Intake, now: datetime, place_at: datetime) -> str:
    """Why it is placed then: the order hours and the holidays that lie between."""
    taken = "at any time" if intake.hours is None else f"Monday to Friday {intake.hours}"
    waited = (day_of(now) + ahead * DAY for ahead in range((day_of(place_at) - day_of(now)).days))
    named = [f"{day.isoformat()}, {name}" for day in waited if (name := intake.holiday(day))]
    return "; ".join([f"orders are taken {taken}", *(f"not on {one}" for one in named)])


def _day(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise ValueError(f'"{word}" is not a day: write for example 2027-02-03') from None


def _at(day: date, past_midnight: timedelta) -> datetime:
    return (datetime.combine(day, time(), VIETNAM) + past_midnight).astimezone(UTC)


def _whole_minute(moment: datetime) -> datetime:
    """The moment itself when it is a whole minute, else the next one."""
    minute = moment.replace(second=0, microsecond=0)
    return minute if minute == moment else minute + MINUTE


def _spell(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    counted = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{count} {unit}" for count, unit in counted if count) or "no time"
