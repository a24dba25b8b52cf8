"""A scheduler whose database takes a question and never answers goes on, enqueues everything, and finds back by itself."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import psycopg
import pytest
from redis import Redis

from scheduler.look import ALL, Look
from scheduler.sweeps import SWEEPS
from tests.environment import plain_environment, servers
from worker.clock import Clock
from worker.queues import PREFIX, Queue
from worker.storage import database

WITHIN_S = 120
BY_A_LOOK = {sweep.task for sweep in SWEEPS if sweep.work and sweep.queue == Queue.SWEEP}


@pytest.fixture
def beat(database_url, redis_server, tmp_path):
    """A beat on an empty Redis."""
    env = plain_environment() | servers(database_url, redis_server.url, tmp_path)
    with Redis.from_url(redis_server.url) as redis:
        redis.flushdb()
    process = subprocess.Popen([sys.executable, "-m", "celery", "-A", "scheduler.app", "beat"], env=env)
    yield process
    process.terminate()
    process.wait(60)


@pytest.fixture
def taken(beat, redis_server):
    """Takes a task of the beat's from the queue of the sweeps."""
    with Redis.from_url(redis_server.url, socket_timeout=None) as redis:

        def take() -> str:
            found = redis.brpop([f"{PREFIX}{Queue.SWEEP}"], timeout=WITHIN_S)
            assert found is not None, "nothing comes any more"
            return json.loads(found[1])["headers"]["task"]

        yield take


def its_connection(postgres, database_url) -> int:
    """The process of PostgreSQL that serves the beat."""
    with psycopg.connect(postgres.superuser_url.replace("+psycopg", "")) as connection:
        asked = "SELECT pid, state FROM pg_stat_activity WHERE datname = %s"
        ((pid, state),) = connection.execute(asked, [database_url.rpartition("/")[2]]).fetchall()
    assert state != "idle in transaction", "between two looks nothing is open"
    return pid


def until_all_come(taken) -> None:
    """All that a look may enqueue, and what goes by the time."""
    missing, until = BY_A_LOOK | {"loa.heartbeat"}, time.monotonic() + WITHIN_S
    while missing:
        missing.discard(taken())
        assert time.monotonic() < until, f"{missing} do not come"


def until_nothing_is_pending(taken) -> None:
    """What goes by the time comes alone."""
    alone, until = 0, time.monotonic() + WITHIN_S
    while alone < 2:
        alone = 0 if (task := taken()) in BY_A_LOOK else alone + (task == "loa.heartbeat")
        assert time.monotonic() < until


def test_a_database_that_hangs_stops_nothing_and_is_asked_again_when_it_goes_on(taken, postgres, database_url):
    until_all_come(taken)
    until_nothing_is_pending(taken)
    pid = its_connection(postgres, database_url)
    os.kill(pid, signal.SIGSTOP)
    try:
        until_all_come(taken)
    finally:
        os.kill(pid, signal.SIGCONT)
    until_nothing_is_pending(taken)


def test_it_ends_in_the_middle_of_a_look_when_it_is_told_to(beat, taken, postgres, database_url):
    until_all_come(taken)
    pid = its_connection(postgres, database_url)
    os.kill(pid, signal.SIGSTOP)
    try:
        until_all_come(taken)
        beat.terminate()
        beat.wait(WITHIN_S)
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_look_that_was_cut_off_is_repeated(taken, postgres, database_url):
    until_all_come(taken)
    until_nothing_is_pending(taken)
    os.kill(its_connection(postgres, database_url), signal.SIGTERM)
    until_all_come(taken)
    until_nothing_is_pending(taken)


def test_while_looks_fail_one_that_waits_for_a_connection_says_all_too():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"postgresql+psycopg://nobody@127.0.0.1:{silent.getsockname()[1]}/none"
        look = Look(database.connect(address), Clock().now)
        while (seen := look.pending()) is None:
            pass
        assert seen == ALL, "nobody listens yet"
        silent.listen()
        assert look.pending() == ALL, "somebody listens and says nothing"
