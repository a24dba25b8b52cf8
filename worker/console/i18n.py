"""The two languages of the console: gettext catalogues, read once from their .po files, and the lookup by language.

A message's id is its English sentence. Sentences that belong to a code (a rule that refuses, a note, a state) have the code
as id and a context (`rule`, `note`, `act` …); where a catalogue lacks one, the caller says what the service said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from babel.messages.pofile import read_po

LANGUAGES: Final = ("vi", "en")
DEFAULT: Final = "vi"
LOCALE: Final = Path(__file__).parent / "locale"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The messages of one language."""

    language: str
    _messages: Mapping[tuple[str, str], str | tuple[str, ...]] = field(repr=False)

    def gettext(self, message: str) -> str:
        """The message in this language; itself where there is none."""
        found = self._messages.get(("", message), message)
        return found if isinstance(found, str) else found[0]

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The message for so many; Vietnamese has one form."""
        found = self._messages.get(("", one))
        if isinstance(found, tuple):
            return found[min(len(found) - 1, int(number != 1))]
        return found or (one if number == 1 else many)

    def of_code(self, context: str, code: str) -> str | None:
        """The sentence of a code; None where this language has none."""
        found = self._messages.get((context, code))
        return found if isinstance(found, str) else None

    def context(self, context: str) -> dict[str, str]:
        """Every word of a context, by its code."""
        return {code: said for (of, code), said in self._messages.items() if of == context and isinstance(said, str)}

    def filled(self, context: str, code: str, values: Mapping[str, Any]) -> str | None:
        """The sentence of a code with its values; None where there is none, or it wants a value that is not there."""
        sentence = self.of_code(context, code)
        if sentence is None:
            return None
        try:
            return sentence % values
        except (KeyError, TypeError, ValueError):
            return self.of_code(context, f"{code}|bare")


@cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of a language; any other word means the default."""
    known = language if language in LANGUAGES else DEFAULT
    messages: dict[tuple[str, str], str | tuple[str, ...]] = {}
    for path in sorted((LOCALE / known).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=known):
                if message.id and message.string and not message.fuzzy:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    string = message.string
                    messages[(message.context or "", key)] = string if isinstance(string, str) else tuple(string)
    return Catalogue(known, messages)


def preferred(header: str) -> str:
    """The language of a browser that nobody has logged in with: English where it is asked for ahead of Vietnamese."""
    wanted = [part.split(";")[0].strip().lower()[:2] for part in header.split(",")]
    return next((one for one in wanted if one in LANGUAGES), DEFAULT)
