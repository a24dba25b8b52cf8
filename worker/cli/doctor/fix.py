"""Repairs that a doctor may make by itself: they lose nothing, send nothing and can be repeated."""

from collections.abc import Iterator

from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from worker import sentinel
from worker.cli import runtime
from worker.cli.doctor import host
from worker.config import Settings
from worker.errors import LoaError
from worker.storage import migrate
from worker.storage.database import connect


def safe(settings: Settings) -> Iterator[str]:
    """Do it, and say each thing that was done in a sentence."""
    if not settings.data_dir.exists():
        try:
            settings.data_dir.mkdir(mode=0o700, parents=True)
            yield f"{settings.data_dir.absolute()} was made."
        except OSError as fault:
            yield f"{settings.data_dir.absolute()} could not be made: {fault.strerror}."
    for path in host.exposed(settings):
        path.chmod(0o600)
        yield f"{path} is for its owner alone now."
    try:
        with runtime.attached(settings, need_redis=True) as servers:
            yield from _migrated(servers.database_url)
            yield from _never_evicting(servers.redis_url)
    except LoaError:
        return  # the checks say it


def _migrated(url: str) -> Iterator[str]:
    """Migrations are additive: what runs of the release before goes on."""
    engine = connect(url)
    try:
        found, wanted = migrate.current(engine), migrate.head()
        if found < wanted:
            migrate.upgrade(engine)
            yield f"The database went from migration {found or 'none'} to {wanted}."
    except (SQLAlchemyError, LoaError):
        return
    finally:
        engine.dispose()


def _never_evicting(url: str) -> Iterator[str]:
    try:
        with sentinel.client(url, socket_timeout=2, socket_connect_timeout=2) as client:
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
            if policy != "noeviction":
                client.config_set("maxmemory-policy", "noeviction")
                yield f"Redis' maxmemory-policy was {policy} and is noeviction now; write it into its configuration too."
    except RedisError:
        return
