"""The composition root: settings become an engine, a Redis, adapters and a clock, which are handed down.

An adapter is imported with its HTTP client when its account is first asked for, and Celery with the first task: most commands
do neither, and workers import all of it before they fork (worker/tasks.py).
"""

# ruff: noqa: PLC0415

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Engine

from worker import config, loop, sentinel
from worker.adapters import esms_adapter, fibo_adapter, fpt_adapter, sandbox_adapter, secret_key
from worker.clock import Clock
from worker.config import Settings
from worker.config.accounts import AccountSettings
from worker.config.otp import otp_policy
from worker.domain.actor import Actor
from worker.domain.ads import AdRules
from worker.domain.clock_times import parse_hour
from worker.domain.intake import Intake, parse_hours
from worker.measures import RedisMeasures
from worker.outages import Places
from worker.queues import CeleryTaskQueue
from worker.sealing import Sealer
from worker.services.deps import Account, Accounts, Deps, Maintenance, Polling
from worker.storage import database
from worker.throttle import Breaker, Throttle
from worker.tokens import RedisTokens

if TYPE_CHECKING:
    from celery import Celery


T = TypeVar("T")


@dataclass
class Loa:
    """Everything of one process, made when first used: nothing here may cross a fork."""

    settings: Settings
    database_url: str
    redis_url: str
    _runner: asyncio.Runner = field(default_factory=loop.runner)
    #: The connections to receivers of events, once they are made.
    posters: list[Any] = field(default_factory=list)

    @cached_property
    def clock(self) -> Clock:
        """The one clock."""
        return Clock(self.settings.clock_offset_s)

    @cached_property
    def places(self) -> Places:
        """Where its servers are, for whoever must say what is wrong with them."""
        given = self.settings
        return Places.of(
            given.data_dir.absolute(), given.database_url.get_secret_value(), given.redis_url.get_secret_value()
        )

    @cached_property
    def engine(self) -> Engine:
        """The connections to PostgreSQL."""
        return database.connect(self.database_url, prepare_after=self.settings.database_prepare_after)

    @cached_property
    def redis(self) -> "Redis":
        """The connections to Redis."""
        return sentinel.client(self.redis_url, socket_timeout=5, socket_connect_timeout=5)

    @cached_property
    def limits(self) -> "Redis":
        """The same for limits and circuits: whoever cannot have them soon goes on without."""
        once = Retry(NoBackoff(), 1)
        return sentinel.client(self.redis_url, socket_timeout=1, socket_connect_timeout=1, retry=once)

    @cached_property
    def measures(self) -> RedisMeasures:
        """What this process measures, on its way to Redis."""
        return RedisMeasures(self.limits)

    @cached_property
    def sealer(self) -> Sealer:
        """What seals texts; Refused `no_secret_key` where a key must be set and is not."""
        return Sealer(secret_key(self.settings), self.settings.secret_key_old.get_secret_value())

    @cached_property
    def accounts(self) -> Accounts:
        """The accounts whose keys are set; eSMS in any case, so that its own words tell what is wrong with the keys."""
        settings = self.settings
        makers = {"esms": self._esms, "fpt": self._fpt, "fibo": self._fibo, "sandbox": self._sandbox}
        return Accounts(
            {name: make for name, make in makers.items() if name == "esms" or not settings.accounts[name].missing()}
        )

    @cached_property
    def carrier(self) -> "Celery":
        """The queue; whoever tasks without being a worker may have found its servers in another way than the app does."""
        from worker.app import app, reach

        reach(self.redis_url)
        return app

    @cached_property
    def deps(self) -> Deps:
        """What services are handed."""
        return Deps(
            sessions=database.sessions(self.engine, self.clock.now),
            clock=self.clock,
            accounts=self.accounts,
            throttle=Throttle(self.limits, self.clock),
            breaker=Breaker(self.limits, self.clock),
            task_queue=CeleryTaskQueue(self.redis, lambda: self.carrier),
            run=self.run,
            lease=timedelta(seconds=self.settings.lease_s),
            polling=Polling(
                first=timedelta(seconds=self.settings.poll_first_s),
                longest=timedelta(seconds=self.settings.poll_longest_s),
                deadline=timedelta(seconds=self.settings.poll_deadline_s),
            ),
            lookup_delay=timedelta(seconds=self.settings.lookup_delay_s),
            sealer=lambda: self.sealer,
            otp=otp_policy(self.settings),
            uploads=self.settings.data_dir.absolute() / "uploads",
            uploads_in_database=self.settings.uploads == "database",
            maintenance=Maintenance(
                parse_hour(self.settings.reconcile_at),
                timedelta(days=self.settings.keep_days) or None,
                timedelta(days=self.settings.min_keep_proof_days),
                Decimal(str(self.settings.low_balance)),
            ),
            list_folders=self.settings.lists_from,
            sender_list_age=timedelta(seconds=self.settings.sender_list_s),
            ads_a_day=self.settings.max_ads_per_24h,
            policy=self.settings.policy,
            banks=self.settings.banks,
            require_consent=self.settings.require_consent,
            people=self.settings.people,
            receivers=self.settings.receivers(self.posters),
            measures=self.measures,
            missing_settings={name: lacks for name, one in self.settings.accounts.items() if (lacks := one.missing())},
            otp_only=self.otp_only,
            otp_only_missing=dict.fromkeys(("esms_voice", "esms_code"), lacks)
            if (lacks := self.settings.esms.missing())
            else {},
        )

    def act_as(self, actor: Actor) -> None:
        """Everything that this process does from now on, this actor does."""
        self.__dict__["deps"] = self.deps.acting(actor)

    def run(self, call: Coroutine[Any, Any, T], /) -> T:
        """Run a coroutine on this process's loop, on which the HTTP connections live."""
        return self._runner.run(call)

    def close(self) -> None:
        """Give everything back; a process that ends does it."""
        opened = [account.messages for some in (self.accounts, self.otp_only) for account in some.made.values()]
        for one in (*opened, *self.posters):
            self.run(one.aclose())
        if "engine" in self.__dict__:
            self.engine.dispose()
        for redis in ("redis", "limits"):
            if redis in self.__dict__:
                self.__dict__[redis].close()
        self._runner.close()

    @cached_property
    def otp_only(self) -> Accounts:
        """The telephone of eSMS, and the codes that it makes itself, where its keys are set."""
        makers = {"esms_voice": self._esms_voice, "esms_code": self._esms_code}
        return Accounts({} if self.settings.esms.missing() else makers)

    def _esms_voice(self) -> Account:
        from worker.providers.esms import EsmsVoice

        esms = self.settings.esms
        voice = EsmsVoice(
            esms_adapter(self.settings),
            voice=esms.otp_call_voice,
            speed=esms.otp_call_speed or None,
            script=esms.otp_call_script,
        )
        limits = {**self._limits(esms), "title": "eSMS (telephone)", "otp_sender": ""}
        return Account(name=voice.name, messages=voice, spoken=True, part_of="esms", **limits)

    def _esms_code(self) -> Account:
        from worker.providers.esms import EsmsCodes

        made = EsmsCodes(esms_adapter(self.settings))
        limits = {**self._limits(self.settings.esms), "title": "eSMS (its own codes)"}
        return Account(name=made.name, messages=made, makes_codes=True, part_of="esms", **limits)

    def _esms(self) -> Account:
        from worker.providers.esms import EsmsZalo

        esms = esms_adapter(self.settings)
        limits = {"accepts_idempotency_key": True, "senders": esms, **self._limits(self.settings.esms)}
        limits |= {"also_called": ("esms_voice", "esms_code"), "estimates": esms, "templates": EsmsZalo(esms)}
        limits |= {"price_per_template": Decimal(str(self.settings.esms.zalo_price))}
        return Account(name="esms", messages=esms, lists=esms, records=esms, balances=esms, callbacks=esms, **limits)

    def _fpt(self) -> Account:
        settings = self.settings.fpt
        fpt = fpt_adapter(self.settings, RedisTokens(self.redis), self.clock)
        intake = Intake(
            parse_hours(settings.order_hours),
            settings.closed,
            timedelta(seconds=settings.approval_lead_s),
            settings.opened,
            self.settings.policy.calendar,
        )
        limits = self._limits(settings)
        return Account(name="fpt", messages=fpt, campaigns=fpt, intake=intake, callbacks=fpt, **limits)

    def _fibo(self) -> Account:
        limits = self._limits(self.settings.fibo)
        fibo = fibo_adapter(self.settings)
        return Account(name="fibo", messages=fibo, balances=fibo, totals=fibo, **limits)

    def _sandbox(self) -> Account:
        limits = self._limits(self.settings.sandbox)
        own = sandbox_adapter(self.settings)
        return Account(name="sandbox", messages=own, balances=own, accepts_idempotency_key=True, **limits)

    def _limits(self, contract: AccountSettings) -> dict[str, Any]:
        return {
            "title": contract.TITLE,
            "ads": AdRules(max_characters=contract.max_ad_characters),
            "windows": self.settings.windows,
            "policy": self.settings.policy,
            "care_windows": self.settings.care_hours,
            "own_texts_elsewhere": [
                f"{other.TITLE} (provider {name})"
                for name, other in self.settings.accounts.items()
                if other.OWN_TEXTS and not contract.OWN_TEXTS
            ],
            "min_recipients": contract.min_ad_recipients,
            "max_recipients": contract.max_batch,
            "requests_per_second": contract.requests_per_second,
            "messages_per_second": contract.messages_per_second,
            "otp_reserve": contract.otp_reserve,
            "timeout_s": contract.timeout_s,
            "price_per_part": Decimal(str(contract.price_per_part)),
            "otp_sender": contract.otp_sender,
        }


#: The providers that report by themselves.
CALLED_BACK_BY: Final = ("esms", "fpt")


def build(settings: Settings, database_url: str = "", redis_url: str = "") -> Loa:
    """Wire one process; without URLs, to the servers that are set or running."""
    if not (database_url and redis_url):
        database_url, redis_url = config.addresses(settings)
    return Loa(settings, database_url, redis_url)


_process: tuple[int, Loa] | None = None


def process() -> Loa:
    """This process's wiring, from its environment; made anew after a fork."""
    global _process  # noqa: PLW0603 - one per process is the point
    if _process is None or _process[0] != os.getpid():
        _process = (os.getpid(), build(config.load()))
    return _process[1]


@contextmanager
def briefly() -> Iterator[Loa]:
    """A wiring for a process that forks others, given back at once: nothing of it may be open when the next one is forked."""
    loa = build(config.load())
    try:
        yield loa
    finally:
        loa.close()
