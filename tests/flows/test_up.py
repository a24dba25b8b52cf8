"""A campaign through the executable, and through everything that is done to it meanwhile; the sandbox's ledger is the judge."""

import hashlib
import re
import subprocess
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from tests.environment import plain_environment
from tests.flows.conftest import LOA, free_port, offset_to, rows_of, start_up, until
from worker.engine import embedded


@pytest.fixture
def redis(running):
    engines = embedded.find(Path(running.env["LOA_DATA_DIR"]))
    with Redis.from_url(engines.redis_url) as client:
        yield client


def each_once(sandbox, count):
    """The subscribers' phones: so many, none twice."""
    phones = sandbox.phones()
    assert len(phones) == count
    assert set(phones.values()) == {1}


def test_a_campaign_from_list_to_report(running, sandbox, numbers, tmp_path):
    (link,) = re.findall(r"http://127\.0\.0\.1:\d+/first/(\S+)", "".join(running.output))
    hashed = hashlib.sha256(link.encode()).hexdigest()
    assert running.ask("SELECT 1 FROM first_link WHERE hash = %s", hashed)
    running.env["LOA_ESMS_MAX_BATCH"] = "5000"
    made = running.create(numbers(500), "--name", "March")
    assert (made["rows"], made["valid"], made["batches"]) == (500, 500, 1)
    done = running.run("campaign", "wait", made["id"], "--timeout", 180, check=False)
    assert done.returncode == 0, done.stderr
    shown = running.show(made)
    assert shown["status"] == "done"
    assert shown["counts"]["delivered"] == 500
    report = tmp_path / "report.csv"
    running.run("campaign", "report", made["id"], "--csv", report)
    lines = rows_of(report)
    assert {line["state"] for line in lines} == {"delivered"}
    assert {"84" + line["phone"][1:] for line in lines} == {str(phone) for phone in sandbox.phones()}
    each_once(sandbox, 500)


def test_a_pause_holds_and_a_resume_goes_on(running, sandbox, numbers):
    # Slow enough for the command that pauses to come in time.
    sandbox.set(latency_s=1.5)
    running.env |= {"LOA_ESMS_MAX_BATCH": "20", "LOA_ESMS_MIN_AD_RECIPIENTS": "20"}
    made = running.create(numbers(400))
    until("the first order left", sandbox.orders)
    running.run("campaign", "pause", made["id"])
    paused = running.show(made)
    assert paused["status"] == "paused"
    in_flight = sum(batch["state"] == "sending" for batch in paused["batches"])
    before = len(sandbox.orders())
    sending = "SELECT 1 FROM batch WHERE campaign_id = %s AND state = 'sending'"
    until("calls under way ended", lambda: not running.ask(sending, made["id"]))
    assert len(sandbox.orders()) <= before + in_flight
    assert running.show(made)["counts"]["planned"] > 0
    sandbox.set(latency_s=0.3)
    running.run("campaign", "resume", made["id"])
    assert running.run("campaign", "wait", made["id"], "--timeout", 180, check=False).returncode == 0
    each_once(sandbox, 400)


def test_a_worker_killed_in_the_call_leaves_unknown_and_nobody_is_messaged_twice(running, sandbox, numbers):
    sandbox.fault(nth=1, times=1, when="after", do="hang", seconds=20)
    made = running.create(numbers(20))
    until("the order is with the provider", sandbox.orders)
    running.kill("esms@")
    until("the campaign reconciles", lambda: running.status(made["id"]) == "reconciling")
    shown = running.show(made)
    assert shown["counts"]["unknown"] == 20
    assert [batch["state"] for batch in shown["batches"]] == ["unknown"]
    other = running.create(numbers(20, first=5000))
    assert running.run("campaign", "wait", other["id"], "--timeout", 180, check=False).returncode == 0
    assert running.show(made)["status"] == "reconciling"
    each_once(sandbox, 40)


def test_no_number_no_text_and_no_key_lies_in_redis_or_in_a_log(running, sandbox, numbers, redis):
    sandbox.set(latency_s=0.2)
    running.env |= {"LOA_ESMS_MAX_BATCH": "20", "LOA_ESMS_MIN_AD_RECIPIENTS": "20"}
    made = running.create(numbers(200))
    until("tasks are on the queue", sandbox.orders)
    kept = b""
    for key in redis.scan_iter():
        kept += key + (redis.dump(key) or b"")
    assert b"0900000" not in kept
    assert b"8490000" not in kept
    assert b"sandbox-secret" not in kept
    running.run("campaign", "wait", made["id"], "--timeout", 180)
    files = [
        path
        for path in Path(running.env["LOA_DATA_DIR"]).rglob("*")
        if path.is_file() and "postgres/data" not in str(path)
    ]
    said = "\n".join(running.output) + "".join(path.read_text(errors="replace") for path in files)
    assert "batch_answered" in said
    assert "sandbox-key" not in said
    assert "sandbox-secret" not in said
    assert not re.search(r"(?<!\d)(84|0)9000\d{5}(?!\d)", said)


def test_it_stops_cleanly_and_starts_again_where_it_stopped(running, sandbox, numbers, tmp_path):
    running.env["LOA_ESMS_MAX_BATCH"] = "5000"
    made = running.create(numbers(20))
    running.run("campaign", "wait", made["id"], "--timeout", 180)
    assert running.stop() == 0
    assert embedded.find(Path(running.env["LOA_DATA_DIR"])) is None
    shown = running.json("campaign", "show", made["id"])
    assert shown["status"] == "done", "a command starts the servers itself when nobody else did"
    assert embedded.find(Path(running.env["LOA_DATA_DIR"])) is None


@pytest.mark.parametrize(
    ("hour", "minute", "opens"),
    [pytest.param(12, 10, "T13:30:00+07:00", id="12:10"), pytest.param(21, 30, "T08:00:00+07:00", id="21:30")],
)
def test_nothing_leaves_outside_the_hours(sandbox, numbers, tmp_path, hour, minute, opens):
    up = start_up(tmp_path, sandbox, LOA_CLOCK_OFFSET_S=offset_to(hour, minute))
    made = up.create(numbers(20))
    assert made["scheduled_for"].endswith(opens)
    # The sweeps tick each second; four of them pass by while this waits for the campaign in vain.
    assert up.run("campaign", "wait", made["id"], "--timeout", 4, check=False).returncode == 3
    assert sandbox.orders() == []
    assert up.show(made)["status"] == "scheduled"
    assert up.stop() == 0


def test_a_database_of_a_newer_loa_is_refused_in_a_sentence(tmp_path):
    """Found in a fork of `loa up`, and said as if there were none."""
    env = plain_environment() | {"LOA_DATA_DIR": str(tmp_path / "var"), "LOA_FLOWER_PORT": "0"}
    with embedded.attach(tmp_path / "var", need_redis=False) as engines:
        url = str(engines.database_url).replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE alembic_version AS SELECT '9999' AS version_num")
        words = [LOA, "up", "--port", str(free_port())]
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 1
    assert "The database is at migration 9999" in done.stderr
    assert "use a newer Loa" in done.stderr
    assert "Traceback" not in done.stderr
