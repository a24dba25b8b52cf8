"""Reads an hour of the night or a time of the past: written in Vietnam time, handed on in UTC."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final

from worker.domain.window import VIETNAM, read_moment

NEVER: Final = "never"


def parse_hour(written: str) -> time | None:
    """`03:00` as a time of the day; None for `never`. Raises ValueError."""
    if written == NEVER:
        return None
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", written, re.ASCII)
    if found is None:
        raise ValueError(f"{written!r} is no hour: write for example 03:00, or {NEVER}")
    return time(int(found[1]), int(found[2]))


def next_time(hour: time, now: datetime) -> datetime:
    """The next moment after `now` when it is that hour in Vietnam."""
    here = now.astimezone(VIETNAM)
    at = here.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
    return (at if at > here else at + timedelta(days=1)).astimezone(UTC)


def yesterday(now: datetime) -> datetime:
    """When yesterday began in Vietnam."""
    here = now.astimezone(VIETNAM)
    return (here.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)).astimezone(UTC)


def parse_moment(written: str) -> datetime:
    """A moment of the past that somebody wrote (`read_moment`). Raises Misuse."""
    return read_moment(written)[0]
