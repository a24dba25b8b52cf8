"""The queues, and how a task is enqueued.

Celery itself (worker/app.py) is imported with the first task, for most commands enqueue none.
"""

import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, cast
from uuid import UUID

import structlog
from redis import Redis, RedisError

from worker import measures
from worker.clock import Clock
from worker.domain.measures import OTPS_ENDED
from worker.domain.message import MessageState
from worker.pace import Pace

if TYPE_CHECKING:
    from celery import Celery

logger = structlog.get_logger(__name__)

PREFIX: Final = "loa:queue:"

#: Where the last heartbeat or release leaves its time: the sign that scheduler, queue, worker and database all live.
HEARTBEAT: Final = "loa:heartbeat"
#: Where each scheduler leaves its time, every few seconds.
BEAT: Final = "loa:beat"
#: The header of a task that says when it was sent, in real time.
SENT_AT: Final = "loa_sent_at"
DELIVER_OTP: Final = "loa.deliver_otp"
#: How many messages workers are done with, in what they measure: those that were called for. Whoever expires makes no pace.
LEFT: Final = tuple(
    measures.field(OTPS_ENDED, state=str(state))
    for state in (MessageState.ACCEPTED, MessageState.REJECTED, MessageState.UNKNOWN)
)


class Queue(StrEnum):
    """The queues that are not a provider's."""

    #: The sweeps of the scheduler: each is short.
    SWEEP = "sweep"
    #: Questions to providers about what they took: each may hang for as long as a call may.
    REPORT = "report"
    #: One-time passwords: nothing else waits here, and nothing is waited for.
    OTP = "otp"
    #: Lists that came by HTTP or Celery: a million rows take a minute.
    PLAN = "plan"
    #: Events for receivers of producers: each may hang for as long as a post may.
    WEBHOOK = "webhook"
    #: Jobs that may take hours: the comparison with the providers' records, the deletion of what is old.
    NIGHTLY = "nightly"


def send_queue(provider: str) -> str:
    """A provider's own queue, so that one that hangs holds up no other."""
    return f"send.{provider}"


class CeleryTaskQueue:
    """Enqueues tasks by Celery; ids only, so that no number and no text lies in Redis or shows in Flower."""

    def __init__(
        self,
        redis: "Redis",
        carrier: "Callable[[], Celery] | None" = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """`carrier` gives the Celery app at the first task; who only counts what waits needs none."""
        self._redis = redis
        self._carrier = carrier
        self._seconds = seconds
        self._otp_pace = Pace()

    def enqueue_send(self, provider: str, batch_id: UUID) -> None:
        """Ask a worker to send this batch; a task that cannot be enqueued is left to the sweep, for the row stands."""
        self._try("loa.send_batch", batch_id, send_queue(provider))

    def enqueue_poll(self, batch_id: UUID) -> None:
        """Ask a worker to fetch this batch's report."""
        self._enqueue("loa.poll_batch", batch_id, Queue.REPORT)

    def enqueue_otps(self, useful_s: Mapping[UUID, float]) -> Exception | None:
        """Ask workers to deliver these messages, by one request to Redis; what kept some or all of them off the queue.

        A worker that comes to one too late drops it unread (Celery's `expires`): where more come than can be sent, those that
        are of no use any more must not take the time of those that still are.
        """
        from kombu.exceptions import BatchPublishError, OperationalError  # noqa: PLC0415 - Celery comes with the first task

        if not useful_s:
            return None
        assert self._carrier is not None  # noqa: S101 - wiring gave one to whoever tasks
        carrier = self._carrier()
        try:
            with carrier.producer_pool.acquire(block=True) as producer, producer.batch(len(useful_s)):
                for one, seconds in useful_s.items():
                    left = max(seconds, 0.0)
                    carrier.send_task(DELIVER_OTP, args=[str(one)], queue=Queue.OTP, expires=left, producer=producer)
        except (BatchPublishError, OperationalError, RedisError) as fault:
            logger.warning("tasks_not_enqueued", task=DELIVER_OTP, rows=len(useful_s), fault=type(fault).__name__)
            return fault
        return None

    def enqueue_plan(self, campaign_id: UUID) -> None:
        """Ask a worker to plan this draft."""
        self._try("loa.plan_campaign", campaign_id, Queue.PLAN)

    def _try(self, task: str, row: UUID, queue: str) -> Exception | None:
        """Enqueue; a task that cannot be enqueued is left to the sweep, for the row stands. Returns why it could not be."""
        from kombu.exceptions import OperationalError  # noqa: PLC0415 - Celery comes with the first task

        try:
            self._enqueue(task, row, queue)
        except (OperationalError, RedisError) as fault:
            logger.warning("task_not_enqueued", task=task, row=str(row), fault=type(fault).__name__)
            return fault
        return None

    def _enqueue(self, task: str, row: UUID, queue: str) -> None:
        assert self._carrier is not None  # noqa: S101 - wiring gave one to whoever tasks
        self._carrier().send_task(task, args=[str(row)], queue=queue)

    def waiting_sends(self, provider: str) -> int:
        """How many tasks to send wait on the provider's queue."""
        return self.waiting(send_queue(provider))

    def waiting_polls(self) -> int:
        """How many tasks to poll wait."""
        return self.waiting(Queue.REPORT)

    def waiting_otps(self) -> int:
        """How many tasks to deliver a message wait."""
        return self.waiting(Queue.OTP)

    def waiting_plans(self) -> int:
        """How many tasks to plan a draft wait."""
        return self.waiting(Queue.PLAN)

    def waiting(self, queue: str) -> int:
        """How many messages wait on a queue."""
        return self._redis.llen(PREFIX + queue)

    def otp_crowd(self) -> tuple[int, float | None]:
        """How many tasks to deliver a message wait, and how many messages a second left of late; (0, None): Redis does not say.

        In a crowd tasks of messages wait that another task has sent already.
        """
        try:
            asked = self._redis.pipeline(transaction=False)
            asked.llen(PREFIX + Queue.OTP)
            asked.hmget(measures.KEY, LEFT)
            waiting, left = asked.execute()
        except RedisError:
            return 0, None
        # Read without a crowd too, so that the pace is known when one comes.
        return waiting, self._otp_pace.at(self._seconds(), sum(float(one or 0) for one in left))

    def oldest_s(self, queue: str) -> float:
        """For how many seconds the oldest task of a queue has waited; 0: none waits, or it does not say since when."""
        found = cast("bytes | None", self._redis.lindex(PREFIX + queue, -1))
        try:
            sent = datetime.fromisoformat(json.loads(found or b"{}")["headers"][SENT_AT])
            # In real time, by which it was sent: Celery's workers know no shifted clock.
            now = Clock().now()
            return max((now - sent).total_seconds(), 0.0)
        except (KeyError, ValueError, TypeError):
            return 0.0
