"""Reads a phone number: every spelling of a Vietnamese mobile number becomes one integer.

A phone is an int of 11 digits in 84 form: 84901234567. What counts is the shape (nine digits that begin with
3, 5, 7, 8 or 9): new prefixes appear and numbers change their carrier, so an unknown prefix is no reason to refuse.
Source of the renumbering and of the carriers: the plan of 2018; libphonenumber's ranges.csv (2026-07). Source of the M2M and
UAN ranges: libphonenumber 9.0.43, territory VN (`mobile` that begins with 1, and `uan`).
"""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

import phonenumbers


class Fault(StrEnum):
    """Why a value names no mobile number that we can message."""

    BLANK = "blank"
    RUBBISH = "rubbish"
    SEVERAL = "several"
    SCIENTIFIC = "scientific"
    FIXED_LINE = "fixed_line"
    SHORT_CODE = "short_code"
    #: The SIM of a device (a meter, a card reader, a car).
    M2M = "m2m"
    #: A number of an organisation (199, 799, and 69 of the ministries of defence and public security).
    UAN = "uan"
    FOREIGN = "foreign"
    #: Begins with 01, as mobile numbers did until 2018, but is none of those that were renumbered.
    OLD_PREFIX = "old_prefix"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    #: 0123456789, 0999999999: what people type where they have no number.
    PLACEHOLDER = "placeholder"

    @property
    def sentence(self) -> str:
        """The reason as a person reads it beside the row."""
        return SENTENCES[self]


SENTENCES: dict[Fault, str] = {
    Fault.BLANK: "The cell is blank.",
    Fault.RUBBISH: "This is not a phone number.",
    Fault.SEVERAL: "There are several numbers in one cell; give each its own row.",
    Fault.SCIENTIFIC: "Scientific notation has lost digits of the number; format the column as text and export again.",
    Fault.FIXED_LINE: "This is a fixed line, which takes no SMS.",
    Fault.SHORT_CODE: "This is a short code or service number, not a subscriber.",
    Fault.M2M: "This is an M2M number, the SIM of a device; nobody reads its messages.",
    Fault.UAN: "This is a UAN, the number of an organisation and not of a subscriber; it takes no SMS.",
    Fault.FOREIGN: "This is a foreign number; only Vietnamese mobile numbers can be messaged.",
    Fault.OLD_PREFIX: "No mobile number begins with 01 since 2018, and this one has no new form.",
    Fault.TOO_SHORT: "The number has too few digits.",
    Fault.TOO_LONG: "The number has too many digits.",
    Fault.PLACEHOLDER: "This is a placeholder (digits that only rise, fall or repeat), not a subscriber.",
}

UNKNOWN_CARRIER = "unknown"

_COUNTRY = 84_000_000_000
_MOBILE = re.compile(r"(?:(?:\+|00)?84)?0?([35789][0-9]{8})")
#: Several of them, one a line; their last nine digits are the national ones.
_MOBILES = re.compile(rf"{_MOBILE.pattern}(?:\n{_MOBILE.pattern})*")
_OLD_MOBILE = re.compile(r"(?:(?:\+|00)?84)?0?(1[0-9]{2})([0-9]{7})")
#: The three digits after the 0 of an 11-digit number -> the two that replaced them in 2018.
_RENUMBERED = (
    {str(old): str(old - 130) for old in range(162, 170)}  # Viettel: 0162-0169 -> 032-039
    | {"120": "70", "121": "79", "122": "77", "126": "76", "128": "78"}  # MobiFone
    | {"123": "83", "124": "84", "125": "85", "127": "81", "129": "82"}  # VinaPhone
    | {"186": "56", "188": "58", "199": "59"}  # Vietnamobile, Gmobile
)

#: Nine equal digits, or nine that fall by one. None that rise by one has the shape of a mobile number.
_PLACEHOLDERS = frozenset({digit * 9 for digit in "35789"} | {"987654321", "876543210"})
#: What has another shape and is typed for the same reason: so many digits that only repeat, rise or fall.
_SHORTEST_PLACEHOLDER = 8
_RISING, _FALLING = "01234567890", "9876543210"

_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+")
#: What a spreadsheet that took the number for a quantity writes, and what a program wrote that put the lost 0 before it. No digit
#: of the number stands behind the point: 091234567.0 has one too few.
_DECIMAL = re.compile(r"(\+?[1-9][0-9]{1,12})[.,]0+|(0[0-9]{6,12})[.,]0{1,2}")
#: What stands before a number: a link's scheme, that of Facebook's exports (p:+84...), a spreadsheet's mark of text ('090...,
#: ="090..."). Other labels are those of the sender's own number, above a list.
_PREFACE = re.compile(r"(?:(?:tel|p):|[\s\u200b-\u200f\u2060\ufeff'’‘`\"=])+", re.IGNORECASE)
_ONE_OF_SEVERAL = re.compile(r"(?<![0-9])(?:(?:\+|00)?84)?[ .()-]*0?[1-9](?:[ .()-]*[0-9]){8,9}(?![0-9])")
#: The code of Ho Chi Minh City until 2017, set apart: without the brackets it would be a mobile number that begins with 083.
_OLD_CITY_CODE = re.compile(
    r"(?:(?:\+|00)?84[ .-]*)?\( *0?8 *\)[ .-]*[2-7][0-9 .-]*|(?:\+|00)84[ .-]+8[ .-]+[2-7][0-9 .-]*"
)
_SHORT_CODE = re.compile(r"[18][0-9]{2,5}|[5679][0-9]{3}|1[89]00[0-9]{4,6}")
_M2M = re.compile(r"1[46]0[0-9]{6}|121[0-3][0-9]{5}")
_UAN = re.compile(r"[17]99[0-9]{4}|69[0-9]{5,6}")
_FIXED_LINE = re.compile(r"[246][0-9]{8,9}")
#: Shapes of national numbers that are no subscriber's; none fits two of them.
_SHAPES = {Fault.M2M: _M2M, Fault.UAN: _UAN, Fault.FIXED_LINE: _FIXED_LINE, Fault.SHORT_CODE: _SHORT_CODE}
#: No spelling of one number is longer, and no two numbers are worth looking for beyond.
_LONGEST_CELL = 200


class _Ink(dict[int, str | None]):
    """For `str.translate`: any script's digit becomes ASCII, what only separates goes, the rest stays as it is."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        digit = unicodedata.decimal(character, None)
        plain = unicodedata.normalize("NFKC", character)
        if digit is not None:
            ink: str | None = str(digit)
        elif unicodedata.category(character) in {"Pd", "Zs", "Zl", "Zp", "Cf"} or plain in set("\t\n\v\f\r.,/()[]·•−⁃"):
            ink = None
        else:
            ink = "+" if plain == "+" else character
        self[code] = ink
        return ink


_INK = _Ink()
#: What is read as a plain space where two numbers must stay apart.
_SPACED = re.compile(r"[^\S ]|[\u200b-\u200f\u2060\ufeff]")


def read(value: str | float | None) -> tuple[int, bool] | Fault:
    """The phone in `value` and whether an old number was given its new prefix, or why there is none. Never raises.

    Takes text as people write it, and the int or float that a spreadsheet made of it.
    """
    if isinstance(value, str):
        # Most values are plain: one look decides them, and a million take about a second.
        plain = _MOBILE.fullmatch(value)
        if plain is None:
            return _read_text(value)
        return Fault.PLACEHOLDER if plain[1] in _PLACEHOLDERS else (_COUNTRY + int(plain[1]), False)
    return Fault.BLANK if value is None else _read_number(value)


def plain_digits(values: Sequence[object]) -> list[str]:
    """The nine national digits of each value; empty unless all are plainly numbers, so that `read` need not look at any."""
    try:
        lines = "\n".join(values)  # type: ignore[arg-type]  # what is no text raises
    except TypeError:
        return []
    if lines.count("\n") != len(values) - 1 or not _MOBILES.fullmatch(lines):
        return []
    digits = [line[-9:] for line in lines.split("\n")]
    return digits if _PLACEHOLDERS.isdisjoint(digits) else []


def _read_number(value: float) -> tuple[int, bool] | Fault:
    # "Not at least 0" is also true of what is no number at all (NaN).
    if isinstance(value, bool) or not value >= 0:
        return Fault.RUBBISH
    if value >= 10**15:
        return Fault.TOO_LONG
    return _read_text(str(int(value))) if value == int(value) else Fault.RUBBISH


def _read_text(value: str) -> tuple[int, bool] | Fault:
    text = value.strip(" \t\r\n;,")
    if preface := _PREFACE.match(text):
        text = text[preface.end() :].rstrip("\"' ")
    if decimal := _DECIMAL.fullmatch(text):
        text = decimal[1] or decimal[2]
    ink = text.translate(_INK)
    if mobile := _MOBILE.fullmatch(ink):
        if _OLD_CITY_CODE.fullmatch(text):
            return Fault.FIXED_LINE
        return Fault.PLACEHOLDER if mobile[1] in _PLACEHOLDERS else (_COUNTRY + int(mobile[1]), False)
    if _is_placeholder(ink.removeprefix("+")):
        return Fault.PLACEHOLDER
    if old := _OLD_MOBILE.fullmatch(ink):
        prefix = _RENUMBERED.get(old[1])
        if prefix:
            return _COUNTRY + int(prefix + old[2]), True
    return _fault(text[:_LONGEST_CELL], ink)


def several(value: str | float | None) -> list[str]:
    """The numbers of a cell that holds nothing but several, as they stand there; none where anything else does."""
    if not isinstance(value, str) or len(value) <= 2 * 9:
        return []
    legible = _legible(value)
    found = _ONE_OF_SEVERAL.findall(legible)
    between = _ONE_OF_SEVERAL.sub("", legible)
    apart = not any(character.isalnum() for character in between)
    return [one.strip(" .()-") for one in found] if len(found) > 1 and apart else []


def is_among_words(value: str | float | None) -> bool:
    """Whether a cell holds a number with words around it."""
    if not isinstance(value, str) or not 9 < len(value) <= _LONGEST_CELL or not any(map(str.isalpha, value)):
        return False
    return any(_MOBILE.fullmatch(one.translate(_INK)) for one in _ONE_OF_SEVERAL.findall(_legible(value)))


def _is_placeholder(digits: str) -> bool:
    """Whether the digits, or all behind the 0 or 84, only repeat, rise or fall; for what has no mobile number's shape."""
    if not digits.isdigit():
        return False
    behind = (digits.removeprefix(start) for start in ("", "0", "84"))
    long = [rest for rest in behind if len(rest) >= _SHORTEST_PLACEHOLDER]
    return any(len(set(rest)) == 1 or rest in _RISING or rest in _FALLING for rest in long)


def _fault(text: str, ink: str) -> Fault:
    """Which fault a text has that is no mobile number; `ink` is the same without what only separates."""
    if not ink:
        return Fault.BLANK
    if _SCIENTIFIC.fullmatch(text):
        return Fault.SCIENTIFIC
    if len(ink) > 2 * 9 - 1 and len(_ONE_OF_SEVERAL.findall(_legible(text))) > 1:
        return Fault.SEVERAL
    digits = ink.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return Fault.RUBBISH
    international = ink.startswith("+") or digits.startswith("00")
    if _is_foreign(digits.removeprefix("00"), international=international):
        return Fault.FOREIGN
    return _fault_of_digits(digits, international=international)


def _fault_of_digits(digits: str, *, international: bool) -> Fault:
    if international:
        digits = digits.removeprefix("00")
        if not digits.startswith("84"):
            return Fault.RUBBISH
    elif _SHORT_CODE.fullmatch(digits):
        return Fault.SHORT_CODE
    national = (digits[2:] if digits.startswith("84") and len(digits) > 9 else digits).removeprefix("0")
    for fault, shape in _SHAPES.items():
        if shape.fullmatch(national):
            return fault
    if national.startswith("1") and len(national) in {9, 10}:
        return Fault.OLD_PREFIX
    return Fault.TOO_SHORT if len(national) <= 9 else Fault.TOO_LONG


def _is_foreign(digits: str, *, international: bool) -> bool:
    """Whether the digits are a number of another country; without + or 00 only if they are a valid one in full."""
    if digits.startswith(("0", "84")) or (not international and len(digits) <= 10):
        return False
    try:
        number = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return False
    return international or phonenumbers.is_valid_number(number)


def _legible(text: str) -> str:
    """The text with digits and dashes in ASCII and every space a plain one, so that two numbers stay apart."""
    return "".join(_INK[ord(c)] or ("-" if unicodedata.category(c) == "Pd" else c) for c in _SPACED.sub(" ", text))


#: A table of our own rather than `phonenumbers.carrier`, which knows Itel (087) only as VinaPhone, Wintel (055) by its former
#: name, and holds the data of the whole world in memory for these ten lines.
_CARRIERS = {
    "Viettel": "31 32 33 34 35 36 37 38 39 86 96 97 98",
    "MobiFone": "30 51 70 76 77 78 79 89 90 93",
    "VinaPhone": "81 82 83 84 85 88 91 94",
    "Vietnamobile": "52 56 58 92",
    "Gmobile": "59 993 994 995 996 997",
    "Wintel": "55",
    "Itel": "87",
    "Indochina Telecom": "998 999",
}
_CARRIER_BY_PREFIX = {prefix: carrier for carrier, prefixes in _CARRIERS.items() for prefix in prefixes.split()}
#: By the first three national digits, so that a look-up is one step.
_CARRIER = {
    n: _CARRIER_BY_PREFIX.get(str(n)) or _CARRIER_BY_PREFIX.get(str(n)[:2], UNKNOWN_CARRIER) for n in range(100, 1000)
}


#: The first three national digits that some carrier has.
KNOWN_PREFIXES = frozenset(prefix for prefix, name in _CARRIER.items() if name != UNKNOWN_CARRIER)


def carrier(phone: int) -> str:
    """The carrier that the prefix was given to, or `unknown`. A guess: since 2018 subscribers keep their number."""
    return _CARRIER.get(phone // 10**6 - 84_000, UNKNOWN_CARRIER)


def local(phone: int) -> str:
    """As people in Vietnam write it: 0901234567."""
    return f"0{phone - _COUNTRY}"


def masked(phone: int) -> str:
    """As it may stand in a log line: 8490***4567."""
    digits = str(phone)
    return f"{digits[:4]}***{digits[-4:]}"
