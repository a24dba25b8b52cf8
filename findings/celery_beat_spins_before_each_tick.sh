#!/usr/bin/env bash
# Celery beat: in the last 10 ms before each tick it loops without a pause. This costs 1 % of a core for each tick a second.
#
# Versions: Celery 5.7.0 with kombu 5.7.0 (5.6.3 does the same).
# You would expect: beat sleeps until the next entry is due. Between two ticks a second apart it uses no CPU.
# What happens: `Scheduler.adjust` subtracts 10 ms from the time to sleep, so beat wakes before the entry is due. The remaining
# time, minus 10 ms, is no time to sleep. So beat checks the whole schedule again and again until the entry is due: dozens of
# times for each tick.
# Why it matters: five ticks a second cost 5 % of a core while nothing happens. It looks like the cost of your own work.
# Loa: its scheduler adds a millisecond instead (scheduler/app.py, tests/test_sweeps.py).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check celery==5.7.0 kombu==5.7.0

"$work/venv/bin/python" - <<'PYTHON'
import time
from datetime import timedelta

import celery
from celery import Celery
from celery.beat import Scheduler


class Patient(Scheduler):
    def adjust(self, n, drift=0.001):
        return super().adjust(n, drift)


def looks(kind: type[Scheduler], seconds: float = 5.0) -> tuple[int, int]:
    """How often beat looked at its schedule, and how many tasks it sent, with one task every second."""
    app = Celery("finding", broker="memory://")
    app.conf.beat_schedule = {"tick": {"task": "tick", "schedule": timedelta(seconds=1)}}
    beat = kind(app, schedule={}, lazy=True)
    beat.update_from_dict(app.conf.beat_schedule)
    count, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        count += 1
        # As celery.beat.Service does.
        pause = beat.tick()
        if pause and pause > 0.0:
            time.sleep(pause)
    return count, beat.schedule["tick"].total_run_count


print(f"celery {celery.__version__}; one task, every second, for 5 s")
as_it_is, patient = looks(Scheduler), looks(Patient)
print(f"as it is:             {as_it_is[0]} looks, {as_it_is[1]} sent")
print(f"a millisecond longer: {patient[0]} looks, {patient[1]} sent")
raise SystemExit(0 if as_it_is[0] > 5 * patient[0] and patient[1] >= 4 else "changed")
PYTHON
