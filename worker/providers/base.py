"""What does Loa say to any provider, and what does it hear? The shared vocabulary of the adapters.

Shapes: a phone is an int of 11 digits in 84 form (84901234567); each adapter writes it as its provider wants it.
Money is a Decimal in VND. A `raw` is the provider's body with keys and numbers masked, at most 2,000 characters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from worker.domain.outcome import Outcome

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AdOrder:
    """One advertising order: one text to a list, in one call."""

    #: The provider's key against repeats: the same for every repeat of a doubtful call (at most 50 characters).
    request_id: str
    #: Our name of the batch, by which it is found again in the provider's records.
    key: str
    sender: str
    text: str
    phones: Sequence[int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one sending call means: the outcome, and the evidence for it."""

    outcome: Outcome
    #: The provider's code as it wrote it; empty when there was none.
    code: str = ""
    #: The provider's own words, or ours when it said nothing (`read timeout`).
    words: str = ""
    #: The provider's id of the order; empty unless accepted.
    ref: str = ""
    raw: str = ""
    #: How long the provider asked us to stay away (Retry-After).
    retry_after_s: float | None = None


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
    words: str = ""
    raw: str = ""

    @property
    def settled(self) -> bool:
        """Whether every receiver has a result; `sent` alone is not delivery (PROVIDERS.md 1e)."""
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


@dataclass(frozen=True, slots=True)
class TextMessage:
    """One text to one number: customer care, or a one-time password."""

    #: The provider's key against repeats, where it has one: the same for every repeat of a doubtful call.
    request_id: str
    #: Our name of the message, by which it is found again in the provider's records.
    key: str
    sender: str
    text: str
    phone: int


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What a question came to: the value, or None and why not."""

    value: T | None
    code: str = ""
    #: The provider's own words, or ours when it said nothing.
    words: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left on an account; `unit` is VND or messages."""

    amount: Decimal
    unit: str = "VND"


@dataclass(frozen=True, slots=True)
class Sender:
    """A registered brandname; `kind` is ads or care, or the provider's own word for another."""

    name: str
    kind: str


class MessageProvider(Protocol):
    """A provider that takes one text to one number a call."""

    name: str

    async def send_message(self, message: TextMessage) -> Answer:
        """Send one text; never raises for what the network or the provider does, never repeats by itself."""
        ...


class AdsProvider(Protocol):
    """A provider that takes ads as a list in one order and tells results per number."""

    name: str

    async def send_ads(self, order: AdOrder) -> Answer:
        """Place one order; never raises for what the network or the provider does, never repeats by itself."""
        ...

    async def order_status(self, ref: str) -> OrderStatus:
        """Ask how far the order `ref` has come; never raises for what the network or the provider does."""
        ...

    async def receivers(self, ref: str) -> list[Receiver] | None:
        """The result of each number of the order `ref`; None when the answer could not be had or read."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
