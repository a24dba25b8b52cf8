"""Shows a cell's number as its number format says: a date, a share, an amount, or the bare number.

Formats that are named by a number alone are those of ECMA-376 part 1, 18.8.30.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import isfinite
from typing import Final

from worker.lists import formats

#: No date and no share is as large; a phone number is.
PHONE_LIKE: Final = 100_000_000
#: So many formats that are not known are named.
_MOST_NAMED: Final = 5
#: A duration is shorter, and a date of this century later.
_LONGEST_DURATION: Final = 366
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet has no zone
_EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001
GENERAL: Final = "General"
#: What is smaller is shown with an exponent.
_SMALLEST_WRITTEN: Final = 1e-4
_MONEY: Final = '_(* #,##0{0}_);_(* (#,##0{0});_(* "-"{1}_);_(@_)'
BUILT_IN: Final = {
    0: GENERAL,
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "mm-dd-yy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "m/d/yy h:mm",
    37: "#,##0_);(#,##0)",
    38: "#,##0_);[Red](#,##0)",
    39: "#,##0.00_);(#,##0.00)",
    40: "#,##0.00_);[Red](#,##0.00)",
    41: _MONEY.format("", ""),
    42: _MONEY.format("", ""),
    43: _MONEY.format(".00", "??"),
    44: _MONEY.format(".00", "??"),
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
}

Shown = str | int | float


@dataclass
class Formats:
    """The number formats of a workbook by the style of a cell; remembers one that cannot be shown surely."""

    #: By the number of the style.
    codes: list[str] = field(default_factory=list)
    from_1904: bool = False
    #: The formats of numbers that cannot be shown surely, and how the first of each is written instead.
    unsure: dict[str, str] = field(default_factory=dict)

    def general(self, style: str) -> bool:
        """Whether numbers of this style ("" for none) are shown bare."""
        return self.code(style) == GENERAL

    def code(self, style: str) -> str:
        """The format of a style; raises ValueError for one that the workbook has not."""
        if not style:
            return GENERAL if not self.codes else self.codes[0]
        if (at := int(style)) >= len(self.codes):
            if not self.codes:
                return GENERAL
            raise ValueError(f"style {at} of {len(self.codes)}")
        return self.codes[at]

    def reader(self, style: str) -> Callable[[str], Shown | None]:
        """What reads a stored number of this style as its cell shows it; None for nothing."""
        code = self.code(style)

        def read(stored: str) -> Shown | None:
            return self.shown(number(stored), code) if stored else None

        return lru_cache(1000)(read)

    def shown(self, value: float, code: str) -> Shown:
        """A number as its cell shows it; one as long as a phone number is never taken for a date or a share."""
        if code == GENERAL or (abs(value) >= PHONE_LIKE and code.strip("0#, ;@") != ""):
            return bare(value)
        if parts := formats.date_parts(code):
            written = _date_text(value, parts, _EPOCH_1904 if self.from_1904 else _EPOCH)
            return bare(value) if written is None else written
        text = formats.shown(value, code)
        if text is not None:
            return text
        if code.strip().lower() not in {"general", "@", ""} and len(self.unsure) < _MOST_NAMED:
            self.unsure.setdefault(code, str(bare(value)))
        return bare(value)

    def text(self, style: str) -> Callable[[str], str] | None:
        """What shows a text of this style; None where it is shown as it is."""
        try:
            code = self.code(style)
        except ValueError:
            return None  # a style that the workbook has not changes no text
        return self.text_in(code)

    @staticmethod
    def text_in(code: str) -> Callable[[str], str] | None:
        """The same by the format itself."""
        if code in {GENERAL, "@"} or ("@" not in code and code.count(";") < 3):
            return None
        return lru_cache(1000)(lambda stored: formats.of_text(stored, code))

    def notes(self) -> list[str]:
        """A sentence where numbers are not written as their cells show them."""
        return [
            f"Numbers in the format {code} are written as they are stored, such as {instead}: it is not known here."
            for code, instead in self.unsure.items()
        ]


def number(stored: str) -> int | float:
    """A stored number; ValueError where it is none."""
    try:
        return int(stored)
    except ValueError:
        value = float(stored)
    if not isfinite(value):
        raise ValueError("a number without end")
    return value


def bare(value: float) -> int | float:
    """A stored number: whole ones as int, others with the digits that a spreadsheet shows of them."""
    if isinstance(value, int):
        return value
    if value.is_integer() and abs(value) < 10**15:
        return int(value)
    return formats.general(float(f"{value:.15g}")) if abs(value) >= _SMALLEST_WRITTEN else float(f"{value:.15g}")


def written(moment: object) -> str:
    """A date as Vietnam writes it (02/03/2026, and 08:30 unless it is midnight): it may be filled into a text."""
    match moment:
        case time():
            return moment.strftime("%H:%M")
        case datetime() if moment.time() != time():
            return moment.strftime("%d/%m/%Y %H:%M")
        case date():
            return moment.strftime("%d/%m/%Y")
        case timedelta():
            return _elapsed(moment)
        case _:
            return str(moment)


def _date_text(days: float, parts: str, epoch: datetime) -> str | None:
    """The days since the workbook's epoch as a date, of which only what the format shows; None if no calendar has it."""
    try:
        if days == 0 and set(parts) & set("dmy") and epoch == _EPOCH:
            return "00/01/1900"  # as Excel shows an empty cell that a formula found
        if "e" in parts and 0 <= days < _LONGEST_DURATION:
            return _elapsed(timedelta(days=days))
        # The calendar of 1900 has a 29 February that never was.
        day = int(days // 1) + (0 < days < 60 and epoch == _EPOCH)
        moment = epoch + timedelta(days=day) + timedelta(milliseconds=round(days % 1 * 86_400_000))
    except (OverflowError, ValueError):
        return None
    clock = "%H:%M:%S" if "s" in parts and moment.second else "%H:%M"
    if 0 <= days < 1 or not set(parts) & set("dmye"):
        return moment.strftime(clock)
    shows = "/".join(f"%{'Y' if one == 'y' else one}" for one in "dmy" if one in parts)
    # A day of the week alone, or a count of hours so large: the whole date says it surely.
    text = moment.strftime(shows if shows in {"%d/%m", "%m/%Y", "%Y"} else "%d/%m/%Y")
    return f"{text} {moment.strftime(clock)}" if "h" in parts and moment.time() != time() else text


def _elapsed(duration: timedelta) -> str:
    minutes = round(duration.total_seconds() / 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
