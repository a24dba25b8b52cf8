"""A server that is there and says no is heard at once, in its own words; nobody waits for it two minutes."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis as client

from worker.engine.postgres import Postgres
from worker.engine.redis import Redis
from worker.errors import DiskFull, Refusing, Unavailable

#: Far less than the two minutes that a server may take to start.
AT_ONCE_S = 20


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Postgres, Redis]]:
    folder = tmp_path_factory.mktemp("refusing")
    postgres, redis = Postgres(folder), Redis(folder)
    postgres.start()
    redis.start()
    yield postgres, redis
    redis.stop()
    postgres.stop()


def said(do: Callable[[], Any], kind: type[Unavailable]) -> str:
    begun = time.monotonic()
    with pytest.raises(kind) as refused:
        do()
    assert time.monotonic() - begun < AT_ONCE_S
    return str(refused.value)


def test_every_connection_taken(servers):
    postgres, _ = servers
    url = postgres.superuser_url.replace("+psycopg", "")
    with ExitStack() as held:
        with suppress(psycopg.OperationalError):
            for _ in range(200):
                held.enter_context(psycopg.connect(url))
        sentence = said(postgres.start, Refusing)
    assert "takes no more connections (sorry, too many clients already)" in sentence
    assert str(postgres.folder.parent) in sentence


def test_an_account_that_may_not_log_in(servers):
    postgres, _ = servers
    with psycopg.connect(postgres.superuser_url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute("ALTER ROLE loa NOLOGIN")
        try:
            assert "is not permitted to log in" in said(postgres.start, Refusing)
        finally:
            admin.execute("ALTER ROLE loa LOGIN")
    postgres.start()


def test_a_redis_of_another_password(servers):
    _, redis = servers
    state = redis.folder / "server.json"
    kept = state.read_text()
    password = redis.url.split("@")[0].rpartition(":")[2]
    state.write_text(kept.replace(password, "another"))
    try:
        assert "does not let us in" in said(redis.start, Refusing)
    finally:
        state.write_text(kept)


def test_a_full_disk(full_disk: Callable[[Path], Any]):
    with full_disk() as (folder, fill):
        postgres, redis = Postgres(folder), Redis(folder)
        try:
            postgres.start()
            redis.start()
            fill()
            with client.Redis.from_url(redis.url) as writer:
                _until_refused(writer)
            assert "has no room left on its disk" in said(redis.start, DiskFull)
            # One that died cannot come back, and says why.
            postgres.kill()
            assert str(folder) in said(postgres.start, DiskFull)
        finally:
            redis.kill()
            postgres.kill()


def _until_refused(writer: "client.Redis") -> None:
    """Redis notices at its next write to the disk, a second later at most."""
    ends = time.monotonic() + AT_ONCE_S
    while time.monotonic() < ends:
        try:
            writer.set("a", "b")
        except client.ResponseError:
            return
        time.sleep(0.05)
    raise AssertionError("Redis went on writing")
