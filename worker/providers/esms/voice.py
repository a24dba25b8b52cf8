"""Orders calls from eSMS: MakeCallTemplate_V2, MakeCallRecord_V2 and VoiceOTP (manual III.2 to III.4, web)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from worker.domain import phone
from worker.providers.esms.account import EsmsAccount
from worker.providers.esms.writing import SLASHED_TIME, RequestSpec, Unwritable, get, vietnam_time

#: Northern man, northern woman, southern woman, woman of Huế.
VOICES: Final = ("male", "female", "hatieumai", "ngoclam")
#: The manual's text lost the sign between the values; the web has it.
BETWEEN_VARIABLES: Final = "||"


@dataclass(frozen=True, slots=True)
class TemplateCall:
    """One call that reads a registered template."""

    request_id: str
    phone: int = field(repr=False)
    template_id: str
    #: The template's values from left to right.
    variables: Sequence[str] = field(default=(), repr=False)
    #: One of VOICES; empty for eSMS's own choice.
    voice: str = ""
    #: From -3, very slow, to 3, very fast.
    speed: int | None = None
    send_date: datetime | None = None
    callback_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RecordCall:
    """One call that plays a recording, and may pass the listener on."""

    request_id: str
    phone: int = field(repr=False)
    #: The recording's id on account.esms.vn; eSMS calls it TemplateId too.
    record_id: str
    #: The number that the listener is passed on to when they press `ivr`, as it is dialled.
    number_forward: str = field(default="", repr=False)
    #: The key from 0 to 9 by which the listener is passed on.
    ivr: int | None = None
    #: How often the recording is played again.
    max_repeat: int | None = None
    #: How often eSMS calls again when nobody answers, and after how many seconds.
    max_retry: int | None = None
    wait_retry_s: int | None = None
    #: How long it waits for the key; the documents give no unit.
    time_wait_to_ivr: int | None = None
    send_date: datetime | None = None
    callback_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class OtpCall:
    """One call that reads a code; eSMS takes no RequestId for it, so a repeat is a second call."""

    phone: int = field(repr=False)
    code: str = field(repr=False)
    voice: str = ""
    speed: int | None = None
    #: The script, as `voice_otp_repeat` in the manual's sample.
    sender: str = ""
    callback_url: str = field(default="", repr=False)


def template_call(call: TemplateCall, account: EsmsAccount) -> RequestSpec:
    """MakeCallTemplate_V2; raises Unwritable."""
    if any("|" in value for value in call.variables):
        raise Unwritable("a variable of the call holds “|”, which ends a variable for eSMS: remove it")
    fields = {
        **_keys(account),
        "TemplateId": _named(call.template_id, "a template"),
        "Phone": phone.local(call.phone),
        "VariableListStr": BETWEEN_VARIABLES.join(call.variables) or None,
        "SendDate": vietnam_time(call.send_date, SLASHED_TIME),
        "Voice": _voice(call.voice),
        "Speed": _between("Speed", call.speed, -3, 3),
        "CallbackUrl": call.callback_url or account.callback_url or None,
        "RequestId": call.request_id or None,
    }
    return get(account.voice("/json/MakeCallTemplate_V2"), fields)


def record_call(call: RecordCall, account: EsmsAccount) -> RequestSpec:
    """MakeCallRecord_V2; raises Unwritable."""
    fields = {
        **_keys(account),
        "TemplateId": _named(call.record_id, "a recording"),
        "Phone": phone.local(call.phone),
        "SendDate": vietnam_time(call.send_date, SLASHED_TIME),
        "NumberForward": call.number_forward or None,
        "MaxRepeat": _between("MaxRepeat", call.max_repeat, 0, 999),
        "MaxRetry": _between("MaxRetry", call.max_retry, 0, 999),
        "Ivr": _between("Ivr", call.ivr, 0, 9),
        "TimeWaitToIvr": _between("TimeWaitToIvr", call.time_wait_to_ivr, 0, 99_999),
        "WaitRetry": _between("WaitRetry", call.wait_retry_s, 0, 99_999),
        "CallbackUrl": call.callback_url or account.callback_url or None,
        # So spelt in this function's address, and in no other's (manual III.3, web).
        "RequestID": call.request_id or None,
    }
    return get(account.voice("/json/MakeCallRecord_V2"), fields)


def otp_call(call: OtpCall, account: EsmsAccount) -> RequestSpec:
    """VoiceOTP; raises Unwritable."""
    fields = {
        **_keys(account),
        "Phone": phone.local(call.phone),
        "Code": _named(call.code, "a code"),
        "Speed": _between("Speed", call.speed, -3, 3),
        "Voice": _voice(call.voice),
        "Sender": call.sender or None,
        "CallbackUrl": call.callback_url or account.callback_url or None,
    }
    return get(account.voice("/json/VoiceOTP"), fields)


def _keys(account: EsmsAccount) -> dict[str, str]:
    if account.sandbox:
        raise Unwritable("eSMS has no sandbox for calls, and this account is for trials: the phone would ring")
    return account.keys


def _named(value: str, what: str) -> str:
    if not value:
        raise Unwritable(f"a call needs {what}: give it")
    return value


def _voice(voice: str) -> str | None:
    if voice and voice not in VOICES:
        raise Unwritable(f"there is no voice {voice!r}: take one of {', '.join(VOICES)}")
    return voice or None


def _between(name: str, value: int | None, lowest: int, highest: int) -> str | None:
    if value is None:
        return None
    if not lowest <= value <= highest:
        raise Unwritable(f"{name} is {value}: it goes from {lowest} to {highest}")
    return str(value)
