"""The dependencies of services: everything that they need from outside, handed in by wiring (or by a test)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.orm import sessionmaker
from sqlmodel import Session

from worker.clock import Clock
from worker.domain.actor import LOA, Actor
from worker.domain.limit import Limit
from worker.domain.measures import Measures, Unmeasured
from worker.domain.openid import EntryRules
from worker.domain.playground import PLAYGROUND
from worker.domain.policy import OURS, Channel, Policy
from worker.errors import Misuse, Refused
from worker.sealing import Sealer
from worker.services.account import Account as Account  # noqa: PLC0414 - part of what services are handed
from worker.services.account import Accounts as Accounts  # noqa: PLC0414 - the same
from worker.services.ports import Run, TaskQueue
from worker.throttle import Breaker, Throttle

if TYPE_CHECKING:
    from worker.receivers import Poster

T = TypeVar("T")


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
    #: While a crowd waits for longer, the door turns new ones away; zero: never.
    longest_wait: timedelta = timedelta()


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
    #: What of that could be used if these variables were set.
    otp_only_missing: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def acting(self, actor: Actor) -> "Deps":
        """The same, for what this actor does."""
        return replace(self, actor=actor)

    def otp_account(self, name: str) -> Account:
        """The account of a provider in a route of one-time passwords; raises what `account` raises."""
        if name in self.otp_only:
            return self.otp_only[name]
        if name in self.otp_only_missing:
            raise no_account(name, self.otp_only_missing[name])
        return self._account(name, also=(*self.otp_only, *self.otp_only_missing))

    def account(self, name: str, channel: Channel = Channel.SMS) -> Account:
        """The account called `name`, by one of its channels (`Account.over`).

        `Misuse` names those that exist, Refused `no_account` the variables that are not set.
        """
        return self._account(name).over(channel)

    def reports(self, name: str, channel: Channel, kind: str) -> bool:
        """Whether a provider can tell what became of a text of this kind; not one whose account is not set any more."""
        return name in self.accounts and self.account(name, channel).reports(kind)

    def _account(self, name: str, also: Iterable[str] = ()) -> Account:
        if name in self.accounts:
            return self.accounts[name]
        if name == PLAYGROUND:
            from worker.services.playground import playground  # noqa: PLC0415 - real installations rarely want it

            return playground()
        if name in self.missing_settings:
            raise no_account(name, self.missing_settings[name])
        known = ", ".join(sorted({*self.accounts, *self.missing_settings, *also}))
        raise Misuse(f"There is no provider {name!r}; this version knows: {known}.")


def no_account(name: str, variables: Sequence[str]) -> Refused:
    """What is said of a provider whose keys are not set."""
    missing = " and ".join(variables)
    return Refused("no_account", f"There is no account at {name} yet: set {missing}.", {"missing": missing})
