"""Passwords that nobody needs any more do not take the time of those that still are needed."""

from uuid import uuid4

import pytest

from tests.operations.conftest import Host, until
from worker.queues import CeleryTaskQueue

DEAD = 300
PHONE = "0912345678"
TEXT = "Ma xac thuc LOA: 482913"


@pytest.fixture
def backlog(loa):
    """A world whose tasks go to the Redis of the host."""
    loa.change(task_queue=CeleryTaskQueue(loa.loa.redis, lambda: loa.loa.carrier))
    return loa


def test_a_worker_drops_what_is_over_unread(host: Host, sandbox_by_day, backlog):
    sandbox, offset = sandbox_by_day
    host.env |= {"LOA_ESMS_BASE_URL": sandbox.esms_url, "LOA_CLOCK_OFFSET_S": str(offset)}
    backlog.deps.task_queue.enqueue_otps(dict.fromkeys((uuid4() for _ in range(DEAD)), 0.0))
    host.run("otp", "send", "--phone", PHONE, "--text", TEXT, "--sender", "LOA", "--ttl", "300")
    worker = host.procfile("worker-otp", LOA_OTP_PROCESSES="1")
    until("the one that is of use is with the provider", lambda: 84912345678 in sandbox.phones(), 240)
    assert sum("Discarding revoked task" in line for line in worker.lines) == DEAD
