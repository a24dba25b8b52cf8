"""Cleans a text to what is sent exactly, and counts how many parts it takes.

`clean` turns what people paste into what they meant, `measure` counts it. Positions are 1-based characters (code
points), an accented letter counting as one. Sources: 3GPP TS 23.038 (the GSM alphabet and its extension table), TS
23.040 (parts of 153 or 67 behind a 6-byte header), Unicode's Default_Ignorable_Code_Point.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from worker.errors import Refused

GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: These cost two septets each: an escape and the character.
GSM_EXTENSION = "\f^{}\\[~]|€"

BASIC_ONLY = re.compile(f"[{re.escape(GSM_BASIC)}]*")
GSM_ONLY = re.compile(f"[{re.escape(GSM_BASIC + GSM_EXTENSION)}]*")
EXTENSION = re.compile(f"[{re.escape(GSM_EXTENSION)}]")
#: What makes the whole text Unicode. The name of a variable is passed over, because it is not sent.
OUTSIDE_GSM = re.compile(rf"\{{[^{{}}]*\}}|(?P<outside>[^{re.escape(GSM_BASIC + GSM_EXTENSION)}])")

EMOJI = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2934\u2935\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
#: Blank letters are printable to Python, so the quick look has to name them.
PRINTABLE_BLANKS = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
)
BLANKS = re.compile(f"[{PRINTABLE_BLANKS}]")
#: Everything that is not sent as it stands. The first two groups are kept: joiners and selectors have a meaning there.
SUSPECT = re.compile(
    f"(?P<keycap>[0-9#*]\ufe0f\u20e3)"
    f"|(?P<emoji>{EMOJI}[\ufe0e\ufe0f]?(?:(?<=\U0001f3f4)[\U000e0020-\U000e007e]+\U000e007f)?"
    f"(?:\u200d{EMOJI}[\ufe0e\ufe0f]?)*)"
    "|(?P<line_end>\r\n?|[\x85\u2028\u2029])"
    "|(?P<space>[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000])"
    f"|(?P<invisible>[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    f"\U000e0000-\U000e0fff{PRINTABLE_BLANKS}])"
    "|(?P<control>[\x00-\x08\x0b-\x1f\x7f-\x9f])"
    "|(?P<broken>[\ud800-\udfff])"
)

#: Group of SUSPECT -> what is sent in its place, and how the note calls it.
REPLACEMENTS = {
    "line_end": ("\n", "line end", "written as a line feed"),
    "space": (" ", "unusual space", "made a plain one"),
    "invisible": ("", "invisible character", "removed"),
}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text as it will be sent.

    `notes` are sentences for the author. A change names its position in the text as given; the warning about Unicode,
    like every rule after it, names the position in the cleaned text.
    """

    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """What a text costs.

    `units` are septets of GSM-7 or UTF-16 units of UCS-2; `parts` are SMS segments, 0 for an empty text; `characters`
    are UTF-16 units after NFC, which is what the .NET provider takes for the length.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    parts: int
    characters: int


def clean(text: str) -> Cleaned:
    """A text, or the template of one, made plain (`scrub`), with a warning when a slip makes it Unicode."""
    plain = scrub(text)
    return Cleaned(plain.text, plain.notes + _unicode_warning(plain.text))


def scrub(text: str, subject: str = "The text") -> Cleaned:
    """Compose accents (NFC), make spaces and line ends plain, drop what nobody sees, strip the ends.

    Raises Refused `text_control_character` or `text_broken_character`, with the position; `subject` opens its sentence.
    """
    composed = unicodedata.normalize("NFC", text)
    scrubbed, notes = composed, list[str]()
    if not composed.isprintable() or BLANKS.search(composed):
        scrubbed, notes = _replace(composed, subject)
    if composed != text:
        first = _differ(text, composed)
        notes.insert(0, f"Accents were joined with their letters (NFC), the first at position {first}.")
    stripped = scrubbed.strip()
    if len(stripped) != len(scrubbed):
        notes.append("Blanks at the start or the end were dropped.")
    return Cleaned(stripped, tuple(notes))


def measure(text: str) -> Measure:
    """Count a text exactly; neither an escape pair nor a surrogate pair is split over the border of two parts."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    characters = len(text)
    if BASIC_ONLY.fullmatch(text):
        return Measure("GSM-7", characters, _parts(characters, 160, 153), characters)
    if GSM_ONLY.fullmatch(text):
        septets = EXTENSION.sub("\x1b\\g<0>", text)
        parts = _parts(len(septets), 160, 153, lambda border: septets[border - 1] == "\x1b")
        return Measure("GSM-7", len(septets), parts, characters)
    units = utf16_units(text)
    if units == characters:
        return Measure("UCS-2", units, _parts(units, 70, 67), units)
    encoded = text.encode("utf-16-le", "surrogatepass")
    parts = _parts(units, 70, 67, lambda border: 0xDC <= encoded[2 * border + 1] <= 0xDF)
    return Measure("UCS-2", units, parts, units)


def utf16_units(text: str) -> int:
    """The length of a text in UTF-16 units; an emoji counts two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _parts(units: int, single: int, multiple: int, cuts_pair: Callable[[int], bool] | None = None) -> int:
    """Parts of a text; `cuts_pair(n)` tells of one that has pairs whether a border after n units would cut one."""
    if units <= single:
        return min(units, 1)
    if cuts_pair is None:
        return -(-units // multiple)
    parts, start = 1, 0
    while units - start > multiple:
        start += multiple
        if cuts_pair(start):
            start -= 1
        parts += 1
    return parts


def _replace(text: str, subject: str) -> tuple[str, list[str]]:
    pieces: list[str] = []
    seen: dict[str, list[int]] = {kind: [] for kind in REPLACEMENTS}
    copied = 0
    for found in SUSPECT.finditer(text):
        kind = str(found.lastgroup)
        if kind in ("control", "broken"):
            raise _unsendable(found[0], found.start() + 1, subject, kind)
        if kind in REPLACEMENTS:
            pieces += text[copied : found.start()], REPLACEMENTS[kind][0]
            copied = found.end()
            seen[kind].append(found.start())
    pieces.append(text[copied:])
    notes = [
        f"{_count(len(places), REPLACEMENTS[kind][1])} {REPLACEMENTS[kind][2]}, "
        f"the first ({_name(text[places[0]])}) at position {places[0] + 1}."
        for kind, places in seen.items()
        if places
    ]
    # A letter and its accent may have met only now, when the invisible character between them went.
    return unicodedata.normalize("NFC", "".join(pieces)), notes


def _unsendable(character: str, position: int, subject: str, kind: str) -> Refused:
    details = {"position": position, "character": f"U+{ord(character):04X}"}
    if kind == "broken":
        words = f"{subject} is not readable at position {position} (half a character): save it as UTF-8 and try again."
        return Refused("text_broken_character", words, details)
    words = f"{subject} has a control character ({_name(character)}) at position {position}: delete it."
    return Refused("text_control_character", words, details)


def _unicode_warning(text: str) -> tuple[str, ...]:
    """A warning when a handful of characters, such as a curly quote, makes a GSM-7 text Unicode."""
    outside = [found for found in OUTSIDE_GSM.finditer(text) if found["outside"]]
    if not outside or len(outside) > max(2, len(text) // 20):
        return ()
    named = ", ".join(f"{found[0]} ({_name(found[0])}) at position {found.start() + 1}" for found in outside[:3])
    more = f" and {len(outside) - 3} more" if len(outside) > 3 else ""
    return (f"A part holds 70 characters instead of 160, only because of {named}{more}.",)


def _differ(one: str, other: str) -> int:
    """The 1-based position of the first character in which two texts differ."""
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return same + 1


def _count(number: int, noun: str) -> str:
    return f"{number} {noun} was" if number == 1 else f"{number} {noun}s were"


def _name(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
