"""Messages over Zalo, alone or with an SMS behind them (manual IV, web)."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from worker.sandbox.delivery_model import results
from worker.sandbox.emulator import Answer, Call
from worker.sandbox.esms.codes import Refusal, Unreadable
from worker.sandbox.esms.form import formed
from worker.sandbox.esms.order import CARE, FIXED_NUMBER, ZALO, recorded
from worker.sandbox.esms.requests import CampaignRequest, json_object, one_fields, string
from worker.sandbox.esms.sending import Sending
from worker.sandbox.ledger import Order
from worker.sandbox.settings import Settings
from worker.sandbox.text import mobiles
from worker.sandbox.world import World

_CHANNELS = ["zalo", "sms"]


def zalo_json(call: Call) -> CampaignRequest:
    """SendZaloMessage_V4_post_json: `Params` is an array in the order of the template."""
    return zalo_fields(json_object(call.body))


def by_template(requested: CampaignRequest, function: str, world: World) -> Order:
    """The order of a Zalo message.

    Raises:
        Refusal: the account, the template or the number is wrong.
    """
    check_template(requested.details, world.settings)
    return recorded(requested, function, ZALO, mobiles(requested.phones), world)


class Channels:
    """MultiChannelMessage: Zalo first, and an SMS to those whom Zalo does not reach."""

    def __init__(self, world: World, sending: Sending) -> None:
        self._world = world
        self._sending = sending

    def send(self, call: Call) -> Answer:
        """Take both messages or neither; the answer has the id of the Zalo message, the SMS has one of its own."""
        zalo, sms = _requests_made(json_object(call.body))
        first, second = self._checked(zalo, sms, call.function)
        self._sending.book(zalo, call.function, first)
        if any(arrived is False for _, arrived in results(first, 1.0)):
            # it leaves when Zalo has said that it did not arrive
            second.starts += max(self._world.settings.first_report_after_s, self._world.settings.done_after_s)
            self._sending.book(sms, call.function, second)
        return self._sending.acceptance(call, first)

    def _checked(self, zalo: CampaignRequest, sms: CampaignRequest, function: str) -> tuple[Order, Order]:
        first = self._sending.checked(zalo, function, by_template)
        second = self._sending.checked(sms, function, partial(formed, types=(CARE, FIXED_NUMBER)))
        if not zalo.sandbox and first.price + second.price > self._world.settings.balance:
            raise Refusal("103")
        return first, second


def _requests_made(fields: Mapping[str, Any]) -> tuple[CampaignRequest, CampaignRequest]:
    data = fields.get("Data")
    if fields.get("Channels") != _CHANNELS or not isinstance(data, list) or len(data) != len(_CHANNELS):
        raise Unreadable
    if not all(isinstance(part, dict) for part in data):
        raise Unreadable
    # the number stands once, for both; what the manual's sample repeats in the SMS is not looked at
    common = {name: fields.get(name, "") for name in ("ApiKey", "SecretKey", "Phone")}
    zalo, sms = ({**part, **common} for part in data)
    return zalo_fields(zalo), one_fields(sms)


def zalo_fields(fields: Mapping[str, Any]) -> CampaignRequest:
    """A Zalo message as its fields ask for it."""
    params = fields.get("Params")
    if not isinstance(params, list) or not all(isinstance(param, str) for param in params):
        raise Unreadable
    template = string(fields, "TempID")
    # a Zalo message has no text of its own; the judge tells two of them apart by what fills the template
    named = {**fields, "Content": "|".join([template, *params]), "SmsType": str(ZALO)}
    details = {"OAID": string(fields, "OAID"), "TempID": template, "Params": params}
    if mode := string(fields, "SendingMode"):
        details["SendingMode"] = mode
    return replace(one_fields(named), details=details)


def check_template(details: Mapping[str, Any], settings: Settings) -> None:
    """Raise Refusal where the account or the template is not there to be used."""
    account, template = details["OAID"], details["TempID"]
    newer = settings.zalo_generation == 2
    if newer and not (account and template):
        raise Refusal("791")
    if account not in settings.zalo_accounts:
        raise Refusal("799" if newer else "104")
    if template not in settings.zalo_accounts[account]:
        raise Refusal("789" if newer else "119")
