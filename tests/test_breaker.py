"""The circuits: opened by calls in a row that came to nothing, closed by the first answer, shared by all processes."""

import multiprocessing
from datetime import timedelta

import pytest
from dateutil.parser import isoparse
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from structlog.testing import capture_logs

from tests.cli.terminal import Terminal
from tests.world import FixedClock
from worker.clock import Clock
from worker.throttle import Breaker, Gate
from worker.throttle.breaker import COOL_DOWN_S, FAILURES

TIMEOUT_S = 2.5


@pytest.fixture
def redis(redis_server):
    client = Redis.from_url(redis_server.url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def breaker(redis, clock):
    return Breaker(redis, clock)


def gate(breaker, provider="esms"):
    return breaker.admit(provider, TIMEOUT_S)


def test_it_opens_after_so_many_failures_in_a_row(breaker, clock):
    for _ in range(FAILURES - 1):
        breaker.failed("esms", TIMEOUT_S)
    assert gate(breaker) is Gate.CLOSED
    breaker.failed("esms", TIMEOUT_S)
    assert gate(breaker) is Gate.OPEN
    assert gate(breaker, "fpt") is Gate.CLOSED
    found = breaker.look("esms", TIMEOUT_S)
    assert (found.gate, found.since) == (Gate.OPEN, clock.now())


def test_an_answer_between_them_begins_the_count_anew(breaker):
    for _ in range(3):
        breaker.failed("esms", TIMEOUT_S, FAILURES - 1)
        breaker.answered("esms")
    assert gate(breaker) is Gate.CLOSED


def test_after_the_cool_down_one_caller_is_let_through_at_a_time(breaker, clock):
    breaker.failed("esms", TIMEOUT_S, FAILURES)
    clock.tick(seconds=COOL_DOWN_S - 0.1)
    assert gate(breaker) is Gate.OPEN
    clock.tick(seconds=0.1)
    assert breaker.look("esms", TIMEOUT_S).gate is Gate.HALF_OPEN
    assert [gate(breaker) for _ in range(3)] == [Gate.HALF_OPEN, Gate.OPEN, Gate.OPEN]
    clock.tick(seconds=COOL_DOWN_S)
    assert [gate(breaker) for _ in range(2)] == [Gate.HALF_OPEN, Gate.OPEN], "the first probe never came back"


def test_a_probe_that_fails_keeps_it_open_and_says_nothing_new(breaker, clock):
    opened = clock.now()
    breaker.failed("esms", TIMEOUT_S, FAILURES)
    clock.tick(seconds=COOL_DOWN_S)
    assert gate(breaker) is Gate.HALF_OPEN
    clock.tick(seconds=1)
    breaker.failed("esms", TIMEOUT_S)
    clock.tick(seconds=COOL_DOWN_S - 1)
    assert gate(breaker) is Gate.OPEN
    assert breaker.look("esms", TIMEOUT_S).since == opened


def test_no_probe_begins_while_a_slow_one_may_still_be_answered(breaker, clock):
    breaker.failed("esms", 60, FAILURES)
    clock.tick(seconds=61)
    assert breaker.admit("esms", 60) is Gate.OPEN
    clock.tick(seconds=1)
    assert breaker.admit("esms", 60) is Gate.HALF_OPEN


def test_a_probe_that_is_answered_closes_it(breaker, clock):
    breaker.failed("esms", TIMEOUT_S, FAILURES)
    clock.tick(seconds=COOL_DOWN_S)
    assert gate(breaker) is Gate.HALF_OPEN
    breaker.answered("esms")
    assert gate(breaker) is Gate.CLOSED
    breaker.failed("esms", TIMEOUT_S)
    assert gate(breaker) is Gate.CLOSED, "one failure after it is one failure"


def test_the_log_has_one_line_when_it_opens_and_one_when_it_closes(breaker):
    with capture_logs() as lines:
        for _ in range(3 * FAILURES):
            breaker.failed("esms", TIMEOUT_S)
        for _ in range(3):
            breaker.answered("esms")
    assert [(line["event"], line["log_level"], line["provider"]) for line in lines] == [
        ("circuit_opened", "warning", "esms"),
        ("circuit_closed", "info", "esms"),
    ]


def test_a_clock_set_back_does_not_keep_it_open_for_as_long(breaker, clock):
    breaker.failed("esms", TIMEOUT_S, FAILURES)
    clock.tick(hours=-5)
    assert gate(breaker) is Gate.HALF_OPEN


def test_an_emptied_redis_is_a_closed_circuit_and_so_is_one_that_is_away(redis, breaker, clock):
    breaker.failed("esms", TIMEOUT_S, FAILURES)
    redis.flushall()
    assert gate(breaker) is Gate.CLOSED
    with Redis.from_url("redis://127.0.0.1:1/0", retry=Retry(NoBackoff(), 0)) as nowhere:
        away = Breaker(nowhere, clock)
        away.failed("esms", TIMEOUT_S, FAILURES)
        away.answered("esms")
        assert away.admit("esms", TIMEOUT_S) is Gate.CLOSED


def fail_and_probe(url, moment, barrier, gates):
    with Redis.from_url(url) as client:
        clock = FixedClock(moment)
        breaker = Breaker(client, clock)
        barrier.wait(30)
        for _ in range(FAILURES // 2 + 1):
            breaker.failed("esms", TIMEOUT_S)
        barrier.wait(30)
        gates.append(gate(breaker))
        clock.moment += timedelta(seconds=COOL_DOWN_S)
        barrier.wait(30)
        gates.append(gate(breaker))


def test_two_processes_count_together_and_send_one_probe(redis_server, redis):
    spawn = multiprocessing.get_context("spawn")
    with spawn.Manager() as manager:
        gates, barrier, moment = manager.list(), manager.Barrier(2), Clock().now()
        workers = [
            spawn.Process(target=fail_and_probe, args=(redis_server.url, moment, barrier, gates)) for _ in range(2)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sorted(gates) == sorted([Gate.OPEN, Gate.OPEN, Gate.HALF_OPEN, Gate.OPEN])


def test_the_list_of_providers_tells_it(redis_server, redis, tmp_path):
    opened = Clock().now()
    Breaker(redis, FixedClock(opened)).failed("esms", 8, FAILURES)
    terminal = Terminal(
        tmp_path, {"LOA_REDIS_URL": redis_server.url, "LOA_DATABASE_URL": "postgresql+psycopg://a@[::1]:1/b"}
    )
    rows = {row["name"]: row for row in terminal.loa("provider", "list", "--json").document}
    assert rows["esms"]["circuit"] == "open"
    assert isoparse(rows["esms"]["circuit_since"]) == opened.replace(microsecond=0)
    assert (rows["fpt"]["circuit"], rows["fpt"]["circuit_since"]) == ("closed", None)
    away = terminal.loa("provider", "list", "--json", LOA_REDIS_URL="redis://127.0.0.1:1/0")
    assert (away.code, {row["circuit"] for row in away.document}) == (0, {None})
