"""A provider in this process whose far side of the socket a test holds in its hand: lists, single numbers, and a record.

The SQL, the services and their glue are the real ones; only what the provider does and the order of events are a test's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from tests.world import FixedClock
from worker.domain.account import Reading
from worker.domain.calls import AdOrder, Answer, Purpose, TextMessage
from worker.domain.delivery import OrderStatus, Receiver, SentPage, SentRow, SentState, Stage
from worker.domain.outcome import Outcome

#: A call whose answer was lost may still be at work over there: until the lease of 30 s is over, less how late it may begin.
LATEST = timedelta(seconds=25)


class DeliveryModel(StrEnum):
    """What becomes of a call."""

    TAKEN = "taken"
    TAKEN_ANSWER_LOST = "taken, and the answer is lost"
    TAKEN_LATER = "nobody answers, and it is taken a while later"
    LOST = "not taken, and nobody knows"
    GATEWAY_BUSY = "a gateway says 503"
    GATEWAY_LIES = "a gateway says 503, and behind it the call was taken"
    TOO_FAST = "too many calls"
    NOT_LIKE_THIS = "wrong parameters"
    NOT_YOU = "no money, or no right"


UNSEEN = Answer(Outcome.UNKNOWN, provider_message="read timeout")
BUSY = Answer(Outcome.RETRY, provider_message="HTTP 503")
REFUSALS = {
    DeliveryModel.TOO_FAST: Answer(Outcome.RETRY, "160", "refused"),
    DeliveryModel.NOT_LIKE_THIS: Answer(Outcome.REJECTED, "107", "refused"),
    DeliveryModel.NOT_YOU: Answer(Outcome.HALT, "103", "refused"),
}


@dataclass
class FarSide:
    """What becomes of the next call, and of those that are still under way."""

    clock: FixedClock
    delivery_model: DeliveryModel = DeliveryModel.TAKEN
    #: Numbers whose call was answered as taken, with what the provider knows their campaign by, in the order of the answers.
    confirmed: list[tuple[str, int]] = field(default_factory=list)
    _under_way: list[tuple[datetime, Callable[[], object]]] = field(default_factory=list)

    def later(self, take: Callable[[], object]) -> None:
        """This is taken when it arrives."""
        self._under_way.append((self.clock.now() + LATEST, take))

    def is_at_work(self) -> bool:
        """Whether something is still under way."""
        return bool(self._under_way)

    def arrive(self, before: datetime | None = None) -> None:
        """What is under way arrives: all of it, or what may not be under way any more `before` that time."""
        arrived = [one for one in self._under_way if before is None or one[0] < before]
        self._under_way = [one for one in self._under_way if one not in arrived]
        for _, take in arrived:
            take()


@dataclass(frozen=True, slots=True)
class Taken:
    """One order on the ledger."""

    ref: str
    key: str
    text: str
    phones: tuple[int, ...]
    purpose: Purpose
    at: datetime


@dataclass
class Emulated(FarSide):
    """A provider with a RequestId for 24 hours and a record by key, as eSMS; the open points of its documents are fields."""

    remembers_refused: bool = False
    refuses_before_repeats: bool = False
    #: Of how many numbers of an order the result is told; None: of all.
    told: int | None = None
    orders: list[Taken] = field(default_factory=list)
    #: Numbers that were taken behind a gateway that said no, by key.
    lied_about: set[tuple[str, int]] = field(default_factory=set)
    _seen: dict[str, datetime] = field(default_factory=dict)
    name: str = "esms"
    duplicate_codes: frozenset[str] = frozenset({"124"})

    async def send_ads(self, order: AdOrder) -> Answer:
        return self._answer(order.request_id, order.key, order.text, order.phones, Purpose.ADS)

    async def send_message(self, message: TextMessage) -> Answer:
        return self._answer(message.request_id, message.key, message.text, [message.phone], message.purpose)

    async def order_status(self, ref: str) -> OrderStatus:
        size = len(self._order(ref).phones)
        return OrderStatus(Stage.SENT, size, delivered=self._known(size), cost=Decimal(345 * size))

    async def receivers(self, ref: str) -> list[Receiver]:
        phones = self._order(ref).phones
        known = self._known(len(phones))
        return [Receiver(phone, sent=True, delivered=place < known) for place, phone in enumerate(phones)]

    async def records(self, start: datetime, end: datetime, page: int, purpose: Purpose) -> Reading[SentPage]:
        rows = [
            SentRow(
                order.ref,
                order.key,
                phone,
                order.text,
                SentState.DELIVERED if place < self._known(len(order.phones)) else SentState.SENT,
                Decimal(345),
                order.at,
            )
            for order in self.orders
            if order.purpose == purpose and start <= order.at <= end
            for place, phone in enumerate(order.phones)
        ]
        return Reading(SentPage(rows, len(rows), more=False))

    async def aclose(self) -> None:
        pass

    def taken(self) -> list[tuple[str, int]]:
        """Every number of every order, with the order's key."""
        return [(order.key, phone) for order in self.orders for phone in order.phones]

    def ads(self) -> list[tuple[int, datetime]]:
        """Each ad that a number got, and when; but for those that a gateway lied about, which nobody could count."""
        return [
            (phone, order.at)
            for order in self.orders
            if order.purpose == Purpose.ADS
            for phone in order.phones
            if (order.key, phone) not in self.lied_about
        ]

    def _answer(self, request_id: str, key: str, text: str, phones: Sequence[int], purpose: Purpose) -> Answer:
        delivery_model = self.delivery_model
        if delivery_model is DeliveryModel.TAKEN_LATER:
            self.later(lambda: self._take(request_id, key, text, phones, purpose))
        if delivery_model in (DeliveryModel.LOST, DeliveryModel.TAKEN_LATER):
            return UNSEEN
        if delivery_model is DeliveryModel.GATEWAY_BUSY:
            return BUSY
        repeated = self._repeated(request_id)
        refusal = REFUSALS.get(delivery_model)
        if refusal is not None and (self.refuses_before_repeats or not repeated):
            if self.remembers_refused and not repeated:
                self._seen[request_id] = self.clock.now()
            return refusal
        ref = self._take(request_id, key, text, phones, purpose)
        if delivery_model is DeliveryModel.GATEWAY_LIES and ref:
            self.lied_about |= {(key, phone) for phone in phones}
            return BUSY
        if delivery_model is DeliveryModel.TAKEN_ANSWER_LOST:
            return UNSEEN
        self.confirmed += [(key, phone) for phone in phones if ref]
        return Answer(Outcome.ACCEPTED, "100", ref=ref) if ref else Answer(Outcome.UNKNOWN, "124", "Request exist 1")

    def _take(self, request_id: str, key: str, text: str, phones: Sequence[int], purpose: Purpose) -> str:
        """Put an order on the ledger, unless it has its RequestId already; the order's id."""
        if self._repeated(request_id):
            return ""
        self._seen[request_id] = self.clock.now()
        order = Taken(f"ref-{len(self.orders)}", key, text, tuple(phones), purpose, self.clock.now())
        self.orders.append(order)
        return order.ref

    def _repeated(self, request_id: str) -> bool:
        since = self._seen.get(request_id)
        return since is not None and self.clock.now() - since < timedelta(hours=24)

    def _order(self, ref: str) -> Taken:
        return next(order for order in self.orders if order.ref == ref)

    def _known(self, size: int) -> int:
        return size if self.told is None else min(self.told, size)
