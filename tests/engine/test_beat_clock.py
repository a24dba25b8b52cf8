"""The sweeps begin at once, and go on when the clock of their machine is set: a real beat, whose clock a test moves."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import Redis

from tests.environment import servers
from worker.queues import Queue

HOUR_S = 3600
#: What is due every five seconds comes within this, and no old time comes back.
SOON_S = 60


@pytest.fixture
def beat(redis_server, tmp_path):
    """A beat on an empty Redis of its own, and the file that says how far its clock is off."""
    shift = tmp_path / "shift"
    shift.write_text("0")
    env = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parent / "into_beat"),
        "TESTS_CLOCK_SHIFT": str(shift),
        **servers("postgresql://nobody@127.0.0.1:1/none", redis_server.url, tmp_path),
    }
    process = subprocess.Popen([sys.executable, "-m", "celery", "-A", "scheduler.app", "beat"], env=env)
    with Redis.from_url(redis_server.url, socket_timeout=None) as redis:
        redis.flushdb()
        yield redis, shift
    process.terminate()
    process.wait(60)


def sweeps_come(redis, within_s):
    """Whether tasks come anew, of those that go by the time and of those that a look enqueues: all, where none answers."""
    redis.delete(f"loa:queue:{Queue.SWEEP}")
    missing, until = {"loa.heartbeat", "loa.expire_claims"}, time.monotonic() + within_s
    while missing and (left := until - time.monotonic()) > 0:
        if found := redis.brpop([f"loa:queue:{Queue.SWEEP}"], timeout=left):
            missing.discard(json.loads(found[1])["headers"]["task"])
    return not missing


def moved(shift, seconds):
    """Set the clock in one step."""
    new = shift.with_suffix(".new")
    new.write_text(str(seconds))
    new.rename(shift)


def test_what_is_asked_every_ten_minutes_is_asked_at_the_start(beat):
    redis, _ = beat
    wanted, tasks = {"loa.refresh_balances", "loa.refresh_senders"}, set[str]()
    ends = time.monotonic() + 60
    while time.monotonic() < ends and not wanted <= tasks:
        time.sleep(0.1)
        tasks = {json.loads(one)["headers"]["task"] for one in redis.lrange(f"loa:queue:{Queue.REPORT}", 0, -1)}
    assert wanted <= tasks


def test_sweeps_go_on_when_the_clock_is_set_back_and_forth(beat):
    redis, shift = beat
    assert sweeps_come(redis, 60)
    for seconds in (-HOUR_S, 0, -3 * HOUR_S, HOUR_S):
        moved(shift, seconds)
        assert sweeps_come(redis, SOON_S), f"none after the clock was set to {seconds} s off"
