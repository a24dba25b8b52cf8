"""Connections: an idle one is asked whether it works, one in use is not, and a look leaves no transaction open."""

import math
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from worker.storage import database

STATE = "SELECT state FROM pg_stat_activity WHERE pid = :pid"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = database.connect(database_url, pool_size=2)
    yield made
    made.dispose()


@pytest.fixture
def broken(engine: Engine, administrator: Engine) -> Callable[[], None]:
    """Break the connections that lie in the pool."""

    def breaks() -> None:
        with engine.connect() as one, engine.connect() as other:
            pids = [backend(one), backend(other)]
        with administrator.connect() as connection:
            for pid in pids:
                connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    return breaks


def backend(connection) -> int:
    return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def test_connections_that_broke_while_they_lay_idle_are_opened_anew(engine, broken, monkeypatch):
    monkeypatch.setattr(database, "UNASKED_S", -1.0)
    broken()
    with engine.connect() as one, engine.connect() as other:
        assert backend(one) != backend(other)


def test_one_that_was_just_used_is_not_asked_and_a_broken_one_fails_once(engine, broken, monkeypatch):
    monkeypatch.setattr(database, "UNASKED_S", math.inf)
    broken()
    with pytest.raises(OperationalError), engine.connect() as connection:
        backend(connection)
    with engine.connect() as one, engine.connect() as other:
        assert backend(one) != backend(other)


def test_a_look_leaves_no_transaction_open(engine, administrator):
    factory = database.sessions(engine)
    states = []
    for opened in (database.look(factory), factory()):
        with opened as session, administrator.connect() as connection:
            pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            states.append(connection.execute(text(STATE), {"pid": pid}).scalar_one())
    assert states == ["idle", "idle in transaction"]
