"""What a subscriber means who answers an ad: no more, again, or something else.

The words are those that Vietnamese senders use ("soan TC gui 8041", "tu choi", "huy"), with accents or not. Whoever is taken for
refusing gets no ads, which is easily put right; whoever is taken for wanting them again must have said just that.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from worker.domain.plain import without_accents
from worker.errors import Misuse

OPT_OUT_WORDS: Final = "TC,TU CHOI,TUCHOI,HUY,STOP,DUNG,NGUNG,KHONG NHAN,HUY DK,TC QC,TU CHOI QC,UNSUBSCRIBE"
OPT_IN_WORDS: Final = "DK,DONG Y,DONGY,DY,NHAN,NHAN QC,START,MO LAI"
#: Behind a refusal may stand so many more words ("TC LOA", "TC nhan tin nhe"); a longer message says something else.
MOST_MORE: Final = 3


class Meaning(StrEnum):
    """What an incoming message asks for."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of refusal and consent: for every sender, and for one (`LOA:THOI`)."""

    opt_out: tuple[tuple[str, str], ...]
    opt_in: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, opt_out: str = OPT_OUT_WORDS, opt_in: str = OPT_IN_WORDS) -> "Words":
        """Words from `TC,TU CHOI,LOA:THOI`; Misuse for one that holds no letter or stands in both lists."""
        out, into = _read(opt_out), _read(opt_in)
        if both := set(out) & set(into):
            raise Misuse(f"{next(iter(both))[1]!r} cannot mean both a refusal and a consent.")
        return cls(out, into)

    def judge(self, content: str, keyword: str = "", sender: str = "") -> Meaning:
        """What a message means. `keyword`: the first word as the provider cut it off, where the content does not repeat it, and
        so our name on a short code that many share ("LOA TC"); `sender`: the brandname or number that it was sent to.
        """
        said, first, who = _folded(content), _folded(keyword), _folded(sender)
        if first and said.split(" ")[0] != first:
            said = f"{first} {said}".strip()
        names = {"", who, first}
        # Consent first, and only as the whole message (or with the sender's name), so that "DK TC" is no consent.
        for owner, word in self.opt_in:
            if owner in names and said in {word, f"{word} {who}", f"{who} {word}", f"{owner} {word}"}:
                return Meaning.OPT_IN
        for owner, word in self.opt_out:
            for start in {f"{name} {word}".strip() for name in names}:
                rest = said.removeprefix(start)
                if (
                    owner in names
                    and said.startswith(start)
                    and rest[:1] in {"", " "}
                    and len(rest.split()) <= MOST_MORE
                ):
                    return Meaning.OPT_OUT
        return Meaning.OTHER


@dataclass(frozen=True, slots=True)
class Rules:
    """Which words mean what, and what is answered."""

    words: Words
    replies: Mapping[Meaning, str]


def _read(written: str) -> tuple[tuple[str, str], ...]:
    found = []
    for one in filter(None, map(str.strip, written.split(","))):
        owner, _, word = one.rpartition(":")
        if not _folded(word) or (":" in one and not _folded(owner)):
            raise Misuse(f"{one!r} is no word: write TC,TU CHOI, or LOA:THOI for one sender.")
        found.append((_folded(owner), _folded(word)))
    return tuple(dict.fromkeys(found))


def _folded(text: str) -> str:
    """Capital letters without accents, one blank between words, nothing else."""
    return " ".join(re.findall(r"[A-Z0-9]+", without_accents(text).upper()))
