"""What a code means, as a sentence in the reader's language: refusals, notes, reasons, states, acts of the audit log.

A rule has a code, and its sentence is found by it; the English one is what the service said, unless that speaks of the
command line. Notes of a campaign are stored as English sentences: each is known again by its pattern (`notes.py`).
"""

from collections.abc import Mapping
from typing import Any, Final

from worker.console import notes
from worker.console.formats import Formats
from worker.console.i18n import Catalogue
from worker.domain.policy import Channel
from worker.errors import DiskFull, LoaError, Misuse, Refused, Unavailable

#: Values of a refusal that are numbers of things, and are written with their groups.
PLAIN: Final = frozenset({"position", "row"})


def code(catalogue: Catalogue, context: str, of: object, /, **values: Any) -> str:
    """The word or sentence of a code; the code itself, made readable, where the catalogue has none."""
    found = catalogue.filled(context, str(of), values) if values else catalogue.of_code(context, str(of))
    return found or str(of).replace("_", " ")


def fault(words: Catalogue, formats: Formats, found: LoaError) -> str:
    """What a service refused, in the reader's language."""
    match found:
        case Refused(rule=rule, details=details):
            return refused(words, formats, rule, details) or str(found)
        case Misuse():
            return notes.misuse(words, formats, str(found)) or str(found)
        case DiskFull():
            return code(words, "http-says", 507)
        case Unavailable():
            return words.gettext("A part that Loa needs cannot be reached: try again soon.")
        case _:
            return str(found)


def rule_of(found: LoaError) -> str:
    """The code by which the address of the next page names a fault: `named` says its sentence there."""
    if isinstance(found, Misuse):
        return notes.code_of_misuse(str(found)) or "form_unreadable"
    return str(getattr(found, "rule", "unavailable"))


def named(words: Catalogue, rule: str) -> str:
    """The sentence of a code that came with an address, without its values; empty for none."""
    return (words.of_code("misuse", rule) or code(words, "rule", rule)) if rule else ""


def refused(words: Catalogue, formats: Formats, rule: str, details: Mapping[str, Any]) -> str | None:
    """The sentence of a rule with its values; None where the catalogue leaves it to the service."""
    return words.filled("rule", rule, {name: written(formats, name, value) for name, value in details.items()})


def written(formats: Formats, name: str, value: Any) -> str:
    """A value of a sentence as the reader writes it."""
    match value:
        case bool():
            return str(value)
        case int() | float() if name not in PLAIN:
            return formats.number(value)
        case list() | tuple() | set() | frozenset():
            return ", ".join(map(str, value))
        case str():
            return notes.moment(formats, value) or value
        case _:
            return str(value)


def note(words: Catalogue, formats: Formats, sentence: str) -> str:
    """A note of a campaign in the reader's language; itself where its pattern is not known."""
    return notes.translated(words, formats, sentence)


def read_text(words: Catalogue, formats: Formats, text: str, channel: str) -> str:
    """A filled text as it is shown: over Zalo the lines of ours that stand between its values are translated."""
    if channel != Channel.ZALO:
        return text
    return "\n".join(notes.translated(words, formats, line) for line in text.split("\n"))


def status_reason(words: Catalogue, formats: Formats, sentence: str) -> str:
    """Why a campaign is as it is: our own sentences are translated, a provider's own words stay."""
    return "; ".join(notes.translated(words, formats, part) for part in sentence.split("; ")) if sentence else ""


def compared(words: Catalogue, formats: Formats, told: str) -> str:
    """One side of a difference in the reader's language: a state, or a sentence about money and counts."""
    return words.of_code("state", told) or status_reason(words, formats, told)


def stored_refusal(words: Catalogue, formats: Formats, sentence: str) -> str:
    """Why planning refused, in the reader's language; itself where its pattern is not known."""
    return notes.refusal(words, formats, sentence) or status_reason(words, formats, sentence)


def origin(words: Catalogue, source: str) -> str:
    """Where an entry comes from: `console:lan` is lan, on the web; a file and whatever else stand as they are."""
    door, _, who = source.partition(":")
    if not who:
        return words.of_code("door", source) or source
    name = words.of_code("door", door)
    return f"{who}, {name}" if name else source


def row_refusal(words: Catalogue, reason: str) -> str:
    """Why a row of a list gets no message; `text_blank_value: city` names the variable."""
    rule, _, variable = reason.partition(": ")
    return words.filled("row", rule, {"name": variable}) or rule.replace("_", " ")
