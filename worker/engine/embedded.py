"""The embedded servers of a command: those that run for its data folder, or its own; the last user stops them.

Users are counted by a shared lock on `users.lock`, which a killed command drops by dying; whoever gets the exclusive
lock on its way out was the last. Servers that a killed command left behind serve the next one, and end with it.
"""

import fcntl
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from worker.engine import lock
from worker.engine.postgres import Postgres
from worker.engine.redis import Redis
from worker.engine.server import START_S, STOP_S
from worker.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Engines:
    """The servers in use and their URLs (passwords included); None where a server was not asked for."""

    database_url: str | None = field(repr=False)
    redis_url: str | None = field(repr=False)
    postgres: Postgres | None
    redis: Redis | None


@contextmanager
def attach(
    data_dir: Path,
    need_postgres: bool = True,
    need_redis: bool = True,
    *,
    postgres_programs: Path | None = None,
    redis_program: Path | None = None,
) -> Iterator[Engines]:
    """Use the servers of `data_dir` for a while: start those that do not run, stop all when the last user leaves.

    Raises Unavailable, in one sentence, when one cannot be started.
    """
    data_dir = data_dir.resolve()
    postgres, redis = Postgres(data_dir, postgres_programs), Redis(data_dir, redis_program)
    with _membership(data_dir) as users:
        try:
            with _door(data_dir):
                # Exclusive only for a moment and behind the same door, so this never waits.
                lock.take(users, fcntl.LOCK_SH, STOP_S, f"The servers of {data_dir} have been stopping")
                if need_postgres:
                    postgres.start()
                if need_redis:
                    redis.start()
            yield _engines(postgres if need_postgres else None, redis if need_redis else None)
        finally:
            with _door(data_dir):
                if lock.taken(users, fcntl.LOCK_EX):
                    redis.stop()
                    postgres.stop()


def stop_unused(data_dir: Path) -> bool:
    """Stop the servers that a killed command left behind, unless another uses them; whether nobody did."""
    data_dir = data_dir.resolve()
    with _membership(data_dir) as users, _door(data_dir):
        if not lock.taken(users, fcntl.LOCK_EX):
            return False
        Redis(data_dir).stop()
        Postgres(data_dir).stop()
    return True


def find(data_dir: Path) -> Engines | None:
    """The servers of `data_dir` that run now, without becoming a user of them; None when none runs."""
    postgres, redis = Postgres(data_dir), Redis(data_dir)
    found = _engines(postgres if postgres.alive() else None, redis if redis.alive() else None)
    return found if found.postgres or found.redis else None


def _engines(postgres: Postgres | None, redis: Redis | None) -> Engines:
    return Engines(postgres.url if postgres else None, redis.url if redis else None, postgres, redis)


@contextmanager
def _membership(data_dir: Path) -> Iterator[int]:
    with ExitStack() as stack:
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
            descriptor = stack.enter_context(lock.opened(data_dir / "users.lock"))
        except OSError as fault:
            raise Unavailable(
                f"The data folder {data_dir} cannot be used: {fault.strerror}; give rights there, or choose another by "
                "LOA_DATA_DIR."
            ) from fault
        yield descriptor


def _door(data_dir: Path) -> AbstractContextManager[None]:
    """Nobody comes while somebody leaves."""
    what = f"Another command has been starting or stopping the servers of {data_dir}"
    return lock.held(data_dir / "engine.lock", START_S + STOP_S, what)
