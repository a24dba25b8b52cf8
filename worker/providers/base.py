"""What does Loa say to any provider, and what does it hear? The shared vocabulary of the adapters.

Shapes: a phone is an int of 11 digits in 84 form (84901234567); each adapter writes it as its provider wants it.
Money is a Decimal in VND. A `raw` is the provider's body with keys and numbers masked, at most 2,000 characters.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from worker.domain.outcome import Outcome

T = TypeVar("T")


class Purpose(StrEnum):
    """What a text is for; some providers send each kind by another way."""

    ADS = "ads"
    CARE = "care"
    OTP = "otp"


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
    #: It says that we call too fast (429, 503, a code of its own).
    slow_down: bool = False
    #: Nothing of the provider's own came back: no connection, no whole answer in time, a gateway's 5xx or a page.
    unreached: bool = False


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


@dataclass(frozen=True, slots=True)
class TextMessage:
    """One text to one number."""

    #: The provider's key against repeats, where it has one: the same for every repeat of a doubtful call.
    request_id: str
    #: Our name of the message, by which it is found again in the provider's records.
    key: str
    sender: str
    text: str
    phone: int
    purpose: Purpose = Purpose.OTP


@dataclass(frozen=True, slots=True)
class AdCampaign:
    """An advertising campaign that is created at the provider before numbers go in. Raises ValueError when `at` is naive."""

    #: Unique at the provider for ever, so it is also the key against repeats.
    name: str
    sender: str
    text: str
    #: How many messages may be pushed in all.
    quota: int
    #: When it goes to the phones; whole minutes, seconds are dropped.
    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("the time of a campaign needs its zone")


@dataclass(frozen=True, slots=True)
class Push:
    """What one push of numbers came to, by the provider's own counting; `no_room`: it was larger than the room left."""

    answer: Answer
    #: How many it took, which may be fewer than were pushed, and how many more the campaign takes; None when it did not say.
    taken: int | None = None
    remaining: int | None = None
    no_room: bool = False


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What a cancellation came to, push by push."""

    answer: Answer
    #: The pushes (their `ref`) that the provider stopped.
    stopped: tuple[str, ...] = ()
    #: Those that it did not stop, or names on both sides.
    kept: tuple[str, ...] = ()


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


class Provider(Protocol):
    """What every adapter is."""

    name: str

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class MessageProvider(Provider, Protocol):
    """A provider that takes one text to one number a call; `seen_before`: its codes for a text that it had before."""

    seen_before: frozenset[str] = frozenset()

    async def send_message(self, message: TextMessage) -> Answer:
        """Send one text; never raises for what the network or the provider does, never repeats by itself."""
        ...


class BalanceProvider(Provider, Protocol):
    """A provider that tells what is left on the account."""

    async def balance(self) -> Reading[Balance]:
        """What is left; never raises for what the network or the provider does."""
        ...


class AdsProvider(Provider, Protocol):
    """A provider that takes ads as a list in one order and tells results per number."""

    async def send_ads(self, order: AdOrder) -> Answer:
        """Place one order; never raises for what the network or the provider does, never repeats by itself."""
        ...

    async def order_status(self, ref: str) -> OrderStatus:
        """Ask how far the order `ref` has come; never raises for what the network or the provider does."""
        ...

    async def receivers(self, ref: str) -> list[Receiver] | None:
        """The result of each number of the order `ref`; None when the answer could not be had or read."""
        ...


class AdCampaignProvider(Provider, Protocol):
    """A provider where an advertising campaign is created with a quota, filled by pushes of numbers, and may be cancelled."""

    async def create_campaign(self, order: AdCampaign) -> Answer:
        """Create it; accepted, `ref` is its code. Never raises, never repeats by itself."""
        ...

    async def push(self, campaign_code: str, phones: Sequence[int]) -> Push:
        """Put numbers in; never raises, never repeats by itself."""
        ...

    async def cancel(self, campaign_code: str) -> Cancellation:
        """Stop what can be stopped; never raises, and may be repeated."""
        ...

    def name_taken(self, answer: Answer, *, after_doubt: bool = False) -> bool:
        """Whether `create_campaign` was refused because the name is there already."""
        ...


class RecordsProvider(Provider, Protocol):
    """A provider whose own record of what it took can be read."""

    async def records(self, start: datetime, end: datetime, page: int, purpose: Purpose) -> Reading[SentPage]:
        """What was made between two aware times, one page (from 1); never raises."""
        ...
