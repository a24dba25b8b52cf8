"""A text in fewer parts: typographic characters as plain ones, and accents left out.

The substitutions are those that senders of SMS commonly make: quotes, dashes, dots and signs that word processors write.
"""

import unicodedata
from collections import Counter
from typing import Final

from worker.domain.text import measure

#: What is written for each; all of it is in the GSM alphabet.
SUBSTITUTES: Final = {
    **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    "…": "...",
    "•": "-",
    "·": "-",
    "×": "x",
    "₫": "d",
    "½": "1/2",
    "¼": "1/4",
    "¾": "3/4",
    "©": "(c)",
    "®": "(r)",
    "™": "(tm)",
    "‰": "%o",
}
_TABLE: Final = str.maketrans(SUBSTITUTES)


def plain(text: str) -> str:
    """The text with its typographic characters written as plain ones."""
    return text if text.isascii() else text.translate(_TABLE)


def changes(text: str) -> list[str]:
    """Which characters `plain` writes otherwise, how often and how: one short sentence each."""
    found = Counter(character for character in text if character in SUBSTITUTES)
    return [f"{number} × {one} is written {SUBSTITUTES[one]}" for one, number in found.items()]


def without_accents(text: str) -> str:
    """Vietnamese as people write it without accents: `Đặng` -> `Dang`."""
    apart = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return unicodedata.normalize("NFC", "".join(one for one in apart if not unicodedata.combining(one)))


def parts_saved(text: str) -> int:
    """How many parts each copy of the text has less without accents."""
    if text.isascii():
        return 0
    return max(0, measure(text).parts - measure(without_accents(text)).parts)


def only_typographic(text: str) -> int | None:
    """Where typographic characters alone make a text Unicode: how many parts more it has for it. None elsewhere."""
    if text.isascii() or (written := plain(text)) == text:
        return None
    here, there = measure(text), measure(written)
    return here.parts - there.parts if here.encoding != there.encoding else None
