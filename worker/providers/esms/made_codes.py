"""Writes the functions by which eSMS makes, sends and checks a code: SendMessageAutoGenCode_V4_get, CheckCodeGen_V4_get (web).

Neither takes a RequestId. The check names the number and not the message: any code of it that is still good is right.
"""

import re
from dataclasses import replace
from typing import Final

from worker.domain import phone
from worker.domain.calls import Answer, CodeCheck, TextMessage
from worker.domain.otp_code import PLACE
from worker.domain.outcome import Outcome
from worker.log import MASK
from worker.providers import body
from worker.providers.esms.account import EsmsAccount
from worker.providers.esms.codes import CHECK_CODES
from worker.providers.esms.parsing import meaning
from worker.providers.esms.writing import RequestSpec, Unwritable, get
from worker.providers.http import Fault, Reply

#: Where eSMS puts the code.
OTP_PLACE: Final = "{OTP}"
#: What every sample of a right code says beside its 100, which elsewhere is no more than "received".
SAYS_RIGHT: Final = re.compile(r"\bcontent:\s*success\b", re.IGNORECASE)


def wanted(message: TextMessage, account: EsmsAccount) -> RequestSpec:
    """The text with a code that eSMS makes; raises Unwritable."""
    if account.sandbox:
        raise Unwritable(
            "eSMS has no sandbox for codes that it makes, and this account is for trials: it would be sent"
        )
    if message.made is None or message.text.count(PLACE) != 1:
        raise Unwritable(f"eSMS makes this code: the text needs one {PLACE}")
    if not message.sender:
        raise Unwritable("a code of eSMS needs a sender: name a registered brandname")
    fields = {
        "Phone": phone.local(message.phone),
        **account.keys,
        "TimeAlive": str(message.made.minutes),
        "NumCharOfCode": str(message.made.length),
        "Brandname": message.sender,
        # Customer care, the only one that there is.
        "Type": "2",
        "message": message.text.replace(PLACE, OTP_PLACE),
        # Digits only.
        "IsNumber": "1",
    }
    return get(account.rest("/json/SendMessageAutoGenCode_V4_get"), fields)


def hidden(answer: Answer, message: TextMessage) -> Answer:
    """The answer without anything that may be the code: nobody here knows it, and it is to be kept nowhere."""
    if message.made is None:
        return answer
    alike = re.compile(rf"(?<![\w-])[0-9]{{{message.made.length}}}(?![\w-])")
    said, raw = (alike.sub(MASK, text) for text in (answer.provider_message, answer.raw))
    return replace(answer, provider_message=said, raw=raw)


def asked(check: CodeCheck, account: EsmsAccount) -> RequestSpec:
    """Whether a code is right; to ask uses a right one up."""
    fields = {**account.keys, "Phone": phone.local(check.phone), "Code": check.code}
    return get(account.rest("/json/CheckCodeGen_V4_get"), fields)


def verdict(got: Reply | Fault, check: CodeCheck) -> Answer:
    """ACCEPTED for a right code, REJECTED for one that is wrong, used or over; a 100 that does not say so is UNKNOWN."""
    answer = meaning(got, CHECK_CODES, secrets=[check.code], keyed=False, needs_ref=False)
    if answer.outcome is not Outcome.ACCEPTED or not isinstance(got, Reply):
        return answer
    _, fields = body.read(got.body)
    said = f"{body.scalar(fields, 'errormessage')}, Content: {body.scalar(fields, 'content')}"
    if SAYS_RIGHT.search(said):
        return replace(answer, ref="")
    return replace(
        answer, outcome=Outcome.UNKNOWN, ref="", provider_message="code 100, but it does not say that it is right"
    )
