"""One window of the day: when it opens and closes, read and written as people do."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

DAY = timedelta(days=1)
SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """One window of the day, half-open [opens, closes), as time since midnight in Vietnam."""

    opens: timedelta
    closes: timedelta

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.opens < self.closes <= DAY:
            raise ValueError(f"the window {self} closes before it opens, or leaves the day")

    @classmethod
    def read(cls, text: str) -> Self:
        """One window from `08:00-11:30`; ValueError says what cannot be read."""
        found = SPAN.fullmatch(text)
        if not found or int(found[2]) > 59 or int(found[4]) > 59:
            raise ValueError(f'"{text}" is not a window: write for example 08:00-11:30')
        first, last = (timedelta(hours=int(found[at]), minutes=int(found[at + 1])) for at in (1, 3))
        return cls(first, last)

    def within(self, other: Self) -> bool:
        """Whether it lies in the other."""
        return other.opens <= self.opens and self.closes <= other.closes

    def cut(self, other: Self) -> Self | None:
        """What of it lies in the other; None: nothing."""
        opens, closes = max(self.opens, other.opens), min(self.closes, other.closes)
        return type(self)(opens, closes) if opens < closes else None

    def __str__(self) -> str:
        return f"{_hhmm(self.opens)}-{_hhmm(self.closes)}"


def _hhmm(past_midnight: timedelta) -> str:
    hours, minutes = divmod(past_midnight // timedelta(minutes=1), 60)
    return f"{hours:02}:{minutes:02}"
