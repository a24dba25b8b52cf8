"""Asks eSMS what became of a call: GetSendStatus of the voice service (manual III.1, web)."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from worker.domain.account import Reading
from worker.domain.delivery import Stage
from worker.providers import body
from worker.providers.esms.account import EsmsAccount
from worker.providers.esms.codes import CALL_STATUS_CODES, STAGES
from worker.providers.esms.parsing import opened, ref_of
from worker.providers.esms.writing import RequestSpec, get
from worker.providers.http import Fault, Reply

#: eSMS's words by their letters alone: it writes NO ANSWER too.
ANSWERED: Final = {"ANSWERED": True, "ANSWER": True, "NOANSWER": False, "NOANSWERED": False}


@dataclass(frozen=True, slots=True)
class CallResult:
    """One call, as eSMS reports it when asked or by a callback."""

    ref: str
    stage: Stage
    #: Whether somebody picked up; None while nobody says.
    answered: bool | None
    #: eSMS's own word: ANSWERED, NO ANSWER, NOANSWERED or nothing.
    status: str = ""
    duration_s: int = 0
    #: The key that the listener pressed; empty when none.
    key: str = ""
    #: Whether the carrier took the call (SentResult); None when it is not said.
    taken: bool | None = None
    cost: Decimal | None = None
    #: The number that called (CID).
    caller: str = ""


def ask(account: EsmsAccount, ref: str) -> RequestSpec:
    """The question, in the order of the manual's address."""
    return get(account.voice("/json/GetSendStatus"), {"ReferenceId": ref, **account.keys})


def status(got: Reply | Fault, ref: str) -> Reading[CallResult]:
    """The call's result, or why it could not be had: 105 says that eSMS does not know it (yet)."""
    answer = opened(got, CALL_STATUS_CODES)
    return answer.reading(result(answer.fields, ref) if answer.good else None)


def result(fields: body.Fields, ref: str = "") -> CallResult:
    """The same names come by the answer and by the callback."""
    word = body.said(fields, "callstatus")
    return CallResult(
        ref=ref_of(body.scalar(fields, "referenceid")) or ref,
        stage=_stage(body.scalar(fields, "sendstatus"), word),
        answered=ANSWERED.get(re.sub(r"[^A-Z]", "", word.upper())),
        status=word,
        duration_s=body.count(fields, "callduration"),
        key=body.storable(body.scalar(fields, "ivr"), 16),
        taken=body.flag(fields, "sentresult"),
        cost=body.amount(fields, "price"),
        caller=body.said(fields, "cid"),
    )


def _stage(number: str, word: str) -> Stage:
    if number:
        return STAGES.get(number, Stage.UNREADABLE)
    # The manual's answer has no SendStatus: what has a result is over.
    return Stage.SENT if word else Stage.PENDING
