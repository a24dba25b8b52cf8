"""The sandbox's own provider: `/sandbox/messages` and `/sandbox/balance`, by the document of this package."""

import json
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from worker.sandbox.emulator import Answer, Call, Emulator, Function, Place, json_object
from worker.sandbox.example.codes import LATER, WORDS, Refusal
from worker.sandbox.ledger import Order
from worker.sandbox.text import mobiles

_FIRST_ID = 7_000_000_001
_LONGEST_REQUEST_ID = 50
_LONGEST_TEXT = 1_000
_FIELDS = ("secret", "request_id", "key", "sender", "text", "to")


class Own(Emulator):
    """The emulator of the sandbox's own provider."""

    name = "sandbox"
    base_path = "/sandbox"

    def reset(self) -> None:
        """Forget the request_ids; the rest is the world's."""
        self._ids = count(_FIRST_ID)
        self._taken: dict[str, Order] = {}
        functions = (
            Function("messages", "POST", self._explained(self._send), sends=True),
            Function("balance", "POST", self._explained(self._balance)),
        )
        self.functions = {function.name: function for function in functions}

    def variables(self, url: str) -> Mapping[str, str]:
        """The settings of Loa that point it here."""
        return {
            "LOA_SANDBOX_BASE_URL": f"{url}{self.base_path}",
            "LOA_SANDBOX_SECRET": self._world.settings.sandbox_secret,
        }

    def locate(self, path: str) -> Place | None:
        """Find a function."""
        folder, _, name = path.removeprefix("/").partition("/")
        return Place(self, self.functions[name], "json") if folder == "sandbox" and name in self.functions else None

    def refusal(self, function: str, form: str, code: str) -> Answer:  # noqa: ARG002 - all refusals look alike here
        """Say no by a code (sections 1 and 4)."""
        body = json.dumps({"code": code, "words": WORDS.get(code, "")}).encode()
        if code == LATER:
            return Answer(body, 429, headers={"Retry-After": f"{self._world.settings.sandbox_later_s:.0f}"})
        return Answer(body)

    def _explained(self, run: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Callable[[Call], Answer]:
        def answer(call: Call) -> Answer:
            try:
                return Answer(json.dumps(run(json_object(call.body, lambda _: Refusal("bad-request")))).encode())
            except Refusal as refusal:
                return self.refusal(call.function, call.form, str(refusal))

        return answer

    def _send(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        self._authorise(asked)
        if not all(isinstance(asked.get(name), str) for name in _FIELDS):
            raise Refusal("bad-request")
        settings, now = self._world.settings, self._world.seconds()
        before = self._taken.get(asked["request_id"])
        if before is not None and now - before.taken < settings.sandbox_request_id_hours * 3600:
            return {"code": "accepted", "id": int(before.sms_id)}
        order = self._order(asked)
        if order.price > settings.sandbox_balance:
            raise Refusal("no-money")
        if settings.sandbox_later_s:
            raise Refusal(LATER)
        settings.sandbox_balance -= order.price
        self._taken[order.request_id] = order
        self._world.ledger.add(order)
        return {"code": "accepted", "id": int(order.sms_id)}

    def _balance(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        self._authorise(asked)
        return {"balance": self._world.settings.sandbox_balance}

    def _authorise(self, asked: Mapping[str, Any]) -> None:
        if asked.get("secret") != self._world.settings.sandbox_secret:
            raise Refusal("bad-secret")

    def _order(self, asked: Mapping[str, str]) -> Order:
        settings, phones = self._world.settings, mobiles([asked["to"]])
        if not 1 <= len(asked["request_id"]) <= _LONGEST_REQUEST_ID:
            raise Refusal("bad-request")
        if asked["sender"] not in settings.sandbox_senders:
            raise Refusal("unknown-sender")
        if not phones:
            raise Refusal("bad-number")
        if not 1 <= len(asked["text"]) <= _LONGEST_TEXT:
            raise Refusal("bad-text")
        return self._world.order(
            asked["text"],
            phones,
            each=settings.sandbox_price,
            provider=self.name,
            function="messages",
            sms_id=str(next(self._ids)),
            request_id=asked["request_id"],
            campaign=asked["key"],
            brandname=asked["sender"],
        )
