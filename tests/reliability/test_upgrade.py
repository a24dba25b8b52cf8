"""An older installation, stopped in the middle of its work, is upgraded and finishes: nobody gets a second text, nobody is lost.

`recorded/` holds what commit 3817865 left: its database, and what its providers' emulators had taken. `loa migrate` brings it
to today's schema; today's services go on from there.
"""

import csv
import io
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.reliability import replayed
from tests.reliability.judge import judge
from tests.world import FixedClock, RecordedTasks, World
from worker import config
from worker.config.accounts import EsmsSettings, FiboSettings, FptSettings
from worker.engine.postgres import Postgres
from worker.engine.redis import Redis
from worker.services import campaign_status, otp
from worker.services.operations import control
from worker.services.reporting import report
from worker.services.sending import release
from worker.services.sending.pushes import retry_last
from worker.services.unknown import lookup, resolve
from worker.services.unknown.resolve import Verdict
from worker.storage import database, migrate
from worker.wiring import Loa

OVER = {"done", "failed", "cancelled"}
#: By the recording: Fibo keeps no record, so a wave whose worker died waits for a person.
KEYLESS = "killed keyless"


@pytest.fixture
def old_database(postgres: Postgres) -> Iterator[str]:
    """The recorded database, as the old version left it."""
    name = f"upgrade_{uuid4().hex}"
    admin = create_engine(postgres.superuser_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} OWNER loa_app"))
    url = f"{postgres.url.rsplit('/', 1)[0]}/{name}"
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(replayed.recording("3817865").sql)  # type: ignore[arg-type]
    yield url
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def loa(old_database: str, redis_server: Redis, tmp_path: Path) -> Iterator[World]:
    """Today's Loa on it, a quarter of an hour after the old one was stopped, with the same providers."""
    migrated = subprocess.run(
        [Path(sys.executable).parent / "loa", "migrate"],
        env={**os.environ, "LOA_DATABASE_URL": old_database, "LOA_DATA_DIR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert migrated.returncode == 0, migrated.stderr
    recorded = replayed.recording("3817865")
    clock = FixedClock(recorded.stopped_at + timedelta(minutes=15))
    with replayed.served(recorded.memory, clock) as sandbox:
        sandbox.set(min_recipients=5)
        fast = {"requests_per_second": 1000, "timeout_s": 6}
        esms = EsmsSettings(
            api_key="sandbox-key", secret_key="sandbox-secret", base_url=sandbox.esms_url, min_ad_recipients=5, **fast
        )
        fpt = FptSettings(
            client_id="sandbox-client",
            client_secret="sandbox-secret",
            base_url=sandbox.fpt_url,
            min_ad_recipients=4,
            max_batch=8,
            **fast,
        )
        fibo = FiboSettings(client_no="CL0000000001", client_pass="sandbox-pass", base_url=sandbox.fibo_url, **fast)
        settings = config.Settings(esms=esms, fpt=fpt, fibo=fibo, data_dir=tmp_path, secret_key=recorded.secret_key)
        wired = Loa(settings, old_database, redis_server.url)
        wired.redis.flushall()
        yield World(wired, clock, RecordedTasks(), sandbox, tmp_path)
        wired.close()


def campaigns(loa: World) -> dict[str, tuple[str, object]]:
    """Each campaign's status and id, by its name."""
    with loa.deps.sessions() as session:
        rows = session.execute(text("SELECT name, status, id FROM campaign")).all()
    return {row.name: (row.status, row.id) for row in rows}


def said(loa: World, campaign_id: object) -> dict[int, str]:
    """What its report says of each number."""
    out = io.StringIO()
    report.write_recipients(loa.deps, campaign_id, out, lambda _lines: None)
    return {int("84" + row["phone"][1:]): row["state"] for row in csv.DictReader(io.StringIO(out.getvalue()))}


def time_passes(loa: World) -> None:
    """Half a minute of an installation: workers answer their tasks, and every sweep has its turn."""
    release.release(loa.deps)
    loa.run_tasks()
    loa.poll()
    otp.sweep(loa.deps)
    passwords, loa.task_queue.otps = loa.task_queue.otps, []
    for message_id in passwords:
        otp.deliver(loa.deps, message_id)
    release.expire_claims(loa.deps)
    lookup.look_up(loa.deps)
    retry_last.retry_last_pushes(loa.deps)
    campaign_status.refresh_all(loa.deps)
    loa.clock.tick(seconds=31)
    loa.sandbox.client.post("/_sandbox/advance", json={"seconds": 31}).raise_for_status()


def go_on(loa: World, rounds: int, waits: set[str]) -> None:
    """Until every campaign is over but those that wait for a person."""
    for _ in range(rounds):
        time_passes(loa)
        if all(status in OVER or name in waits for name, (status, _) in campaigns(loa).items()):
            return
    raise AssertionError(campaigns(loa))


def test_an_installation_stopped_in_mid_campaign_is_upgraded_and_finishes(loa: World, old_database: str) -> None:
    engine = database.connect(old_database)
    assert migrate.drift(engine) == [], "what an upgrade makes is what the code thinks it is"
    engine.dispose()
    # An operator lets go on what was paused, of which some numbers may go again under their keys alone.
    for status, campaign_id in campaigns(loa).values():
        if status == "paused":
            control.resume(loa.deps, campaign_id)
    go_on(loa, 60, waits={KEYLESS})
    keyless = campaigns(loa)[KEYLESS][1]
    assert Counter(said(loa, keyless).values()) == {"accepted": 20, "unknown": 10}
    taken = loa.sandbox.phones()
    assert all(taken.get(phone) for phone, state in said(loa, keyless).items() if state == "unknown")
    resolve.resolve(loa.deps, keyless, 1, Verdict.SENT)
    go_on(loa, 2, waits=set())
    taken = loa.sandbox.phones()
    for name, (status, campaign_id) in campaigns(loa).items():
        mode = {"push": "push", "sing": "single", "keyl": "single"}.get(name.removeprefix("killed ")[:4], "list")
        verdict = judge("an older installation, stopped and upgraded", mode, 1, said(loa, campaign_id), taken)
        assert (verdict.twice, verdict.lost, verdict.unknown) == (0, 0, 0), (name, str(verdict))
        assert status == "done", name


def test_passwords_that_an_older_installation_left_reach_nobody_twice_and_nobody_late(loa: World) -> None:
    time_passes(loa)
    with loa.deps.sessions() as session:
        states = {
            row.phone: row.state for row in session.execute(text("SELECT phone, state FROM message ORDER BY phone"))
        }
    assert states == {84999000000: "accepted", 84999000001: "unknown", 84999000002: "expired"}
    taken = loa.sandbox.phones()
    assert [taken.get(phone, 0) for phone in states] == [1, 1, 0]
