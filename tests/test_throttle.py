"""The lanes: evenly spaced, shared, and never a burst."""

import itertools
import multiprocessing

import pytest
from redis import Redis

from tests.world import FixedClock
from worker.clock import Clock
from worker.throttle import Throttle


@pytest.fixture
def redis(redis_server):
    client = Redis.from_url(redis_server.url)
    client.flushall()
    yield client
    client.close()


def test_slots_are_evenly_spaced(redis, clock):
    throttle = Throttle(redis, clock)
    waits = [throttle.reserve("esms", 10, longest_wait_s=5) for _ in range(5)]
    assert waits == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


def test_an_idle_lane_saves_nothing_up(redis, clock):
    throttle = Throttle(redis, clock)
    throttle.reserve("esms", 10, 5)
    clock.tick(seconds=60)
    assert [throttle.reserve("esms", 10, 5) for _ in range(2)] == pytest.approx([0, 0.1])


def test_a_slot_too_far_away_is_not_reserved(redis, clock):
    throttle = Throttle(redis, clock)
    taken = [throttle.reserve("esms", 1, longest_wait_s=2) for _ in range(5)]
    assert taken == [0, 1, 2, None, None]
    clock.tick(seconds=1)
    assert throttle.reserve("esms", 1, longest_wait_s=2) == 2


def test_a_held_lane_is_shut_for_everybody(redis, clock):
    Throttle(redis, clock).hold("esms", 3)
    assert Throttle(redis, clock).reserve("esms", 10, 5) == 3
    assert Throttle(redis, clock).reserve("fpt", 10, 5) == 0


def test_a_short_hold_does_not_open_a_lane_that_is_shut_longer(redis, clock):
    throttle = Throttle(redis, clock)
    throttle.hold("esms", 4)
    throttle.hold("esms", 1)
    assert throttle.reserve("esms", 10, 5) == 4


def test_a_clock_set_back_by_a_day_does_not_shut_the_lane_for_a_day(redis, clock):
    throttle = Throttle(redis, clock)
    throttle.reserve("esms", 10, 5)
    clock.tick(days=-1)
    assert throttle.reserve("esms", 10, 5) == 0


def test_a_clock_set_back_by_some_minutes_does_not_shut_the_lane_either(redis, clock):
    throttle = Throttle(redis, clock)
    throttle.reserve("esms", 10, 5)
    clock.tick(minutes=-20)
    assert throttle.reserve("esms", 10, 5) == 0


def test_a_very_slow_lane_is_still_a_lane(redis, clock):
    throttle = Throttle(redis, clock)
    assert throttle.reserve("esms", 1 / 7200, 5) == 0
    assert throttle.reserve("esms", 1 / 7200, 5) is None


def take_slots(url, count, times):
    with Redis.from_url(url) as client:
        clock = FixedClock(Clock().now())
        throttle = Throttle(client, clock)
        for _ in range(count):
            clock.moment = Clock().now()
            times.append(clock.moment.timestamp() + throttle.reserve("esms", 200, 10))


def test_four_processes_share_one_rate(redis_server, redis):
    with multiprocessing.get_context("spawn").Manager() as manager:
        times = manager.list()
        workers = [
            multiprocessing.get_context("spawn").Process(target=take_slots, args=(redis_server.url, 50, times))
            for _ in range(4)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        slots = sorted(times)
    assert len(slots) == 200
    # 200 a second is one each 5 ms, whoever took it; a microsecond is lost to rounding.
    assert min(later - slot for slot, later in itertools.pairwise(slots)) >= 0.005 - 2e-6
