"""Numbers, money, moments and phones as people of a language write them; all moments are shown in Vietnam time.

Vietnamese: 1.234.567 · 750.000 ₫ · 09:00 30/11/2026. English: 1,234,567 · 750,000 VND · 30 Nov 2026, 09:00.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_compact_decimal, format_decimal, format_percent

from worker.domain import phone
from worker.domain.window import VIETNAM

#: Digits of a number that are shown to who may not read all of it: 090•••••67.
SHOWN_AHEAD: Final = 3
SHOWN_BEHIND: Final = 2
NONE: Final = "–"

WITH_DAY: Final = {"vi": "HH:mm EEEE, dd/MM/yyyy", "en": "EEEE, d MMM yyyy, HH:mm"}
MOMENT: Final = {"vi": "HH:mm dd/MM/yyyy", "en": "d MMM yyyy, HH:mm"}
SECOND: Final = {"vi": "HH:mm:ss dd/MM/yyyy", "en": "d MMM yyyy, HH:mm:ss"}
DAY: Final = {"vi": "dd/MM/yyyy", "en": "d MMM yyyy"}
MONTH: Final = {"vi": "'tháng' M/yyyy", "en": "MMMM yyyy"}


@dataclass(frozen=True, slots=True)
class Formats:
    """How one language writes things; `language` is vi or en."""

    language: str

    def number(self, value: float | Decimal | None) -> str:
        """A whole number or a short fraction with its groups; – for nothing."""
        return NONE if value is None else _decimal(value, self.language)

    def compact(self, value: float | Decimal) -> str:
        """A number as it is written where there is little room, in three digits or so: 12,9 N, 148 Tr."""
        whole = len(str(abs(int(value)))) % 3 == 0
        return str(format_compact_decimal(value, locale=self.language, fraction_digits=0 if whole else 1))

    def share(self, part: int, whole: int) -> str:
        """A share of a whole as a percentage with one digit; – of nothing."""
        return NONE if not whole else str(format_percent(part / whole, "#,##0.#%", locale=self.language))

    def money(self, value: Decimal | float | None) -> str:
        """An amount of đồng, rounded to whole ones; – where nobody knows it."""
        if value is None:
            return NONE
        unit = "₫" if self.language == "vi" else "VND"
        return f"{_decimal(round(value), self.language)}\N{NO-BREAK SPACE}{unit}"

    def moment(self, at: datetime | None) -> str:
        """A moment to the minute; – for none."""
        return NONE if at is None else self._written(at, MOMENT)

    def second(self, at: datetime | None) -> str:
        """A moment to the second; – for none."""
        return NONE if at is None else self._written(at, SECOND)

    def with_day(self, at: datetime | None) -> str:
        """A moment with its day of the week; – for none."""
        return NONE if at is None else self._written(at, WITH_DAY)

    def clock(self, at: datetime | None) -> str:
        """The time of the day alone; – for none."""
        return NONE if at is None else at.astimezone(VIETNAM).strftime("%H:%M")

    def day(self, of: date | datetime | None) -> str:
        """A day; – for none."""
        if of is None:
            return NONE
        here = of.astimezone(VIETNAM).date() if isinstance(of, datetime) else of
        return str(format_date(here, DAY[self.language], locale=self.language))

    def weekday(self, of: datetime) -> str:
        """The day of the week."""
        return str(format_date(of.astimezone(VIETNAM).date(), "EEEE", locale=self.language))

    def month(self, of: date) -> str:
        """A month with its year."""
        return str(format_date(of, MONTH[self.language], locale=self.language))

    def short_month(self, of: date) -> str:
        """A month as a picture's axis has it."""
        return f"{of.month}/{of.year % 100}" if self.language == "vi" else str(format_skeleton("MMM", of, locale="en"))

    def hours(self, windows: object) -> str:
        """Windows of the day, 08:00–11:30 và 13:30–20:00."""
        spans = [span.replace("-", "–") for span in str(windows).split(",")]
        return (" và " if self.language == "vi" else " and ").join(spans)

    def duration(self, length: timedelta | float) -> str:
        """A length of time in its two largest units: 2 giờ 5 phút."""
        seconds = round(length.total_seconds() if isinstance(length, timedelta) else length)
        units = (("ngày", "d"), ("giờ", "h"), ("phút", "min"), ("giây", "s"))
        days, rest = divmod(max(seconds, 0), 86_400)
        counts = (days, *divmod(rest // 60, 60), rest % 60)
        at = 0 if self.language == "vi" else 1
        said = [f"{count}\N{NO-BREAK SPACE}{units[place][at]}" for place, count in enumerate(counts) if count]
        return " ".join(said[:2]) or f"0\N{NO-BREAK SPACE}{units[3][at]}"

    def _written(self, at: datetime, patterns: dict[str, str]) -> str:
        here = at.astimezone(VIETNAM).replace(tzinfo=None)
        return str(format_datetime(here, patterns[self.language], locale=self.language))


@lru_cache(maxsize=4096)
def _decimal(value: float | Decimal, language: str) -> str:
    return str(format_decimal(value, "#,##0.##", locale=language))


def phone_number(number: int | str, *, whole: bool) -> str:
    """A number as it is dialled, 0901 234 567; with its middle hidden for who may not read it, 090• ••• •67."""
    written = phone.local(number) if isinstance(number, int) else number
    if not whole:
        hidden = len(written) - SHOWN_AHEAD - SHOWN_BEHIND
        written = written[:SHOWN_AHEAD] + "•" * max(hidden, 0) + written[-SHOWN_BEHIND:]
    return "\N{NO-BREAK SPACE}".join((written[:4], written[4:7], written[7:])).strip()


def digits(number: int, *, whole: bool) -> str:
    """The same without blanks, for fields and files."""
    return phone_number(number, whole=whole).replace("\N{NO-BREAK SPACE}", "")
