"""Which queues are there, and how are bells carried? The Celery app.

The Redis transport loses and repeats bells when a worker is killed (STACK.md 1.1); nothing depends on it doing neither.
"""

import contextlib
import logging
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import structlog
from celery import Celery, signals
from kombu.exceptions import OperationalError
from redis import Redis, RedisError

from worker import config, log
from worker.errors import Unavailable

logger = structlog.get_logger(__name__)

PREFIX = "loa:queue:"

#: Where the last release sweep leaves its time: the sign that scheduler, queue and worker all live.
HEARTBEAT: Final = "loa:heartbeat"


class Queue(StrEnum):
    """The queues that are not a provider's."""

    #: The ticks of the scheduler: each is short.
    SWEEP = "sweep"
    #: Questions to providers about what they took: each may hang for as long as a call may.
    REPORT = "report"
    #: One-time passwords: nothing else waits here, and nothing is waited for.
    OTP = "otp"
    #: Lists that came by HTTP or Celery: a million rows take a minute.
    PLAN = "plan"
    #: Jobs that may take hours: the comparison with the providers' records, the deletion of what is old.
    NIGHTLY = "nightly"


def send_queue(provider: str) -> str:
    """A provider's own queue, so that one that hangs holds up no other."""
    return f"send.{provider}"


app = Celery("loa", include=["worker.tasks", "scheduler.tasks"], set_as_current=False)
app.conf.update(
    task_ignore_result=True,
    result_backend=None,
    task_serializer="json",
    accept_content=["json"],
    enable_utc=True,
    task_default_queue=Queue.SWEEP,
    task_create_missing_queues=True,
    # A bell that died with its worker is rung again soon; the claim makes the second ring harmless.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    # Waiting happens in rows, not in a worker's memory.
    worker_prefetch_multiplier=1,
    worker_enable_prefetch_count_reduction=False,
    worker_max_tasks_per_child=10_000,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_send_task_events=True,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    task_time_limit=330,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "global_keyprefix": PREFIX,
        "visibility_timeout": 600,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 25,
    },
    # A publish gives up soon: the row stands, and the sweep rings again.
    task_publish_retry_policy={"max_retries": 2, "interval_start": 0.1, "interval_step": 0.2, "interval_max": 0.5},
)


class QueueBells:
    """Rings bells by Celery; ids only, so that no number and no text lies in Redis or shows in Flower."""

    def __init__(self, redis: "Redis", broker_url: str = "") -> None:
        self._redis = redis
        if broker_url:
            # Whoever rings without being a worker (a command, the web) may have found its servers in another way than `_boot`.
            app.conf.broker_url = broker_url

    def ring_send(self, provider: str, batch_id: UUID) -> None:
        """Ask a worker to send this batch; a bell that cannot be rung is left to the sweep, for the row stands."""
        try:
            app.send_task("loa.send_batch", args=[str(batch_id)], queue=send_queue(provider))
        except (OperationalError, RedisError) as fault:
            logger.warning("bell_not_rung", batch=str(batch_id), fault=type(fault).__name__)

    def ring_poll(self, batch_id: UUID) -> None:
        """Ask a worker to fetch this batch's report."""
        app.send_task("loa.poll_batch", args=[str(batch_id)], queue=Queue.REPORT)

    def ring_otp(self, message_id: UUID) -> None:
        """Ask a worker to deliver this message."""
        self._try("loa.deliver_otp", message_id, Queue.OTP)

    def ring_plan(self, campaign_id: UUID) -> None:
        """Ask a worker to plan this draft."""
        self._try("loa.plan_campaign", campaign_id, Queue.PLAN)

    def _try(self, task: str, row: UUID, queue: Queue) -> None:
        """Ring; a bell that cannot be rung is left to the sweep, for the row stands."""
        try:
            app.send_task(task, args=[str(row)], queue=queue)
        except (OperationalError, RedisError) as fault:
            logger.warning("bell_not_rung", task=task, row=str(row), fault=type(fault).__name__)

    def waiting_sends(self, provider: str) -> int:
        """How many rings to send wait on the provider's queue."""
        return self.waiting(send_queue(provider))

    def waiting_polls(self) -> int:
        """How many rings to poll wait."""
        return self.waiting(Queue.REPORT)

    def waiting_otps(self) -> int:
        """How many rings to deliver a message wait."""
        return self.waiting(Queue.OTP)

    def waiting_plans(self) -> int:
        """How many rings to plan a draft wait."""
        return self.waiting(Queue.PLAN)

    def waiting(self, queue: str) -> int:
        """How many messages wait on a queue."""
        return self._redis.llen(PREFIX + queue)


@signals.setup_logging.connect  # type: ignore[untyped-decorator]
def _own_logging(**_: Any) -> None:
    """Celery leaves logging to us: one format, and nothing secret in it."""
    settings = config.load()
    log.configure(settings.log_level, json=settings.log_json)
    # At DEBUG it writes down the arguments of every task, also of one that a producer filled with a number and a text.
    logging.getLogger("celery.pool").setLevel(logging.INFO)


@signals.celeryd_init.connect  # type: ignore[untyped-decorator]
@signals.beat_init.connect  # type: ignore[untyped-decorator]
def _boot(**_: Any) -> None:
    app.conf.broker_url = config.addresses(config.load())[1]


@app.on_after_configure.connect  # type: ignore[untyped-decorator]
def _find_broker(sender: Celery, **_: Any) -> None:
    """For whoever asks without being a worker or a scheduler (Flower, `celery inspect`): the broker if there is one."""
    with contextlib.suppress(Unavailable):
        sender.conf.broker_url = config.addresses(config.load())[1]
