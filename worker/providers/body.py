"""Reads the body of an answer, JSON and XML alike, whatever the content type, the encoding or the case of names.

Shape: a body becomes a flat dict of lower-case names; a JSON value keeps its type, an XML leaf is its text, and an XML
element with children is a list of such dicts, as JSON's lists of objects are.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped, unused-ignore]

from worker.log import redact

LONGEST_RAW: Final = 2_000
LONGEST_WORDS: Final = 500
#: No provider has a longer code; anything else in its place is not a code.
LONGEST_CODE: Final = 16

JSON: Final = json.JSONDecoder(parse_float=Decimal, strict=False)

Fields = dict[str, Any]


def text_of(body: bytes) -> str:
    """The body as text: UTF-8, -16 or -32, with or without a byte order mark; what is neither becomes U+FFFD."""
    # Most answers are ASCII. A text in UTF-16 or UTF-32 holds a NUL in each ASCII character, so it is none of those.
    if body.isascii() and b"\0" not in body:
        return body.decode("ascii")
    return body.decode(json.detect_encoding(body), errors="replace")


def read(received: bytes) -> tuple[str, Fields]:
    """The body as text, and its fields."""
    text = text_of(received)
    return text, fields_of(text)


def fields_of(text: str) -> Fields:
    """The names and values of a JSON object or an XML element; none when it is neither, or cut off."""
    text = text.strip("\ufeff \t\r\n")
    try:
        if text.startswith("<"):
            return _xml_fields(fromstring(text))
        found = JSON.decode(text)
    except (ValueError, ParseError, RecursionError):
        return {}
    return lower_names(found) if isinstance(found, Mapping) else {}


def lower_names(found: Mapping[str, Any]) -> Fields:
    """The same values under lower-case names: providers write SMSID, Smsid and smsid."""
    return {name.strip().lower(): value for name, value in found.items()}


def _xml_fields(element: Element) -> Fields:
    return {_local_name(child): [_xml_fields(row) for row in child] if len(child) else child.text for child in element}


def _local_name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def scalar(fields: Fields, *names: str) -> str:
    """The first of the names that holds a text or a number, trimmed; empty when none does."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str | int | Decimal) and not isinstance(value, bool) and (text := str(value).strip()):
            return text
    return ""


def code(fields: Fields, *names: str) -> str:
    """The provider's code as it wrote it, trimmed and fit to be stored; empty when there is none."""
    found = scalar(fields, *names)
    return storable(found, LONGEST_CODE) if len(found) <= LONGEST_CODE else ""


def amount(fields: Fields, *names: str) -> Decimal | None:
    """A sum of money or a count, not negative; None when it cannot be read."""
    try:
        found = Decimal(scalar(fields, *names))
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found < 10**12 else None


def count(fields: Fields, *names: str) -> int:
    """A count of messages; 0 when it cannot be read, or is more than any order could hold."""
    found = amount(fields, *names)
    return int(found) if found is not None and found < 10**9 else 0


def flag(fields: Fields, *names: str) -> bool | None:
    """Yes or no, as JSON, XML or a number say it; None when it is neither."""
    for name in names:
        match str(fields.get(name)).strip().lower():
            case "true" | "1":
                return True
            case "false" | "0":
                return False
    return None


def phone(fields: Fields, *names: str) -> int | None:
    """A Vietnamese mobile number in 84 form, from whatever form the provider writes; None when it is none."""
    found = re.fullmatch(r"(?:\+|00)?(?:84|0)?([1-9][0-9]{8})", scalar(fields, *names))
    return int(f"84{found[1]}") if found else None


def raw(text: str) -> str:
    """The body as it may be stored: keys and numbers masked, at most 2,000 characters."""
    return masked(redact(text[: 4 * LONGEST_RAW]))


def masked(text: str) -> str:
    """The same of a text that is masked already, of which the first 8,000 characters are enough."""
    # Masking shortens, but never to a quarter: no key can be cut in two within what is kept.
    return storable(text, LONGEST_RAW)


def said(fields: Fields, *names: str) -> str:
    """The provider's own words on one line, fit to be stored and shown."""
    found = scalar(fields, *names)
    return storable(redact(" ".join(found.split())), LONGEST_WORDS) if found else ""


def storable(text: str, longest: int) -> str:
    """The text without what PostgreSQL refuses (NUL, lone surrogates), cut to `longest` characters."""
    cut = text[:longest].replace("\x00", "\ufffd")
    return cut if cut.isascii() else cut.encode("utf-8", errors="replace").decode("utf-8")
