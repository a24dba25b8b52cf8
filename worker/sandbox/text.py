"""The length of a text and whom it can reach, as the providers read it: written from their documents, not Loa's."""

import re
from collections.abc import Iterable

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"
_SEPTETS = dict.fromkeys(_BASIC, 1) | dict.fromkeys(_EXTENDED, 2)
#: "+84" is not accepted, as a public client of eSMS notes.
_MOBILE = re.compile(r"(?:0|84)([35789][0-9]{8})")

#: Carriers by the two digits after 0, then the finer ones (libphonenumber's ranges.csv).
_CARRIERS = {
    "Viettel": "31 32 33 34 35 36 37 38 39 86 96 97 98",
    "Mobifone": "30 51 70 76 77 78 79 90 93 896 897 898 899",
    "Vinaphone": "81 82 83 84 85 88 91 94",
    "Itel": "87",
    "Vietnamobile": "56 58 92 522 523 528",
    "Gtel": "59 993 994 995 996 997",
    "Reddi": "559",
}
_BY_PREFIX = {prefix: carrier for carrier, prefixes in _CARRIERS.items() for prefix in prefixes.split()}


def units(text: str) -> int:
    """UTF-16 units, as a .NET server counts characters."""
    return len(text.encode("utf-16-le")) // 2


def parts(text: str) -> int:
    """Segments: 160, or 153 each, of GSM 7-bit; 70, or 67 each, of UCS-2 (3GPP TS 23.040)."""
    septets = [_SEPTETS.get(letter) for letter in text]
    if None in septets:
        size, single, each = units(text), 70, 67
    else:
        size, single, each = sum(count or 0 for count in septets), 160, 153
    return 1 if size <= single else -(-size // each)


def mobiles(written: Iterable[str]) -> list[int]:
    """The distinct valid mobile numbers, in order, as ints in 84 form; the rest is left out."""
    matches = map(_MOBILE.fullmatch, written)
    return list(dict.fromkeys(84_000_000_000 + int(match[1]) for match in matches if match))


def local(phone: int) -> str:
    """A number as eSMS and Fibo write it: 0901234567."""
    return f"0{phone - 84_000_000_000}"


def carrier(phone: int) -> str:
    """The carrier by the number's prefix; empty when the table has none."""
    national = str(phone)[2:]
    return _BY_PREFIX.get(national[:3]) or _BY_PREFIX.get(national[:2], "")
