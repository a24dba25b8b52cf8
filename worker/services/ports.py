"""What services are handed from outside besides the database: the queue, and the event loop of the process."""

from collections.abc import Coroutine, Mapping
from typing import Any, Protocol, TypeVar
from uuid import UUID

T = TypeVar("T")


class TaskQueue(Protocol):
    """The queue as services see it: it carries ids, and may lose or repeat any of them."""

    def enqueue_send(self, provider: str, batch_id: UUID) -> None:
        """Ask a worker to send this batch."""
        ...

    def enqueue_poll(self, batch_id: UUID) -> None:
        """Ask a worker to fetch this batch's report."""
        ...

    def enqueue_otps(self, useful_s: Mapping[UUID, float]) -> Exception | None:
        """Ask workers to deliver these messages, by one request to the queue; for each the seconds after which nobody need look.

        Never raises, since a sweep enqueues again, but returns what kept some or all of them off.
        """
        ...

    def enqueue_plan(self, campaign_id: UUID) -> None:
        """Ask a worker to plan this draft; never raises, since a sweep enqueues again."""
        ...

    def waiting_plans(self) -> int:
        """How many tasks to plan a draft wait."""
        ...

    def waiting_sends(self, provider: str) -> int:
        """How many tasks to send wait on the provider's queue."""
        ...

    def waiting_polls(self) -> int:
        """How many tasks to poll wait."""
        ...

    def waiting_otps(self) -> int:
        """How many tasks to deliver a message wait."""
        ...

    def otp_crowd(self) -> tuple[int, float | None]:
        """How many tasks to deliver a message wait, and how many messages a second left of late, where that is known."""
        ...


class Run(Protocol):
    """Runs a coroutine to its end on this process's event loop."""

    def __call__(self, call: Coroutine[Any, Any, T], /) -> T:
        """Return what the coroutine returns."""
        ...
