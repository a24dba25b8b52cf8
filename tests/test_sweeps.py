"""The tick sees whatever a sweep would find, and puts on the queues what has something to do and nothing else."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import text

from scheduler.app import ModestScheduler, app
from scheduler.sweeps import ANYWAY, SWEEPS, wanted
from worker.queues import HEARTBEAT, PREFIX, Queue
from worker.services import otp
from worker.services.otp import OtpRequest
from worker.services.planning import drafts
from worker.services.planning.request import CampaignRequest
from worker.services.reporting import callbacks
from worker.services.sending import release, until
from worker.storage.operations import pending
from worker.storage.operations.pending import Work


def look(loa) -> frozenset[Work]:
    with loa.deps.sessions() as session:
        return pending.look(session, loa.clock.now())


def in_hours(loa, hours: float) -> str:
    return (loa.clock.now() + timedelta(hours=hours)).isoformat()


def run(loa, sql: str, **values) -> None:
    with loa.deps.sessions.begin() as session:
        session.execute(text(sql), values)


def test_of_a_campaign_it_sees_each_step_and_at_its_end_nothing(loa, numbers):
    assert look(loa) == frozenset()
    made = loa.create(numbers(20))
    assert look(loa) == {Work.ORDERS}
    loa.go()
    assert look(loa) == {Work.STATUSES}, "its report is not due yet"
    loa.clock.tick(seconds=11)
    assert look(loa) == {Work.STATUSES, Work.REPORTS}
    loa.poll()
    assert loa.status(made) == "done"
    assert look(loa) == frozenset()


def test_a_campaign_for_later_is_nothing_to_do_until_it_is_due(loa, numbers):
    loa.create(numbers(20), at=in_hours(loa, 1))
    assert look(loa) == frozenset()
    loa.clock.tick(hours=1)
    assert look(loa) == {Work.ORDERS}


def test_it_sees_a_campaign_whose_last_moment_has_passed(loa, numbers):
    loa.create(numbers(20), at=in_hours(loa, 1), until=in_hours(loa, 2))
    # As a closed window leaves it: put off beyond its last moment.
    run(loa, "UPDATE batch SET not_before = :later", later=loa.clock.now() + timedelta(days=1))
    loa.clock.tick(hours=2)
    assert Work.ORDERS in look(loa)
    assert until.end_overdue(loa.deps) == 1
    assert look(loa) == frozenset()


def test_it_sees_the_claim_of_a_dead_worker_and_the_doubt_that_it_leaves(loa, numbers):
    loa.create(numbers(20))
    loa.release()
    run(loa, "UPDATE batch SET state = 'sending', lease_until = :until", until=loa.clock.now() + timedelta(seconds=5))
    assert look(loa) == {Work.STATUSES}
    loa.clock.tick(seconds=6)
    assert look(loa) == {Work.STATUSES, Work.CLAIMS}
    assert release.expire_claims(loa.deps) == 1
    assert look(loa) == {Work.STATUSES, Work.UNKNOWNS}


def test_it_sees_a_message_that_waits_that_is_late_and_whose_worker_died(loa):
    otp.enqueue(loa.deps, OtpRequest("0901234567", "Ma: 482913", route=("esms",), sender="LOA"))
    assert look(loa) == {Work.MESSAGES}
    run(loa, "UPDATE message SET state = 'sending', lease_until = :until", until=loa.clock.now() + timedelta(seconds=9))
    assert look(loa) == frozenset()
    loa.clock.tick(seconds=10)
    assert look(loa) == {Work.MESSAGES}
    run(loa, "UPDATE message SET state = 'queued', not_before = :later", later=loa.clock.now() + timedelta(days=1))
    assert look(loa) == {Work.MESSAGES}, "its time may end while it is put off"


def test_it_sees_a_callback_until_it_was_read(loa):
    callbacks.store(loa.deps, "esms", b"nothing=1", b"")
    assert look(loa) == {Work.CALLBACKS}
    callbacks.read_due(loa.deps)
    assert look(loa) == frozenset()


def test_it_sees_a_draft_and_an_event(loa, numbers):
    requested = CampaignRequest("esms", "LOA", "ads", "[QC] Giam gia", numbers(20))
    drafts.create(loa.deps, requested, uploaded=False)
    assert look(loa) == {Work.DRAFTS}
    columns = "event_id, webhook_id, url, host, subject, type, body, at, state, not_before, give_up_at, tries, detail"
    columns_of_receiver = "id, events, secret, created_at, end_reason"
    run(
        loa,
        f"INSERT INTO webhook ({columns_of_receiver}) VALUES (gen_random_uuid(), '{{}}', 'x', :now, '')",
        now=loa.clock.now(),
    )
    run(
        loa,
        f"INSERT INTO webhook_delivery ({columns}) SELECT gen_random_uuid(), id, 'http://a/', 'a', id, 't', '{{}}', :now,"
        " 'pending', :now, :now, 0, '' FROM webhook",
        now=loa.clock.now(),
    )
    assert look(loa) == {Work.DRAFTS, Work.EVENTS}


def test_each_kind_of_work_has_a_sweep_that_does_it():
    assert {sweep.work for sweep in SWEEPS} - {None} == set(Work)


@pytest.mark.parametrize("sweep", [one for one in SWEEPS if one.work], ids=lambda one: one.task)
def test_a_sweep_comes_for_its_work_at_its_pace_and_once_in_a_while_without(sweep):
    seen = frozenset({sweep.work})
    assert wanted(sweep, frozenset(), None), "a new process does them all"
    assert wanted(sweep, frozenset(), ANYWAY)
    assert not wanted(sweep, frozenset(Work) - seen, ANYWAY - timedelta(seconds=1))
    assert wanted(sweep, seen, sweep.every)
    assert not wanted(sweep, seen, sweep.every - timedelta(seconds=0.6))


#: What the process of the ticks does, with a line for each: the tasks that it put on the queues.
TICKS = """
import json, sys
from redis import Redis
from sqlalchemy import text
from scheduler import tasks
from worker import wiring
from worker.queues import PREFIX
loa = wiring.process()
loa.carrier
for line in sys.stdin:
    if line.strip():
        with loa.engine.begin() as connection:
            connection.execute(text(line))
    # As if the last tick were ten seconds ago.
    tasks._enqueued.update({task: at - 10 for task, at in tasks._enqueued.items()})
    tasks.tick()
    queued = {}
    for queue in ("sweep", "report", "webhook"):
        waiting = loa.redis.lrange(PREFIX + queue, 0, -1)
        queued[queue] = sorted(json.loads(one)["headers"]["task"] for one in waiting)
        loa.redis.delete(PREFIX + queue)
    print(json.dumps(queued), flush=True)
"""


@pytest.fixture
def ticks(database_url, redis_server, tmp_path):
    with Redis.from_url(redis_server.url) as redis:
        redis.flushall()
    env = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
    env |= {"LOA_DATABASE_URL": database_url, "LOA_REDIS_URL": redis_server.url, "LOA_DATA_DIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", TICKS], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def tick(sql: str = "") -> dict[str, list[str]]:
            process.stdin.write(f"{sql}\n")
            process.stdin.flush()
            # Its log goes there too.
            return next(json.loads(line) for line in process.stdout if line.startswith("{"))

        yield tick
        process.stdin.close()


def test_the_tick_enqueues_what_has_work_and_leaves_its_heartbeat(ticks, redis_server):
    first = ticks()
    assert first["webhook"] == ["loa.deliver_webhooks"]
    assert first["report"] == ["loa.look_up", "loa.settle_doubts"]
    assert len(first["sweep"]) == len([one for one in SWEEPS if one.work and one.queue == Queue.SWEEP])
    with Redis.from_url(redis_server.url) as redis:
        redis.delete(HEARTBEAT)
        assert ticks() == {"sweep": [], "report": [], "webhook": []}
        assert redis.get(HEARTBEAT) is not None
        redis.delete(HEARTBEAT)
        insert = "INSERT INTO callback (id, provider, received_at, due_at, query, body, tries, verdict)"
        found = ticks(f"{insert} VALUES (gen_random_uuid(), 'esms', now(), now(), '', '', 0, '')")
        assert found == {"sweep": ["loa.read_callbacks"], "report": [], "webhook": []}


def test_the_tick_leaves_alone_a_queue_whose_worker_is_away(ticks, redis_server):
    with Redis.from_url(redis_server.url) as redis:
        redis.rpush(PREFIX + "sweep", *(json.dumps({"headers": {"task": "old"}}) for _ in range(20)))
    found = ticks()
    assert set(found["sweep"]) == {"old"}
    assert found["webhook"] == ["loa.deliver_webhooks"], "the other queues have workers"


def test_a_look_that_fails_leaves_nothing_undone_and_no_heartbeat(ticks, redis_server):
    first = ticks()
    with Redis.from_url(redis_server.url) as redis:
        redis.delete(HEARTBEAT)
        assert ticks("ALTER TABLE webhook_delivery RENAME TO elsewhere") == first
        assert redis.get(HEARTBEAT) is None, "only a release that goes through leaves it"


def test_beat_sleeps_until_a_tick_is_due_and_not_a_moment_less():
    scheduler = ModestScheduler(app=app, lazy=True)
    assert 0.5 <= scheduler.adjust(0.5) < 0.51
    assert scheduler.adjust(0) == 0
