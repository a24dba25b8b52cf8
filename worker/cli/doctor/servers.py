"""Checks of the servers: PostgreSQL in this code's shape, Redis that keeps what it gets, a scheduler that runs."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, cast

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from worker import sentinel
from worker.cli import faults, runtime
from worker.cli.campaign.show import way_on
from worker.cli.doctor import future, host, keys, producers, senders
from worker.cli.doctor.check import Check
from worker.clock import Clock
from worker.config import Settings
from worker.domain.states import CampaignStatus
from worker.engine import binaries, embedded
from worker.engine.postgres import Postgres
from worker.errors import Unavailable
from worker.outages import Places, explain, is_full, no_room
from worker.services.reporting.report import count
from worker.storage import campaigns, migrate
from worker.storage.database import connect, pooled, sessions
from worker.supervisor import taken_port

LEAST_SPACE: Final = 1_000_000_000
#: What is written into Redis to see whether it takes it.
PROBE: Final = "loa:doctor"


def programs(settings: Settings) -> Iterator[Check]:
    """The embedded servers' programs, where no URL names a server."""
    if not settings.database_url.get_secret_value():
        yield _program("PostgreSQL program", lambda: binaries.postgres().folder / "postgres")
    if not settings.redis_url.get_secret_value():
        yield _program("Redis program", binaries.redis)


def _program(name: str, find: Callable[[], Path]) -> Check:
    try:
        return Check(name, str(find()))
    except Unavailable as fault:
        return Check(name, "not found", str(fault))


def all_of(settings: Settings) -> Iterator[Check]:
    """Everything that needs the servers; embedded ones that do not run are started for the look and stopped after it."""
    if not settings.database_url.get_secret_value() and not Postgres(settings.data_dir).exists():
        # Looking makes no database.
        where = settings.data_dir.absolute()
        yield Check("database", f"none yet in {where}; `loa up` or `loa campaign create` makes it")
        return
    idle = not settings.redis_url.get_secret_value() and embedded.find(settings.data_dir) is None
    try:
        with runtime.attached(settings, need_redis=True) as servers:
            places = runtime.places_of(settings)
            yield database(servers.database_url, places, given=servers.given)
            yield redis(servers.redis_url, places)
            yield from keys.checks(settings, servers.redis_url)
            yield from host.versions(servers.database_url, servers.redis_url)
            yield host.clocks(settings, servers.database_url, servers.redis_url)
            yield from future.rows(settings, servers.database_url)
            yield heartbeat(settings, servers.redis_url, idle=idle)
            yield from host.queues(settings, servers.redis_url)
            yield from waiting_campaigns(servers.database_url)
            yield from producers.checks(settings, servers.database_url, servers.redis_url)
            with suppress(SQLAlchemyError):  # said by the check of the database
                yield from senders.of(settings, servers.database_url, servers.redis_url)
    except Unavailable as fault:
        yield Check("embedded servers", "cannot be started", str(fault))


def database(url: str, places: Places, *, given: bool) -> Check:
    """PostgreSQL: whether it takes writes, and the migration that it is at."""
    engine = connect(url)
    try:
        _try_to_write(engine)
        found, wanted = migrate.current(engine), migrate.head()
        reachable = "reachable through a connection pooler" if pooled(engine) else "reachable"
    except Unavailable as fault:
        return Check("database", "does not serve Loa", str(fault))
    except SQLAlchemyError as fault:
        if said := explain(fault, places):
            return Check("database", "cannot be used", str(said))
        return Check(
            "database", faults.tell(fault).sentence, "check LOA_DATABASE_URL, and whether PostgreSQL runs there"
        )
    finally:
        engine.dispose()
    if found == wanted:
        return Check("database", f"{reachable}, at migration {found}")
    if given:
        return Check("database", f"at migration {found or 'none'}, this Loa needs {wanted}", "run `loa migrate`")
    return Check("database", f"{reachable}; the next command brings it from migration {found or 'none'} to {wanted}")


def _try_to_write(engine: Engine) -> None:
    """A table for a moment: a full disk and a copy of another server still answer questions."""
    with engine.connect() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE loa_doctor AS SELECT generate_series(1, 1000) AS n"))
        connection.rollback()


def waiting_campaigns(url: str) -> Iterator[Check]:
    """Campaigns that do not go on by themselves, one line each; none of an operator's own pauses."""
    engine = connect(url)
    try:
        with sessions(engine)() as session:
            found = [(one, count(campaigns.tally(session, one.id))) for one in campaigns.troubled(session)]
    except SQLAlchemyError:
        return  # said by the check of the database
    finally:
        engine.dispose()
    for one, counts in found:
        if one.status is CampaignStatus.RECONCILING or one.halted:
            yield Check(f"campaign {one.id}", f"{one.status}: {one.status_reason}", way_on(one, counts))


def redis(url: str, places: Places) -> Check:
    """Redis: whether it takes writes, and whether it would throw queues away when it is full."""
    client = sentinel.client(url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0))
    try:
        with client:
            client.set(PROBE, "1", px=1000)
            policy = _policy(client)
    except RedisError as fault:
        if said := explain(fault, places):
            return Check("redis", "cannot be used", str(said))
        return Check("redis", faults.tell(fault).sentence, "check LOA_REDIS_URL, and whether Redis runs there")
    if policy not in {"noeviction", ""}:
        return Check("redis", f"reachable, but its maxmemory-policy is {policy}", "set maxmemory-policy noeviction")
    return Check("redis", "reachable, noeviction" if policy else "reachable; it does not tell its maxmemory-policy")


def _policy(client: "Redis") -> str:
    try:
        return str(cast("dict[str, Any]", client.config_get("maxmemory-policy")).get("maxmemory-policy", ""))
    except RedisError:  # managed servers often forbid CONFIG
        return ""


def heartbeat(settings: Settings, redis_url: str, *, idle: bool) -> Check:
    """Whether scheduler and workers live."""
    last, now = runtime.heartbeat(redis_url), Clock(settings.clock_offset_s).now()
    age = None if last is None else now - last
    if age is not None and age < runtime.HEARTBEAT_LOST_AFTER:
        return Check("heartbeat", f"{max(age.total_seconds(), 0):.0f} s old")
    if idle:
        return Check("heartbeat", "nothing runs here now; `loa up` starts everything")
    seen = "none was seen" if age is None else f"the last is {age.total_seconds():,.0f} s old"
    return Check("heartbeat", seen, "start `loa up`, or the scheduler and the workers")


def space(settings: Settings) -> Check:
    """Room where embedded servers and logs write."""
    folder = next(
        path for path in (settings.data_dir.absolute(), *settings.data_dir.absolute().parents) if path.exists()
    )
    if is_full(folder):
        return Check("disk", "full", str(no_room(folder)))
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e9:,.1f} GB free under {folder}"
    return Check("disk", found, "" if free >= LEAST_SPACE else "make room, or set LOA_DATA_DIR to another disk")


def flower(settings: Settings) -> Check:
    """The port of Flower; a taken one stops nothing else."""
    port = settings.flower_port
    if not port:
        return Check("flower", "off (LOA_FLOWER_PORT=0)")
    in_use = taken_port("127.0.0.1", port, "in use: by Flower if Loa runs, else Flower will be left out")()
    return Check("flower", f"port {port} is {in_use or 'free'}")
