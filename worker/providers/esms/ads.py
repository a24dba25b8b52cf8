"""How is an advertising order written for eSMS, and what does its answer mean?"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import escape

from worker.domain.outcome import Outcome
from worker.providers import body
from worker.providers.base import AdOrder, Answer
from worker.providers.esms.codes import CODE_NAMES, CODES, KEYS
from worker.providers.http import Fault, Reply

SMS_TYPE: Final = "1"

#: What each form cannot carry: JSON nothing but half a character, XML 1.0 also control characters.
NOT_JSON: Final = re.compile("[\ud800-\udfff]")
NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Statuses by which the front door refuses whoever knocks: nothing behind it has seen the order.
CLOSED_DOORS: Final[Mapping[int, str]] = {
    **dict.fromkeys((301, 302, 303, 307, 308, 404, 405), "check LOA_ESMS_BASE_URL"),
    **dict.fromkeys((401, 403), f"{KEYS}, and whether eSMS lets this machine's address in"),
}
#: "Not now": the order was turned away unread.
NOT_NOW: Final = frozenset({429, 503})


def local_number(phone: int) -> str:
    """84901234567 as 0901234567, the form of eSMS's samples; it does not take +84."""
    return f"0{str(phone).removeprefix('84')}"


def unwritable(order: AdOrder, forbidden: re.Pattern[str]) -> str:
    """A sentence on the first character that the form cannot carry; empty when it can carry the order."""
    for name, text in (("text", order.text), ("sender", order.sender)):
        if found := forbidden.search(text):
            where = f"at position {found.start() + 1} of the {name}"
            return f"character U+{ord(found[0]):04X} {where} cannot be sent: remove it"
    return ""


def as_json(order: AdOrder, api_key: str, secret_key: str) -> bytes:
    """The body of SendMultipleSMSBrandname_json (web, page on advertising): all numbers in one list, one id for all."""
    fields: dict[str, Any] = {
        "ApiKey": api_key,
        "SecretKey": secret_key,
        "Brandname": order.sender,
        "Content": order.text,
        "SmsType": SMS_TYPE,
        "Phones": [local_number(phone) for phone in order.phones],
        "RequestId": order.request_id,
        # Comes back as `Campaign` in GetSmsSentData: by it a lost order is found again.
        "campaignid": order.key,
    }
    return json.dumps(fields, ensure_ascii=False).encode("utf-8")


def as_xml(order: AdOrder, api_key: str, secret_key: str) -> bytes:
    """The body of SendMultipleMessage_V4 (manual II.2.b); REQUESTID and CAMPAIGNID stand as in its web twin."""
    customers = "".join(f"<CUSTOMER><PHONE>{local_number(phone)}</PHONE></CUSTOMER>" for phone in order.phones)
    return (
        f"<RQST><APIKEY>{_escaped(api_key)}</APIKEY><SECRETKEY>{_escaped(secret_key)}</SECRETKEY>"
        f"<CONTENT>{_escaped(order.text)}</CONTENT><SMSTYPE>{SMS_TYPE}</SMSTYPE>"
        f"<REQUESTID>{_escaped(order.request_id)}</REQUESTID><CAMPAIGNID>{_escaped(order.key)}</CAMPAIGNID>"
        f"<BRANDNAME>{_escaped(order.sender)}</BRANDNAME><CONTACTS>{customers}</CONTACTS></RQST>"
    ).encode()


def _escaped(text: str) -> str:
    # A bare carriage return would arrive as a line feed: XML readers change it.
    return escape(text, {"\r": "&#13;"})


def meaning(got: Reply | Fault) -> Answer:
    """What the answer to an order means. A readable code wins over the HTTP status; what nobody can read is UNKNOWN."""
    if isinstance(got, Fault):
        return Answer(Outcome.RETRY if got.never_left else Outcome.UNKNOWN, words=got.words)
    text = body.text_of(got.body)
    fields = body.fields_of(text) or {}
    code = body.storable(body.code(fields, *CODE_NAMES), body.LONGEST_CODE)
    outcome, words = _by_code(code, fields, got.status) if code else _by_status(got.status)
    return Answer(
        outcome,
        code=code,
        words=words,
        ref=_ref(fields) if outcome is Outcome.ACCEPTED else "",
        raw=body.raw(text),
        retry_after_s=got.retry_after_s if outcome is Outcome.RETRY else None,
    )


def _by_code(code: str, fields: body.Fields, status: int) -> tuple[Outcome, str]:
    row = CODES.get(code)
    if row is None:
        return Outcome.UNKNOWN, words_of(code, fields)
    if row.outcome is Outcome.ACCEPTED:
        if status >= 500:
            return Outcome.UNKNOWN, f"code {code}, but HTTP {status}"
        if not _ref(fields):
            return Outcome.UNKNOWN, f"code {code}, but no SMSID"
    return row.outcome, words_of(code, fields)


def _by_status(status: int) -> tuple[Outcome, str]:
    if status in NOT_NOW:
        return Outcome.RETRY, f"HTTP {status}: not now"
    if advice := CLOSED_DOORS.get(status):
        return Outcome.HALT, f"HTTP {status} and no code; {advice}"
    return Outcome.UNKNOWN, f"HTTP {status} and no readable code"


def words_of(code: str, fields: body.Fields) -> str:
    """The table's words, what eSMS itself said beside the code, and the way out."""
    row = CODES.get(code)
    words = row.words if row else f"unlisted code {code}"
    said = body.said(fields, "errormessage")
    if said and said != words:
        words = f"{words} (“{said}”)"
    return f"{words}; {row.advice}" if row and row.advice else words


def _ref(fields: body.Fields) -> str:
    """The SMSID, trimmed (the manual's samples have blanks around it); empty when there is none, or zero."""
    found = body.scalar(fields, "smsid")
    return found if re.fullmatch(r"[\w.-]{1,64}", found, re.ASCII) and found.strip("0-") else ""
