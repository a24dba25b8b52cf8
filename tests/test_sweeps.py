"""The look sees whatever a sweep would find, and puts on the queues what has something to do and nothing else."""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import text

from scheduler.app import ModestScheduler, app
from scheduler.sweeps import ANYWAY, MOST_WAITING, SWEEPS, wanted
from scheduler.tasks import stand_back
from tests.environment import plain_environment, servers
from tests.services.test_otp import crash
from worker.queues import HEARTBEAT, PREFIX, Queue
from worker.services import campaign_status, otp
from worker.services.otp import OtpRequest
from worker.services.planning import drafts
from worker.services.planning.request import CampaignRequest
from worker.services.reporting import callbacks, poll
from worker.services.sending import release, until
from worker.services.sending.pushes import retry_last
from worker.services.unknown import lookup
from worker.storage.operations import pending
from worker.storage.operations.pending import Work
from worker.storage.tables.messages import Message
from worker.storage.webhooks import deliveries


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
    callbacks.store(loa.deps, ("esms", b"nothing=1", b""))
    assert look(loa) == {Work.CALLBACKS}
    callbacks.read_due(loa.deps)
    assert look(loa) == frozenset()


def test_it_sees_a_draft_and_an_event(loa, numbers):
    requested = CampaignRequest("esms", "LOA", "ads", "[QC] Giam gia", numbers(20))
    drafts.create(loa.deps, requested, uploaded=False)
    assert look(loa) == {Work.DRAFTS}
    event(loa)
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


# For each sweep, rows that it exists for: it sees to them, and the look names it before.


def unknown(loa, numbers, **requested):
    """A campaign whose one order was taken, and its answer lost."""
    made = loa.create(numbers(20), **requested)
    loa.sandbox.fault(function="SendMultipleSMSBrandname_json", nth=1, times=1, when="after", do="drop")
    loa.go()
    assert [str(batch.state) for batch in loa.show(made).batches] == ["unknown"]


def of_the_batch(loa, column: str) -> object:
    with loa.deps.sessions() as session:
        return session.execute(text(f"SELECT {column} FROM batch")).scalar_one()


def asked(loa) -> Message:
    message = otp.enqueue(loa.deps, OtpRequest("0901234567", "Ma: 482913", route=("esms",), sender="LOA"))
    loa.task_queue.otps.clear()
    return message


def a_password_whose_task_was_lost(loa, numbers):
    asked(loa)
    loa.clock.tick(seconds=6)
    return lambda: otp.sweep(loa.deps) or loa.task_queue.otps


def a_password_that_waited_too_long(loa, numbers):
    message = asked(loa)
    loa.clock.tick(hours=1)
    return lambda: otp.sweep(loa.deps) or otp.show(loa.deps, message.id).state == "expired"


def a_password_whose_worker_died(loa, numbers):
    message = otp.enqueue(loa.deps, OtpRequest("0901234567", "Ma: 482913", route=("esms",), sender="LOA"))
    crash(loa, after_call=False)
    run(loa, "UPDATE message SET lease_until = :now", now=loa.clock.now())
    loa.clock.tick(seconds=1)
    return lambda: otp.sweep(loa.deps) or otp.show(loa.deps, message.id).state != "sending"


def a_password_of_a_test_key(loa, numbers):
    message = asked(loa)
    changed = "state = 'accepted', provider = 'test', sealed = NULL, sent_at = :now"
    run(loa, f"UPDATE message SET {changed}", now=loa.clock.now())
    loa.clock.tick(minutes=1)
    return lambda: otp.sweep(loa.deps) or otp.show(loa.deps, message.id).state == "delivered"


def event(loa, lease_until=None) -> None:
    now = loa.clock.now()
    columns = "event_id, webhook_id, url, host, subject, type, body, at, state, not_before, give_up_at, tries, detail"
    run(
        loa,
        "INSERT INTO webhook (id, events, secret, created_at, end_reason) VALUES (gen_random_uuid(), '{}', 'x', :now, '')",
        now=now,
    )
    run(
        loa,
        f"INSERT INTO webhook_delivery ({columns}, lease_until) SELECT gen_random_uuid(), id, 'http://a/', 'a', id, 't', '{{}}',"
        " :now, 'pending', :now, :now, 0, '', :lease FROM webhook",
        now=now,
        lease=lease_until,
    )


def taken(loa) -> list:
    now = loa.clock.now()
    with loa.deps.sessions.begin() as session:
        return deliveries.claim(session, busy={}, most=1, limit=1, now=now, lease_until=now + timedelta(minutes=1))


def an_event(loa, numbers):
    event(loa)
    return lambda: taken(loa)


def an_event_whose_worker_died(loa, numbers):
    event(loa, lease_until=loa.clock.now())
    loa.clock.tick(seconds=1)
    return lambda: taken(loa)


def a_due_order(loa, numbers):
    loa.create(numbers(20))
    return lambda: release.release(loa.deps)


def an_order_whose_task_was_lost(loa, numbers):
    loa.create(numbers(20))
    assert release.release(loa.deps) == 1
    loa.clock.tick(seconds=16)
    return lambda: release.release(loa.deps)


def an_order_before_a_closed_window(loa, numbers):
    made = loa.create(numbers(20))
    loa.clock.tick(hours=14)
    return lambda: release.release(loa.deps) or loa.show(made).batches[0].not_before > loa.clock.now()


def a_campaign_past_its_last_moment(loa, numbers):
    loa.create(numbers(20), at=in_hours(loa, 1), until=in_hours(loa, 2))
    run(loa, "UPDATE batch SET not_before = :later", later=loa.clock.now() + timedelta(days=1))
    loa.clock.tick(hours=2)
    return lambda: until.end_overdue(loa.deps)


def a_due_report(loa, numbers):
    loa.create(numbers(20))
    loa.go()
    loa.clock.tick(seconds=11)
    return lambda: poll.poll_due(loa.deps)


def a_callback(loa, numbers):
    callbacks.store(loa.deps, ("esms", b"nothing=1", b""))
    return lambda: callbacks.read_due(loa.deps)


def a_callback_that_led_nowhere(loa, numbers):
    callbacks.store(loa.deps, ("esms", b"SMSID=nobody-knows&SendStatus=5", b""))
    assert callbacks.read_due(loa.deps)
    loa.clock.tick(minutes=5)
    return lambda: callbacks.read_due(loa.deps)


def a_claim_of_a_dead_worker(loa, numbers):
    loa.create(numbers(20))
    loa.release()
    run(loa, "UPDATE batch SET state = 'sending', lease_until = :now", now=loa.clock.now())
    loa.clock.tick(seconds=1)
    return lambda: release.expire_claims(loa.deps)


def left_behind(status, batch):
    """A campaign in this status whose one batch is in that state, as a crash between two commits leaves them."""

    def made(loa, numbers):
        kept = loa.create(numbers(20))
        run(loa, "UPDATE campaign SET status = :status", status=status)
        # Nothing of it is due, so that nothing else is to be seen.
        run(
            loa,
            "UPDATE batch SET state = :state, not_before = :later",
            state=batch,
            later=loa.clock.now() + timedelta(days=1),
        )

        def seen_to() -> bool:
            campaign_status.refresh_all(loa.deps)
            view = loa.show(kept)
            return (str(view.campaign.status), str(view.batches[0].state)) != (status, batch)

        return seen_to

    made.__name__ = f"{status} campaign with a batch {batch}"
    return made


def a_list_whose_task_was_lost(loa, numbers):
    drafts.create(loa.deps, CampaignRequest("esms", "LOA", "ads", "[QC] Giam gia", numbers(20)), uploaded=False)
    loa.task_queue.plans.clear()
    loa.clock.tick(minutes=5)
    return lambda: drafts.sweep(loa.deps) or loa.task_queue.plans


def an_unknown_order(loa, numbers):
    unknown(loa, numbers)
    loa.clock.tick(minutes=30)
    return lambda: lookup.look_up(loa.deps) or of_the_batch(loa, "lookups")


def an_unknown_order_that_is_too_old(loa, numbers):
    unknown(loa, numbers)
    loa.clock.tick(days=4)
    return lambda: lookup.look_up(loa.deps) or of_the_batch(loa, "needs_operator")


def a_lone_lost_last_push(loa, numbers):
    made = loa.create(numbers(60), provider="fpt")
    loa.sandbox.fault(function="push-brandname-ads", nth=2, times=1, when="before", do="drop")
    loa.go()
    assert [str(batch.state) for batch in loa.show(made).batches] == ["accepted", "unknown"]
    loa.clock.tick(seconds=31)
    return lambda: retry_last.retry_last_pushes(loa.deps)


CASES = {
    "loa.sweep_otps": [
        a_password_whose_task_was_lost,
        a_password_that_waited_too_long,
        a_password_whose_worker_died,
        a_password_of_a_test_key,
    ],
    "loa.deliver_webhooks": [an_event, an_event_whose_worker_died],
    "loa.release": [
        a_due_order,
        an_order_whose_task_was_lost,
        an_order_before_a_closed_window,
        a_campaign_past_its_last_moment,
    ],
    "loa.poll": [a_due_report],
    "loa.read_callbacks": [a_callback, a_callback_that_led_nowhere],
    "loa.expire_claims": [a_claim_of_a_dead_worker],
    "loa.settle": [
        left_behind("sending", "rejected"),
        left_behind("paused", "rejected"),
        left_behind("reconciling", "rejected"),
        left_behind("cancelled", "planned"),
    ],
    "loa.sweep_doors": [a_list_whose_task_was_lost],
    "loa.look_up": [an_unknown_order, an_unknown_order_that_is_too_old],
    "loa.retry_last_pushes": [a_lone_lost_last_push],
}
#: These beat enqueues: they go by the time alone.
BY_TIME = {
    "loa.heartbeat",
    "loa.stop_cancelled",
    "loa.fall_back",
    "loa.send_canaries",
    "loa.refresh_balances",
    "loa.refresh_senders",
    "loa.nightly",
}


def test_every_sweep_has_its_cases():
    assert set(CASES) == {sweep.task for sweep in SWEEPS if sweep.work}
    assert {sweep.task for sweep in SWEEPS if not sweep.work} == BY_TIME


@pytest.mark.parametrize(
    ("task", "make"), [pytest.param(task, make, id=make.__name__) for task, some in CASES.items() for make in some]
)
def test_the_look_names_the_sweep_before_it_sees_to_its_row(request, numbers, task, make):
    loa = request.getfixturevalue("fpt" if make is a_lone_lost_last_push else "loa")
    see_to = make(loa, numbers)
    (sweep,) = (one for one in SWEEPS if one.task == task)
    assert sweep.work in look(loa)
    assert see_to(), "the row is one that the sweep finds"


#: What a scheduler does, with a line for each of its looks: the tasks that it put on the queues.
LOOKS = """
import json, sys
from sqlalchemy import text
from scheduler import tasks
from scheduler.app import ModestScheduler, app
from worker import wiring
from worker.queues import PREFIX
loa = wiring.process()
loa.carrier
scheduler = ModestScheduler(app=app)
for line in sys.stdin:
    if line.strip():
        with loa.engine.begin() as connection:
            connection.execute(text(line))
    # As if the last look were ten seconds ago.
    scheduler._enqueued.update({task: at - 10 for task, at in scheduler._enqueued.items()})
    scheduler.enqueue_pending()
    while scheduler._look._asked is not None:
        scheduler.enqueue_pending()
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
    env = plain_environment() | servers(database_url, redis_server.url, tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", LOOKS], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def tick(sql: str = "") -> dict[str, list[str]]:
            process.stdin.write(f"{sql}\n")
            process.stdin.flush()
            # Its log goes there too.
            return next(json.loads(line) for line in process.stdout if line.startswith("{"))

        yield tick
        process.stdin.close()


def test_what_has_work_is_enqueued_and_nothing_else(ticks):
    first = ticks()
    assert first["webhook"] == ["loa.deliver_webhooks"]
    assert first["report"] == ["loa.look_up", "loa.retry_last_pushes"]
    assert len(first["sweep"]) == len([one for one in SWEEPS if one.work and one.queue == Queue.SWEEP])
    assert ticks() == {"sweep": [], "report": [], "webhook": []}
    insert = "INSERT INTO callback (id, provider, received_at, due_at, query, body, tries, verdict)"
    found = ticks(f"{insert} VALUES (gen_random_uuid(), 'esms', now(), now(), '', '', 0, '')")
    assert found == {"sweep": ["loa.read_callbacks"], "report": [], "webhook": []}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread has the priority of its process")
def test_the_reading_of_callbacks_gives_way_and_its_process_does_not():
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with ThreadPoolExecutor(1, initializer=stand_back) as behind:
        assert behind.submit(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())).result() == max(
            5, before
        )
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_a_queue_whose_worker_is_away_is_left_alone(ticks, redis_server):
    with Redis.from_url(redis_server.url) as redis:
        redis.rpush(PREFIX + "sweep", *(json.dumps({"headers": {"task": "old"}}) for _ in range(20)))
    found = ticks()
    assert set(found["sweep"]) == {"old"}
    assert found["webhook"] == ["loa.deliver_webhooks"], "the other queues have workers"


def test_a_look_that_fails_leaves_nothing_undone(ticks):
    first = ticks()
    assert ticks("ALTER TABLE webhook_delivery RENAME TO elsewhere") == first
    assert ticks("ALTER TABLE elsewhere RENAME TO webhook_delivery") == {"sweep": [], "report": [], "webhook": []}


@pytest.fixture
def in_a_worker(database_url, redis_server, tmp_path):
    """Does a task as a worker would."""
    env = plain_environment() | servers(database_url, redis_server.url, tmp_path)

    def run(task: str, check: bool = True) -> None:
        code = f"from scheduler import tasks; from worker.app import app; app.tasks['{task}']()"
        subprocess.run([sys.executable, "-c", code], env=env, check=check, capture_output=True)

    return run


def test_the_heartbeat_is_left_by_a_worker_that_reaches_the_database(loa, in_a_worker):
    in_a_worker("loa.heartbeat")
    assert loa.loa.redis.getdel(HEARTBEAT) is not None
    run(loa, "ALTER TABLE webhook_delivery RENAME TO elsewhere")
    in_a_worker("loa.heartbeat", check=False)
    assert loa.loa.redis.get(HEARTBEAT) is None


def test_while_orders_are_due_only_a_release_that_goes_through_leaves_the_heartbeat(loa, in_a_worker, numbers):
    loa.create(numbers(20))
    in_a_worker("loa.heartbeat")
    assert loa.loa.redis.get(HEARTBEAT) is None
    in_a_worker("loa.release")
    assert loa.loa.redis.get(HEARTBEAT) is not None


def test_beat_sleeps_until_a_tick_is_due_and_not_a_moment_less():
    scheduler = ModestScheduler(app=app, lazy=True)
    assert 0.5 <= scheduler.adjust(0.5) < 0.51
    assert scheduler.adjust(0) == 0


def test_polls_leave_room_for_a_look_up_on_their_queue(loa, numbers):
    """However many reports are due, and however fast the provider may be asked: a full queue would keep look-ups off it."""
    loa.limits(min_recipients=20, max_recipients=20, requests_per_second=1000.0)
    loa.create(numbers(2 * MOST_WAITING * 20))
    loa.go()
    loa.clock.tick(seconds=11)
    assert poll.poll_due(loa.deps)
    assert len(loa.task_queue.polls) < MOST_WAITING
