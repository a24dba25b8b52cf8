"""How long a password that is enqueued now would wait, by what lies in Redis."""

import json
from datetime import timedelta

import pytest

from tests.world import World
from worker import measures, queues
from worker.clock import Clock
from worker.domain.measures import TASKS
from worker.measures import RedisMeasures


class Door:
    """A queue of so many tasks, a counter of what workers end, and a watch that the test moves."""

    def __init__(self, redis, waiting, oldest_s=0.0):
        self.redis, self.now_s = redis, 1000.0
        self.queue = queues.CeleryTaskQueue(redis, seconds=lambda: self.now_s)
        task = {"headers": {queues.SENT_AT: (Clock().now() - timedelta(seconds=oldest_s)).isoformat()}}
        if waiting:
            redis.rpush(queues.PREFIX + queues.Queue.OTP, *[json.dumps(task)] * waiting)

    def passes(self, seconds, ended=0):
        self.now_s += seconds
        worker = RedisMeasures(self.redis)
        worker.count(TASKS, ended, task=queues.DELIVER_OTP, result="done")
        worker.count(TASKS, 7 * seconds, task="loa.poll_batch", result="done")
        worker.flush(now=True)

    def wait_s(self, crowd=1000):
        return self.queue.otp_wait_s(crowd)


@pytest.fixture
def redis(loa: World):
    return loa.loa.redis


def test_it_is_what_waits_by_the_pace_of_the_workers(redis):
    door = Door(redis, 1500, oldest_s=300.0)
    door.wait_s()
    door.passes(10, ended=250)
    assert door.wait_s() == pytest.approx(1500 / 25)


def test_the_pace_is_known_when_a_crowd_comes(redis):
    door = Door(redis, 0)
    assert door.wait_s() == 0
    door.passes(10, ended=500)
    Door(redis, 2000)
    assert door.wait_s() == pytest.approx(2000 / 50)


@pytest.mark.parametrize("ended", [0, None])
def test_where_nothing_ends_or_nothing_is_known_it_is_what_the_oldest_has_waited(redis, ended):
    door = Door(redis, 1500, oldest_s=42.0)
    if ended is not None:
        door.wait_s()
        door.passes(10, ended=ended)
    assert door.wait_s() == pytest.approx(42, abs=30)


def test_fewer_are_no_crowd(redis):
    door = Door(redis, 999, oldest_s=600.0)
    door.wait_s()
    door.passes(10, ended=1)
    assert door.wait_s() == 0


def test_what_failed_has_ended_too(redis):
    door = Door(redis, 1000)
    door.wait_s()
    redis.hincrbyfloat(measures.KEY, measures.field(TASKS, task=queues.DELIVER_OTP, result="failed"), 200)
    door.passes(10, ended=200)
    assert door.wait_s() == pytest.approx(1000 / 40)
