"""Reads what an answer of the sandbox's own provider means."""

from collections.abc import Mapping
from typing import Final

from worker.domain.account import Balance, Reading
from worker.domain.calls import Answer
from worker.domain.outcome import DEFINITE_REFUSALS, HaltScope, Outcome
from worker.log import redact
from worker.providers import body
from worker.providers.http import NOT_NOW, Fault, Reply, hints
from worker.providers.sandbox.codes import ACCEPTED, CODES

#: Statuses by which the front door refuses whoever knocks: nothing behind it has seen the request.
CLOSED_ENDPOINTS: Final[Mapping[int, str]] = {
    **dict.fromkeys((301, 302, 303, 307, 308, 404, 405), "check LOA_SANDBOX_BASE_URL"),
    **dict.fromkeys((401, 403), "check LOA_SANDBOX_SECRET"),
}

LONGEST_REF: Final = 64


def meaning(got: Reply | Fault, sent: str) -> Answer:
    """What the answer to a message means (section 1); the text `sent` may be a one-time password, and is masked."""
    if isinstance(got, Fault):
        return Answer(
            Outcome.RETRY if got.never_left else Outcome.UNKNOWN, provider_message=got.provider_message, unreached=True
        )
    text = body.text_of(got.body)
    fields = body.fields_of(text) or {}
    code, ref = code_of(fields), body.storable(body.scalar(fields, "id"), LONGEST_REF)
    outcome, words = _by_code(code, redact(body.scalar(fields, "words"), (sent,))) if code else _by_status(got.status)
    if outcome is Outcome.ACCEPTED and (got.status != 200 or not ref):
        outcome, words = Outcome.UNKNOWN, f"code {code}, but HTTP {got.status} and id {ref or 'none'}"
    elif outcome in DEFINITE_REFUSALS and ref:
        outcome, words = Outcome.UNKNOWN, f"{words}; but also an id, {ref}"
    return Answer(
        outcome,
        code=code,
        provider_message=words,
        ref=ref if outcome is Outcome.ACCEPTED else "",
        raw=body.raw(redact(text, (sent,))),
        scope=CODES[code].scope if code in CODES else HaltScope.ACCOUNT,
        **hints(got, code, outcome),
    )


def balance(got: Reply | Fault) -> Reading[Balance]:
    """What the answer about the balance says, in VND (section 3)."""
    if isinstance(got, Fault):
        return Reading(None, provider_message=got.provider_message)
    text = body.text_of(got.body)
    fields = body.fields_of(text) or {}
    code, amount = code_of(fields), body.amount(fields, "balance")
    if code or amount is None or got.status != 200:
        readable = code and code != ACCEPTED
        _, words = _by_code(code, body.scalar(fields, "words")) if readable else _by_status(got.status)
        return Reading(None, code=code, provider_message=words, raw=body.raw(text))
    return Reading(Balance(amount), raw=body.raw(text))


def code_of(fields: body.Fields) -> str:
    """The code as it was written; empty when there is none, or something else is in its place."""
    return body.storable(body.code(fields, "code"), body.LONGEST_CODE)


def _by_code(code: str, beside: str) -> tuple[Outcome, str]:
    """The table's outcome and words, what was said beside the code, and the way out."""
    row = CODES.get(code)
    words = row.provider_message if row else f"unlisted code {code}"
    said = body.said({"words": beside}, "words")
    if said and said != words:
        words = f"{words} (“{said}”)"
    return row.outcome if row else Outcome.UNKNOWN, f"{words}; {row.advice}" if row and row.advice else words


def _by_status(status: int) -> tuple[Outcome, str]:
    if status in NOT_NOW:
        return Outcome.RETRY, f"HTTP {status}: not now"
    if advice := CLOSED_ENDPOINTS.get(status):
        return Outcome.HALT, f"HTTP {status} and no code; {advice}"
    return Outcome.UNKNOWN, f"HTTP {status} and no readable code"
