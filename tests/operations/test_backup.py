"""A backup in mid-campaign, a restore after more of it has left: nobody is messaged twice, for what may be out is unknown."""

import json
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.environment import quick
from tests.operations.conftest import Host, until
from worker.domain.states import BatchState
from worker.services import campaign_status
from worker.services.operations import after_restore, control
from worker.services.unknown import resolve
from worker.storage.database import connect

WORKERS = ("worker-sweep", "worker-report", "worker-esms", "scheduler")


def kill_all(host: Host) -> None:
    """The host is gone: no handler runs, nothing is flushed."""
    for child in host.children:
        if child.process.poll() is None:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()


def test_a_restore_in_mid_campaign_sends_nothing_twice(
    host: Host, sandbox_by_day, numbers: Callable[..., Path], tmp_path
):
    sandbox, offset = sandbox_by_day
    host.env |= {
        "LOA_ESMS_BASE_URL": sandbox.esms_url,
        **quick(timeout_s=8, lease_s=9),
        "LOA_SEND_PROCESSES": "1",
        "LOA_CLOCK_OFFSET_S": str(offset),
    }
    file = tmp_path / "loa.tar"
    # Slowly, so that a campaign of 60 orders is under way however busy the machine is.
    sandbox.set(latency_s=1.5)
    for name in WORKERS:
        host.procfile(name)
    words = [
        "--provider",
        "esms",
        "--sender",
        "LOA",
        "--kind",
        "ads",
        "--text",
        "[QC] Giam gia",
        "--list",
        numbers(3000),
    ]
    made = json.loads(host.run("campaign", "create", *words, "--json").stdout)
    later = json.loads(host.run("campaign", "create", *words, "--again", "--at", tomorrow(host), "--json").stdout)
    assert made["batches"] == 60, made
    until("some orders are with the provider", lambda: len(sandbox.orders()) >= 3, 180)
    assert json.loads(host.run("backup", file, "--json").stdout)["key"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = len(sandbox.orders())
    until("more orders are with the provider", lambda: len(sandbox.orders()) >= before + 3, 60)
    refused = host.run("restore", file, "--replace", check=False)
    assert (refused.returncode, "stop the scheduler and all workers" in refused.stderr) == (1, True)
    kill_all(host)
    out = len(sandbox.orders())
    assert out < 60
    assert "--replace" in until("the heartbeat is cold", lambda: cold(host.run("restore", file, check=False)), 120)
    marked = json.loads(host.run("restore", file, "--replace", "--json").stdout)
    assert marked["batches"]["esms"] >= 60 - before, marked
    shown = json.loads(host.run("campaign", "show", made["id"], "--json").stdout)
    assert shown["counts"]["planned"] == 0, "nothing of it goes by itself"
    assert json.loads(host.run("campaign", "show", later["id"], "--json").stdout)["counts"]["planned"] == 3000
    sandbox.set(latency_s=0.0)
    for name in WORKERS:
        host.procfile(name)
    until("every number is settled", lambda: status(host, made["id"]) == "done", 240)
    phones = sandbox.phones()
    assert len(phones) == 3000
    assert set(phones.values()) == {1}


def status(host: Host, campaign: str) -> str:
    return str(json.loads(host.run("campaign", "show", campaign, "--json").stdout)["status"])


def cold(done) -> str:
    return "" if "stop the scheduler" in done.stderr else str(done.stderr)


def tomorrow(host: Host) -> str:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415

    real = datetime.now(UTC) + timedelta(seconds=float(host.env["LOA_CLOCK_OFFSET_S"]))
    return (real + timedelta(days=1)).isoformat(timespec="seconds")


def test_without_a_record_an_operator_decides(loa, numbers):
    """Fibo: number by number, and no look-up is possible."""
    made = loa.create(numbers(30), provider="fibo")
    taken_at = loa.clock.now()
    loa.clock.tick(minutes=20)
    marked = after_restore.mark_unknown(loa.deps, taken_at)
    assert marked.batches == {"fibo": len(batches(loa))}
    assert {state for state, _, _ in batches(loa)} == {"unknown"}
    assert all(needs for _, needs, _ in batches(loa))
    assert sum(unknown for _, _, unknown in batches(loa)) == 30
    loa.release()
    assert loa.task_queue.sends == []
    assert made


def batches(loa) -> list[tuple[str, bool, int]]:
    with loa.deps.sessions() as session:
        return [
            tuple(row) for row in session.execute(text("SELECT state, needs_operator, unknown FROM batch ORDER BY seq"))
        ]


@pytest.mark.parametrize("content", [b"", b"not a backup", b"PGDMP"])
def test_what_is_no_backup_is_refused_in_a_sentence(host, tmp_path, content):
    file = tmp_path / "wrong.tar"
    file.write_bytes(content)
    said = host.run("restore", file, check=False)
    assert said.returncode == 2
    assert "is no backup of Loa" in said.stderr


def test_a_backup_is_not_written_over_and_another_key_is_noticed(host, tmp_path, database_url):
    file = tmp_path / "loa.tar"
    host.run("backup", file)
    assert "is there already" in host.run("backup", file, check=False).stderr
    other = host.run("restore", file, check=False, LOA_SECRET_KEY="another-key-altogether")
    assert (other.returncode, "LOA_SECRET_KEY is not that of the backup" in other.stderr) == (1, True)
    host.run("restore", file)
    engine = connect(database_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM campaign").scalar() == 0
    engine.dispose()


def test_every_batch_that_was_due_is_unknown_and_what_is_due_later_is_not(loa, numbers):
    made = loa.create(numbers(3000))
    later = loa.create(numbers(100, first=5000), at="2026-03-03T09:00:00+07:00")
    taken_at = loa.clock.now()
    loa.clock.tick(minutes=20)
    marked = after_restore.mark_unknown(loa.deps, taken_at)
    assert loa.counts(made) == {"unknown": 3000}
    assert loa.counts(later) == {"planned": 100}
    assert marked.numbers == {"esms": 3000}


def test_what_was_scheduled_for_later_waits_for_a_person(loa, numbers):
    """Since the backup it may have been cancelled, or its time may have been changed: then it has left already."""
    later = loa.create(numbers(100), at="2026-03-03T09:00:00+07:00")
    taken_at = loa.clock.now()
    loa.clock.tick(minutes=20)
    assert after_restore.mark_unknown(loa.deps, taken_at).paused == 1
    assert "restored from a backup" in loa.show(later).campaign.status_reason
    loa.clock.moment = later.campaign.scheduled_for
    loa.go()
    assert loa.sandbox.orders() == []
    control.resume(loa.deps, later.campaign.id)
    loa.go()
    assert loa.counts(later) == {"accepted": 100}


def test_what_had_not_begun_and_was_sent_since_the_backup_is_done_in_the_end(loa, numbers):
    made = loa.create(numbers(30), provider="fibo")
    loa.clock.tick(minutes=20)
    after_restore.mark_unknown(loa.deps, loa.clock.now())
    resolve.resolve(loa.deps, made.campaign.id, 1, resolve.Verdict.SENT)
    loa.release()
    campaign_status.refresh_all(loa.deps)
    assert loa.status(made) == "done"


@pytest.mark.parametrize(
    "state", sorted(set(BatchState) - {BatchState.PLANNED, BatchState.SENDING, BatchState.UNKNOWN})
)
def test_a_batch_decided_before_the_backup_gets_no_call_of_unknown_end(loa, numbers, state):
    """Another batch of its campaign is still due."""
    loa.limits(max_recipients=30)
    made = loa.create(numbers(60))
    loa.release()
    loa.task_queue.sends = loa.task_queue.sends[:1]
    loa.run_tasks()
    with loa.deps.sessions.begin() as session:
        session.execute(text("UPDATE batch SET state = :state WHERE attempts = 1"), {"state": state})
    loa.clock.tick(minutes=1)
    taken_at = loa.clock.now()
    loa.clock.tick(minutes=20)
    assert after_restore.mark_unknown(loa.deps, taken_at).batches == {"esms": 1}
    with loa.deps.sessions() as session:
        calls = "SELECT b.state, a.code FROM attempt a JOIN batch b ON b.id = a.owner_id ORDER BY a.began_at"
        assert [tuple(row) for row in session.execute(text(calls))] == [(state, "100"), ("unknown", "")]
    assert loa.show(made).campaign.status == "reconciling"
