"""Reads what an answer of eSMS means, to a send and to a question."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from worker.domain.account import Reading
from worker.domain.calls import Answer
from worker.domain.outcome import HaltScope, Outcome
from worker.log import MASK, redact
from worker.providers import body
from worker.providers.codes import Code, closed, unanswered
from worker.providers.esms.codes import BLOCKED, CODE_NAMES, ELSEWHERE, KEYS, TOO_FAST
from worker.providers.http import NOT_NOW, TOO_MANY, Fault, Reply, hints

LOCKED: Final = f"{KEYS}, and whether eSMS lets this machine's address in"

Codes = Mapping[str, Code]
T = TypeVar("T")


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
        return unanswered(got)
    text, fields = body.read(got.body)
    code = body.code(fields, *CODE_NAMES)
    # The SMSID, around which the manual's samples have blanks.
    ref, row = ref_of(body.scalar(fields, "smsid")), codes.get(code)
    if code:
        outcome, words = _by_code(code, ref, fields, got.status, codes, needs_ref)
    else:
        # Without a key 503 is no refusal.
        refused = closed(got.status, f"check {setting}", LOCKED, NOT_NOW if keyed else {TOO_MANY})
        outcome, words = refused or (Outcome.UNKNOWN, f"HTTP {got.status} and no readable code")
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
    code: str, ref: str, fields: body.Fields, status: int, codes: Codes, needs_ref: bool
) -> tuple[Outcome, str]:
    outcome = codes[code].outcome if code in codes else Outcome.UNKNOWN
    if outcome is Outcome.REJECTED and code == BLOCKED and ref:
        return Outcome.UNKNOWN, f"code {code}, and an SMSID"
    if outcome is Outcome.ACCEPTED and status >= 500:
        return Outcome.UNKNOWN, f"code {code}, but HTTP {status}"
    if outcome is Outcome.ACCEPTED and needs_ref and not ref:
        return Outcome.UNKNOWN, f"code {code}, but no SMSID"
    return outcome, describe(code, fields, codes)


def describe(code: str, fields: body.Fields, codes: Codes) -> str:
    """The table's words, what eSMS itself said beside the code, and the way out."""
    elsewhere = f", which elsewhere means: {ELSEWHERE[code]}" if code in ELSEWHERE else ""
    row = codes.get(code) or Code(Outcome.UNKNOWN, f"unlisted code {code}{elsewhere}")
    return row.described(body.said(fields, "errormessage", "message"))


def ref_of(text: str) -> str:
    """The text when it can be an id of a message or a call, and is not zero; else nothing."""
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

    def rows(self, name: str) -> list[Any] | None:
        """The list under a name, also an empty one; None when the question was not answered, or there is no list."""
        found = self.fields.get(name, False)
        if found is None or found == "":
            found = []
        return found if self.good and isinstance(found, list) else None

    def reading(self, value: T | None, what: str = "", *, whole: bool = True) -> Reading[T]:
        """The value with the evidence for it; without one, that `what` could not be read though the answer was good."""
        words = f"no readable {what}" if what and self.good and value is None else self.provider_message
        return Reading(value, self.code, words, self.raw, whole)


def opened(got: Reply | Fault, codes: Codes, names: Sequence[str] = CODE_NAMES) -> Opened:
    """Code, words, fields and the storable body of an answer; never raises."""
    if isinstance(got, Fault):
        return Opened(good=False, code="", provider_message=got.provider_message, fields={}, raw="")
    text, fields = body.read(got.body)
    code = body.code(fields, *names)
    words = describe(code, fields, codes) if code else f"HTTP {got.status} and no readable code"
    good = got.status < 500 and code in codes and codes[code].outcome is Outcome.ACCEPTED
    return Opened(good, code, words, fields, body.raw(text))
