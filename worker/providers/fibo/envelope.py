"""Opens the `<string>` of Fibo's answers in two steps: the outer XML, then its text as XML of its own.

The four forms that are seen (page, guide, public clients): escaped XML in `<string>`, the same un-escaped, plain digits, nothing.
Nothing is un-escaped by replacing, and nothing is guessed: what is none of these forms says nothing. No entity that a
document type defines is read, because answers come over plain http.
"""

from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped, unused-ignore]

from worker.providers import body

BLANK: Final = "\ufeff \t\r\n"


@dataclass(frozen=True, slots=True)
class Inside:
    """What the `<string>` held: `plain` text, or the `fields` of an `<SMS>` by lower-case name; or neither."""

    plain: str = ""
    fields: body.Fields = field(default_factory=dict)


NOTHING: Final = Inside()


def opened(text: str) -> Inside:
    """The inside of an answer; `NOTHING` when it is empty, cut off, malformed, or not Fibo's at all."""
    outer = element(text)
    if outer is None or name_of(outer) != "string":
        # An <SMS> without its <string> would be the same document with one step done.
        return _of_sms(outer)
    if len(outer):
        return _of_sms(outer[0]) if len(outer) == 1 else NOTHING
    inner = (outer.text or "").strip(BLANK)
    return _of_sms(element(inner)) if inner.startswith("<") else Inside(plain=inner)


def element(text: str) -> Element | None:
    """The text as XML; None when it is none, or defines entities."""
    try:
        found: Element = fromstring(text.strip(BLANK))
    except (ValueError, ParseError):
        return None
    return found


def name_of(found: Element) -> str:
    """The element's name without its namespace, in lower case."""
    return str(found.tag).rpartition("}")[2].lower()


def _of_sms(found: Element | None) -> Inside:
    if found is None or name_of(found) != "sms":
        return NOTHING
    fields: body.Fields = {}
    for child in found:
        name = name_of(child)
        if name in fields and fields[name] != child.text:
            # Two different codes are no code.
            return NOTHING
        fields[name] = child.text
    return Inside(fields=fields)
