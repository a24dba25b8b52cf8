"""What a provider says of what it took: an order as a whole, and each of its numbers. Money is a Decimal in VND."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Stage(StrEnum):
    """How far the provider says an order has come."""

    #: It does not know the order (yet): ask again later.
    NOT_FOUND = "not_found"
    #: Taken, under review, queued or being sent.
    PENDING = "pending"
    #: Refused after it was taken (review) or deleted: nobody gets it.
    REFUSED = "refused"
    #: It left the provider; the counters say how much is known of it.
    SENT = "sent"
    #: The question itself failed (network, unreadable answer): nothing was learned.
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """What the provider says of a whole order."""

    stage: Stage
    receivers: int = 0
    delivered: int = 0
    failed: int = 0
    cost: Decimal | None = None
    code: str = ""
    provider_message: str = ""
    raw: str = ""

    @property
    def settled(self) -> bool:
        """Whether every receiver has a result; `sent` alone is not delivery."""
        return self.stage is Stage.SENT and self.receivers > 0 and self.delivered + self.failed >= self.receivers


@dataclass(frozen=True, slots=True)
class Receiver:
    """What the provider says of one number of an order."""

    phone: int
    #: It left the provider.
    sent: bool
    #: It arrived. False means failed only once the order is settled; before that it may mean "not known yet".
    delivered: bool
    #: The carrier by the provider's word; empty when it says none.
    network: str = ""


class SentState(StrEnum):
    """How far one number's message has come, by the provider's record."""

    #: Under review, queued or being sent.
    WAITING = "waiting"
    #: Refused by review, or deleted.
    REFUSED = "refused"
    #: It left; no result is known yet.
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    #: The row does not say, or in words that no document lists.
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class SentRow:
    """One number of one order in the provider's record."""

    #: The id that the send answered with.
    ref: str
    #: Our key of the order (`AdOrder.key`, `TextMessage.key`); empty where the record does not keep it.
    campaign: str
    #: None for somebody without a number (a Zalo user).
    phone: int | None = field(repr=False)
    text: str = field(repr=False)
    state: SentState
    cost: Decimal | None
    #: When it was sent, in UTC; None while it was not.
    at: datetime | None


@dataclass(frozen=True, slots=True)
class SentPage:
    """One page of the record; its order, and what new rows do to it, are not documented: take each row by ref and phone."""

    rows: list[SentRow]
    #: How many rows there are over all pages; None when it is not said.
    total: int | None
    #: Whether another page is to be asked for.
    more: bool
