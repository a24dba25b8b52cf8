#!/usr/bin/env bash
# Celery beat: when the clock is set back, it does not send a task of every second until the old time has come again.
#
# Versions: Celery 5.7.0 with kombu 5.7.0 (5.6.3 does the same).
# You would expect: an interval is a length of time, measured by the monotonic clock, like Celery's and kombu's own timers. Set
# the clock back by an hour (as NTP does when a machine woke up with a wrong time): a task of every second still runs every
# second.
# What happens: an entry is due at the clock time of its last run plus its interval. After the step that time is an hour ahead, so
# beat sends nothing for an hour, and reports nothing. It also sleeps for `max_interval`, five minutes: if the clock is corrected
# meanwhile, up to five more minutes are lost. The process is healthy, it answers, and its log is only quiet.
# Why it matters: messaging systems depend on a tick each second, which releases due work and expires the claims of dead workers.
# A campaign stands still for as long as the clock went back, and every liveness check is green.
# Loa: its scheduler compares the clock with the machine's uptime at least once a second. When the clock went back, it counts from
# now (scheduler/app.py, tests/engine/test_beat_clock.py).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check celery==5.7.0 kombu==5.7.0

"$work/venv/bin/python" - <<'PYTHON'
import time
from datetime import UTC, datetime, timedelta

import celery
import kombu
from celery import Celery
from celery.beat import Scheduler
from celery.schedules import schedule

set_back = timedelta(0)


def now() -> datetime:
    return datetime.now(UTC) - set_back


app = Celery("finding", broker="memory://")
app.conf.beat_schedule = {"tick": {"task": "tick", "schedule": schedule(timedelta(seconds=1), nowfun=now, app=app)}}
beat = Scheduler(app, schedule=app.conf.beat_schedule, lazy=True)
beat.update_from_dict(app.conf.beat_schedule)


def sent(seconds: float) -> tuple[int, float]:
    """How many were sent in so many seconds, and how long beat would sleep at the end. It is woken each tenth of a second."""
    before, until, pause = beat.schedule["tick"].total_run_count, time.monotonic() + seconds, 0.0
    while time.monotonic() < until:
        pause = beat.tick()
        time.sleep(max(0.0, min(pause, 0.1)))
    return beat.schedule["tick"].total_run_count - before, pause


print(f"celery {celery.__version__}, kombu {kombu.__version__}; one task, every second")
right = sent(5)
print(f"the clock runs:           {right[0]} sent in 5 s")
set_back = timedelta(hours=1)
back = sent(5)
print(f"set back by an hour:      {back[0]} sent in 5 s; beat would sleep for {back[1]:.0f} s")
set_back = timedelta(0)
again = sent(5)
print(f"the old time has come:    {again[0]} sent in 5 s")
as_described = right[0] >= 3 and back[0] == 0 and back[1] > 60 and again[0] >= 3
raise SystemExit(0 if as_described else "changed")
PYTHON
