"""Takes or refuses a one-time password: push-brandname-otp, one number, one text in base64 (manual 2)."""

from collections.abc import Mapping
from math import inf
from typing import Any

from worker.sandbox.fpt import reports
from worker.sandbox.fpt.codes import Refusal
from worker.sandbox.fpt.requests import decoded, text
from worker.sandbox.fpt.sender import check_brandname, wrong_number
from worker.sandbox.text import mobiles
from worker.sandbox.world import World

_CARE = 2
#: As in the sample.
_PARTNER = "556"
_FIRST_ID = 34_379_086
_REPEATED_TEXT_S = 300.0


class Otp:
    """The texts to single numbers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._count = 0
        #: When each text last went to each number.
        self._texts: dict[tuple[int, str], float] = {}

    def push(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take one text; the answer echoes it decoded."""
        world, settings = self._world, self._world.settings
        brandname = check_brandname(asked, settings)
        phones = mobiles([text(asked, "Phone")])
        message = decoded(text(asked, "Message"))
        if not phones:
            raise wrong_number(settings)
        (phone,) = phones
        if settings.fpt_repeated_text_code:
            now = world.seconds()
            if self._texts.get((phone, message), -inf) > now - _REPEATED_TEXT_S:
                raise Refusal(settings.fpt_repeated_text_code, "the same text to the same number within five minutes")
            self._texts[phone, message] = now
        order = world.order(
            message,
            phones,
            provider="fpt",
            function="push-brandname-otp",
            sms_id=str(_FIRST_ID + self._count),
            request_id=str(asked.get("RequestId", "")),
            brandname=brandname,
            sms_type=_CARE,
        )
        self._count += 1
        world.ledger.add(order)
        world.callbacks.plan(reports.letters(order, world))
        shown = {"MessageId": order.sms_id, "BrandName": brandname, "Phone": str(phone), "Message": message}
        return {**shown, "PartnerId": _PARTNER, "Telco": reports.telco(phone)}
