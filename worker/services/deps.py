"""What may a service use? Everything it needs from outside, handed in by wiring (or by a test)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.orm import sessionmaker
from sqlmodel import Session

from worker.clock import Clock
from worker.domain.actor import LOA, Actor
from worker.domain.ads import AdRules
from worker.domain.calls import Purpose
from worker.domain.intake import Intake
from worker.domain.limit import Limit
from worker.domain.measures import Measures, Unmeasured
from worker.domain.openid import EntryRules
from worker.domain.playground import PLAYGROUND
from worker.domain.policy import OURS, Channel, Policy, Rule
from worker.domain.send_mode import SendMode
from worker.domain.window import ALWAYS, Windows, day_of
from worker.errors import Misuse, Refused
from worker.providers.base import (
    AdCampaignProvider,
    AdsProvider,
    BalanceProvider,
    EstimatesProvider,
    MessageProvider,
    RecordsProvider,
    SendersProvider,
)
from worker.providers.callback import CallbackProvider
from worker.providers.totals import TotalsProvider
from worker.sealing import Sealer
from worker.services.ports import Run, TaskQueue
from worker.throttle import Breaker, RateLimit, Throttle

if TYPE_CHECKING:
    from worker.receivers import Poster

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
    min_recipients: int
    max_recipients: int
    requests_per_second: float
    timeout_s: float
    price_per_part: Decimal
    #: Numbers times parts; 0: no limit.
    messages_per_second: float = 0.0
    #: The part of the requests that is kept for one-time passwords.
    otp_reserve: float = 0.0
    otp_sender: str = ""
    #: Hours in which texts of customer care may leave.
    care_windows: Windows = ALWAYS
    #: The dated rules of the law, which `windows` are cut to.
    policy: Policy = OURS
    #: Other providers that take ads number by number, as people name them: there each text may be another.
    own_texts_elsewhere: Sequence[str] = ()
    #: Whether it takes a RequestId once: an unknown single text may then be repeated under its own.
    accepts_idempotency_key: bool = False
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
    #: Where it tells which senders are registered.
    senders: SendersProvider | None = None
    #: Where it tells prices beforehand, and which care texts are registered.
    estimates: EstimatesProvider | None = None
    #: The code is read out by a telephone: it needs digits, and no sender.
    spoken: bool = False
    #: Other names under which the same provider reports.
    also_called: Sequence[str] = ()

    @property
    def duplicate_codes(self) -> AbstractSet[str]:
        """The codes by which it says that it had this very text before."""
        return self.messages.duplicate_codes

    @property
    def refused_markup(self) -> str:
        """What its web server refuses in a text, as a regular expression; empty where it takes any text."""
        return str(getattr(self.messages, "refused_markup", ""))

    @property
    def rate_limit(self) -> RateLimit:
        """The limits of calls that send, shared by all processes."""
        return RateLimit(self.name, self.requests_per_second, self.otp_reserve, self.messages_per_second)

    @property
    def reading(self) -> RateLimit:
        """The limit of status reads: as many again."""
        return RateLimit(f"{self.name}:read", self.requests_per_second)

    def send_mode(self, kind: str) -> SendMode:
        """How a campaign of this kind goes; care texts always go one by one."""
        if kind == Purpose.ADS and self.lists is not None:
            return SendMode.LIST
        if kind == Purpose.ADS and self.campaigns is not None:
            return SendMode.PUSH
        return SendMode.SINGLE

    def hours(self, kind: str) -> Windows:
        """When texts of this kind may leave."""
        return self.windows if kind == Purpose.ADS else self.care_windows

    def rule(self, at: datetime, channel: Channel = Channel.SMS) -> Rule:
        """What the law asks of an ad that reaches phones at this moment."""
        return self.policy.on(channel, day_of(at))

    def ads_on(self, at: datetime) -> AdRules:
        """What is asked of the text of an ad that leaves at this moment."""
        return replace(self.ads, labels=self.rule(at).labels)

    def reports(self, kind: str) -> bool:
        """Whether the provider can tell what became of a text of this kind once it took it."""
        return self.lists is not None if self.send_mode(kind) is SendMode.LIST else self.records is not None


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
class OtpPolicy:
    """What becomes of a message that does not say it itself."""

    #: Empty: the first account whose keys are set.
    route: Sequence[str] = ()
    #: Whether an unknown call sends it on to the next provider, at the risk of the same code twice.
    fallback_after_unknown: bool = True
    #: Messages to one number, by one API key, to one block of numbers, for one network of subscribers.
    limits: Sequence[Limit] = ()
    key_limits: Sequence[Limit] = ()
    prefix_limits: Sequence[Limit] = ()
    client_limits: Sequence[Limit] = ()


@dataclass(frozen=True, slots=True)
class Maintenance:
    """What is done at night, and what is kept how long."""

    #: Vietnam time; None: never.
    reconcile_at: time | None = time(3)
    #: None: for ever.
    keep: timedelta | None = None
    #: Proof of consent is kept at least so long after its campaign ended.
    keep_proof: timedelta = timedelta(days=400)
    #: A balance that falls below this is told in the log; in the account's own unit.
    low_balance: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class PeoplePolicy:
    """What holds for people: whether two must agree on an ad, and how long a browser stays logged in."""

    #: Whether an ads campaign waits until another person has approved it.
    four_eyes: bool = False
    #: Unused for so long, a session ends; and in any case after so long.
    idle: timedelta = timedelta(hours=1)
    longest: timedelta = timedelta(hours=12)
    #: Who comes in by a provider of OpenID Connect, where there is one.
    openid: EntryRules = field(default_factory=EntryRules)


@dataclass(frozen=True, slots=True)
class Receivers:
    """Who may be told of events, and over which connections."""

    #: Whether addresses that are not of the public internet are permitted.
    allow_private: bool = False
    #: The longest that one post takes.
    timeout_s: float = 15.0
    #: Made when it is first asked for: most processes post nothing.
    poster: Callable[[], "Poster"] | None = None


@dataclass(frozen=True, slots=True)
class Deps:
    """The outside of every service."""

    sessions: sessionmaker[Session]
    clock: Clock
    accounts: Mapping[str, Account]
    throttle: Throttle
    breaker: Breaker
    task_queue: TaskQueue
    run: Run
    lease: timedelta
    polling: Polling
    #: From the end of an unknown call's lease to its first look-up in the provider's record.
    lookup_delay: timedelta
    #: Most ads to a number in the time that the law counts (24 hours); None: the law's own number, 0: any number.
    ads_a_day: int | None
    #: Seals texts under LOA_SECRET_KEY; raises Refused `no_secret_key` where there is none.
    sealer: Callable[[], Sealer]
    #: Where this host keeps lists while they come in or are read.
    uploads: Path
    #: The folders, besides it, of the lists that producers name by path; none: any.
    list_folders: Sequence[Path] = ()
    otp: OtpPolicy = OtpPolicy()
    maintenance: Maintenance = Maintenance()
    receivers: Receivers = Receivers()
    #: The dated rules of the law, which accounts have too.
    policy: Policy = OURS
    #: Whether an ad goes only to numbers whose consent the list proves.
    require_consent: bool = False
    #: Brandnames of banks, in lower case: a link in their texts is warned of.
    banks: AbstractSet[str] = frozenset()
    #: How old a provider's list of senders may be that a campaign is refused by; zero: no sender is compared.
    sender_list_age: timedelta = timedelta(hours=1)
    people: PeoplePolicy = PeoplePolicy()
    #: Who acts: services ask what it may do, and write down what it did.
    actor: Actor = LOA
    measures: Measures = field(default_factory=Unmeasured)
    #: Whether uploads wait for their plan in the database; else `uploads` is one folder for all hosts.
    uploads_in_database: bool = True
    #: Providers that could be used if these variables were set.
    missing_settings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: What can stand in a route of one-time passwords beside the accounts, and carries nothing else.
    otp_only: Mapping[str, Account] = field(default_factory=dict)

    def acting(self, actor: Actor) -> "Deps":
        """The same, for what this actor does."""
        return replace(self, actor=actor)

    def otp_account(self, name: str) -> Account:
        """The account of a provider in a route of one-time passwords; raises what `account` raises."""
        return self.otp_only[name] if name in self.otp_only else self.account(name)

    def account(self, name: str) -> Account:
        """The account called `name`; `Misuse` names those that exist, Refused `no_account` the variables that are not set."""
        if name in self.accounts:
            return self.accounts[name]
        if name == PLAYGROUND:
            from worker.services.playground import playground  # noqa: PLC0415 - real installations rarely want it

            return playground()
        if name in self.missing_settings:
            missing = " and ".join(self.missing_settings[name])
            raise Refused("no_account", f"There is no account at {name} yet: set {missing}.", {"missing": missing})
        known = ", ".join(sorted({*self.accounts, *self.missing_settings}))
        raise Misuse(f"There is no provider {name!r}; this version knows: {known}.")
