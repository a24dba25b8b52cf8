"""Takes or refuses the orders of all sending functions of eSMS: keys, repeats, form, money, ledger.

The documents do not say in which order the checks are made; this one is ours, and `checks_money_before_repeats` puts
the repeats last.
"""

from collections.abc import Callable

from worker.sandbox.emulator import Answer, Call
from worker.sandbox.esms.callbacks import letters
from worker.sandbox.esms.codes import VOICE_WORDS, WORDS, ZALO_WORDS, Refusal
from worker.sandbox.esms.order import CARE, cost, new_id
from worker.sandbox.esms.repeats import RequestIds
from worker.sandbox.esms.requests import CampaignRequest, check_keys
from worker.sandbox.esms.responses import write
from worker.sandbox.ledger import Order
from worker.sandbox.world import World

#: How long the same care text may not go to the same number again (web, care message).
_REPEATED_TEXT_S = 300.0
VOICE_FUNCTIONS = ("MakeCallTemplate_V2", "MakeCallRecord_V2", "VoiceOTP")
ZALO_FUNCTIONS = ("SendZaloMessage_V4_post_json", "MultiChannelMessage", "Send_zns_bulk_v4_post_json")

#: Makes the order of a request to a function, or refuses it.
Former = Callable[[CampaignRequest, str, World], Order]


class Sending:
    """Takes orders into the world's ledger, or says why not."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._request_ids = RequestIds(world)
        #: When each care text last went to each number.
        self._care_texts: dict[tuple[int, str], float] = {}

    def send(self, requested: CampaignRequest, call: Call, former: Former) -> Answer:
        """Take one order, or refuse it."""
        try:
            order = self.checked(requested, call.function, former)
        except Refusal as refusal:
            known = self._request_ids.first(call.function, requested.request_id)
            if refusal.code == "124" and "SendMultipleMessage_V4" in call.function and known and known.order:
                # only the pages of the V4 functions show a SendStatus beside 124, always "5" (web)
                return self.refusal(call.function, call.form, refusal.code, {"SendStatus": "5"})
            raise
        self.book(requested, call.function, order)
        return self.acceptance(call, order)

    def acceptance(self, call: Call, order: Order) -> Answer:
        """The answer to an order that was taken."""
        return self._shaped(
            call.function, call.form, {"CodeResult": "100", "CountRegenerate": 0, "SMSID": order.sms_id}
        )

    def refusal(self, function: str, form: str, code: str, more: dict[str, str] | None = None) -> Answer:
        """The answer to an order that was not, with eSMS's words."""
        settings = self._world.settings
        own = VOICE_WORDS if function in VOICE_FUNCTIONS else ZALO_WORDS if function in ZALO_FUNCTIONS else {}
        limits = {"min_recipients": settings.min_recipients, "max_recipients": settings.max_recipients}
        limits |= {"units": settings.max_ads_units, "length": settings.request_id_length}
        words = own.get(code, WORDS.get(code, "")).format(**limits)
        fields = {"CodeResult": code, "CountRegenerate": 0, "ErrorMessage": words, **(more or {})}
        if code == "146":
            # the one refusal that has an id (web, care message)
            fields["SMSID"] = new_id()
        return self._shaped(function, form, fields)

    def checked(self, requested: CampaignRequest, function: str, former: Former) -> Order:
        """The order that `requested` makes, if eSMS would take it.

        Raises:
            Refusal: it would not; the RequestId is remembered where the settings say so.
            Unreadable: it cannot be read.
        """
        settings = self._world.settings
        check_keys(settings, requested.api_key, requested.secret_key)
        if len(requested.request_id) > settings.request_id_length:
            raise Refusal("159")
        try:
            return self._checked(requested, function, former)
        except Refusal as refusal:
            if settings.remembers_refused_request_ids and refusal.code != "124":
                self._request_ids.keep(function, requested.request_id, None)
            raise

    def book(self, requested: CampaignRequest, function: str, order: Order) -> None:
        """Take an order that is `checked`, and call back about it; one with the Sandbox flag leaves no trace."""
        settings = self._world.settings
        if requested.sandbox:
            if settings.remembers_sandbox_request_ids:
                self._request_ids.keep(function, requested.request_id, None)
            return
        settings.balance -= cost(order, settings)
        self._world.ledger.add(order)
        self._request_ids.keep(function, requested.request_id, order)
        if order.sms_type == CARE and settings.repeated_text_code:
            self._care_texts |= dict.fromkeys(((phone, order.text) for phone in order.phones), order.taken)
        if requested.callback_url:
            self._world.callbacks.plan(letters(order, requested.callback_url, self._world))

    def _checked(self, requested: CampaignRequest, function: str, former: Former) -> Order:
        settings = self._world.settings
        repeated = self._request_ids.first(function, requested.request_id) is not None
        if repeated and not settings.checks_money_before_repeats:
            raise Refusal("124")
        order = former(requested, function, self._world)
        if settings.repeated_text_code and order.sms_type == CARE:
            since = order.taken - _REPEATED_TEXT_S
            if any(self._care_texts.get((phone, order.text), since) > since for phone in order.phones):
                raise Refusal(settings.repeated_text_code)
        if not requested.sandbox and cost(order, settings) > settings.balance:
            raise Refusal("103")
        if repeated:
            raise Refusal("124")
        return order

    def _shaped(self, function: str, form: str, fields: dict[str, object]) -> Answer:
        if function in VOICE_FUNCTIONS:
            # the pages of voice show no CountRegenerate (manual III.2)
            fields.pop("CountRegenerate")
        return write("SmsResultModel", fields, form, self._world.settings.quirks)
