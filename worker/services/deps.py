"""What may a service use? Everything it needs from outside, handed in by wiring (or by a test)."""

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm import sessionmaker
from sqlmodel import Session

from worker.clock import Clock
from worker.domain.ads import AdRules
from worker.domain.window import Windows
from worker.errors import Misuse
from worker.providers.base import AdsProvider
from worker.throttle import Throttle

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Account:
    """Our account at one provider: the adapter, and the limits of the contract as data."""

    provider: AdsProvider
    #: The name people know it by (`eSMS`).
    title: str
    ads: AdRules
    windows: Windows
    minimum: int
    maximum: int
    requests_per_second: float
    timeout_s: float
    price_per_part: Decimal

    @property
    def name(self) -> str:
        """The provider's name in the contract (`esms`)."""
        return self.provider.name


@dataclass(frozen=True, slots=True)
class Polling:
    """How reports are asked for."""

    first: timedelta
    longest: timedelta
    deadline: timedelta

    def pause(self, polls: int) -> timedelta:
        """How long to wait after `polls` questions: doubles each time, up to the longest."""
        return min(self.first * (1 << min(polls, 30)), self.longest)


class Bells(Protocol):
    """The queue as services see it: it carries ids, and may lose or repeat any of them."""

    def ring_send(self, provider: str, batch_id: UUID) -> None:
        """Ask a worker to send this batch."""
        ...

    def ring_poll(self, batch_id: UUID) -> None:
        """Ask a worker to fetch this batch's report."""
        ...

    def waiting_sends(self, provider: str) -> int:
        """How many rings to send wait on the provider's queue."""
        ...

    def waiting_polls(self) -> int:
        """How many rings to poll wait."""
        ...


class Run(Protocol):
    """Runs a coroutine to its end on this process's event loop."""

    def __call__(self, call: Coroutine[Any, Any, T], /) -> T:
        """Return what the coroutine returns."""
        ...


@dataclass(frozen=True, slots=True)
class Deps:
    """The outside of every service."""

    sessions: sessionmaker[Session]
    clock: Clock
    accounts: Mapping[str, Account]
    throttle: Throttle
    bells: Bells
    run: Run
    lease: timedelta
    polling: Polling

    def account(self, name: str) -> Account:
        """The account called `name`; `Misuse` names those that exist."""
        try:
            return self.accounts[name]
        except KeyError:
            known = ", ".join(sorted(self.accounts))
            raise Misuse(f"There is no provider {name!r}; this version knows: {known}.") from None
