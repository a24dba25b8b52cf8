"""What the door for passwords sees in Redis: tasks that wait, and the pace at which messages leave."""

import pytest

from tests.services.test_otp import ask, run_tasks
from tests.world import World
from worker import queues
from worker.domain.measures import OTPS_ENDED
from worker.measures import RedisMeasures


class Door:
    """A counter of what workers are done with, and a watch that the test moves."""

    def __init__(self, redis):
        self.redis, self.now_s = redis, 1000.0
        self.queue = queues.CeleryTaskQueue(redis, seconds=lambda: self.now_s)

    def passes(self, seconds, **left):
        self.now_s += seconds
        worker = RedisMeasures(self.redis)
        for state, number in left.items():
            worker.count(OTPS_ENDED, number, state=state)
        worker.flush(now=True)

    def pace(self):
        return self.queue.otp_crowd()[1]


@pytest.fixture
def redis(loa: World):
    return loa.loa.redis


def test_it_sees_how_many_tasks_wait(redis):
    redis.rpush(queues.PREFIX + queues.Queue.OTP, *["{}"] * 12)
    assert Door(redis).queue.otp_crowd() == (12, None)


def test_the_pace_is_that_of_what_was_called_for(redis):
    door = Door(redis)
    assert door.pace() is None
    door.passes(10, accepted=250, rejected=30, unknown=20)
    assert door.pace() == pytest.approx(30)


def test_what_expires_or_is_delivered_makes_no_pace(redis):
    door = Door(redis)
    door.pace()
    door.passes(10, expired=1000, delivered=500, failed=100)
    assert door.pace() == 0


def test_a_redis_that_is_away_says_nothing(redis, monkeypatch):
    door = Door(redis)
    monkeypatch.setitem(redis.connection_pool.connection_kwargs, "port", 1)
    redis.connection_pool.disconnect()
    assert door.queue.otp_crowd() == (0, None)


def test_a_message_counts_while_its_task_still_goes_on(loa: World):
    """A task may go on for half a minute, with one message after the other."""
    worker = RedisMeasures(loa.loa.redis)
    loa.change(measures=worker)
    door = Door(loa.loa.redis)
    door.pace()
    ask(loa, "esms")
    run_tasks(loa)
    door.now_s += 10
    assert door.pace() == pytest.approx(0.1)
