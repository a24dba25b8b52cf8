"""Compares a care text with what a carrier has registered: `{P1,20}` in a template stands for up to twenty characters."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

PLACE: Final = re.compile(r"\{P[0-9]+,\s*([0-9]{1,4})\}", re.IGNORECASE)


@dataclass(frozen=True)
class CareTemplate:
    """One template of one sender at one carrier."""

    #: The carrier by its name, or the provider's number for one that is not known.
    network: str
    text: str
    id: str = ""

    @cached_property
    def parts(self) -> tuple[str, Sequence[tuple[int, str]]]:
        """What it begins with; then each place, by how many characters it takes at most, with the words behind it."""
        places = list(PLACE.finditer(self.text))
        starts = [0, *(place.end() for place in places)]
        ends = [*(place.start() for place in places), len(self.text)]
        words = [self.text[start:end] for start, end in zip(starts, ends, strict=True)]
        return words[0], [(int(place[1]), behind) for place, behind in zip(places, words[1:], strict=True)]

    def fits(self, text: str) -> bool:
        """Whether it permits the text. A pattern of `re` tries all ways to fill the places; this goes through the text once a
        place, whatever a provider lists.
        """
        first, rest = self.parts
        ends = [len(first)] if text.startswith(first) else []
        for most, words in rest:
            ends = [at + len(words) for at in _from(ends, most, len(text)) if text.startswith(words, at)]
        return len(text) in ends


def _from(ends: Sequence[int], most: int, last: int) -> Iterator[int]:
    """Each position at most so far behind one of these, which ascend; once, and none behind the last."""
    fresh = 0
    for end in ends:
        beyond = min(end + most, last) + 1
        yield from range(max(end, fresh), beyond)
        fresh = max(fresh, beyond)


def misfits(templates: Sequence[CareTemplate], texts: Sequence[str]) -> dict[str, str]:
    """By carrier that has templates: the first of the texts that none of them permits."""
    found: dict[str, str] = {}
    for network in dict.fromkeys(one.network for one in templates):
        mine = [one for one in templates if one.network == network]
        for text in texts:
            if not any(one.fits(text) for one in mine):
                found.setdefault(network, text)
    return found
