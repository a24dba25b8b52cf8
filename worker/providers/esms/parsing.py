"""Reads what an answer of eSMS means, to a send and to a question."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from worker.domain.calls import Answer
from worker.domain.outcome import HaltScope, Outcome
from worker.log import MASK, redact
from worker.providers import body
from worker.providers.codes import Code
from worker.providers.esms.codes import BLOCKED, CODE_NAMES, ELSEWHERE, KEYS, TOO_FAST
from worker.providers.http import NOT_NOW, TOO_MANY, Fault, Reply, hints

#: Statuses by which the front door refuses whoever knocks: nothing behind it has seen the order.
WRONG_ENDPOINTS: Final = frozenset({301, 302, 303, 307, 308, 404, 405})
LOCKED_ENDPOINTS: Final = frozenset({401, 403})

Codes = Mapping[str, Code]


def meaning(
    got: Reply | Fault,
    codes: Codes,
    *,
    setting: str = "LOA_ESMS_BASE_URL",
    secrets: Sequence[str] = (),
    keyed: bool = True,
    needs_ref: bool = True,
) -> Answer:
    """What the answer to a send means. A readable code wins over the HTTP status; what nobody can read is UNKNOWN.

    `codes` is the table of the function's family, `setting` names the address that was called, and `secrets` are what
    was sent and must not be kept when the answer repeats it. Without a RequestId (`keyed`) an unavailable gateway is unknown:
    it may have passed the call on, and nothing would keep a repeat from being a second call.
    """
    if isinstance(got, Fault):
        return Answer(
            Outcome.RETRY if got.never_left else Outcome.UNKNOWN, provider_message=got.provider_message, unreached=True
        )
    text = body.text_of(got.body)
    fields = body.fields_of(text) or {}
    code = body.storable(body.code(fields, *CODE_NAMES), body.LONGEST_CODE)
    ref, row = _ref(fields), codes.get(code)
    outcome, words = (
        _by_code(code, ref, fields, got.status, codes, needs_ref=needs_ref)
        if code
        else _by_status(got.status, setting, keyed=keyed)
    )
    return Answer(
        outcome,
        code=code,
        # The table's own words repeat nothing that was sent.
        provider_message=words if row and words is row.provider_message else _without(words, secrets),
        ref=ref if outcome is Outcome.ACCEPTED else "",
        raw=body.masked(_without(text, secrets)),
        scope=row.scope if row else HaltScope.ACCOUNT,
        **hints(got, code, outcome, TOO_FAST),
    )


def _by_code(
    code: str, ref: str, fields: body.Fields, status: int, codes: Codes, *, needs_ref: bool = True
) -> tuple[Outcome, str]:
    row = codes.get(code)
    if row is None:
        return Outcome.UNKNOWN, describe(code, fields, codes)
    if row.outcome is Outcome.REJECTED and code == BLOCKED and ref:
        return Outcome.UNKNOWN, f"code {code}, and an SMSID"
    if row.outcome is Outcome.ACCEPTED:
        if status >= 500:
            return Outcome.UNKNOWN, f"code {code}, but HTTP {status}"
        if needs_ref and not ref:
            return Outcome.UNKNOWN, f"code {code}, but no SMSID"
    return row.outcome, describe(code, fields, codes)


def _by_status(status: int, setting: str, *, keyed: bool) -> tuple[Outcome, str]:
    if status in NOT_NOW and (keyed or status == TOO_MANY):
        return Outcome.RETRY, f"HTTP {status}: not now"
    if status in WRONG_ENDPOINTS:
        return Outcome.HALT, f"HTTP {status} and no code; check {setting}"
    if status in LOCKED_ENDPOINTS:
        return Outcome.HALT, f"HTTP {status} and no code; {KEYS}, and whether eSMS lets this machine's address in"
    return Outcome.UNKNOWN, f"HTTP {status} and no readable code"


def describe(code: str, fields: body.Fields, codes: Codes) -> str:
    """The table's words, what eSMS itself said beside the code, and the way out."""
    row = codes.get(code)
    elsewhere = f", which elsewhere means: {ELSEWHERE[code]}" if code in ELSEWHERE else ""
    words = row.provider_message if row else f"unlisted code {code}{elsewhere}"
    said = body.said(fields, "errormessage", "message")
    if said and said != words:
        words = f"{words} (“{said}”)"
    return f"{words}; {row.advice}" if row and row.advice else words


def _ref(fields: body.Fields) -> str:
    """The SMSID, trimmed (the manual's samples have blanks around it); empty when there is none, or zero."""
    return ref_of(body.scalar(fields, "smsid"))


def ref_of(text: str) -> str:
    """The text when it can be an id of a message or a call, else nothing."""
    return text if re.fullmatch(r"[\w.-]{1,64}", text, re.ASCII) and text.strip("0-") else ""


def _without(text: str, secrets: Sequence[str]) -> str:
    first = text = redact(text[: 4 * body.LONGEST_RAW], secrets)
    for secret in secrets:
        # redact leaves short secrets alone, since hiding them for good would do harm; here it is one answer.
        text = text.replace(secret, MASK) if len(secret) >= 4 else text
    # Without it a number or token that it stood beside may be seen for one.
    return text if text == first else redact(text)


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer to a question, read as far as it can be."""

    #: Whether the code says that the question was answered.
    good: bool
    code: str
    provider_message: str
    fields: body.Fields
    raw: str


def opened(got: Reply | Fault, codes: Codes, names: Sequence[str] = CODE_NAMES) -> Opened:
    """Code, words, fields and the storable body of an answer; never raises."""
    if isinstance(got, Fault):
        return Opened(good=False, code="", provider_message=got.provider_message, fields={}, raw="")
    text = body.text_of(got.body)
    fields = body.fields_of(text) or {}
    code = body.storable(body.code(fields, *names), body.LONGEST_CODE)
    words = describe(code, fields, codes) if code else f"HTTP {got.status} and no readable code"
    row = codes.get(code)
    good = got.status < 500 and row is not None and row.outcome is Outcome.ACCEPTED
    return Opened(good, code, words, fields, body.raw(text))
