"""Compares a care text with what a carrier has registered: `{P1,20}` in a template stands for up to twenty characters."""

import re
from collections.abc import Sequence
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
    def pattern(self) -> re.Pattern[str]:
        """The whole texts that it permits."""
        parts, end = [], 0
        for place in PLACE.finditer(self.text):
            parts += [re.escape(self.text[end : place.start()]), f".{{0,{int(place[1])}}}"]
            end = place.end()
        return re.compile("".join([*parts, re.escape(self.text[end:])]), re.DOTALL)

    def fits(self, text: str) -> bool:
        """Whether it permits the text."""
        return self.pattern.fullmatch(text) is not None


def misfits(templates: Sequence[CareTemplate], texts: Sequence[str]) -> dict[str, str]:
    """By carrier that has templates: the first of the texts that none of them permits."""
    found: dict[str, str] = {}
    for network in dict.fromkeys(one.network for one in templates):
        mine = [one for one in templates if one.network == network]
        for text in texts:
            if not any(one.fits(text) for one in mine):
                found.setdefault(network, text)
    return found
