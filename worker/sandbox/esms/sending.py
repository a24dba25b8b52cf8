"""Does eSMS take this order? The desk of all sending functions: keys, repeats, form, money, ledger.

The documents do not say in which order the checks are made; this one is ours, and `checks_money_before_repeats` puts
the repeats last.
"""

from collections.abc import Sequence

from worker.sandbox.emulator import Answer
from worker.sandbox.esms.answers import write
from worker.sandbox.esms.codes import WORDS, Refusal
from worker.sandbox.esms.form import CARE, formed
from worker.sandbox.esms.repeats import RequestIds
from worker.sandbox.esms.requests import Wish
from worker.sandbox.ledger import Order
from worker.sandbox.world import World

#: How long the same care text may not go to the same number again (PROVIDERS.md 1c).
_REPEATED_TEXT_S = 300.0


class Sending:
    """Takes orders into the world's ledger, or says why not."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._request_ids = RequestIds(world)
        #: When each care text last went to each number.
        self._care_texts: dict[tuple[int, str], float] = {}

    def send(self, wish: Wish, function: str, form: str, types: Sequence[int]) -> Answer:
        """Take or refuse an order; `types` are the SmsTypes that the function carries."""
        try:
            order = self._take(wish, function, types)
        except Refusal as refusal:
            answer = self.refusal(form, refusal.code)
            known = self._request_ids.first(function, wish.request_id)
            if refusal.code == "124" and "V4" in function and known and known.order:
                # only the pages of the V4 functions show a SendStatus beside 124, always "5" (PROVIDERS.md 1c)
                answer = self.refusal(form, refusal.code, {"SendStatus": "5"})
            return answer
        fields = {"CodeResult": "100", "CountRegenerate": 0, "SMSID": order.sms_id}
        return write("SmsResultModel", fields, form, self._world.settings.quirks)

    def refusal(self, form: str, code: str, more: dict[str, str] | None = None) -> Answer:
        """A refused send, with eSMS's words."""
        settings = self._world.settings
        words = WORDS.get(code, "").format(
            minimum=settings.min_recipients,
            maximum=settings.max_recipients,
            units=settings.max_ads_units,
            length=settings.request_id_length,
        )
        fields = {"CodeResult": code, "CountRegenerate": 0, "ErrorMessage": words} | (more or {})
        return write("SmsResultModel", fields, form, settings.quirks)

    def _take(self, wish: Wish, function: str, types: Sequence[int]) -> Order:
        settings = self._world.settings
        if (wish.api_key, wish.secret_key) != (settings.api_key, settings.secret_key):
            raise Refusal("101")
        if len(wish.request_id) > settings.request_id_length:
            raise Refusal("159")
        try:
            order = self._checked(wish, function, types)
        except Refusal as refusal:
            if settings.remembers_refused_request_ids and refusal.code != "124":
                self._request_ids.keep(function, wish.request_id, None)
            raise
        if not wish.sandbox:
            self._book(order)
            self._request_ids.keep(function, wish.request_id, order)
        elif settings.remembers_sandbox_request_ids:
            self._request_ids.keep(function, wish.request_id, None)
        return order

    def _checked(self, wish: Wish, function: str, types: Sequence[int]) -> Order:
        settings = self._world.settings
        repeated = self._request_ids.first(function, wish.request_id) is not None
        if repeated and not settings.checks_money_before_repeats:
            raise Refusal("124")
        order = formed(wish, function, types, self._world)
        if settings.repeated_text_code and order.sms_type == CARE:
            since = order.taken - _REPEATED_TEXT_S
            if any(self._care_texts.get((phone, order.text), since) > since for phone in order.phones):
                raise Refusal(settings.repeated_text_code)
        if not wish.sandbox and self._cost(order) > settings.balance:
            raise Refusal("103")
        if repeated:
            raise Refusal("124")
        return order

    def _book(self, order: Order) -> None:
        self._world.settings.balance -= self._cost(order)
        self._world.ledger.add(order)
        if order.sms_type == CARE and self._world.settings.repeated_text_code:
            self._care_texts |= dict.fromkeys(((phone, order.text) for phone in order.phones), order.taken)

    def _cost(self, order: Order) -> int:
        return 0 if order.refused and not self._world.settings.refused_orders_cost else order.price
