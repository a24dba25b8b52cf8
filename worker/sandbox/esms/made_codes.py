"""Codes that eSMS makes, sends and checks itself: SendMessageAutoGenCode_V4_get, CheckCodeGen_V4_get (web).

The documents do not say whether a second code ends the first of a number. Here both are good, which is worse for whoever asks.
"""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from worker.sandbox.emulator import Answer, Call
from worker.sandbox.esms.codes import Refusal
from worker.sandbox.esms.form import formed
from worker.sandbox.esms.order import CARE
from worker.sandbox.esms.requests import CampaignRequest, check_keys
from worker.sandbox.esms.responses import write
from worker.sandbox.esms.sending import Sending
from worker.sandbox.text import local, mobiles
from worker.sandbox.world import World

_PLACE = "{OTP}"
#: Minutes, and characters, where none are asked for.
_ALIVE, _LENGTH = "5", "6"
_form = partial(formed, types=(CARE,))


@dataclass(slots=True)
class _Code:
    phone: int
    code: str
    #: On the sandbox's own scale.
    until: float
    used: bool = False


class Codes:
    """The desk of both functions."""

    def __init__(self, world: World, sending: Sending) -> None:
        self._world = world
        self._sending = sending
        self._made: list[_Code] = []

    def send(self, call: Call) -> Answer:
        """Make a code, and send the text with it."""
        code, minutes = self._fresh(call.query), _minutes(call.query)
        requested = _asked(call.query, code)
        order = self._sending.checked(requested, call.function, _form)
        self._sending.book(requested, call.function, order)
        self._made += [_Code(phone, code, order.taken + 60 * minutes) for phone in order.phones]
        return self._sending.acceptance(call, order)

    def check(self, call: Call) -> Answer:
        """Whether a code of a number is right: 117 for one that never was its, 171 for one that is used or over."""
        query, settings = call.query, self._world.settings
        check_keys(settings, query.get("apikey"), query.get("secretkey"))
        phones, written = mobiles([query.get("phone", "")]), query.get("code", "")
        its = [one for one in self._made if one.phone in phones and one.code == written]
        good = next((one for one in its if not one.used and self._world.seconds() < one.until), None)
        if good is None and its:
            raise Refusal("171")
        said = "Success!" if good else f"{written} Code Invalid"
        fields = {
            "CodeResult": "100" if good else "117",
            "CountRegenerate": 0,
            "ErrorMessage": f"{local(phones[0]) if phones else ''}, Content: {said}",
        }
        if good:
            good.used = True
        return write("SmsResultModel", fields, call.form, settings.quirks)

    def _fresh(self, query: Mapping[str, str]) -> str:
        written = query.get("numcharofcode", _LENGTH)
        if not written.isdigit() or not 1 <= int(written) <= 20:
            raise Refusal("99")
        letters = string.digits if query.get("isnumber") == "1" else string.digits + string.ascii_uppercase
        return self._world.settings.made_code or "".join(secrets.choice(letters) for _ in range(int(written)))


def _asked(query: Mapping[str, str], code: str) -> CampaignRequest:
    text = query.get("message", "")
    # no document has a code for a text without the place
    if _PLACE not in text:
        raise Refusal("99")
    return CampaignRequest(
        api_key=query.get("apikey", ""),
        secret_key=query.get("secretkey", ""),
        content=text.replace(_PLACE, code),
        sms_type=query.get("type", ""),
        brandname=query.get("brandname", ""),
        phones=(query.get("phone", ""),),
    )


def _minutes(query: Mapping[str, str]) -> int:
    written = query.get("timealive", _ALIVE)
    if not written.isdigit() or not 2 <= int(written) <= 10:
        raise Refusal("99")
    return int(written)
