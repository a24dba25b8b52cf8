"""Reads what an answer of FPT means, whichever function gave it.

Success is HTTP 200 and the function's own reference; an error is `error` and `error_description` (manual 1 to 3), with
another HTTP status by the manual, with 200 too in the wild. So the error decides, then the reference, then the status.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from worker.domain.calls import Answer
from worker.domain.outcome import DEFINITE_REFUSALS, HaltScope, Outcome
from worker.log import MASK
from worker.providers import body
from worker.providers.codes import Code, closed, unanswered
from worker.providers.fpt.codes import CODES, KEYS
from worker.providers.http import Fault, Reply, hints

#: The ways out where the address is wrong, and where the door is locked.
CLOSED: Final = ("check LOA_FPT_BASE_URL", f"{KEYS}, and whether FPT lets this machine's address in")

#: Shorter ones are everywhere.
SHORTEST_SECRET: Final = 4


@dataclass(frozen=True, slots=True)
class Function:
    """One function of FPT: where it is called, and what in its answer proves that it took something."""

    path: str
    #: The field with the reference; without one any object that tells no error is a success.
    ref: str = ""
    #: A field that proves it too, when it is not zero.
    counter: str = ""


def meaning(got: Reply | Fault, function: Function, secrets: Collection[str]) -> tuple[Answer, body.Fields]:
    """What the answer means, and its fields; `secrets` are in neither the words nor the raw body."""
    if isinstance(got, Fault):
        return unanswered(got), {}
    text, fields = body.read(got.body)
    told, code = error_of(fields)
    if told:
        outcome, words = CODES[code].outcome if code in CODES else Outcome.UNKNOWN, describe(code, fields, secrets)
    else:
        outcome, words = _by_status(got.status, fields, function)
    if outcome in DEFINITE_REFUSALS and (proof := _proof(fields, function)):
        outcome, words = Outcome.UNKNOWN, f"{words}; but also {proof}"
    return Answer(
        outcome,
        code=code,
        provider_message=words,
        ref=_ref(fields, function) if outcome is Outcome.ACCEPTED else "",
        raw=body.raw(masked(text, secrets)),
        scope=CODES[code].scope if code in CODES else HaltScope.ACCOUNT,
        **hints(got, code, outcome),
    ), fields


def error_of(fields: body.Fields) -> tuple[bool, str]:
    """Whether the answer tells an error, and its code; an error without a readable code has an empty one."""
    code = body.code(fields, "error")
    if code == "0" or fields.get("error") in (None, False, "", [], {}):
        return False, ""
    return True, code


def describe(code: str, fields: body.Fields, secrets: Collection[str]) -> str:
    """The table's words, what FPT itself said beside the code (without our secrets), and the way out."""
    unlisted = f"unlisted error {code}" if code else "an error without a code"
    row = CODES.get(code, Code(Outcome.UNKNOWN, unlisted))
    said = body.said({"said": masked(body.scalar(fields, "error_description"), secrets)}, "said")
    return row.described("" if said.rstrip(".") == row.provider_message else said)


def masked(text: str, secrets: Collection[str]) -> str:
    """The text without the secrets, as they are and as JSON writes them."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            for spelling in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
                text = text.replace(spelling, MASK)
    return text


def _by_status(status: int, fields: body.Fields, function: Function) -> tuple[Outcome, str]:
    if 200 <= status < 300 and fields:
        if not function.ref:
            return Outcome.ACCEPTED, "done"
        if ref := _ref(fields, function):
            return Outcome.ACCEPTED, f"{function.ref} {ref}"
        return Outcome.UNKNOWN, f"HTTP {status}, but no {function.ref}"
    return closed(status, *CLOSED) or (Outcome.UNKNOWN, f"HTTP {status} and no readable result or error")


def _proof(fields: body.Fields, function: Function) -> str:
    if _ref(fields, function):
        return function.ref
    return function.counter if function.counter and body.count(fields, function.counter.lower()) else ""


def _ref(fields: body.Fields, function: Function) -> str:
    """The reference, trimmed; empty when there is none, or zero."""
    found = body.scalar(fields, function.ref.lower())
    return found if re.fullmatch(r"[\w.+/=:-]{1,64}", found, re.ASCII) and found.strip("0-") else ""
