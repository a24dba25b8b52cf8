"""Public holidays in Vietnam: which days, which of them are decided, and how old the library is that computes them."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version

from holidays import country_holidays

from worker.domain.policy import OURS, Decided

#: The release of the library that this Loa was built with, and its year: a year later it knows no decree of the year.
BUILT_WITH = ((0, 109), 2026)


@dataclass(frozen=True, slots=True)
class Questionable:
    """A day of which it is not decided whether it is a holiday; `closed`: it is taken for one."""

    day: date
    closed: bool
    why: str

    def __str__(self) -> str:
        return f"{self.day.isoformat()} ({self.why}, taken as {'closed' if self.closed else 'open'})"


@cache
def public_holidays(year: int, language: str = "en_US") -> dict[date, str]:
    """Names of the public holidays of a year, days in lieu with them, in English or Vietnamese (`vi`).

    A year whose decree is not out follows the law's rule, without the working days that the decree may swap. One year a
    call, because the library's calendar that grows as it is asked may not be shared by threads.
    """
    return dict(country_holidays("VN", years=year, expand=False, language=language))


def questionable(first: date, last: date, decided: Decided = OURS.calendar) -> list[Questionable]:
    """The days from `first` to `last` that only a rule makes holidays, or about which there is an open question."""
    found = []
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        name = public_holidays(day.year).get(day)
        if decided.holds(day) or (name is None and day not in decided.in_question):
            continue
        found.append(Questionable(day, name is not None, decided.in_question.get(day) or f"{name}, computed"))
    return found


def library_is_old(year: int) -> bool:
    """Whether the installed library is older than the year."""
    known, built = BUILT_WITH
    installed = tuple(int(part) for part in version("holidays").split(".")[:2] if part.isdigit())
    return installed <= known and year > built
