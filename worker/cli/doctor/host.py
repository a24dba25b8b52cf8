"""Checks of this machine: clock, ports, files, limits; no setting tells of them, yet they break an installation."""

import os
import resource
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

import httpx
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from worker import canary, config, sentinel
from worker.adapters import secret_key
from worker.cli.doctor import providers
from worker.cli.doctor.check import Check
from worker.clock import Clock
from worker.config import Settings
from worker.engine.binaries import OLDEST_POSTGRES, OLDEST_REDIS
from worker.errors import Refused, Unavailable
from worker.storage.database import connect
from worker.supervisor import listening, taken_port

#: Hosts share a grid of slots by their clocks, and windows open by them.
MOST_CLOCK_ERROR: Final = timedelta(seconds=2)
LEAST_OPEN_FILES: Final = 1024
HIGHEST_PORT: Final = 65_535
#: Files under LOA_DATA_DIR that hold secrets.
PRIVATE: Final = ("secret.key", "flower.auth", "redis/redis.conf", "redis/server.json", "postgres/server.json")
NOT_TAKEN_S: Final = 90.0
SLOW_QUEUES: Final = frozenset({"plan", "nightly"})


def secret(settings: Settings) -> Check:
    """What encrypts one-time passwords."""
    if not settings.data_dir.exists() and not settings.database_url.get_secret_value():
        return Check("secret key", "none yet; the embedded database makes one at its first start")
    try:
        secret_key(settings)
    except Refused as fault:
        return Check("secret key", "LOA_SECRET_KEY is not set, with a database of your own", str(fault))
    except (OSError, Unavailable) as fault:
        return Check("secret key", f"cannot be kept: {fault}", "give rights to LOA_DATA_DIR, or set LOA_SECRET_KEY")
    return Check("secret key", "there")


def web_port(host: str = "127.0.0.1", environment: "os._Environ[str] | dict[str, str]" = os.environ) -> Check:
    """The port of web: free, or ours."""
    said = environment.get("PORT") or "8000"
    if not (said.isascii() and said.isdigit() and 0 < int(said) <= HIGHEST_PORT):
        return Check("web port", f"PORT is {said}, which is no number of a port", "change or unset PORT")
    port = int(said)
    if not taken_port(host, port, "taken")():
        return Check("web port", f"port {port} is free")
    try:
        ours = httpx.get(f"http://{host}:{port}/healthz", timeout=2, trust_env=False).json() == {"status": "ok"}
    except (httpx.HTTPError, ValueError):
        ours = False
    if ours:
        return Check("web port", f"port {port} is Loa's own")
    if not listening(host, port)():
        return Check("web port", f"this user may not listen on port {port}", "choose one from 1024 on by PORT")
    return Check(
        "web port", f"port {port} is in use by another program", "stop it, or choose another by PORT or `loa up --port`"
    )


def locked(settings: Settings) -> Iterator[Check]:
    """A data folder that cannot be looked into: nothing that asks for a file of it can be checked."""
    folder = settings.data_dir.absolute()
    try:
        (folder / "secret.key").stat()
    except PermissionError:
        yield Check("data folder", f"this user may not look into {folder}", "give it rights there, or set LOA_DATA_DIR")
    except OSError:
        return  # it is not there yet


def data_folder(settings: Settings) -> Iterator[Check]:
    """Whether we may write there, and nobody else may read what is secret."""
    folder = settings.data_dir.absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        yield Check("data folder", f"{there} cannot be written to", "give this user rights there, or set LOA_DATA_DIR")
    for path in exposed(settings):
        yield Check(
            f"file {path.name}", f"{path} can be read by others", f"chmod 600 {path} (`loa doctor --fix` does it)"
        )


def exposed(settings: Settings) -> list[Path]:
    """Secret files that others can read."""
    paths = [settings.data_dir / name for name in PRIVATE]
    return [path for path in paths if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]


def open_files() -> Check:
    """Each call in flight is a connection."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 < soft < LEAST_OPEN_FILES:
        return Check("open files", f"this user may open {soft}", f"allow {LEAST_OPEN_FILES} (ulimit -n, LimitNOFILE=)")
    return Check("open files", f"this user may open {soft}")


def public_address(settings: Settings) -> Iterator[Check]:
    """Where providers reach us."""
    host = urlsplit(settings.public_url).hostname or ""
    if host in {"localhost", "127.0.0.1", "::1"} and not config.on_loopback(settings.esms.base_url):
        yield Check(
            "LOA_PUBLIC_URL",
            f"{host} is this machine, where no provider gets to",
            "set the address that others reach, or unset it",
        )


def clocks(settings: Settings, database_url: str, redis_url: str) -> Check:
    """Compared with the database, Redis and the providers' `Date`; it decides when windows open."""
    found = [*_database_time(database_url), *_redis_time(redis_url), *providers.times(settings)]
    wrong = [
        (name, (theirs - ours) / timedelta(seconds=1)) for name, theirs, ours in found if _apart(name, theirs, ours)
    ]
    if wrong:
        told = ", ".join(f"{name} is {seconds:+,.0f} s off" for name, seconds in wrong)
        return Check(
            "clocks", f"measured by this machine's clock {told}", "set all clocks by NTP (timedatectl set-ntp true)"
        )
    return Check("clocks", f"agree with {', '.join(name for name, _, _ in found) or 'nobody: nothing could be asked'}")


def _apart(name: str, theirs: datetime, ours: datetime) -> bool:
    # A Date has whole seconds, and was written before it was heard.
    allowed = MOST_CLOCK_ERROR if name in {"the database", "Redis"} else MOST_CLOCK_ERROR + timedelta(seconds=3)
    return abs(theirs - ours) > allowed


def _database_time(url: str) -> Iterator[tuple[str, datetime, datetime]]:
    engine = connect(url)
    try:
        with engine.connect() as connection:
            theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
            yield "the database", theirs, Clock().now()
    except (SQLAlchemyError, Unavailable):
        return  # said by the check of the database
    finally:
        engine.dispose()


def _redis_time(url: str) -> Iterator[tuple[str, datetime, datetime]]:
    try:
        with _client(url) as client:
            seconds, micros = cast("tuple[int, int]", client.time())
    except RedisError:
        return
    now = Clock().now()
    yield "Redis", datetime.fromtimestamp(seconds + micros / 1e6, now.tzinfo), now


def versions(database_url: str, redis_url: str) -> Iterator[Check]:
    """Servers that are too old."""
    engine = connect(database_url)
    try:
        with engine.connect() as connection:
            number = connection.execute(text("SELECT current_setting('server_version_num')::int / 10000")).scalar_one()
        if number < OLDEST_POSTGRES:
            yield Check("PostgreSQL version", f"{number} is too old", f"move to {OLDEST_POSTGRES} or newer")
    except (SQLAlchemyError, Unavailable):
        pass
    finally:
        engine.dispose()
    try:
        with _client(redis_url) as client:
            said = str(cast("dict[str, Any]", client.info("server")).get("redis_version", "0.0"))
    except RedisError:
        return
    if tuple(int(part) for part in said.split(".")[:2]) < OLDEST_REDIS:
        yield Check("Redis version", f"{said} is too old", "move to Redis 6.2 or newer, or to Valkey")


def queues(settings: Settings, redis_url: str) -> Iterator[Check]:
    """Queues from which no worker takes: its canary waits."""
    try:
        with _client(redis_url) as client:
            waiting = canary.waiting_s(client, Clock(settings.clock_offset_s).now())
    except RedisError:
        return
    for queue, seconds in waiting.items():
        if seconds > NOT_TAKEN_S and queue not in SLOW_QUEUES:
            yield Check(
                f"queue {queue}",
                f"nobody has taken from it for {seconds:,.0f} s",
                "start its worker; beside one that is busy (Flower shows its task) another; restart one that hangs",
            )


def _client(url: str) -> "Redis":
    return sentinel.client(url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0))
