"""One-time passwords that come in at the same moment: stored by one transaction, each decided for itself."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

import pytest
from redis import Redis
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from tests.world import World
from worker import queues
from worker.domain.actor import Actor, Forbidden
from worker.domain.limit import Limit
from worker.domain.otp_code import CodePlan
from worker.domain.roles import Role
from worker.errors import LoaError, Refused
from worker.services import otp
from worker.services.deps import OtpPolicy
from worker.services.otp import OtpRequest, Taken, unsent
from worker.storage import database
from worker.storage.otp import intake

TEXT = "Ma xac thuc LOA: 482913"


def wish(loa: World, number: int = 1, text: str = TEXT, **more) -> otp.CheckedRequest:
    requested = {"route": ("esms",), "sender": "LOA", **more}
    return otp.checked(loa.deps, OtpRequest(f"09000000{number:02}", text, **requested))


def together(loa: World, *wishes: otp.CheckedRequest) -> list[str]:
    """What each came to, in a word."""
    return [said(one) for one in otp.take_in_together(loa.deps, wishes)]


def said(one: Taken | LoaError | None) -> str:
    match one:
        case None:
            return "alone"
        case Taken(repeated=repeated):
            return "repeated" if repeated else "taken"
        case Refused(rule=rule):
            return rule
        case _:
            return type(one).__name__


def stored(loa: World) -> list[tuple[int, str | None]]:
    with loa.deps.sessions() as session:
        found = session.execute(text("SELECT phone, key FROM message ORDER BY phone, key"))
        return [(row[0], row[1]) for row in found]


@contextmanager
def busy(loa: World, phone: int):
    """Somebody else is taking in a message to this number."""
    with loa.deps.sessions.begin() as session:
        intake.lock_number(session, phone)
        yield session


def test_many_are_one_transaction_and_one_request_to_the_queue(loa: World):
    wishes, commits = [wish(loa, number) for number in range(20)], []
    event.listen(loa.loa.engine, "commit", commits.append)
    found = otp.take_in_together(loa.deps, wishes)
    assert [said(one) for one in found] == ["taken"] * 20
    assert len(commits) == 1
    assert [one.id for one in wishes] == [one.message.id for one in found] == loa.task_queue.otps
    for one in loa.task_queue.otps:
        otp.deliver(loa.deps, one)
    assert [order["text"] for order in loa.sandbox.orders()] == [TEXT] * 20


def test_what_is_refused_of_one_another_does_not_notice(loa: World):
    wrong = [wish(loa, 2, sender=""), wish(loa, 3, route=("viettel",)), wish(loa, 4, route=("test",))]
    assert together(loa, wish(loa, 1), *wrong, wish(loa, 5)) == ["taken", "no_sender", "Misuse", "Misuse", "taken"]
    assert [phone for phone, _ in stored(loa)] == [84900000001, 84900000005]
    assert len(loa.task_queue.otps) == 2


def test_one_key_of_several_is_one_message(loa: World):
    first, again, other = (wish(loa, 1, words, key="k") for words in (TEXT, TEXT, "Ma: 111111"))
    assert together(loa, first, again, other, wish(loa, 2, key="k")) == ["taken", "repeated", *["key_conflict"] * 2]
    assert together(loa, wish(loa, 1, key="k"), wish(loa, 3)) == ["repeated", "taken"]
    assert stored(loa) == [(84900000001, "k"), (84900000003, None)]
    # The repeat of what nobody has called for yet is enqueued for again.
    assert (len(loa.task_queue.otps), len(set(loa.task_queue.otps))) == (3, 2)


def test_a_message_that_was_asked_for_again_is_not_taken_back(loa: World):
    made = wish(loa, 1, key="k")
    assert together(loa, made) == ["taken"]
    stored_at = loa.clock.now()
    loa.clock.tick(seconds=1)
    assert together(loa, wish(loa, 1, key="k")) == ["repeated"]
    assert unsent.take_back(loa.deps, [made.id], ConnectionError("away"), stored_at) == {}
    assert stored(loa) == [(84900000001, "k")]


@pytest.mark.parametrize("before", [0, 2, 5])
def test_those_that_come_together_count_too(loa: World, before: int):
    for _ in range(before):
        otp.take_in_checked(loa.deps, wish(loa))
    loa.clock.tick(minutes=1)
    found = otp.take_in_together(loa.deps, [wish(loa) for _ in range(7)] + [wish(loa, 2)])
    room = 5 - before
    assert [said(one) for one in found] == ["taken"] * room + ["too_many_to_number"] * (7 - room) + ["taken"]
    # The first of five leaves the ten minutes.
    waits = {one.details["retry_after_s"] for one in found if isinstance(one, Refused)}
    assert waits == {540 if before else 600}
    assert len(stored(loa)) == 6


@pytest.mark.parametrize(
    ("policy", "shared", "rule"),
    [
        ("prefix_limits", {}, "too_many_to_prefix"),
        ("key_limits", {"api_key_id": "key"}, "too_many_of_key"),
        ("client_limits", {"client_ip": "203.0.113.7"}, "too_many_of_client"),
    ],
)
def test_every_limit_counts_those_that_come_together(loa: World, policy: str, shared: dict[str, object], rule: str):
    loa.change(otp=OtpPolicy(**{policy: (Limit(4, loa.deps.otp.limits[0].within),)}))
    if shared.get("api_key_id"):
        shared = {"api_key_id": wish(loa).id}
    otp.take_in_checked(loa.deps, wish(loa, 90, **shared))
    wishes = [wish(loa, number, **shared) for number in range(5)]
    assert together(loa, *wishes) == ["taken"] * 3 + [rule] * 2


def test_a_refused_one_takes_no_place(loa: World):
    loa.change(otp=OtpPolicy(limits=(Limit(1, loa.deps.otp.limits[0].within),)))
    assert together(loa, wish(loa, 1, sender=""), wish(loa, 1)) == ["no_sender", "taken"]


def test_nobody_waits_for_a_number_that_is_busy(loa: World):
    held = wish(loa, 1)
    with busy(loa, held.phone):
        assert together(loa, held, wish(loa, 2)) == ["alone", "taken"]
    assert otp.take_in_checked(loa.deps, held).message.id == held.id
    assert [phone for phone, _ in stored(loa)] == [84900000001, 84900000002]
    assert len(loa.task_queue.otps) == 2


def test_one_that_cannot_be_stored_leaves_the_others_to_be_taken_in_alone(loa: World):
    wishes = [wish(loa, 1), wish(loa, 2, sender="L\0A"), wish(loa, 3)]
    assert together(loa, *wishes) == ["alone"] * 3
    assert stored(loa) == []
    assert loa.task_queue.otps == []


def test_a_key_that_another_process_is_just_storing_is_waited_for(loa: World):
    theirs, ours, beside = wish(loa, 1, key="k"), wish(loa, 2, key="k"), wish(loa, 3)
    inserted, answered = threading.Event(), []
    with ThreadPoolExecutor(1) as pool:
        with loa.deps.sessions.begin() as session:
            # As another web process does, which has not committed yet.
            other = otp.intake._decide(loa.deps, session, [theirs])
            asked = pool.submit(together, loa, ours, beside)
            _until_waited_for(loa)
            inserted.set()
        answered = asked.result(30)
    assert [said(one) for one in other] == ["taken"]
    assert answered == ["key_conflict", "taken"]
    assert stored(loa) == [(84900000001, "k"), (84900000003, None)]
    assert loa.task_queue.otps == [beside.id]


def _until_waited_for(loa: World) -> None:
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    with loa.loa.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.execute(waits).scalar_one():
            pass


def test_codes_are_kept_with_their_messages(loa: World):
    made = wish(loa, 1, "Ma {code}", generate=CodePlan())
    refused = wish(loa, 2, "Ma {code}", generate=CodePlan(), sender="")
    played = wish(loa, 3, "Ma {code}", generate=CodePlan(), test=True)
    assert together(loa, made, refused, played) == ["taken", "no_sender", "taken"]
    otp.deliver(loa.deps, made.id)
    code = loa.sandbox.orders()[0]["text"].removeprefix("Ma ")
    assert otp.check(loa.deps, made.id, code).status == "approved"
    assert otp.check(loa.deps, played.id, "012345").status == "approved"


def test_a_database_that_is_away_is_the_fault_of_each(loa: World):
    wishes = [wish(loa, 1), wish(loa, 2)]
    nowhere = database.connect("postgresql+psycopg://loa@127.0.0.1:9/loa")
    loa.change(sessions=database.sessions(nowhere, loa.clock.now))
    with pytest.raises(OperationalError):
        otp.take_in_together(loa.deps, wishes)
    assert loa.task_queue.otps == []


def test_who_may_not_send_cannot_make_a_wish(loa: World):
    marketer = loa.deps.acting(Actor("http", "lan", wish(loa).id, Role.MARKETER))
    with pytest.raises(Forbidden):
        otp.checked(marketer, OtpRequest("0900000001", TEXT, route=("esms",), sender="LOA"))


def test_each_has_its_task_which_says_until_when_it_is_of_use(loa: World):
    # With connections of its own: those of the process may be to the Redis of an earlier test.
    app = loa.loa.carrier
    fresh = type(app)("fresh", set_as_current=False)
    fresh.conf.update(app.conf.changes)
    queue = queues.CeleryTaskQueue(loa.loa.redis, lambda: fresh)
    ids = [wish(loa, number).id for number in range(3)]
    queue.enqueue_otps({ids[0]: 120.0})
    queue.enqueue_otps(dict.fromkeys(ids[1:], 60.0))
    queue.enqueue_otps({})
    redis: Redis = loa.loa.redis
    tasks = [json.loads(one) for one in redis.lrange(queues.PREFIX + queues.Queue.OTP, 0, -1)]
    assert [one["headers"]["argsrepr"] for one in reversed(tasks)] == [f"['{one}']" for one in ids]
    assert len({one["headers"]["id"] for one in tasks}) == 3
    single, many = ({**one["headers"]} for one in (tasks[-1], tasks[0]))
    assert single.keys() == many.keys()
    assert {queues.SENT_AT, "task"} <= many.keys()
    first, second = (datetime.fromisoformat(one["expires"]) for one in (many, single))
    assert 59 < (second - first).total_seconds() < 61


def test_a_queue_that_is_away_is_left_to_the_sweep(loa: World, capsys: pytest.CaptureFixture[str]):
    app = loa.loa.carrier
    nowhere = type(app)("nowhere", broker="redis://127.0.0.1:9/0", set_as_current=False)
    nowhere.conf.update(app.conf.changes, broker_url="redis://127.0.0.1:9/0")
    queues.CeleryTaskQueue(loa.loa.redis, lambda: nowhere).enqueue_otps({wish(loa).id: 120.0})
    assert "tasks_not_enqueued" in capsys.readouterr().out


def test_twins_of_a_message_that_was_taken_back_are_told_so_both(loa: World):
    app = loa.loa.carrier
    nowhere = type(app)("nowhere", broker="redis://127.0.0.1:9/0", set_as_current=False)
    nowhere.conf.update(app.conf.changes, broker_url="redis://127.0.0.1:9/0")
    loa.change(task_queue=queues.CeleryTaskQueue(loa.loa.redis, lambda: nowhere))
    assert together(loa, wish(loa, 1, key="k"), wish(loa, 1, key="k")) == ["Unavailable", "Unavailable"]
    assert stored(loa) == []
