"""Hours of the day in Vietnam in which something may happen, and the times that people write.

Every moment that comes in or goes out is aware; those that go out are UTC. The law's hours come from the dated policy
(policy.toml); half-open windows and the closing margin are rules of ours.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import Self

from dateutil import parser, rrule, tz  # type: ignore[import-untyped]  # dateutil ships no types

from worker.domain.hours import DAY as DAY  # noqa: PLC0414 - part of windows for whoever asks it
from worker.domain.hours import Hours as Hours  # noqa: PLC0414 - the same
from worker.domain.policy import OURS, Channel, Policy
from worker.errors import Misuse, Refused

#: Without daylight saving since 1975. The zone's own table is looked through for each time that is written, which was a
#: thirtieth of what a password costs the web process. (Never None, which astimezone() would take for the zone of the machine.)
VIETNAM: tzinfo = tz.tzoffset("+07", timedelta(hours=7))

#: How late a request may come: a clock that is a little off, a list that took a while to read.
GRACE = timedelta(minutes=15)
FURTHEST = timedelta(days=366)

_DAY_FIRST = r"(?P<day>\d{1,2})(?P<mark>[/.-])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4})"
#: 9:00, 9h00, 9h.
_TIME = r"(?P<hour>\d{1,2})[:h](?P<minute>\d\d|(?<=h))"
SPOKEN = [
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (rf"{_DAY_FIRST}", rf"{_DAY_FIRST},?\s+{_TIME}", rf"{_TIME},?\s+{_DAY_FIRST}")
]
#: From which day on which hours are permitted (`Policy.hours`).
Limits = tuple[tuple[date, tuple[Hours, ...]], ...]


@dataclass(frozen=True, slots=True)
class Windows:
    """The hours of every day; each window closes `margin` early, so that what is on its way arrives in time.

    On each day the windows are cut to what `limits` permits then; where that leaves nothing, the permitted hours hold.
    Raises ValueError for no window, for windows that overlap and for a margin that leaves nothing of one.
    """

    hours: tuple[Hours, ...]
    margin: timedelta = timedelta(0)
    #: What the law permits, by the day from which on it does; none: any hour.
    limits: Limits = ()

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
        spans = filter(None, map(str.strip, text.split(",")))
        return cls(tuple(sorted(map(Hours.read, spans))), margin)

    @classmethod
    def parse(cls, text: str, margin: timedelta = timedelta(0), policy: Policy = OURS) -> Self:
        """Windows for ads by text from `08:00-11:30,13:30-20:00`; ValueError says what cannot be read or no rule permits."""
        windows, rules = cls.read(text, margin), policy.of(Channel.SMS)
        for hours in windows.hours:
            if not any(hours.within(permitted) for rule in rules for permitted in rule.hours):
                last = rules[-1]
                raise ValueError(
                    f"the window {hours} leaves {last.hours_written}, the hours in which {last.named} allows ads"
                )
        return replace(windows, limits=policy.hours(Channel.SMS))

    def opening_later(self, by: timedelta) -> Self:
        """The same windows, each opening so much later; ValueError where that leaves nothing of one."""
        return replace(self, hours=tuple(replace(hours, opens=hours.opens + by) for hours in self.hours))

    def on(self, day: date) -> tuple[Hours, ...]:
        """The windows of a day in Vietnam, the margin not taken off."""
        return self.hours if not self.limits else _permitted(self, day)

    def written(self, moment: datetime) -> str:
        """The windows of the day of a moment, as people write them."""
        return ",".join(map(str, self.on(day_of(moment))))

    def contains(self, now: datetime) -> bool:
        """Whether a window is open."""
        return self._around(now) is not None

    def stays_open(self, since: datetime, until: datetime) -> bool:
        """Whether one window contains both moments and all between them; they are less than a day apart."""
        if not self.contains(since):
            return False
        closes = self.closes(since)
        return self.contains(until) if closes is None else until < closes

    def next_opening(self, now: datetime) -> datetime:
        """`now` itself when a window is open, else when the next one opens."""
        if self.contains(now):
            return now.astimezone(UTC)
        here = now.astimezone(VIETNAM)
        for day in rrule.rrule(rrule.DAILY, dtstart=_midnight(here), count=FURTHEST.days):
            for hours in self.on(day.date()):
                opening: datetime = day + hours.opens
                if opening > here:
                    return opening.astimezone(UTC)
        raise ValueError(f"no window opens within {FURTHEST.days} days")

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
        return next((h for h in self.on(here.date()) if h.opens <= past_midnight < h.closes - self.margin), None)

    def __str__(self) -> str:
        return ",".join(map(str, self.hours))


@lru_cache(maxsize=256)
def _permitted(windows: Windows, day: date) -> tuple[Hours, ...]:
    """Windows cut to what is permitted on a day; what the margin would take whole is left out."""
    permitted = next((hours for first, hours in reversed(windows.limits) if first <= day), windows.limits[0][1])
    cut = (mine.cut(theirs) for mine in windows.hours for theirs in permitted)
    left = tuple(sorted(one for one in cut if one is not None and one.closes - windows.margin > one.opens))
    return left or permitted


#: For texts that have no window: customer care.
ALWAYS = Windows((Hours(timedelta(0), DAY),))


def parse_at(text: str, now: datetime) -> datetime:
    """The moment that somebody wrote (`read_moment`); a date alone is its 00:00.

    It may lie up to 15 minutes before `now`, and a date alone may be today's: take what is later, and the next opening.
    Raises Misuse for what cannot be read, Refused `at_in_the_past` or `at_too_far`.
    """
    _check_aware(now)
    at, day_alone = read_moment(text)
    _check_near(at, _midnight(now.astimezone(VIETNAM)) if day_alone else now - GRACE, now)
    return at


def parse_until(text: str, now: datetime) -> datetime:
    """The last moment that somebody wrote; a date alone means the whole of that day. Raises as `parse_at`."""
    _check_aware(now)
    at, day_alone = read_moment(text)
    last = at + DAY if day_alone else at
    _check_near(last, now - GRACE, now)
    return last


def read_moment(text: str) -> tuple[datetime, bool]:
    """A moment in UTC and whether it is a date alone, from ISO 8601 or as people in Vietnam write it, the day first.

    `2026-11-28T09:00+07:00`, `28/11/2026 9:00`, `9h00 28/11/2026`, `28/11/2026`. Without an offset it is Vietnam time.
    Raises Misuse.
    """
    written = text.strip()
    try:
        # isoparse takes a year or a month for its first day; nobody means that by a time to begin.
        long_enough = written if len(written) >= len("20260302") else ""
        moment, day_alone = _spoken(long_enough) or (parser.isoparse(long_enough), len(written) <= len("2026-03-02"))
        at = (moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).astimezone(UTC)
        local(at)  # the ends of time leave the calendar of another zone
    except (ValueError, OverflowError) as fault:
        raise Misuse(
            f'"{written}" is not a date: write for example 2026-03-02T09:00+07:00, or 02/03/2026 9:00 (the day first).'
        ) from fault
    return at, day_alone


def _spoken(text: str) -> tuple[datetime, bool] | None:
    """A date as people in Vietnam write it, and whether it is without a time; None for any other form, ValueError for no date."""
    found = next(filter(None, (form.fullmatch(text) for form in SPOKEN)), None)
    if found is None:
        return None
    parts = found.groupdict()
    day = datetime(int(parts["year"]), int(parts["month"]), int(parts["day"]), tzinfo=VIETNAM)
    return day.replace(hour=int(parts.get("hour") or 0), minute=int(parts.get("minute") or 0)), "hour" not in parts


def _check_near(at: datetime, earliest: datetime, now: datetime) -> None:
    details = {"at": local(at), "now": local(now)}
    if at < earliest:
        sentence = "{at} is in the past, it is now {now}: name a later time, or none to begin at once."
        raise Refused("at_in_the_past", sentence.format(**details), details)
    if at > now + FURTHEST:
        sentence = "{at} is more than {days} days away, it is now {now}: name an earlier time."
        raise Refused("at_too_far", sentence.format(days=FURTHEST.days, **details), details)


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


def _midnight(here: datetime) -> datetime:
    return here.replace(hour=0, minute=0, second=0, microsecond=0)
