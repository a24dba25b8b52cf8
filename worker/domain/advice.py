"""What a person should think of before a campaign leaves; nothing here refuses anything.

Sources: Decree 91/2020/ND-CP Art. 15 and 16 (how to refuse stands in the ad); Circular 12/2026/TT-BVHTTDL, in force since
2026-07-05 ("nhất", "duy nhất", "số một" only with a confirmation, a lawful survey or an award); Circular 50/2024/TT-NHNN
Art. 17.3, since 2025-01-01 (banks send no link by text unless the customer asked).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from worker.domain.plain import without_accents
from worker.domain.text import measure

_WAY_OUT: Final = re.compile(r"\b(tu choi|huy|tc gui|ngung nhan|opt.?out|unsubscribe|stop)\b")
_BEST: Final = re.compile(
    r"\b(tot nhat|re nhat|lon nhat|nhat viet nam|so 1|so mot|duy nhat|hang dau|number one|no\.? ?1|the best)\b"
)
_NAME: Final = re.compile(r"\{[^{}]+\}")
_LINK: Final = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|vn|net|example)\b")


class Advice(StrEnum):
    """One thing to think of."""

    NO_WAY_OUT = "no_way_out"
    SUPERLATIVE = "superlative"
    LINK = "link"
    #: The same, where the sender is a bank (LOA_BANK_SENDERS).
    BANK_LINK = "bank_link"
    UNICODE = "unicode"
    #: A copy and the campaign that it was made of are both to leave.
    TWIN = "twin"


#: What each means, for a person at a terminal; pages have their own (locale/*/codes.po).
SENTENCES: Final[Mapping[Advice, str]] = {
    Advice.NO_WAY_OUT: 'The text names no way to refuse, such as "Tu choi: soan TC gui 8xxx": the law wants one in an ad.',
    Advice.SUPERLATIVE: '"{words}" needs a confirmation, a lawful survey or an award as its proof.',
    Advice.LINK: 'The text has a link ("{words}"): carriers may block it.',
    Advice.BANK_LINK: 'The text has a link ("{words}"), and its sender is a bank: banks send no link unless the customer asked.',
    Advice.UNICODE: "The text has accents: a part holds 70 characters instead of 160.",
    Advice.TWIN: 'The campaign "{words}" goes to the same numbers, for one is a copy of the other: whoever is on both lists '
    "gets both. Cancel the one that the other replaces.",
}


@dataclass(frozen=True, slots=True)
class Warned:
    """One thing to think of, with the words that it is about."""

    code: Advice
    words: str

    @property
    def sentence(self) -> str:
        """For a person at a terminal."""
        return SENTENCES[self.code].format(words=self.words)


def advice(text: str, kind: str, *, bank: bool = False) -> list[tuple[Advice, str]]:
    """What to think of, each with the words that it is about; empty for a text that has nothing of it."""
    flat = without_accents(text).casefold()
    found: list[tuple[Advice, str]] = []
    if kind == "ads":
        if not _WAY_OUT.search(flat):
            found.append((Advice.NO_WAY_OUT, ""))
        if best := _BEST.search(flat):
            # Without accents the letters stand in the same places.
            found.append((Advice.SUPERLATIVE, text[best.start() : best.end()] if len(flat) == len(text) else best[0]))
    if link := _LINK.search(text):
        found.append((Advice.BANK_LINK if bank else Advice.LINK, link[0]))
    if text and measure(text).encoding == "UCS-2":
        found.append((Advice.UNICODE, ""))
    return found


def warned(text: str, kind: str, samples: Sequence[str] = (), *, bank: bool = False) -> list[Warned]:
    """The same for a campaign: of its text, and of filled examples, where a value brings a link, an accent or a superlative.

    The way to refuse may come with a value too.
    """
    # The name of a variable is in no text that anybody gets.
    found = dict(advice(_NAME.sub("{}", text), kind, bank=bank))
    for sample in samples:
        in_sample = dict(advice(sample, kind, bank=bank))
        if Advice.NO_WAY_OUT not in in_sample:
            found.pop(Advice.NO_WAY_OUT, None)
        for code, words in in_sample.items():
            if code is not Advice.NO_WAY_OUT:
                found.setdefault(code, words)
    return [Warned(code, words) for code, words in found.items()]
