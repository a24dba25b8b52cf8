"""The servers of a command: those that are set, else the embedded ones that run, else its own for a while.

What speaks to the database is imported by the commands that do: `loa up` keeps for its whole life what it imports.
"""

# ruff: noqa: PLC0415

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker import config, log, sentinel
from worker.config import Settings
from worker.engine import embedded
from worker.engine.postgres import Postgres
from worker.engine.server import Server
from worker.errors import LoaError, Unavailable
from worker.outages import Places, explain
from worker.queues import HEARTBEAT

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from worker.wiring import Loa

#: Where nobody listens (port 1 is not given out): commands for which Redis is not started, and which do not need it.
NOWHERE: Final = "redis://127.0.0.1:1/0"
#: A heartbeat is left every five seconds. Where none was for so long, no scheduler or no worker runs.
HEARTBEAT_LOST_AFTER: Final = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where this command finds its servers; `given`: the database is its operator's, not an embedded one."""

    database_url: str
    redis_url: str
    given: bool
    #: Those of the two that are embedded, by name.
    embedded: Mapping[str, Server]


@contextmanager
def attached(settings: Settings, *, need_redis: bool = False, reads: bool = False) -> Iterator[Addresses]:
    """The servers that are set, else the embedded ones that run, else our own for as long as the block lasts.

    Campaign commands change rows only: they look at a running Redis for the heartbeat, and start none. A command that `reads`
    what others stored makes no database: Unavailable says where it looked.
    """
    if reads and not settings.database_url.get_secret_value() and not Postgres(settings.data_dir).exists():
        raise Unavailable(
            f"There is no database in {settings.data_dir.absolute()}, and nothing was made there. `loa up` or "
            "`loa campaign create` starts one; if yours is elsewhere, go to its folder or set LOA_DATA_DIR."
        )
    database_url, redis_url = settings.database_url.get_secret_value(), settings.redis_url.get_secret_value()
    given, start_redis = bool(database_url), need_redis and not redis_url
    ours: dict[str, Server] = {}
    with ExitStack() as stack:
        if not given or start_redis:
            engines = stack.enter_context(
                embedded.attach(settings.data_dir, need_postgres=not given, need_redis=start_redis)
            )
            database_url, redis_url = database_url or engines.database_url or "", redis_url or engines.redis_url or ""
            ours = {server.name: server for server in (engines.postgres, engines.redis) if server is not None}
        if not redis_url:
            running = embedded.find(settings.data_dir)
            redis_url = (running and running.redis_url) or NOWHERE
        with _explained(places_of(settings)):
            yield Addresses(database_url, redis_url, given, ours)


def places_of(settings: Settings) -> Places:
    """Where this installation's servers are, as a sentence names them."""
    return Places.of(
        settings.data_dir.absolute(), settings.database_url.get_secret_value(), settings.redis_url.get_secret_value()
    )


@contextmanager
def _explained(places: Places) -> Iterator[None]:
    """Where a server or a disk says no and waiting does not help, a command says it at once and in its words."""
    try:
        yield
    except LoaError:
        raise
    except Exception as fault:
        if found := explain(fault, places):
            raise found from fault
        raise


@contextmanager
def opened(
    settings: Settings | None = None, *, need_redis: bool = False, reads: bool = False, user: str = ""
) -> Iterator["Loa"]:
    """Loa wired for one command, its database in the shape of this code; one that only `reads` makes none.

    It acts as `user`, as LOA_USER, or as the account.
    """
    from worker import wiring
    from worker.cli import identity

    settings = settings or config.load()
    configure_log(settings)
    with attached(settings, need_redis=need_redis, reads=reads) as servers, ExitStack() as stack:
        loa = wiring.build(settings, servers.database_url, servers.redis_url)
        stack.callback(loa.close)
        shape(loa.engine, given=servers.given)
        loa.act_as(identity.actor(loa, user))
        yield loa


@contextmanager
def database(settings: Settings) -> Iterator["Engine"]:
    """The database as it is, whatever its migration."""
    from worker.storage.database import connect

    configure_log(settings)
    with attached(settings) as servers:
        engine = connect(servers.database_url, prepare_after=settings.database_prepare_after)
        try:
            yield engine
        finally:
            engine.dispose()


def configure_log(settings: Settings) -> None:
    """A command's own log: silent but for warnings, since its answer is what counts."""
    log.configure("DEBUG" if settings.log_level == "DEBUG" else "WARNING", json=settings.log_json)


def shape(engine: "Engine", *, given: bool) -> None:
    """Bring an embedded database up to this code; one that was given is its operator's to migrate."""
    from worker.storage import migrate

    found, wanted = migrate.current(engine), migrate.head()
    if found == wanted:
        return
    if found > wanted:
        raise Unavailable(f"The database is at migration {found}, this Loa knows {wanted} at most: use a newer Loa.")
    if given:
        raise Unavailable(
            f"The database is at migration {found or 'none'}, this Loa needs {wanted}: run `loa migrate`."
        )
    migrate.upgrade(engine)


def heartbeat(redis_url: str) -> datetime | None:
    """When the sweeps last ran; None when there is no sign of them."""
    client = sentinel.client(redis_url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))
    try:
        with client:
            found = cast("bytes | None", client.get(HEARTBEAT))
    except RedisError:
        return None
    return datetime.fromisoformat(found.decode()) if found else None


def runs(loa: "Loa") -> bool:
    """Whether a scheduler and a worker live, by their heartbeat."""
    last, now = heartbeat(loa.redis_url), loa.clock.now()
    return last is not None and now - last < HEARTBEAT_LOST_AFTER
