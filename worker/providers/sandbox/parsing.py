"""Reads what an answer of the sandbox's own provider means."""

from typing import Final

from worker.domain.account import Balance, Reading
from worker.domain.calls import Answer
from worker.domain.outcome import DEFINITE_REFUSALS, HaltScope, Outcome
from worker.log import redact
from worker.providers import body
from worker.providers.codes import Code, closed, unanswered
from worker.providers.http import NOT_NOW, Fault, Reply, hints
from worker.providers.sandbox.codes import ACCEPTED, CODES

LONGEST_REF: Final = 64


def meaning(got: Reply | Fault, sent: str) -> Answer:
    """What the answer to a message means (section 1); the text `sent` may be a one-time password, and is masked."""
    if isinstance(got, Fault):
        return unanswered(got)
    text, fields = body.read(got.body)
    code, ref = body.code(fields, "code"), body.storable(body.scalar(fields, "id"), LONGEST_REF)
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
    text, fields = body.read(got.body)
    code, amount = body.code(fields, "code"), body.amount(fields, "balance")
    if code or amount is None or got.status != 200:
        readable = code and code != ACCEPTED
        _, words = _by_code(code, body.scalar(fields, "words")) if readable else _by_status(got.status)
        return Reading(None, code=code, provider_message=words, raw=body.raw(text))
    return Reading(Balance(amount), raw=body.raw(text))


def _by_code(code: str, beside: str) -> tuple[Outcome, str]:
    """The table's outcome and words, what was said beside the code, and the way out."""
    row = CODES.get(code, Code(Outcome.UNKNOWN, f"unlisted code {code}"))
    return row.outcome, row.described(body.said({"words": beside}, "words"))


def _by_status(status: int) -> tuple[Outcome, str]:
    refused = closed(status, "check LOA_SANDBOX_BASE_URL", "check LOA_SANDBOX_SECRET", NOT_NOW)
    return refused or (Outcome.UNKNOWN, f"HTTP {status} and no readable code")
