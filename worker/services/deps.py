"""What may a service use? Everything it needs from outside, handed in by wiring (or by a test)."""

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm import sessionmaker
from sqlmodel import Session

from worker.clock import Clock
from worker.domain.ads import AdRules
from worker.domain.intake import Intake
from worker.domain.way import Way
from worker.domain.window import ALWAYS, Windows
from worker.errors import Misuse, Refused
from worker.providers.base import (
    AdCampaignProvider,
    AdsProvider,
    BalanceProvider,
    MessageProvider,
    Purpose,
    RecordsProvider,
)
from worker.providers.callback import CallbackProvider
from worker.providers.totals import TotalsProvider
from worker.sealing import Sealer
from worker.throttle import Breaker, Lane, Throttle

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Account:
    """Our account at one provider: what its adapter can do, and the limits of the contract as data."""

    #: The provider's name in the contract (`esms`), and the one people know it by (`eSMS`).
    name: str
    title: str
    messages: MessageProvider
    ads: AdRules
    #: Hours in which ads may reach phones.
    windows: Windows
    minimum: int
    maximum: int
    requests_per_second: float
    timeout_s: float
    price_per_part: Decimal
    #: Numbers times parts; 0: no limit.
    messages_per_second: float = 0.0
    #: The part of the requests that is kept for one-time passwords.
    otp_reserve: float = 0.0
    otp_sender: str = ""
    #: Whether it takes a RequestId once: a doubtful single text may then be repeated under its own.
    keyed: bool = False
    #: Where ads go as lists.
    lists: AdsProvider | None = None
    #: Where ads are pushed into campaigns of the provider's own, and the hours in which it takes such orders.
    campaigns: AdCampaignProvider | None = None
    intake: Intake | None = None
    #: Where the provider lets its record of single texts be read.
    records: RecordsProvider | None = None
    #: Where the provider reports by itself.
    callbacks: CallbackProvider | None = None
    #: Where it tells what is left on the account, and how many messages of it were handled.
    balances: BalanceProvider | None = None
    totals: TotalsProvider | None = None

    @property
    def seen_before(self) -> AbstractSet[str]:
        """The codes by which it says that it had this very text before."""
        return self.messages.seen_before

    @property
    def lane(self) -> Lane:
        """The limits of calls that send, shared by all processes."""
        return Lane(self.name, self.requests_per_second, self.otp_reserve, self.messages_per_second)

    @property
    def reading(self) -> Lane:
        """The limit of status reads: as many again."""
        return Lane(f"{self.name}:read", self.requests_per_second)

    def way(self, kind: str) -> Way:
        """How a campaign of this kind goes; care texts always go one by one."""
        if kind == Purpose.ADS and self.lists is not None:
            return Way.LIST
        if kind == Purpose.ADS and self.campaigns is not None:
            return Way.PUSH
        return Way.SINGLE

    def hours(self, kind: str) -> Windows:
        """When texts of this kind may leave; customer care knows no hours."""
        return self.windows if kind == Purpose.ADS else ALWAYS

    def reports(self, kind: str) -> bool:
        """Whether the provider can tell what became of a text of this kind once it took it."""
        return self.lists is not None if self.way(kind) is Way.LIST else self.records is not None


class Accounts(Mapping[str, Account]):
    """Our accounts by name, each made when it is first asked for."""

    def __init__(self, makers: Mapping[str, Callable[[], Account]]) -> None:
        self._makers = makers
        #: Those that were asked for.
        self.made: dict[str, Account] = {}

    def __getitem__(self, name: str) -> Account:
        if name not in self.made:
            self.made[name] = self._makers[name]()
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


@dataclass(frozen=True, slots=True)
class Polling:
    """How reports are asked for."""

    first: timedelta
    longest: timedelta
    deadline: timedelta

    def pause(self, polls: int) -> timedelta:
        """How long to wait after `polls` questions: doubles each time, up to the longest."""
        return min(self.first * (1 << min(polls, 30)), self.longest)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many in any stretch of such a length; 0: any number."""

    most: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class OtpPolicy:
    """What becomes of a message that does not say it itself."""

    #: Empty: the first account whose keys are set.
    route: Sequence[str] = ()
    #: Whether a doubtful call sends it on to the next provider, at the risk of the same code twice.
    fallback_after_unknown: bool = True
    #: Messages to one number.
    limits: Sequence[Limit] = ()


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What is done at night, and what is kept how long."""

    #: Vietnam time; None: never.
    reconcile_at: time | None = time(3)
    #: None: for ever.
    keep: timedelta | None = None
    #: A balance that falls below this is told in the log; in the account's own unit.
    low_balance: Decimal = Decimal(0)


class Bells(Protocol):
    """The queue as services see it: it carries ids, and may lose or repeat any of them."""

    def ring_send(self, provider: str, batch_id: UUID) -> None:
        """Ask a worker to send this batch."""
        ...

    def ring_poll(self, batch_id: UUID) -> None:
        """Ask a worker to fetch this batch's report."""
        ...

    def ring_otp(self, message_id: UUID) -> None:
        """Ask a worker to deliver this message; never raises, since a sweep rings again."""
        ...

    def ring_plan(self, campaign_id: UUID) -> None:
        """Ask a worker to plan this draft; never raises, since a sweep rings again."""
        ...

    def waiting_plans(self) -> int:
        """How many rings to plan a draft wait."""
        ...

    def waiting_sends(self, provider: str) -> int:
        """How many rings to send wait on the provider's queue."""
        ...

    def waiting_polls(self) -> int:
        """How many rings to poll wait."""
        ...

    def waiting_otps(self) -> int:
        """How many rings to deliver a message wait."""
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
    breaker: Breaker
    bells: Bells
    run: Run
    lease: timedelta
    polling: Polling
    #: From the end of a doubtful call's lease to its first look-up in the provider's record.
    settle: timedelta
    #: Most ads to a number in 24 hours; 0: any number.
    ads_a_day: int
    #: Seals texts under LOA_SECRET_KEY; raises Refused `no_secret_key` where there is none.
    sealer: Callable[[], Sealer]
    #: The folder of uploaded lists, one for all who take lists in or plan them.
    uploads: Path
    otp: OtpPolicy = OtpPolicy()
    upkeep: Upkeep = Upkeep()
    #: Providers that could be used if these variables were set.
    unset: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def account(self, name: str) -> Account:
        """The account called `name`; `Misuse` names those that exist, Refused `no_account` the variables that are not set."""
        if name in self.accounts:
            return self.accounts[name]
        if name in self.unset:
            missing = " and ".join(self.unset[name])
            raise Refused("no_account", f"There is no account at {name} yet: set {missing}.", {"missing": missing})
        known = ", ".join(sorted({*self.accounts, *self.unset}))
        raise Misuse(f"There is no provider {name!r}; this version knows: {known}.")
