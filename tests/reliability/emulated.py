"""A provider in this process, and workers that stop wherever a test wants: what a search through interleavings needs.

The SQL, the services and their glue are the real ones; only the far side of the socket and the order of events are a test's.
"""

import queue
import threading
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import sessionmaker
from sqlmodel import Session

from tests.world import FixedClock
from worker.domain.outcome import Outcome
from worker.providers.base import (
    AdOrder,
    Answer,
    OrderStatus,
    Purpose,
    Reading,
    Receiver,
    SentPage,
    SentRow,
    SentState,
    Stage,
    TextMessage,
)
from worker.services import ways
from worker.services.deps import Deps


class Fate(StrEnum):
    """What becomes of a call."""

    TAKEN = "taken"
    TAKEN_ANSWER_LOST = "taken, and the answer is lost"
    LOST = "not taken, and nobody knows"
    GATEWAY_BUSY = "a gateway says 503"
    GATEWAY_LIES = "a gateway says 503, and behind it the call was taken"
    TOO_FAST = "160"
    NOT_LIKE_THIS = "107"
    NO_MONEY = "103"


REFUSALS = {Fate.TOO_FAST: Outcome.RETRY, Fate.NOT_LIKE_THIS: Outcome.REJECTED, Fate.NO_MONEY: Outcome.HALT}
LOST = Answer(Outcome.UNKNOWN, words="read timeout")
BUSY = Answer(Outcome.RETRY, words="HTTP 503")


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
class Emulated:
    """A provider with a RequestId for 24 hours and a record by key, as eSMS; the open points of its documents are fields."""

    clock: FixedClock
    remembers_refused: bool = False
    refuses_before_repeats: bool = False
    fate: Fate = Fate.TAKEN
    #: Of how many numbers of an order the result is told; None: of all.
    told: int | None = None
    orders: list[Taken] = field(default_factory=list)
    #: Numbers that were taken behind a gateway that said no, by key.
    lied_about: set[tuple[str, int]] = field(default_factory=set)
    _seen: dict[str, datetime] = field(default_factory=dict)
    name: str = "esms"
    seen_before: frozenset[str] = frozenset({"124"})

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

    def _answer(self, request_id: str, key: str, text: str, phones: Sequence[int], purpose: Purpose) -> Answer:
        if self.fate is Fate.LOST:
            return LOST
        if self.fate is Fate.GATEWAY_BUSY:
            return BUSY
        since = self._seen.get(request_id)
        repeated = since is not None and self.clock.now() - since < timedelta(hours=24)
        refusal = REFUSALS.get(self.fate)
        if refusal is not None and (self.refuses_before_repeats or not repeated):
            if self.remembers_refused and not repeated:
                self._seen[request_id] = self.clock.now()
            return Answer(refusal, self.fate, words="refused")
        if repeated:
            return LOST if self.fate is Fate.TAKEN_ANSWER_LOST else Answer(Outcome.UNKNOWN, "124", "Request exist 1")
        self._seen[request_id] = self.clock.now()
        order = Taken(f"ref-{len(self.orders)}", key, text, tuple(phones), purpose, self.clock.now())
        self.orders.append(order)
        if self.fate is Fate.GATEWAY_LIES:
            self.lied_about |= {(key, phone) for phone in phones}
            return BUSY
        return LOST if self.fate is Fate.TAKEN_ANSWER_LOST else Answer(Outcome.ACCEPTED, "100", ref=order.ref)

    def _order(self, ref: str) -> Taken:
        return next(order for order in self.orders if order.ref == ref)

    def _known(self, size: int) -> int:
        return size if self.told is None else min(self.told, size)


class Crash(BaseException):  # not an Exception: nothing may catch it
    """The process is no more."""


class At(StrEnum):
    """Where a worker stands still."""

    COMMITTED = "after a commit"
    CALLING = "in the call"
    ANSWERED = "with an answer in its hands"
    OVER = "over"


class Actor:
    """A worker with one bell, in a thread that goes on only when it is told to."""

    def __init__(self, deps: Deps, batch_id: UUID, on_call: Callable[[UUID], None]) -> None:
        self.batch_id = batch_id
        self.at = At.COMMITTED
        self.pending: Coroutine[Any, Any, Any] | None = None
        self.called_at: datetime | None = None
        #: So many commits from now it dies just before one.
        self.dies_before: int | None = None
        self.fault: BaseException | None = None
        self._on_call = on_call
        self._answer: Any = None
        self._to_the_call = False
        self._deps = replace(deps, run=self._call, sessions=Observed(deps.sessions, self._commits, self._committed))
        self._told: queue.Queue[bool] = queue.Queue()
        self._says: queue.Queue[At] = queue.Queue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        self.at = self._says.get(timeout=60)

    def go(self, *, to_the_call: bool = False) -> None:
        """Go on to the next place; `to_the_call` passes by commits."""
        assert self.at is not At.OVER
        self._to_the_call = to_the_call
        self._told.put(True)
        self.at = self._says.get(timeout=60)

    def crash(self) -> None:
        """Die here."""
        if self.at is not At.OVER:
            self._told.put(False)
            self.at = self._says.get(timeout=60)
        if self.pending is not None:
            self.pending.close()
            self.pending = None
        self._thread.join(60)

    def answer(self, run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        """Let the call in hand reach the provider and come back."""
        assert self.pending is not None
        self._answer, self.pending = run(self.pending), None
        self.go()

    def _work(self) -> None:
        try:
            ways.send_batch(self._deps, self.batch_id)
        except Crash:
            pass
        except BaseException as fault:  # noqa: BLE001 - whatever it is, the test wants to see it
            self.fault = fault
        self._says.put(At.OVER)

    def _stand(self, at: At) -> None:
        self._says.put(at)
        if not self._told.get(timeout=600):
            raise Crash

    def _call(self, call: Coroutine[Any, Any, Any], /) -> Any:
        self.pending, self.called_at = call, self._deps.clock.now()
        self._on_call(self.batch_id)
        self._stand(At.CALLING)
        self._stand(At.ANSWERED)
        return self._answer

    def _commits(self) -> None:
        if self.dies_before is not None:
            self.dies_before -= 1
            if self.dies_before < 0:
                raise Crash

    def _committed(self) -> None:
        if not self._to_the_call:
            self._stand(At.COMMITTED)


class Observed:
    """A factory of sessions that tells of each commit before and after it."""

    def __init__(self, real: sessionmaker[Session], before: Callable[[], None], after: Callable[[], None]) -> None:
        self._real, self._before, self._after = real, before, after

    def __call__(self) -> Session:
        return self._real()

    @contextmanager
    def begin(self) -> Iterator[Session]:
        with self._real.begin() as session:
            yield session
            self._before()
        self._after()


def reached(table: Any, start: Collection[Any]) -> set[Any]:
    """Every state that can follow those of `start`, they themselves included."""
    found, ahead = set(start), list(start)
    while ahead:
        for following in table[ahead.pop()] - found:
            found.add(following)
            ahead.append(following)
    return found
