"""What a server or a disk says no for: its own words, where it is, the way out; and what is left to whoever can wait."""

import errno
from pathlib import Path

import psycopg
import pytest
import redis
from kombu.exceptions import OperationalError as NotPublished
from sqlalchemy.exc import OperationalError

from worker import outages
from worker.cli import faults
from worker.errors import DiskFull, Refusing, Unavailable
from worker.outages import Places, Trouble, explain

PLACES = Places.of(Path("/data"), "postgresql+psycopg://loa:secret@db.example:5432/loa", "")
REFUSED = 'connection failed: connection to server at "10.0.0.1", port 5432 failed: FATAL:  '

POSTGRES = [
    ("sorry, too many clients already", Trouble.CONNECTIONS),
    ("remaining connection slots are reserved for roles with the SUPERUSER attribute", Trouble.CONNECTIONS),
    ('too many connections for role "loa_app"', Trouble.CONNECTIONS),
    ("no more connections allowed (max_client_conn)", Trouble.CONNECTIONS),
    ('password authentication failed for user "loa_app"', Trouble.ENTRY),
    ("SASL authentication failed", Trouble.ENTRY),
    ('no pg_hba.conf entry for host "10.0.0.2", user "loa"', Trouble.ENTRY),
    ('role "loa" does not exist', Trouble.ENTRY),
    ('database "loa" does not exist', Trouble.DATABASE),
    ("could not write init file: No space left on device", Trouble.DISK),
]
#: A restart or a moment mends these.
PASSING = [
    "the database system is starting up",
    "the database system is shutting down",
    "the database system is in recovery mode",
    "the database system is not yet accepting connections",
]
REDIS = [
    (redis.ResponseError("MISCONF Errors writing to the AOF file: No space left on device"), Trouble.DISK),
    (redis.ResponseError("MISCONF Redis is configured to save RDB snapshots, but it's unable to"), Trouble.WRITES),
    (redis.OutOfMemoryError("command not allowed when used memory > 'maxmemory'."), Trouble.MEMORY),
    (redis.ReadOnlyError("You can't write against a read only replica."), Trouble.READ_ONLY),
    (redis.AuthenticationError("Authentication required."), Trouble.ENTRY),
    (redis.AuthenticationError("invalid username-password pair or user is disabled."), Trouble.ENTRY),
    (redis.ResponseError("NOREPLICAS Not enough good replicas to write."), Trouble.WRITES),
    (redis.ConnectionError("max number of clients reached"), Trouble.CONNECTIONS),
    (
        redis.ResponseError("Command # 1 (LPUSH a b) of pipeline caused error: MISCONF x: No space left on device"),
        Trouble.DISK,
    ),
]


@pytest.mark.parametrize(("words", "trouble"), POSTGRES)
def test_what_postgresql_refuses_a_connection_with_is_said_in_its_words(words, trouble):
    fault = OperationalError("SELECT 1", {}, psycopg.OperationalError(REFUSED + words))
    found = explain(fault, PLACES)
    assert isinstance(found, DiskFull if trouble is Trouble.DISK else Refusing)
    assert str(found).startswith(f"PostgreSQL at db.example:5432 {trouble} ({words}): ")
    assert "secret" not in str(found)


@pytest.mark.parametrize("words", PASSING)
def test_what_a_moment_mends_is_left_to_whoever_can_wait(words):
    assert explain(OperationalError("SELECT 1", {}, psycopg.OperationalError(REFUSED + words)), PLACES) is None


@pytest.mark.parametrize(
    "fault", [redis.BusyLoadingError("Redis is loading"), redis.ConnectionError("refused"), ValueError("x")]
)
def test_nor_is_any_other_fault_explained(fault):
    assert explain(fault, PLACES) is None


@pytest.mark.parametrize(("fault", "trouble"), REDIS)
def test_what_redis_refuses_is_said_in_its_words(fault, trouble):
    wrapped = NotPublished(str(fault))
    wrapped.__cause__ = fault
    for one in (fault, wrapped):
        found = explain(one, PLACES)
        assert isinstance(found, Unavailable)
        assert str(found).startswith(f"Redis under /data {trouble} (")
        assert "of pipeline" not in str(found)


def test_a_statement_of_which_the_disk_is_full_names_the_server():
    found = explain(OperationalError("INSERT", {}, psycopg.errors.DiskFull('could not extend file "base/1"')), PLACES)
    assert isinstance(found, DiskFull)
    assert str(found) == (
        'PostgreSQL at db.example:5432 has no room left on its disk (could not extend file "base/1"): make room there.'
    )


def test_a_statement_that_speaks_of_a_database_is_no_refused_connection():
    """A value may hold any words; where PostgreSQL tells its SQLSTATE, that decides."""
    fault = psycopg.errors.InvalidTextRepresentation('database "x" does not exist')
    assert explain(OperationalError("SELECT", {}, fault), PLACES) is None


def test_a_full_disk_of_ours_names_its_path(tmp_path, monkeypatch):
    named = OSError(errno.ENOSPC, "No space left on device", "/data/uploads/a.list")
    assert str(explain(named, PLACES)) == "No room is left on the disk of /data/uploads/a.list: make room there."
    monkeypatch.setattr(outages, "LEAST_ROOM", 1 << 60)
    nameless = OSError(errno.EDQUOT, "Disk quota exceeded")
    assert str(tmp_path) in str(explain(nameless, Places(folder=tmp_path)))


def test_strangers_are_not_told_the_words():
    found = explain(psycopg.OperationalError(REFUSED + 'role "loa" does not exist'), PLACES)
    assert isinstance(found, Refusing)
    assert found.brief == "PostgreSQL does not let us in"


@pytest.mark.parametrize(
    ("fault", "begins"),
    [
        *(
            (
                OperationalError("SELECT 1", {}, psycopg.OperationalError(REFUSED + words)),
                "PostgreSQL cannot be reached",
            )
            for words in (*PASSING, "Connection refused")
        ),
        (OperationalError("SELECT 1", {}, psycopg.errors.AdminShutdown("terminating")), "PostgreSQL cannot be reached"),
        (redis.ConnectionError("Error 111 connecting to 10.0.0.1:6379."), "Redis cannot be reached"),
        (redis.BusyLoadingError("Redis is loading the dataset in memory"), "Redis cannot be reached"),
    ],
)
def test_a_command_says_of_a_server_that_is_away_what_to_do_and_offers_no_trace(fault, begins):
    said = faults.tell(fault)
    assert (said.rule, said.exit_code) == ("unavailable", 1)
    assert said.sentence.startswith(begins)
    assert said.sentence.endswith("then repeat the command.")


def test_a_statement_that_cannot_work_is_no_server_that_is_away():
    fault = OperationalError("SELECT 1", {}, psycopg.errors.QueryCanceled("canceling statement due to user request"))
    assert faults.tell(fault).rule == "unforeseen"
