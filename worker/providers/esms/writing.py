"""Writes a request as a query, as JSON or as XML; what no form can carry is refused before any call."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from worker.domain.window import VIETNAM
from worker.providers.esms.account import EsmsAccount

#: What each form cannot carry: JSON and queries nothing but half a character, XML 1.0 also control characters.
NOT_JSON: Final = re.compile("[\ud800-\udfff]")
NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

AS_JSON: Final = json.JSONEncoder(ensure_ascii=False)

#: Our words for eSMS's names, in sentences for people.
NAMES: Final[Mapping[str, str]] = {"content": "text", "brandname": "sender"}

MESSAGE_TIME: Final = "%Y-%m-%d %H:%M:%S"
#: Calls and GetSmsSentData_V1 (manual III.2 and II.5).
SLASHED_TIME: Final = "%Y/%m/%d %H:%M:%S"


class Unwritable(Exception):
    """What was asked for cannot be put into a request; the message is the sentence for a person."""


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """One request as it will leave; its repr shows no key, text or number."""

    method: str
    url: str = field(repr=False)
    content: bytes = field(default=b"", repr=False)
    content_type: str = ""


def ordered(names: str, account: EsmsAccount, values: Mapping[str, Any]) -> dict[str, Any]:
    """The account's keys and the values (by names in lower case) under a form's own names, in the order of its sample."""
    known = {"apikey": account.api_key, "secretkey": account.secret_key, **values}
    return {name: known.get(name.lower()) for name in names.split()}


def kept(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def get(url: str, fields: Mapping[str, Any]) -> RequestSpec:
    """A GET with the fields in their order; those without a value are left out.

    A blank becomes %20, which every reader understands, not `+`, which some take for a plus.
    """
    found = kept(fields)
    check(found, NOT_JSON)
    return RequestSpec("GET", f"{url}?{urlencode(found, quote_via=quote, safe='')}")


def post_json(url: str, fields: Mapping[str, Any]) -> RequestSpec:
    """A POST of a JSON object; fields without a value are left out."""
    found = kept(fields)
    try:
        body = AS_JSON.encode(found).encode("utf-8")
    except UnicodeEncodeError:
        check(found, NOT_JSON)
        raise
    return RequestSpec("POST", url, body, "application/json; charset=utf-8")


def post_xml(url: str, fields: Mapping[str, Any]) -> RequestSpec:
    """A POST of `<RQST>` with one element a field; lists of numbers become CONTACTS (manual II.2.b)."""
    found = kept(fields)
    check(found, NOT_XML)
    elements = "".join(f"<{name}>{_inner(value)}</{name}>" for name, value in found.items())
    # WCF reads a raw body only as text; as application/xml it would refuse it unread.
    return RequestSpec("POST", url, f"<RQST>{elements}</RQST>".encode(), "text/plain; charset=utf-8")


def _inner(value: Any) -> str:
    if isinstance(value, list):
        return "".join(f"<CUSTOMER><PHONE>{_inner(one)}</PHONE></CUSTOMER>" for one in value)
    # A bare carriage return would arrive as a line feed: XML readers change it.
    return escape(str(value), {"\r": "&#13;"})


def check(value: Any, forbidden: re.Pattern[str], name: str = "") -> None:
    """Raise Unwritable on the first character that the form cannot carry."""
    match value:
        case str():
            if found := forbidden.search(value):
                where = f"at position {found.start() + 1} of the {NAMES.get(name.lower(), name)}"
                raise Unwritable(f"character U+{ord(found[0]):04X} {where} cannot be sent: remove it")
        case Mapping():
            for inner_name, inner in value.items():
                check(inner, forbidden, inner_name)
        case list():
            for inner in value:
                check(inner, forbidden, name)


def unicode_flag(text: str) -> int:
    """IsUnicode: 1 when the text has accents or other signs outside ASCII (“gửi nội dung có dấu”), else 0."""
    return int(not text.isascii())


def vietnam_time(at: datetime | None, form: str) -> str | None:
    """An aware time as eSMS writes it, without a zone; None for now, because SendDate is then left out (web)."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise Unwritable("the time to send at has no zone: say which one is meant")
    return at.astimezone(VIETNAM).strftime(form)
