"""A password that a killed worker had in hand goes to another one while it is still useful."""

import os
import signal
import sys

from celery import Celery
from redis import Redis
from sqlalchemy import create_engine, text

from tests.operations.conftest import Host, until
from tests.world import Sandbox
from worker.app import OTP_BACK_AFTER_S
from worker.app import app as with_sweeps
from worker.queues import PREFIX
from worker.seal import seal

IN_HAND, IN_OTHERS_HANDS = f"{PREFIX}otp.unacked", f"{PREFIX}unacked"
IMPATIENT = ["-m", "celery", "-A", "tests.reliability.impatient", "worker", "-Q", "otp", "-c", "1", "-n", "second@%h"]


def test_what_a_killed_worker_was_reading_is_read_by_the_next(host: Host, sandbox: Sandbox, database_url: str):
    host.env |= {"LOA_ESMS_BASE_URL": sandbox.esms_url, "LOA_ESMS_OTP_SENDER": "LOA"}
    host.run("migrate")
    producer = Celery(broker=host.env["LOA_REDIS_URL"], set_as_current=False)
    producer.conf.broker_transport_options = with_sweeps.conf.broker_transport_options
    engine = create_engine(database_url)
    with Redis.from_url(host.env["LOA_REDIS_URL"]) as redis, engine.connect() as other:
        # The worker cannot write the password down while another holds the table.
        other.execute(text("LOCK TABLE message IN ACCESS EXCLUSIVE MODE"))
        sealed = seal(host.env["LOA_SECRET_KEY"], phone="0900000001", text="Ma 482913", sender="LOA")
        producer.send_task("loa.send_otp", kwargs={"sealed": sealed}, queue="otp")
        first = host.procfile("worker-otp", LOA_OTP_PROCESSES="1")
        until("the first worker reads it", lambda: redis.hlen(IN_HAND) == 1)
        (stats,) = producer.control.inspect(timeout=10).stats().values()
        assert stats["broker"]["transport_options"]["visibility_timeout"] == OTP_BACK_AFTER_S
        os.killpg(first.process.pid, signal.SIGKILL)
        first.process.wait(10)
        other.rollback()
        # Another queue's worker, however impatient, gives back nothing of it.
        assert (redis.hlen(IN_HAND), redis.hlen(IN_OTHERS_HANDS), redis.llen(f"{PREFIX}otp")) == (1, 0, 0)
        host.start(sys.executable, *IMPATIENT, "--without-mingle", "--without-gossip")
        until("the second one sends it", sandbox.phones)
        until("nothing is left in hand", lambda: redis.hlen(IN_HAND) == 0)
    engine.dispose()
    producer.close()
    assert sandbox.phones() == {84900000001: 1}
