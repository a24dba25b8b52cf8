"""Reads what Fibo's answer to a text means."""

import re
from collections.abc import Mapping
from typing import Final

from worker.domain.calls import Answer
from worker.domain.outcome import HaltScope, Outcome
from worker.log import redact
from worker.providers import body
from worker.providers.codes import Code, closed, unanswered
from worker.providers.fibo import requests
from worker.providers.fibo.codes import CODES, KEYS, REPEATED
from worker.providers.fibo.envelope import opened
from worker.providers.http import Fault, Reply, hints

ADDRESS: Final = "check LOA_FIBO_BASE_URL"
#: IIS also says 404 of a query over its limit, of 2,048 characters as it is installed.
NOT_FOUND: Final = f"{ADDRESS}; long texts may have to go as a form (send_by)"
LOCKED: Final = f"{KEYS}, and whether Fibo lets this machine's address in"
URL_TOO_LONG: Final = 414
SERVER_FAULT: Final = 500
#: ASP.NET says these in plain text before the method runs, so Fibo never saw the text. Seen on a real System.Web (Mono 6.8).
NEVER_RAN: Final[Mapping[str, str]] = {
    "System.Web.HttpRequestValidationException": (
        "the web server takes no text with < before a letter, or with &#: leave that out of the text"
    ),
    "Missing parameter": "the web server missed a parameter: check LOA_FIBO_BASE_URL, and whether a proxy shortens addresses",
}


def meaning(got: Reply | Fault, guid: str, sent: str) -> Answer:
    """What the answer to SendMaskedSMS means. A readable code wins over the HTTP status; the unreadable is UNKNOWN.

    Fibo gives no id of its own, so `ref` is the smsGUID that went with an accepted text. The text `sent` is masked
    where it comes back: the error pages of IIS show the whole URL, and the text may be a one-time password.
    """
    if isinstance(got, Fault):
        return unanswered(got)
    text = body.text_of(got.body)
    inside = opened(text)
    code = code_of(inside.plain) or body.code(inside.fields, "code")
    said = {"message": redact(body.scalar(inside.fields, "message"), (sent,))}
    outcome, words = _by_code(code, said, got.status) if code else _by_status(got.status, text)
    return Answer(
        outcome,
        code=code,
        provider_message=words,
        ref=guid if outcome is Outcome.ACCEPTED and guid != requests.NO_GUID else "",
        raw=body.raw(redact(text, (sent,))),
        scope=CODES[code].scope if code in CODES else HaltScope.ACCOUNT,
        # Its answer to a text that it refuses says nothing against the line to it.
        **hints(got, code, outcome) | ({"unreached": False} if outcome is Outcome.REJECTED else {}),
    )


def is_evidence(answer: Answer) -> bool:
    """Whether the answer proves that Fibo took the same text to the same number before (code 6, repeated content)."""
    return answer.outcome is Outcome.UNKNOWN and answer.code == REPEATED


def code_of(plain: str) -> str:
    """The code of an answer that is digits alone; empty when it is anything else."""
    return plain if re.fullmatch(r"-?[0-9]{1,9}", plain) else ""


def describe(code: str, fields: body.Fields) -> str:
    """The table's words, what Fibo itself said beside the code, and what to make of it."""
    row = CODES.get(code, Code(Outcome.UNKNOWN, f"unlisted code {code}"))
    return row.described(body.said(fields, "message"))


def _by_code(code: str, fields: body.Fields, status: int) -> tuple[Outcome, str]:
    outcome = CODES[code].outcome if code in CODES else Outcome.UNKNOWN
    if outcome is Outcome.ACCEPTED and status >= 500:
        return Outcome.UNKNOWN, f"code {code}, but HTTP {status}"
    return outcome, describe(code, fields)


def _by_status(status: int, text: str) -> tuple[Outcome, str]:
    never_ran = next((advice for said, advice in NEVER_RAN.items() if text.startswith(said)), "")
    if status == SERVER_FAULT and never_ran:
        return Outcome.REJECTED, f"HTTP {status}: {never_ran}"
    if status == URL_TOO_LONG:
        words = f"HTTP {status}: the text is too long for a URL; shorten it, or send it as a form (send_by)"
        return Outcome.REJECTED, words
    refused = closed(status, NOT_FOUND if status == 404 else ADDRESS, LOCKED)
    return refused or (Outcome.UNKNOWN, f"HTTP {status} and no readable code")
