"""Codes that Loa makes for a one-time password, and what a check of one can come to.

A code is short, so it is guessed by trying: what protects it is the number of tries, and that it is over soon.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from math import log10
from typing import Final

from worker.errors import Misuse, Refused

DIGITS: Final = "0123456789"
MOST_TRIES: Final = 5
SHORTEST, LONGEST = 4, 12
DEFAULT_LENGTH: Final = 6
DEFAULT_VALID_S: Final = 300
LONGEST_VALID_S: Final = 3600
#: For how many minutes eSMS keeps a code that it makes itself.
SHORTEST_ELSEWHERE_MIN, LONGEST_ELSEWHERE_MIN = 2, 10
#: One of so many at least, as ten to this power.
LEAST_CHOICE: Final = 4
PLACE: Final = "{code}"
#: What is left of a template beside the code when somebody meant more to be filled in: `{name}`, or a lone brace (`{{code}}`).
OTHER_PLACE: Final = re.compile(r"\{[^{}]{0,60}\}|[{}]")
#: A place in a text that has its own code: a name in braces.
UNFILLED: Final = re.compile(r"\{\s*[^\W\d][\w .-]{0,59}\}")
DOMAIN: Final = re.compile(r"(?=.{4,100}\Z)[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)


class CheckStatus(StrEnum):
    """What a check says of the code that a person typed."""

    APPROVED = "approved"
    WRONG = "wrong"
    EXPIRED = "expired"
    #: It was approved before; a code opens once.
    USED = "used"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class CodePlan:
    """How a code is to be made; Misuse says what cannot be."""

    length: int = DEFAULT_LENGTH
    #: The characters that it is made of.
    alphabet: str = DIGITS
    #: Seconds from the request in which it is approved.
    valid_s: float = DEFAULT_VALID_S
    #: A site whose browser may fill the code in by itself: the text ends with `@domain #code`; empty: none.
    domain: str = ""

    def __post_init__(self) -> None:
        if not SHORTEST <= self.length <= LONGEST:
            raise Misuse(f"The length of a code is {SHORTEST} to {LONGEST}, not {self.length}.")
        if not (self.alphabet.isascii() and self.alphabet.isalnum() and len(set(self.alphabet)) == len(self.alphabet)):
            raise Misuse("The alphabet of a code is different letters and digits without accents, as in 0123456789.")
        if len(self.alphabet) < 2 or self.length * log10(len(self.alphabet)) < LEAST_CHOICE:
            raise Misuse(
                f"So few letters and such a length make fewer than {10**LEAST_CHOICE:,} codes: take more of one."
            )
        if not 30 <= self.valid_s <= LONGEST_VALID_S:
            raise Misuse(f"A code is valid for 30 to {LONGEST_VALID_S} seconds, not {str(self.valid_s)[:20]}.")
        if self.domain and not DOMAIN.fullmatch(self.domain):
            raise Misuse("The domain of a code is the name of a site, like shop.example.")

    def fill(self, template: str, code: str) -> str:
        """The text with its code.

        Raises Refused `text_without_code` where it has no place for it, `template_unfilled` where it has a place for more.
        """
        if PLACE not in template:
            raise Refused("text_without_code", f"The template has no {PLACE}, where the code is to stand.")
        if other := OTHER_PLACE.search(template.replace(PLACE, "")):
            raise Refused(
                "template_unfilled",
                f"The template says {other[0]} beside {PLACE}, and it would be sent so: only the code is filled in, the rest "
                "is for whoever asks.",
                {"written": other[0]},
            )
        filled = template.replace(PLACE, code)
        return f"{filled}\n\n@{self.domain} #{code}" if self.domain else filled


def why_not_elsewhere(plan: CodePlan | None, template: str, *, alone: bool) -> str:
    """Why the provider cannot make this code itself; empty when it can. `alone`: whether no other provider is in the route."""
    faults = {
        "it stands alone in a route, since its code is good nowhere else.": not alone,
        f"it needs generate, and {PLACE} in the template.": plan is None,
        "it makes codes of digits; leave the alphabet out.": plan and plan.alphabet != DIGITS,
        "it puts the code into one place; leave the domain out.": plan and plan.domain,
        f"it keeps a code for {LONGEST_ELSEWHERE_MIN} minutes at most.": plan
        and plan.valid_s > LONGEST_ELSEWHERE_MIN * 60,
        f"the template needs {PLACE} once, and no other brace.": template.count(PLACE) != 1 or template.count("{") != 1,
        "its text is one line without accents.": not (template.isascii() and template.isprintable()),
    }
    return next((sentence for sentence, wrong in faults.items() if wrong), "")


def check_filled(text: str) -> None:
    """Refuse a text with its own code in which a place was left (`Ma {code}`): Refused `text_unfilled`."""
    if place := UNFILLED.search(text):
        # What has a digit may be the code itself, which no sentence and no log repeats.
        written = "{…}" if any(map(str.isdigit, place[0])) else place[0]
        raise Refused(
            "text_unfilled",
            f"The text says {written}, and it would be sent so: fill it in, or let Loa make the code that stands for {PLACE}.",
            {"written": written},
        )
