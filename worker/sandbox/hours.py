"""Spans of a Vietnamese day, written "08:00-11:30,13:30-20:00", from open up to but not close."""

import re
from datetime import datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


def spans(text: str) -> list[tuple[int, int]]:
    """Minutes of the day from and to; an empty text has none.

    Raises:
        ValueError: it is not written like that.
    """
    found = []
    for span in filter(None, text.split(",")):
        match = _SPAN.fullmatch(span.strip())
        if match is None:
            raise ValueError(f"{span!r} is not a span of hours like 08:30-16:30")
        hour, minute, end_hour, end_minute = map(int, match.groups())
        found.append((hour * 60 + minute, end_hour * 60 + end_minute))
    return found


def within(at: datetime, text: str) -> bool:
    """Whether the aware time `at` lies in one of the spans, Vietnam time; an empty text has no closed hours."""
    local = at.astimezone(VIETNAM)
    minute = local.hour * 60 + local.minute
    return not text or any(opens <= minute < closes for opens, closes in spans(text))
