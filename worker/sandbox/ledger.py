"""The orders that each emulated provider has taken: the record that the judge reads.

Phones are ints of 11 digits in 84 form (84901234567), kept in arrays: 8 bytes a number, so that a million fit.
"""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(slots=True, eq=False, kw_only=True)
class Order:
    """One text that a provider took for a list of numbers; only `cancelled` changes once it is taken."""

    provider: str
    function: str
    sms_id: str
    request_id: str = ""
    campaign: str = ""
    brandname: str
    text: str
    #: 1 advertising, 2 customer care; eSMS: 8 fixed number, 23 Viber, 24 and 25 Zalo, 0 a call.
    sms_type: int = 0
    #: Whom it goes to, distinct.
    phones: "array[int]"
    #: Numbers that the provider left out without a word.
    dropped: "array[int]" = field(default_factory=lambda: compact(()))
    parts: int
    #: Of all numbers together, VND.
    price: int
    #: When it was taken, aware, UTC.
    at: datetime
    #: When it was taken and when its sending begins (SendDate), on the sandbox's own scale (`World.seconds`).
    taken: float
    starts: float
    #: Row number of its first phone over all orders.
    first_row: int
    seed: int
    fail_share: float
    #: The review will refuse it: nobody gets it.
    refused: bool = False
    #: How it reaches a phone: sms, viber, zalo or call.
    channel: str = "sms"
    #: What was asked for beside text and numbers, under the provider's own names.
    details: Mapping[str, Any] | None = None
    #: The customer stopped it in time: nobody gets it.
    cancelled: bool = False

    @property
    def stopped(self) -> bool:
        """Nobody gets it."""
        return self.refused or self.cancelled


class Ledger:
    """All orders, oldest first."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.rows = 0
        self._by_id: dict[str, Order] = {}

    def add(self, order: Order) -> None:
        """Keep a new order."""
        self.orders.append(order)
        self.rows += len(order.phones)
        self._by_id[order.sms_id] = order

    def find(self, sms_id: str) -> Order | None:
        """The order with that id; None when there is none."""
        return self._by_id.get(sms_id)


def compact(phones: Iterable[int]) -> "array[int]":
    """Phones in 8 bytes each."""
    return array("Q", phones)
