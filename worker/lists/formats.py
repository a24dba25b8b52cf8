"""A number as a spreadsheet shows it: zeros in front, thousands, decimals, per cent, and text around it.

The formats are those of Office Open XML (ECMA-376 part 1, 18.8.31). What cannot be rendered surely (fractions, exponents,
conditions) is left alone: None.
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]'
    r"|\[(?P<bracket>[^\]]*)\]|_(?P<skipped>.)|\*(?P<filled>.)|(?P<digits>[0#?][0#?,]*(?:\.[0#?]*)?|\.[0#?]+|[Gg]eneral)|(?P<percent>%)"
    r"|(?P<plain>.)",
    re.DOTALL,
)
_COLOURS = frozenset(["black", "blue", "cyan", "green", "magenta", "red", "white", "yellow"])
#: Letters that a format may hold without quotation marks.
_LITERAL = frozenset(" -+():$.đ₫€£¥'")


_HALF_DAYS = re.compile("AM/PM|A/P", re.IGNORECASE)
_ELAPSED = frozenset(["h", "hh", "m", "mm", "s", "ss"])


class _Section(NamedTuple):
    before: str
    after: str
    digits: str
    scale: int


def shown(number: float, code: str) -> str | None:
    """The number in this format, or None where the format says nothing special or cannot be rendered surely."""
    sections = _sections(code)
    if sections is None:
        return None
    positive, *others = sections
    section, sign = positive, "-" if number < 0 else ""
    if number < 0 and others:
        section, sign = others[0], ""
    elif number == 0 and len(others) > 1:
        section = others[1]
    if not section.digits:
        return f"{section.before}{section.after}"
    value = abs(Decimal(repr(number))).scaleb(section.scale)
    return f"{sign}{section.before}{_digits(value, section.digits)}{section.after}"


@lru_cache(1000)
def date_parts(code: str) -> str:
    """Which parts of a date the format shows, of d, m, y, h, s and e (elapsed hours or minutes); "" for no date."""
    section = _HALF_DAYS.sub("", _split(code)[0])
    found: list[str] = []
    for token in _TOKEN.finditer(section):
        kind, text = str(token.lastgroup), str(token[str(token.lastgroup)]).lower()
        if kind == "bracket" and text in _ELAPSED:
            found.append("e")
        elif kind == "plain" and text in "dmyhs":
            found.append(text)
        elif kind == "digits" and not text.startswith("."):
            # A number in a currency whose letters nobody quoted; seconds may have a fraction.
            return ""
    runs = ["", *(one for one, _ in groupby(found)), ""]
    # An m behind hours or before seconds is minutes.
    return "".join(
        sorted(
            {
                "h" if one == "m" and (before in ("h", "e") or after == "s") else one
                for before, one, after in zip(runs, runs[1:], runs[2:], strict=False)
            }
        )
    )


def general(value: float) -> float:
    """A number with the ten digits or fewer that a cell of eleven characters has room for, where it is no whole one."""
    room = 10 - len(str(int(abs(value))))
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-room), ROUND_HALF_UP)) if room >= 0 else value


def of_text(text: str, code: str) -> str:
    """A text in this format: what its section for texts puts around it; the text alone where it has none."""
    parts = _split(code)
    section = parts[-1] if len(parts) > 3 or "@" in parts[-1] else "@"
    shown = ""
    for token in _TOKEN.finditer(section):
        kind, found = str(token.lastgroup), str(token[str(token.lastgroup)])
        if kind == "plain" and found == "@":
            shown += text
        elif kind in {"quoted", "escaped"} or (kind == "plain" and found in _LITERAL):
            shown += found
        elif kind not in {"bracket", "skipped", "filled"}:
            return text
    return shown


def _digits(value: Decimal, digits: str) -> str:
    if digits.lower() == "general":
        return f"{Decimal(repr(general(float(value)))).normalize():f}"
    whole, _, fraction = digits.partition(".")
    thousands = "," in whole
    whole = whole.replace(",", "")
    rounded = value.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    left, _, right = f"{rounded:f}".partition(".")
    left = (left.lstrip("0")).rjust(len(whole.lstrip("#?")), "0")
    if thousands and left:
        padded = left.rjust(-(-len(left) // 3) * 3)
        left = ",".join(padded[at : at + 3] for at in range(0, len(padded), 3)).strip()
    # Zeros at the end stay where the format has a 0, and go where it has a #.
    least = len(fraction.rstrip("#?"))
    right = right[:least] + right[least:].rstrip("0")
    return f"{left}.{right}" if right else left


@lru_cache(1000)
def _sections(code: str) -> tuple[_Section, ...] | None:
    """The sections of a format (positive; negative; zero); None for General, dates, and where one is not understood."""
    if code.strip().lower() in ("general", "@", ""):
        return None
    sections = [_section(part) for part in _split(code)[:3]]
    found = tuple(one for one in sections if one is not None)
    return found if len(found) == len(sections) else None


def _split(code: str) -> list[str]:
    parts, quoted = [""], False
    escaped = False
    for character in code:
        if character == ";" and not quoted and not escaped:
            parts.append("")
            continue
        quoted ^= character == '"' and not escaped
        escaped = character == "\\" and not escaped
        parts[-1] += character
    return parts


def _section(part: str) -> _Section | None:
    before, after, digits, scale, money = "", "", "", 0, False
    for token in _TOKEN.finditer(part):
        kind, text = str(token.lastgroup), str(token[str(token.lastgroup)])
        if kind == "digits":
            # A comma at the end shows thousands; two groups of digits are a telephone's or a fraction's.
            if digits or text.endswith(","):
                return None
            digits = text
            continue
        if (kind == "bracket" and text.lower() not in _COLOURS) or (kind == "plain" and text not in _LITERAL):
            return None
        scale += 2 * (kind == "percent")
        money = money or kind == "currency"
        text = "" if kind in {"bracket", "skipped", "filled"} else text
        before, after = (before, after + text) if digits else (before + text, after)
    # Programs do not agree on a share of a currency.
    return None if money and scale else _Section(before, after, digits, scale)
