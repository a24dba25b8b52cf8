"""Who is handed what? The composition root: settings become an engine, a Redis, adapters and a clock."""

import asyncio
import os
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from redis import Redis
from sqlalchemy import Engine

from worker import config
from worker.app import QueueBells
from worker.clock import Clock
from worker.config import Settings
from worker.domain.ads import AdRules
from worker.providers.esms import Esms, EsmsAccount
from worker.providers.fibo import Fibo, FiboAccount
from worker.services.deps import Account, Deps, Polling
from worker.storage import database
from worker.throttle import Throttle

T = TypeVar("T")


@dataclass
class Loa:
    """Everything of one process, made when first used: nothing here may cross a fork."""

    settings: Settings
    database_url: str
    redis_url: str
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    @cached_property
    def clock(self) -> Clock:
        """The one clock."""
        return Clock(self.settings.clock_offset_s)

    @cached_property
    def engine(self) -> Engine:
        """The connections to PostgreSQL."""
        return database.connect(self.database_url)

    @cached_property
    def redis(self) -> "Redis":
        """The connections to Redis."""
        return Redis.from_url(self.redis_url, socket_timeout=5, socket_connect_timeout=5)

    @cached_property
    def deps(self) -> Deps:
        """What services are handed."""
        return Deps(
            sessions=database.sessions(self.engine),
            clock=self.clock,
            accounts={account.name: account for account in self._accounts()},
            throttle=Throttle(self.redis, self.clock),
            bells=QueueBells(self.redis),
            run=self.run,
            lease=timedelta(seconds=self.settings.lease_s),
            polling=Polling(
                first=timedelta(seconds=self.settings.poll_first_s),
                longest=timedelta(seconds=self.settings.poll_longest_s),
                deadline=timedelta(seconds=self.settings.poll_deadline_s),
            ),
        )

    def run(self, call: Coroutine[Any, Any, T], /) -> T:
        """Run a coroutine on this process's loop, on which the HTTP connections live."""
        return self._runner.run(call)

    def close(self) -> None:
        """Give everything back; a process that ends does it."""
        if "deps" in self.__dict__:
            for account in self.deps.accounts.values():
                self.run(account.provider.aclose())
        if "engine" in self.__dict__:
            self.engine.dispose()
        if "redis" in self.__dict__:
            self.redis.close()
        self._runner.close()

    def _accounts(self) -> list[Account]:
        esms = self.settings.esms
        return [
            Account(
                provider=esms_adapter(self.settings),
                title="eSMS",
                ads=AdRules(max_characters=esms.max_ad_characters),
                windows=self.settings.windows,
                minimum=esms.min_ad_recipients,
                maximum=esms.max_batch,
                requests_per_second=esms.requests_per_second,
                timeout_s=esms.timeout_s,
                price_per_part=Decimal(str(esms.price_per_part)),
            )
        ]


def esms_adapter(settings: Settings) -> Esms:
    """The adapter of our eSMS account."""
    esms = settings.esms
    return Esms(
        EsmsAccount(
            api_key=esms.api_key.get_secret_value(),
            secret_key=esms.secret_key.get_secret_value(),
            base_url=esms.base_url,
            ads_api=esms.ads_api,
            timeout_s=esms.timeout_s,
            voice_base_url=esms.voice_base_url,
            ott_base_url=esms.ott_base_url,
            message_api=esms.message_api,
            sent_data=esms.sent_data,
            otp_sms_type=esms.otp_sms_type,
            sandbox=esms.sandbox,
        )
    )


def fibo_adapter(settings: Settings) -> Fibo:
    """The adapter of our Fibo account."""
    fibo = settings.fibo
    return Fibo(
        FiboAccount(
            client_no=fibo.client_no,
            client_pass=fibo.client_pass.get_secret_value(),
            base_url=fibo.base_url,
            status_url=fibo.status_url,
            timeout_s=fibo.timeout_s,
        )
    )


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
