"""The scheduler: Celery's beat over the table of sweeps, with its times in memory."""

import time
from typing import Any, Final

import structlog
from celery.beat import ScheduleEntry, Scheduler
from redis import RedisError

from scheduler.sweeps import MOST_TICKS, SWEEPS
from worker import wiring
from worker.app import app
from worker.queues import BEAT, PREFIX

__all__ = ["app"]

log = structlog.get_logger(__name__)

#: A clock that goes back by less keeps a sweep waiting for no longer than this.
SET_BACK_S: Final = 1.0


class ModestScheduler(Scheduler):  # type: ignore[misc]  # celery has no types
    """Keeps its schedule in memory (every sweep is due within seconds of a start), and Redis small while no worker runs."""

    #: The schedule is looked at again after so many seconds at the latest, and so is the clock.
    max_interval = 1
    #: The clock's lead over the time that this machine has been up, in seconds.
    _lead: float | None = None

    def setup_schedule(self) -> None:
        """All is due at the start: balances and senders that nobody has read yet are not unknown for ten minutes."""
        super().setup_schedule()
        for entry in self.schedule.values():
            entry.last_run_at = entry.default_now() - entry.schedule.run_every

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

    def adjust(self, n: float, drift: float = 0.001) -> float:
        """Seconds to sleep until an entry is due: a moment longer.

        Beat itself wakes 10 ms before and asks again without a pause until it is, which is 1 % of a core for each entry a second
        (findings/celery_beat_spins_before_each_tick.sh).
        """
        return float(super().adjust(n, drift))

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Put a tick on the queue, unless many wait there already."""
        loa = wiring.process()
        try:
            with loa.redis.pipeline(transaction=False) as asked:
                asked.set(BEAT, loa.clock.now().isoformat(), ex=3600)
                asked.llen(PREFIX + entry.options["queue"])
                waiting = asked.execute()[1]
        except RedisError:
            waiting = 0  # the publish itself will say that Redis is away
        if waiting < MOST_TICKS:
            super().apply_entry(entry, producer)


app.conf.beat_scheduler = ModestScheduler
app.conf.beat_schedule = {
    sweep.task: {
        "task": sweep.task,
        "schedule": sweep.every,
        "options": {"queue": sweep.queue, "expires": sweep.expires_s},
    }
    for sweep in SWEEPS
    if sweep.work is None
}
