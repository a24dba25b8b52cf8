"""Who is handed what? The composition root: settings become an engine, a Redis, adapters and a clock.

An adapter is imported with its HTTP client when its account is first asked for, and Celery with the first bell: most commands
do neither, and workers import all of it before they fork (worker/tasks.py).
"""

# ruff: noqa: PLC0415

import asyncio
import os
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Engine

from worker import config
from worker.bells import QueueBells
from worker.clock import Clock
from worker.config import Settings
from worker.config.accounts import AccountSettings
from worker.domain.ads import AdRules
from worker.domain.intake import Intake, parse_hours
from worker.domain.message import parse_route
from worker.domain.night import parse_hour
from worker.errors import Refused
from worker.sealing import Sealer, kept_key
from worker.services.deps import Account, Accounts, Deps, OtpPolicy, Polling, Upkeep
from worker.storage import database
from worker.throttle import Breaker, Throttle
from worker.tokens import RedisTokens

if TYPE_CHECKING:
    from celery import Celery

    from worker.providers.esms import Esms
    from worker.providers.fibo import Fibo
    from worker.providers.fpt import Fpt, TokenStore
    from worker.providers.sandbox import Sandbox

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
    def limits(self) -> "Redis":
        """The same for limits and circuits: whoever cannot have them soon goes on without."""
        once = Retry(NoBackoff(), 1)
        return Redis.from_url(self.redis_url, socket_timeout=1, socket_connect_timeout=1, retry=once)

    @cached_property
    def sealer(self) -> Sealer:
        """What seals texts; Refused `no_secret_key` where a key must be set and is not."""
        return Sealer(secret_key(self.settings))

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
        """The queue; whoever rings without being a worker may have found its servers in another way than the app does."""
        from worker.app import app

        app.conf.broker_url = self.redis_url
        return app

    @cached_property
    def deps(self) -> Deps:
        """What services are handed."""
        return Deps(
            sessions=database.sessions(self.engine),
            clock=self.clock,
            accounts=self.accounts,
            throttle=Throttle(self.limits, self.clock),
            breaker=Breaker(self.limits, self.clock),
            bells=QueueBells(self.redis, lambda: self.carrier),
            run=self.run,
            lease=timedelta(seconds=self.settings.lease_s),
            polling=Polling(
                first=timedelta(seconds=self.settings.poll_first_s),
                longest=timedelta(seconds=self.settings.poll_longest_s),
                deadline=timedelta(seconds=self.settings.poll_deadline_s),
            ),
            settle=timedelta(seconds=self.settings.settle_s),
            sealer=lambda: self.sealer,
            otp=OtpPolicy(
                parse_route(self.settings.otp_route), self.settings.otp_fallback_after_unknown, self.settings.otp_limits
            ),
            uploads=self.settings.data_dir.absolute() / "uploads",
            upkeep=Upkeep(
                parse_hour(self.settings.reconcile_at),
                timedelta(days=self.settings.keep_days) or None,
                Decimal(str(self.settings.low_balance)),
            ),
            ads_a_day=self.settings.max_ads_per_24h,
            unset={name: account.missing() for name, account in self.settings.accounts.items() if account.missing()},
        )

    def run(self, call: Coroutine[Any, Any, T], /) -> T:
        """Run a coroutine on this process's loop, on which the HTTP connections live."""
        return self._runner.run(call)

    def close(self) -> None:
        """Give everything back; a process that ends does it."""
        for account in self.accounts.made.values():
            self.run(account.messages.aclose())
        if "engine" in self.__dict__:
            self.engine.dispose()
        for redis in ("redis", "limits"):
            if redis in self.__dict__:
                self.__dict__[redis].close()
        self._runner.close()

    def _esms(self) -> Account:
        esms = esms_adapter(self.settings)
        limits = {"keyed": True, **self._limits(self.settings.esms)}
        return Account(name="esms", messages=esms, lists=esms, records=esms, balances=esms, callbacks=esms, **limits)

    def _fpt(self) -> Account:
        settings = self.settings.fpt
        fpt = fpt_adapter(self.settings, RedisTokens(self.redis), self.clock)
        intake = Intake(parse_hours(settings.order_hours), settings.closed, timedelta(seconds=settings.approval_lead_s))
        limits = self._limits(settings)
        return Account(name="fpt", messages=fpt, campaigns=fpt, intake=intake, callbacks=fpt, **limits)

    def _fibo(self) -> Account:
        limits = self._limits(self.settings.fibo)
        fibo = fibo_adapter(self.settings)
        return Account(name="fibo", messages=fibo, balances=fibo, totals=fibo, **limits)

    def _sandbox(self) -> Account:
        limits = self._limits(self.settings.sandbox)
        own = sandbox_adapter(self.settings)
        return Account(name="sandbox", messages=own, balances=own, keyed=True, **limits)

    def _limits(self, contract: AccountSettings) -> dict[str, Any]:
        return {
            "title": contract.TITLE,
            "ads": AdRules(max_characters=contract.max_ad_characters),
            "windows": self.settings.windows,
            "minimum": contract.min_ad_recipients,
            "maximum": contract.max_batch,
            "requests_per_second": contract.requests_per_second,
            "messages_per_second": contract.messages_per_second,
            "otp_reserve": contract.otp_reserve,
            "timeout_s": contract.timeout_s,
            "price_per_part": Decimal(str(contract.price_per_part)),
            "otp_sender": contract.otp_sender,
        }


def esms_adapter(settings: Settings) -> "Esms":
    """The adapter of our eSMS account."""
    from worker.providers.esms import Esms, EsmsAccount

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
            callback_url=callback_url(settings, "esms"),
        )
    )


def fpt_adapter(settings: Settings, tokens: "TokenStore", clock: Clock) -> "Fpt":
    """The adapter of our FPT account; its token is shared by all processes."""
    from worker.providers.fpt import Fpt, FptAccount

    fpt = settings.fpt
    return Fpt(
        FptAccount(
            client_id=fpt.client_id,
            client_secret=fpt.client_secret.get_secret_value(),
            base_url=fpt.base_url,
            campaign_message_encoding=fpt.campaign_message_encoding,
            timeout_s=fpt.timeout_s,
        ),
        tokens,
        clock.now,
    )


def fibo_adapter(settings: Settings) -> "Fibo":
    """The adapter of our Fibo account."""
    from worker.providers.fibo import Fibo, FiboAccount

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


def sandbox_adapter(settings: Settings) -> "Sandbox":
    """The adapter of our account at the sandbox's own provider."""
    from worker.providers.sandbox import Sandbox, SandboxAccount

    sandbox = settings.sandbox
    return Sandbox(SandboxAccount(sandbox.secret.get_secret_value(), sandbox.base_url, sandbox.timeout_s))


#: The providers that report by themselves.
CALLED_BACK_BY: Final = ("esms", "fpt")


def callback_url(settings: Settings, provider: str) -> str:
    """Where a provider reaches us with its reports; empty without LOA_PUBLIC_URL. It holds a secret."""
    if not settings.public_url:
        return ""
    return f"{settings.public_url}/callbacks/{provider}/{Sealer(secret_key(settings)).callback_secret(provider)}"


def secret_key(settings: Settings) -> str:
    """LOA_SECRET_KEY as set, else, with the embedded PostgreSQL, the one kept beside it, which is made at its first need."""
    if given := settings.secret_key.get_secret_value():
        return given
    if not config.embedded_database(settings):
        raise Refused(
            "no_secret_key",
            "LOA_SECRET_KEY is not set, and with it the texts of one-time passwords are encrypted and the paths of callbacks "
            "signed: set the same random one (`openssl rand -base64 32` makes it) for all processes on all hosts.",
        )
    return kept_key(settings.data_dir / "secret.key")


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
