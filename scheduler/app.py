"""The scheduler: Celery's beat over the table of sweeps, with its times in memory.

Beat itself enqueues what goes by the time alone. The other sweeps are enqueued by what a look sees, each second.
"""

import time
from datetime import timedelta
from functools import cached_property
from typing import Any, Final

import structlog
from celery.beat import ScheduleEntry, Scheduler
from redis import RedisError

from scheduler.look import Look
from scheduler.sweeps import MOST_WAITING, SWEEPS, Sweep, wanted
from worker import wiring
from worker.app import app
from worker.queues import BEAT, PREFIX, CeleryTaskQueue

__all__ = ["app"]

log = structlog.get_logger(__name__)

#: A clock that goes back by less keeps a sweep waiting for no longer than this.
SET_BACK_S: Final = 1.0
#: From one look to the next.
LOOK_EVERY_S: Final = 1.0


class ModestScheduler(Scheduler):  # type: ignore[misc]  # celery has no types
    """Keeps its schedule in memory (every sweep is due within seconds of a start), and Redis small while no worker runs."""

    #: The schedule is looked at again after so many seconds at the latest, and so is the clock.
    max_interval = 1
    #: The clock's lead over the time that this machine has been up, in seconds.
    _lead: float | None = None
    #: When to look next, monotonic.
    _look_at: float = 0.0

    def __init__(self, *words: Any, **named: Any) -> None:
        #: When each sweep was last enqueued by a look, monotonic: a new scheduler enqueues them all at once.
        self._enqueued: dict[str, float] = {}
        super().__init__(*words, **named)

    @cached_property
    def _look(self) -> Look:
        loa = wiring.process()
        return Look(loa.engine, loa.clock.now)

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
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_EVERY_S
            self.enqueue_pending()
        next_entry_s = super().tick(*words, **named)
        return max(0.0, min(next_entry_s, self._look_at - time.monotonic()))

    def enqueue_pending(self) -> None:
        """Enqueue the sweeps that have something to do; what cannot be enqueued is enqueued after a later look."""
        seen, now = self._look.pending(), time.monotonic()
        if seen is None:
            return
        due = [sweep for sweep in SWEEPS if wanted(sweep, seen, self._since(sweep, now))]
        queue = CeleryTaskQueue(wiring.process().redis)
        try:
            room = {name: MOST_WAITING - queue.waiting(name) for name in {sweep.queue for sweep in due}}
            for sweep in due:
                if room[sweep.queue] > 0:
                    options = {"queue": sweep.queue, "expires": sweep.expires_s}
                    self.app.send_task(sweep.task, producer=self.producer, **options)
                    self._enqueued[sweep.task] = now
        except Exception as fault:  # noqa: BLE001 - as beat itself: whatever keeps one from the queue, the next look comes
            log.warning("sweeps_not_enqueued", fault=type(fault).__name__)

    def _since(self, sweep: Sweep, now: float) -> timedelta | None:
        last = self._enqueued.get(sweep.task)
        return None if last is None else timedelta(seconds=now - last)

    def adjust(self, n: float, drift: float = 0.001) -> float:
        """Seconds to sleep until an entry is due: a moment longer.

        Beat itself wakes 10 ms before and asks again without a pause until it is, which is 1 % of a core for each entry a second
        (findings/celery_beat_spins_before_each_tick.sh).
        """
        return float(super().adjust(n, drift))

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Enqueue a sweep that goes by the time, unless many wait on its queue already."""
        loa = wiring.process()
        try:
            with loa.redis.pipeline(transaction=False) as asked:
                asked.set(BEAT, loa.clock.now().isoformat(), ex=3600)
                asked.llen(PREFIX + entry.options["queue"])
                waiting = asked.execute()[1]
        except RedisError:
            waiting = 0  # the publish itself will say that Redis is away
        if waiting < MOST_WAITING:
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
