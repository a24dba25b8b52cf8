"""Which queues are there, and how is a bell rung?

Celery itself (worker/app.py) is imported with the first bell, for most commands ring none.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from uuid import UUID

import structlog
from redis import Redis, RedisError

if TYPE_CHECKING:
    from celery import Celery

logger = structlog.get_logger(__name__)

PREFIX: Final = "loa:queue:"

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


class QueueBells:
    """Rings bells by Celery; ids only, so that no number and no text lies in Redis or shows in Flower."""

    def __init__(self, redis: "Redis", carrier: "Callable[[], Celery] | None" = None) -> None:
        """`carrier` gives the Celery app at the first bell; who only counts what waits needs none."""
        self._redis = redis
        self._carrier = carrier

    def ring_send(self, provider: str, batch_id: UUID) -> None:
        """Ask a worker to send this batch; a bell that cannot be rung is left to the sweep, for the row stands."""
        self._try("loa.send_batch", batch_id, send_queue(provider))

    def ring_poll(self, batch_id: UUID) -> None:
        """Ask a worker to fetch this batch's report."""
        self._ring("loa.poll_batch", batch_id, Queue.REPORT)

    def ring_otp(self, message_id: UUID) -> None:
        """Ask a worker to deliver this message."""
        self._try("loa.deliver_otp", message_id, Queue.OTP)

    def ring_plan(self, campaign_id: UUID) -> None:
        """Ask a worker to plan this draft."""
        self._try("loa.plan_campaign", campaign_id, Queue.PLAN)

    def _try(self, task: str, row: UUID, queue: str) -> None:
        """Ring; a bell that cannot be rung is left to the sweep, for the row stands."""
        from kombu.exceptions import OperationalError  # noqa: PLC0415 - Celery comes with the first bell

        try:
            self._ring(task, row, queue)
        except (OperationalError, RedisError) as fault:
            logger.warning("bell_not_rung", task=task, row=str(row), fault=type(fault).__name__)

    def _ring(self, task: str, row: UUID, queue: str) -> None:
        assert self._carrier is not None  # noqa: S101 - wiring gave one to whoever rings
        self._carrier().send_task(task, args=[str(row)], queue=queue)

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
