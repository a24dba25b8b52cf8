"""The settings: read once from `LOA_*`, checked whole, handed down; nothing below wiring reads the environment.

Every field's description is the sentence that docs/reference/settings.md and deploy/env.example show.
"""

from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from worker.config import urls
from worker.config.accounts import NAMED_ONLY, PROVIDERS, SPOKEN, Accounts
from worker.config.care import CareHours
from worker.config.data_dir import DataFolder
from worker.config.guards import Guards
from worker.config.http_limits import HttpLimits
from worker.config.incoming import Incoming
from worker.config.law import Law
from worker.config.operation import Operation
from worker.config.people import People
from worker.config.producers import Producers
from worker.config.urls import on_loopback as on_loopback
from worker.domain.clock_times import parse_hour
from worker.domain.message import parse_route
from worker.engine import embedded
from worker.errors import ConfigError, Misuse, Refused, Unavailable

SHORTEST_SECRET_KEY: Final = 8  # scrypt makes guessing slow, not impossible


class Settings(Law, Operation, HttpLimits, CareHours, DataFolder, Guards, People, Producers, Incoming, Accounts):
    """All of Loa's settings."""

    model_config = SettingsConfigDict(
        env_prefix="LOA_", frozen=True, extra="ignore", env_ignore_empty=True, allow_inf_nan=False
    )

    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="postgresql+psycopg://… in production; empty: an embedded PostgreSQL under LOA_DATA_DIR.",
    )
    redis_url: SecretStr = Field(
        default=SecretStr(""),
        description="redis://… in production, or sentinel://:PASSWORD@HOST:PORT,HOST:PORT/MASTER; empty: an embedded Redis under "
        "LOA_DATA_DIR.",
    )
    poll_first_s: float = Field(
        default=10, gt=0, description="Seconds from acceptance to the first poll for reports; doubles each time."
    )
    poll_longest_s: float = Field(default=1800, gt=0, description="Longest pause between two polls for reports.")
    poll_deadline_s: float = Field(
        default=518_400,
        gt=0,
        description="Seconds after which reports are no longer polled (eSMS answers for 7 days).",
    )
    lease_s: float = Field(
        default=30, gt=0, description="Seconds after which a claimed batch without an answer is UNKNOWN."
    )
    lookup_delay_s: float = Field(
        default=300,
        ge=0,
        validation_alias=AliasChoices("lookup_delay_s", "LOA_LOOKUP_DELAY_S", "LOA_SETTLE_S"),
        description="Seconds from the end of an unknown call's lease to its first look-up in the provider's record "
        "(LOA_SETTLE_S until 0.2).",
    )
    reconcile_at: str = Field(
        default="03:00",
        description="When each night our rows are compared with the providers' records, Vietnam time; never: on request only.",
    )
    keep_days: int = Field(
        default=180,
        ge=0,
        description="Days after which finished campaigns and messages lose their numbers and providers' answers; 0: never.",
    )
    low_balance: float = Field(
        default=0,
        ge=0,
        description="Log a warning when a balance falls below this, in the account's unit; 0: no warning.",
    )
    clock_offset_s: float = Field(
        default=0, description="Shifts Loa's clock by so many seconds; refused unless every provider is on loopback."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Encrypts the texts of one-time passwords; the same on all hosts. Empty, with the embedded "
        "PostgreSQL: made once and kept under LOA_DATA_DIR.",
    )
    public_url: str = Field(
        default="",
        description="Where providers reach the callbacks; empty: reports are polled only.",
    )
    otp_route: str = Field(
        default="",
        description="The route of one-time passwords that name none, like esms,fpt; empty: the first provider whose "
        "keys are set.",
    )
    otp_fallback_after_unknown: bool = Field(
        default=True,
        description="Whether a one-time password goes on to the next provider after a call with an unknown outcome.",
    )
    otp_longest_wait_s: float = Field(
        default=60,
        ge=0,
        description="While 1,000 or more one-time passwords wait and a new one would wait longer than this (or half "
        "of its time to live), HTTP answers 503 to new ones, so that producers use another way; "
        "0: never.",
    )
    otp_processes: int = Field(
        default=4, ge=1, description="Processes per host that send one-time passwords (read by the Procfile)."
    )
    flower_port: int = Field(default=5555, ge=0, le=65535, description="Port of Flower on loopback; 0: no Flower.")
    flower_basic_auth: SecretStr = Field(
        default=SecretStr(""),
        description="user:password of Flower; empty: generated at the first start and shown once.",
    )
    send_processes: int = Field(
        default=2, ge=1, description="Processes per host that send campaigns (read by the Procfile)."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Lowest level that is logged."
    )
    log_json: bool = Field(default=False, description="Log one JSON object per line instead of text.")

    @field_validator("database_url")
    @classmethod
    def _postgresql_by_psycopg(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        return SecretStr(urls.postgres(url)) if url else value

    @field_validator("reconcile_at")
    @classmethod
    def _hour_or_never(cls, value: str) -> str:
        parse_hour(value)
        return value

    @field_validator("flower_basic_auth")
    @classmethod
    def _user_and_password(cls, value: SecretStr) -> SecretStr:
        user, _, password = value.get_secret_value().partition(":")
        if value.get_secret_value() and not (user and password):
            raise ValueError("it must be user:password")
        return value

    @field_validator("secret_key")
    @classmethod
    def _not_guessed(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < SHORTEST_SECRET_KEY:
            raise ValueError(
                f"it is too short: take at least {SHORTEST_SECRET_KEY} characters, 32 random ones for good"
            )
        return value

    @field_validator("public_url")
    @classmethod
    def _reachable(cls, value: str) -> str:
        url = value.strip().rstrip("/")
        parts = urlsplit(url)
        if url and (not urls.is_web(url) or parts.query or parts.fragment):
            raise ValueError("it must be an http:// or https:// address without ? and #")
        return url

    @field_validator("otp_route")
    @classmethod
    def _route(cls, value: str) -> str:
        try:
            parse_route(value)
        except Misuse as fault:
            raise ValueError(str(fault)) from None
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        return SecretStr(urls.redis(url)) if url else value

    def provider_urls(self) -> dict[str, str]:
        """Every address at which a provider is called, by its variable: those with an account of ours, and always eSMS."""
        called = [account for name, account in self.accounts.items() if name == "esms" or not account.missing()]
        return {variable: url for account in called for variable, url in account.urls().items()}


#: Each group of settings and its prefix, for reading, for documentation and for the tests of the house.
GROUPS: tuple[type[BaseSettings], ...] = (Settings, *PROVIDERS.values())


def variables() -> dict[str, tuple[object, str]]:
    """Every variable that Loa reads: its default and its sentence."""
    found: dict[str, tuple[object, str]] = {}
    for group in GROUPS:
        for name, field in group.model_fields.items():
            if field.exclude:
                continue
            default = "" if field.default_factory or field.default is None else field.default
            default = default.get_secret_value() if isinstance(default, SecretStr) else default
            found[f"{group.model_config['env_prefix']}{name}".upper()] = (default, field.description or "")
    return found


def _problems_of(group: type[BaseSettings], error: ValidationError) -> list[str]:
    prefix = str(group.model_config["env_prefix"]).upper()
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        name = "_".join(str(part) for part in problem["loc"]).upper()
        lines.append(f"{prefix}{name}: {problem['msg'].removeprefix('Value error, ')}")
    return lines


def _cross_checks(settings: Settings) -> list[str]:
    problems = []
    try:
        _ = settings.windows
    except (Refused, ValueError) as fault:
        problems.append(f"LOA_AD_WINDOWS: {fault}")
    routable = [*settings.accounts, *SPOKEN]
    if named := [name for name in parse_route(settings.otp_route) if name in NAMED_ONLY]:
        problems.append(
            f"LOA_OTP_ROUTE: {named[0]} makes its own codes, so it is for requests that name it; take it out"
        )
    elif unknown := [name for name in parse_route(settings.otp_route) if name not in routable]:
        problems.append(f"LOA_OTP_ROUTE: there is no provider {unknown[0]!r}; take from {', '.join(routable)}")
    for variable, url in settings.provider_urls().items():
        # Calls, Zalo and multichannel are placed by hand, at once: no clock of ours decides when.
        by_the_clock = variable not in {"LOA_ESMS_VOICE_BASE_URL", "LOA_ESMS_OTT_BASE_URL"}
        if not urls.is_web(url):
            problems.append(f"{variable}: {url!r} is not an http:// or https:// address")
        elif settings.clock_offset_s and by_the_clock and not on_loopback(url):
            problems.append(
                f"LOA_CLOCK_OFFSET_S: a shifted clock would send at the wrong hour, and {variable} is not on loopback; "
                "unset one of them"
            )
    problems += settings.openid_problems()
    return problems + [line for account in settings.accounts.values() for line in account.problems()]


def load(overrides: Mapping[str, object] | None = None) -> Settings:
    """Read the environment; `ConfigError` lists every problem at once."""
    problems: list[str] = []
    accounts: dict[str, BaseSettings] = {}
    for name, group in PROVIDERS.items():
        try:
            accounts[name] = group()
        except ValidationError as error:
            problems += _problems_of(group, error)
            accounts[name] = group.model_construct()
    settings: Settings | None = None
    try:
        settings = Settings(**accounts, **dict(overrides or {}))  # type: ignore[arg-type]
    except ValidationError as error:
        problems += _problems_of(Settings, error)
    if settings is not None and not problems:
        problems += _cross_checks(settings)
    if problems or settings is None:
        raise ConfigError(problems)
    return settings


def embedded_database(settings: Settings) -> bool:
    """Whether the database is the embedded one, be it that `loa up` has told its processes where it is."""
    url = settings.database_url.get_secret_value()
    running = embedded.find(settings.data_dir) if url else None
    return not url or (running is not None and running.database_url == url)


def addresses(settings: Settings) -> tuple[str, str]:
    """The URLs of PostgreSQL and Redis: as set, or of the embedded servers that run under LOA_DATA_DIR.

    Starts nothing: that is for the commands (worker/engine/embedded.py).
    """
    database_url, redis_url = settings.database_url.get_secret_value(), settings.redis_url.get_secret_value()
    if not (database_url and redis_url):
        engines = embedded.find(settings.data_dir)
        database_url = database_url or (engines.database_url if engines else "") or ""
        redis_url = redis_url or (engines.redis_url if engines else "") or ""
    if not (database_url and redis_url):
        raise Unavailable(
            f"No embedded servers run under {settings.data_dir.absolute()}: "
            "start `loa up`, or set LOA_DATABASE_URL and LOA_REDIS_URL."
        )
    return database_url, redis_url
