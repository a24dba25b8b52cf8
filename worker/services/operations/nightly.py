"""The jobs that run once a night: a due row for each, and a claim, so that two beats do it once.

Comparisons that a person asked for on a page are done here too: they may take as long as the night's.

A night that was missed, because nothing ran, is made up for as soon as something does. A job whose worker died is
done again when its lease is over; one that failed, too.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time as time_of_day
from datetime import timedelta
from typing import Final

import structlog

from worker.domain.clock_times import next_time
from worker.services import reconcile
from worker.services.deps import Account, Deps
from worker.services.operations import retention
from worker.storage.operations import due_jobs

log = structlog.get_logger(__name__)

#: Renewed while a record is read; deleting the old rows of a day takes less.
LEASE: Final = timedelta(hours=1)
RENEW_EVERY_S: Final = 60.0
#: After the night's reconciliation, which may still want what is old.
PURGE_AT: Final = time_of_day(4, 30)


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done, and at which hour in Vietnam; None: never."""

    name: str
    hour: time_of_day | None
    run: Callable[[Deps], object]


def jobs(deps: Deps) -> tuple[Job, ...]:
    """All of them, in the order in which they are taken when both are due."""
    return (Job("reconcile", deps.maintenance.reconcile_at, _reconcile), Job("purge", PURGE_AT, retention.purge))


def nightly(deps: Deps) -> list[str]:
    """Do what is due, one after the other, and what a person asked for; the names of those that this call has done."""
    done = [job.name for job in jobs(deps) if _turn(deps, job)]
    return [*done, *["asked"] * reconcile.run_asked(deps)]


def _turn(deps: Deps, job: Job) -> bool:
    if job.hour is None:
        return False
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        due_jobs.plan(session, job.name, f"{job.hour:%H:%M}", next_time(job.hour, now))
        if not due_jobs.take(session, job.name, now, now + LEASE):
            return False
    log.info("job_begun", job=job.name)
    job.run(deps)
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        due_jobs.end(session, job.name, now, next_time(job.hour, now))
    return True


def _reconcile(deps: Deps) -> object:
    """From yesterday 00:00 to now, with every account whose keys are set; none is no reason to fail each night."""
    if not set(deps.accounts) - set(deps.missing_settings):
        return None
    renewed = time.monotonic()

    def alive(_account: Account, _share: float, _rows: int) -> None:
        nonlocal renewed
        if time.monotonic() - renewed < RENEW_EVERY_S:
            return
        renewed, now = time.monotonic(), deps.clock.now()
        with deps.sessions.begin() as session:
            due_jobs.renew(session, "reconcile", now + LEASE)

    return reconcile.reconcile(deps, progress=alive)
