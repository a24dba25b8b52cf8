"""When may something happen? Hours of the day in Vietnam, and the times that people write.

Every moment that comes in or goes out is aware; those that go out are UTC. Source: Decree 91/2020/ND-CP (ads only from
07:00 to 22:00); half-open windows and the closing margin are rules of ours.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Self

from dateutil import parser, rrule, tz  # type: ignore[import-untyped]  # dateutil ships no types

from worker.errors import Misuse, Refused

#: Never None, which astimezone() would take for the zone of the machine.
VIETNAM: tzinfo = tz.gettz("Asia/Ho_Chi_Minh") or tz.tzoffset("+07", timedelta(hours=7))

DAY = timedelta(days=1)
#: How late a wish may come: a clock that is a little off, a list that took a while to read.
GRACE = timedelta(minutes=15)
FURTHEST = timedelta(days=366)

SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """One window of the day, half-open [opens, closes), as time since midnight in Vietnam."""

    opens: timedelta
    closes: timedelta

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.opens < self.closes <= DAY:
            raise ValueError(f"the window {self} closes before it opens, or leaves the day")

    def __str__(self) -> str:
        return f"{_hhmm(self.opens)}-{_hhmm(self.closes)}"


#: Decree 91/2020: 22:00:00 itself is closed.
LAW = Hours(timedelta(hours=7), timedelta(hours=22))


@dataclass(frozen=True, slots=True)
class Windows:
    """The hours of every day; each window closes `margin` early, so that what is on its way arrives in time.

    Raises ValueError for no window, for windows that overlap and for a margin that leaves nothing of one.
    """

    hours: tuple[Hours, ...]
    margin: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        if not self.hours:
            raise ValueError("no window is named: write for example 08:00-11:30,13:30-20:00")
        if self.margin < timedelta(0):
            raise ValueError("the closing margin is negative")
        for earlier, later in pairwise(self.hours):
            if later.opens < earlier.closes:
                raise ValueError(f"the windows {earlier} and {later} overlap or are out of order")
        for hours in self.hours:
            if hours.closes - self.margin <= hours.opens:
                raise ValueError(f"the closing margin of {self.margin} leaves nothing of the window {hours}")

    @classmethod
    def read(cls, text: str, margin: timedelta = timedelta(0)) -> Self:
        """Windows at any hour of the day from `08:30-16:30`; ValueError says what cannot be read."""
        return cls(tuple(sorted(_span(span) for span in map(str.strip, text.split(",")) if span)), margin)

    @classmethod
    def parse(cls, text: str, margin: timedelta = timedelta(0)) -> Self:
        """Windows for ads from `08:00-11:30,13:30-20:00`; ValueError says what cannot be read or is against the law."""
        windows = cls.read(text, margin)
        for hours in windows.hours:
            if hours.opens < LAW.opens or hours.closes > LAW.closes:
                raise ValueError(f"the window {hours} leaves {LAW}, the hours in which Decree 91/2020 allows ads")
        return windows

    def contains(self, now: datetime) -> bool:
        """Whether a window is open."""
        return self._around(now) is not None

    def next_opening(self, now: datetime) -> datetime:
        """`now` itself when a window is open, else when the next one opens."""
        if self.contains(now):
            return now.astimezone(UTC)
        here = now.astimezone(VIETNAM)
        openings = rrule.rruleset()
        for hours in self.hours:
            openings.rrule(rrule.rrule(rrule.DAILY, dtstart=_midnight(here) + hours.opens, count=2))
        opening: datetime = openings.after(here)
        return opening.astimezone(UTC)

    def closes(self, now: datetime) -> datetime | None:
        """When the window that contains `now` closes, its margin taken off; None when the day is all window.

        Raises ValueError when no window is open.
        """
        hours = self._around(now)
        if hours is None:
            raise ValueError(f"no window is open at {local(now)}")
        if hours.closes - self.margin - hours.opens == DAY:
            return None
        return (_midnight(now.astimezone(VIETNAM)) + hours.closes - self.margin).astimezone(UTC)

    def _around(self, now: datetime) -> Hours | None:
        _check_aware(now)
        here = now.astimezone(VIETNAM)
        past_midnight = here - _midnight(here)
        return next((h for h in self.hours if h.opens <= past_midnight < h.closes - self.margin), None)

    def __str__(self) -> str:
        return ",".join(map(str, self.hours))


#: For texts that have no window: customer care.
ALWAYS = Windows((Hours(timedelta(0), DAY),))


def parse_at(text: str, now: datetime) -> datetime:
    """The moment that somebody wrote in ISO 8601; without an offset it is Vietnam time, a date alone is its 00:00.

    It may lie up to 15 minutes before `now`, and a date alone may be today's: take what is later, and the next opening.
    Raises Misuse for what cannot be read, Refused `at_in_the_past` or `at_too_far`.
    """
    _check_aware(now)
    written = text.strip()
    # isoparse takes a year or a month for its first day; nobody means that by a time to begin.
    if len(written) < len("20260302"):
        raise _unreadable(written)
    try:
        moment: datetime = parser.isoparse(written)
        at = (moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).astimezone(UTC)
        details = {"at": local(at), "now": local(now)}
    except (ValueError, OverflowError) as fault:
        raise _unreadable(written) from fault
    day_alone = len(written) <= len("2026-03-02")
    if at < (_midnight(now.astimezone(VIETNAM)) if day_alone else now - GRACE):
        sentence = "{at} is in the past, it is now {now}: name a later time, or none to begin at once."
        raise Refused("at_in_the_past", sentence.format(**details), details)
    if at > now + FURTHEST:
        sentence = "{at} is more than {days} days away, it is now {now}: name an earlier time."
        raise Refused("at_too_far", sentence.format(days=FURTHEST.days, **details), details)
    return at


def local(moment: datetime) -> str:
    """A moment for people and programs: Vietnam time to the second, 2026-03-02T09:00:00+07:00."""
    _check_aware(moment)
    return moment.astimezone(VIETNAM).isoformat(timespec="seconds")


def day_of(moment: datetime) -> date:
    """The day that it is in Vietnam."""
    _check_aware(moment)
    return moment.astimezone(VIETNAM).date()


def _check_aware(moment: datetime) -> None:
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone may be any of 24 hours: make it aware")


def _unreadable(text: str) -> Misuse:
    return Misuse(f'"{text}" is not a date: write for example 2026-03-02T09:00+07:00.')


def _midnight(here: datetime) -> datetime:
    return here.replace(hour=0, minute=0, second=0, microsecond=0)


def _span(text: str) -> Hours:
    found = SPAN.fullmatch(text)
    if not found or int(found[2]) > 59 or int(found[4]) > 59:
        raise ValueError(f'"{text}" is not a window: write for example 08:00-11:30')
    first, last = (timedelta(hours=int(found[at]), minutes=int(found[at + 1])) for at in (1, 3))
    return Hours(first, last)


def _hhmm(past_midnight: timedelta) -> str:
    hours, minutes = divmod(past_midnight // timedelta(minutes=1), 60)
    return f"{hours:02}:{minutes:02}"
