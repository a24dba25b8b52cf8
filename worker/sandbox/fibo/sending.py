"""Takes or refuses a text for Fibo: account, form, repeats, money, ledger.

The documents do not say in which order the checks are made; this one is ours. A smsGUID is kept and never compared: it
is no key against repeats.
"""

from collections.abc import Mapping
from math import inf
from uuid import uuid4

from worker.sandbox.fibo.codes import Fault, Missing, Refusal
from worker.sandbox.text import mobiles
from worker.sandbox.world import World

#: Of SendMaskedSMS (page 2.2), in the order in which the server misses them.
PARAMETERS = ("clientNo", "clientPass", "senderName", "phoneNumber", "smsMessage", "smsGUID", "serviceType")


def demand(given: Mapping[str, str], *names: str) -> None:
    """All parameters must be there, though they may be empty; `given` has names in lower case."""
    for name in names:
        if name.lower() not in given:
            raise Missing(name)


class Sending:
    """Takes texts into the world's ledger, or says why not."""

    def __init__(self, world: World) -> None:
        self._world = world
        #: When each text last went to each number.
        self._texts: dict[tuple[int, str], float] = {}

    def take(self, given: Mapping[str, str]) -> None:
        """Take one text.

        Raises:
            Missing: a parameter is not there.
            Refusal: Fibo has a code for what is wrong with it.
        """
        settings = self._world.settings
        demand(given, *PARAMETERS)
        self.authorise(given)
        if given["servicetype"] != "0":
            raise Refusal(Fault.SERVICE_TYPE)
        if given["sendername"] not in settings.fibo_senders:
            raise Refusal(Fault.SENDER)
        if not (phones := mobiles([given["phonenumber"]])):
            raise Refusal(Fault.PHONE)
        if not given["smsmessage"]:
            raise Refusal(Fault.EMPTY)
        order = self._world.order(
            given["smsmessage"],
            phones,
            each=settings.fibo_price,
            provider="fibo",
            function="SendMaskedSMS",
            # Fibo tells no id; the ledger wants one
            sms_id=f"fibo-{uuid4()}",
            request_id=given["smsguid"],
            brandname=given["sendername"],
        )
        last = self._texts.get((order.phones[0], order.text), -inf)
        if not settings.fibo_old_codes and order.taken - last < settings.fibo_repeated_text_s:
            raise Refusal(Fault.REPEATED)
        if order.price > settings.fibo_balance:
            raise Refusal(Fault.TOO_DEAR if settings.fibo_balance else Fault.MONEY)
        settings.fibo_balance -= order.price
        self._texts[order.phones[0], order.text] = order.taken
        self._world.ledger.add(order)

    def authorise(self, given: Mapping[str, str], user: str = "clientno", password: str = "clientpass") -> None:  # noqa: S107 - names
        """Check the account."""
        settings = self._world.settings
        if (given.get(user), given.get(password)) != (settings.fibo_client_no, settings.fibo_client_pass):
            raise Refusal(Fault.LOGIN)
