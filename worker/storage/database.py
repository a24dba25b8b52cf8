"""Connects to the database, directly or through a connection pooler: one engine a process, made after the fork.

A pooler (PgBouncer and its kind) in transaction pooling gives each transaction another server connection. Measured with psycopg
3.3 through PgBouncer 1.18: every client numbers its prepared statements alike, so that from the fifth execution on a server runs
**another client's statement**, unnoticed. And what was set for a connection is lost, or stays for a stranger. So each new
connection is asked who answers; behind a pooler nothing is prepared, and the settings go with each transaction.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import InterfaceError, InternalError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import sessionmaker
from sqlmodel import Session

from worker.errors import Unavailable

#: What every transaction of ours relies on. A host that froze must not hold a campaign for longer than 10 s: a pause would wait.
SETTINGS: Final = {"TimeZone": "UTC", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "10s"}
#: What is raised while the database is away: the last of a server that takes no writes, as one does that is no primary any more.
AWAY: Final = (OperationalError, InterfaceError, InternalError)
#: A connection that was used within this is taken as it is. SQLAlchemy's own `pool_pre_ping` asks before every transaction, which
#: was an eighth of what a busy worker computed.
UNASKED_S: Final = 1.0
#: Executions after which psycopg has a statement prepared on the server: its own default.
PREPARE_AFTER: Final = 5

_SET: Final = "SELECT " + ", ".join(f"set_config('{name}', '{value}', %s)" for name, value in SETTINGS.items())
_SET_LOCALLY: Final = _SET.replace("%s", "true")
_READ: Final = "SELECT " + ", ".join(f"current_setting('{name}')" for name in SETTINGS)


def connect(url: str, *, pool_size: int = 5, prepare_after: int = PREPARE_AFTER) -> Engine:
    """An engine for PostgreSQL; connections that a restart of the server broke are noticed and replaced.

    `prepare_after`: executions after which a statement is prepared on the server (0: never; behind a pooler never anyway). A
    connection on which our time limits cannot be kept is refused with Unavailable.
    """
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=5,
        # An error's text holds no numbers: it travels in Celery's events, where nothing masks it.
        hide_parameters=True,
        # No `options`: poolers refuse it, or, told to ignore it, drop our time limits unnoticed.
        connect_args={
            "connect_timeout": 5,
            "application_name": "loa",
            "prepare_threshold": prepare_after or None,
            "keepalives_idle": 30,
            "tcp_user_timeout": 15_000,
        },
    )
    event.listen(engine, "connect", _prepare, insert=True)  # before SQLAlchemy asks for the version
    event.listen(engine, "begin", _set_again)
    _ping_idle(engine)
    return engine


#: Under which a session carries the clock that was handed in.
NOW: Final = "now"


def sessions(engine: Engine, now: Callable[[], datetime] | None = None) -> sessionmaker[Session]:
    """A factory of sessions; `with sessions.begin() as session` is one transaction. `now` is the clock by which events are
    dated that a transaction writes beside its change; who only reads needs none.
    """
    return sessionmaker(engine, class_=Session, expire_on_commit=False, info={NOW: now})


def look(factory: sessionmaker[Session]) -> Session:
    """A session for reading alone: each statement is sent by itself, without the BEGIN and ROLLBACK around it that would take
    twice the time of a short one. Under READ COMMITTED each sees what a transaction's would.
    """
    return factory(bind=factory.kw["bind"].execution_options(isolation_level="AUTOCOMMIT"))


@contextmanager
def statement(factory: sessionmaker[Session]) -> Iterator[Connection]:
    """A connection for one statement that is a transaction by itself, sent without BEGIN and COMMIT. Behind a pooler they are
    sent, for our time limits go with them.

    Where the connection breaks while it waits for a lock, the server may still execute and commit it.
    """
    with factory.kw["bind"].connect() as connection:
        if _behind_pooler(connection):
            with connection.begin():
                yield connection
        else:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")


def now_of(session: Session) -> datetime:
    """The present, by the clock that this session was given."""
    found: datetime = session.info[NOW]()
    return found


def pooled(engine: Engine) -> bool:
    """Whether a connection pooler stands between us and PostgreSQL."""
    with engine.connect() as connection:
        return _behind_pooler(connection)


def _prepare(connection: "psycopg.Connection[Any]", record: Any) -> None:
    """Set up a new connection, and see that what was set holds, in a database that holds every text."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding not in (None, "UTF8"):  # in SQL_ASCII every text of an answer would come as bytes
        raise Unavailable(
            f"The database {connection.info.dbname} is in {encoding}, which cannot hold every text: create it WITH ENCODING "
            "'UTF8' TEMPLATE template0."
        )
    try:
        served_by = connection.execute("SELECT pg_backend_pid()", prepare=False).fetchone()
        # A server says its process id in the handshake. A pooler shakes hands itself, with a number that it made up.
        between = served_by is None or served_by[0] != connection.info.backend_pid
        record.record_info["pooled"] = between
        if between:
            connection.rollback()
            connection.prepare_threshold = None
            connection.execute(_SET_LOCALLY, prepare=False)
        else:
            connection.execute(_SET, [False] * len(SETTINGS), prepare=False)
            connection.commit()
        held = connection.execute(_READ, prepare=False).fetchone()
        connection.rollback()
    except psycopg.errors.ProtocolViolation as fault:
        raise Unavailable(
            "A pooler before PostgreSQL allows no transactions, and Loa is made of them: set its pool_mode to transaction or "
            f"session (it says: {fault})."
        ) from fault
    if held != tuple(SETTINGS.values()):
        raise Unavailable(
            "The time limits of our transactions do not hold on this connection, so that a frozen host could hold campaigns "
            f"for ever (asked for {SETTINGS}, found {held}): connect to PostgreSQL directly, or through PgBouncer in "
            "transaction pooling."
        )


def _ping_idle(engine: Engine) -> None:
    """Ask a connection that lay idle whether it still works; when one is broken, all that lay idle are opened anew."""

    def put_back(_connection: "psycopg.Connection[Any] | None", record: Any) -> None:
        record.record_info["used"] = time.monotonic()

    def take(connection: Any, record: Any, _fairy: Any) -> None:
        if time.monotonic() - record.record_info.get("used", math.inf) > UNASKED_S:
            try:
                engine.dialect.do_ping(connection)
            except psycopg.Error:
                raise InvalidatePoolError from None

    event.listen(engine, "checkin", put_back)
    event.listen(engine, "checkout", take)


def _set_again(connection: Connection) -> None:
    """Behind a pooler each transaction may be on another server connection: the settings go with it."""
    if _behind_pooler(connection):
        connection.exec_driver_sql(_SET_LOCALLY)


def _behind_pooler(connection: Connection) -> bool:
    return bool((connection.connection.record_info or {}).get("pooled"))


def wait_long(session: Session) -> None:
    """Let this transaction wait for a campaign in other hands: the audience of a long list is counted while it is held."""
    session.execute(text("SET LOCAL lock_timeout = '2min'"))
