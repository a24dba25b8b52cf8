"""When does what run? The beat schedule as a table; no crontab, for a nightly job is a due row."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from worker.app import Queue, app

__all__ = ["app"]


@dataclass(frozen=True, slots=True)
class Sweep:
    """One line of the schedule."""

    task: str
    every: timedelta
    queue: Queue
    why: str


SWEEPS: Final = (
    Sweep("loa.release", timedelta(seconds=1), Queue.SWEEP, "a due campaign's first call begins within 5 s"),
    Sweep("loa.poll", timedelta(seconds=1), Queue.SWEEP, "reports are asked for in small, even portions"),
    Sweep("loa.expire_claims", timedelta(seconds=5), Queue.SWEEP, "a dead worker's batch is known as UNKNOWN soon"),
    Sweep("loa.settle", timedelta(seconds=5), Queue.SWEEP, "a crash between two commits leaves no campaign behind"),
)

app.conf.beat_schedule = {
    sweep.task: {
        "task": sweep.task,
        "schedule": sweep.every,
        # A tick that nobody took before the next ones are due is worth nothing.
        "options": {"queue": sweep.queue, "expires": 10 * sweep.every.total_seconds()},
    }
    for sweep in SWEEPS
}
