"""When does what run? The beat schedule as a table; no crontab, for a nightly job is a due row."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
from celery.beat import ScheduleEntry, Scheduler
from redis import RedisError

from worker import wiring
from worker.app import app
from worker.queues import BEAT, CeleryTaskQueue, Queue

__all__ = ["app"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    """One line of the schedule."""

    task: str
    every: timedelta
    queue: Queue
    why: str


SWEEPS: Final = (
    Sweep("loa.release", timedelta(seconds=1), Queue.SWEEP, "a due campaign's first call begins within 5 s"),
    Sweep(
        "loa.sweep_otps", timedelta(seconds=1), Queue.SWEEP, "a password whose bell was lost still has its time to live"
    ),
    Sweep(
        "loa.sweep_doors",
        timedelta(seconds=10),
        Queue.SWEEP,
        "a list whose bell or worker was lost is planned all the same",
    ),
    Sweep("loa.poll", timedelta(seconds=1), Queue.SWEEP, "reports are asked for in small, even portions"),
    Sweep("loa.read_callbacks", timedelta(seconds=1), Queue.SWEEP, "what providers report by themselves counts soon"),
    Sweep("loa.expire_claims", timedelta(seconds=5), Queue.SWEEP, "a dead worker's batch is known as UNKNOWN soon"),
    Sweep("loa.settle", timedelta(seconds=5), Queue.SWEEP, "a crash between two commits leaves no campaign behind"),
    Sweep(
        "loa.look_up",
        timedelta(seconds=10),
        Queue.REPORT,
        "a doubt ends as soon as the provider's record can tell",
    ),
    Sweep(
        "loa.settle_doubts",
        timedelta(seconds=10),
        Queue.REPORT,
        "FPT's quota tells whether a lost last push was counted",
    ),
    Sweep(
        "loa.send_canaries", timedelta(seconds=30), Queue.SWEEP, "a worker that takes nothing from its queue is seen"
    ),
    Sweep("loa.refresh_balances", timedelta(minutes=10), Queue.REPORT, "money can be compared between two balances"),
    Sweep(
        "loa.deliver_webhooks", timedelta(seconds=1), Queue.WEBHOOK, "a backend hears of its password within a second"
    ),
    Sweep(
        "loa.refresh_senders",
        timedelta(minutes=10),
        Queue.REPORT,
        "a misspelt sender is refused before it costs a campaign",
    ),
    Sweep(
        "loa.fall_back",
        timedelta(seconds=10),
        Queue.REPORT,
        "whom Zalo did not reach gets a text soon after the campaign is over",
    ),
    Sweep("loa.nightly", timedelta(minutes=1), Queue.NIGHTLY, "a job of the night that is due begins within a minute"),
)

#: More ticks than this on the queue help nobody: the worker that should take them is away.
MOST_TICKS: Final = 20
#: A clock that goes back by less keeps a sweep waiting for no longer than this.
SET_BACK_S: Final = 1.0


class ModestScheduler(Scheduler):  # type: ignore[misc]  # celery has no types
    """Keeps its schedule in memory (every sweep is due within seconds of a start), and Redis small while no worker runs."""

    #: The schedule is looked at again after so many seconds at the latest, and so is the clock.
    max_interval = 1
    #: The clock's lead over the time that this machine has been up, in seconds.
    _lead: float | None = None

    def tick(self, *words: Any, **named: Any) -> Any:
        """Enqueue what is due; where the clock was set back, count from now.

        Beat itself would wait until the old time comes again: an hour back is an hour without a sweep
        (findings/celery_beat_waits_for_the_old_time.sh).
        """
        lead = self.app.now().timestamp() - time.monotonic()
        if self._lead is not None and lead < self._lead - SET_BACK_S:
            log.warning("clock_set_back", seconds=round(self._lead - lead))
            for entry in self.schedule.values():
                entry.last_run_at = entry.default_now()
            self._heap = None
        self._lead = lead
        return super().tick(*words, **named)

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Put a tick on the queue, unless many wait there already."""
        loa = wiring.process()
        try:
            loa.redis.set(BEAT, loa.clock.now().isoformat(), ex=3600)
            waiting = CeleryTaskQueue(loa.redis).waiting(entry.options["queue"])
        except RedisError:
            waiting = 0  # the publish itself will say that Redis is away
        if waiting < MOST_TICKS:
            super().apply_entry(entry, producer)


app.conf.beat_scheduler = ModestScheduler
app.conf.beat_schedule = {
    sweep.task: {
        "task": sweep.task,
        "schedule": sweep.every,
        # A tick that nobody took before the next ones are due is worth nothing.
        "options": {"queue": sweep.queue, "expires": 10 * sweep.every.total_seconds()},
    }
    for sweep in SWEEPS
}
