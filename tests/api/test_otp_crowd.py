"""More passwords than can be sent: new ones are turned away at the door while their senders can take another way."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.api.served import Api, served
from tests.api.test_otp import ASK, count
from tests.world import World
from worker.domain import phone
from worker.errors import Refused
from worker.services import otp
from worker.services.deps import OtpPolicy
from worker.storage.otp import intake

LONG_LIVED = {**ASK, "ttl": 120}
#: A copy of a message that waits, to another number.
COPY = (
    "INSERT INTO message SELECT (json_populate_record(m, json_build_object('id', gen_random_uuid(), 'phone', 84970000000 + n,"
    " 'key', NULL, 'queued_at', CAST(:queued_at AS timestamptz),"
    " 'not_before', CAST(:queued_at AS timestamptz)))).* FROM message m, generate_series(1, :count) n"
    " WHERE m.id = :id"
)


def wait(world: World, count: int, since_s: float = 30.0) -> None:
    """So many messages wait, for so long."""
    first = otp.enqueue(world.deps, otp.OtpRequest("0970000000", ASK["text"], route=("esms",), sender="LOA"))
    with world.deps.sessions.begin() as session:
        queued_at = world.clock.now() - timedelta(seconds=since_s)
        session.execute(text(COPY), {"count": count - 1, "id": first.id, "queued_at": queued_at})
    world.task_queue.otps.clear()


@pytest.fixture
def crowded(loa: World):
    """As many wait as make a crowd, and a new one would for a second longer than anybody should."""
    loa.change(otp=OtpPolicy(longest_wait=timedelta(seconds=20)))
    wait(loa, 1000)
    loa.task_queue.backlog = (1000, 1000 / 21)
    with served(loa) as api:
        yield api


def test_it_is_turned_away_and_told_when_to_ask_again(crowded: Api):
    answer = crowded.client("otp").post("/v1/otp", json=LONG_LIVED)
    assert (answer.status_code, answer.json()["rule"]) == (503, "too_many_waiting")
    assert "would wait about 21 seconds" in answer.json()["detail"]
    assert answer.json()["details"]["wait_s"] == 21
    assert count(crowded.world) == 1000
    assert not crowded.world.task_queue.otps


def test_those_who_are_turned_away_do_not_come_back_together(crowded: Api):
    client = crowded.client("otp")
    told = [int(client.post("/v1/otp", json=LONG_LIVED).headers["retry-after"]) for _ in range(40)]
    assert min(told) >= 5
    assert max(told) < 5 + 21
    assert len(set(told)) > 5
    crowded.world.task_queue.backlog = (1000, 1e-6)
    assert int(client.post("/v1/otp", json=LONG_LIVED).headers["retry-after"]) < 125


@pytest.mark.parametrize(
    ("pace", "ttl", "status"),
    [
        (1000 / 19, 120, 202),  # they are being sent
        (1000 / 6, 10, 503),  # half of its life would be gone
        (1000 / 6, 13, 202),
        (None, 120, 503),  # the oldest has waited for 30 s
        (0.0, 120, 503),  # nothing leaves
        (0.0, 61, 503),
    ],
)
def test_only_where_this_one_would_wait_too_long(crowded: Api, pace: float | None, ttl: int, status: int):
    crowded.world.task_queue.backlog = (1000, pace)
    assert crowded.client("otp").post("/v1/otp", json={**ASK, "ttl": ttl}).status_code == status


@pytest.mark.parametrize(
    ("tasks", "messages", "since_s", "pace"),
    [
        (999, 1100, 30.0, 1.0),  # after an outage: no crowd
        (5000, 999, 30.0, 1.0),  # tasks of messages that another task has sent
        (5000, 1100, 4.0, 0.5),  # they have just come, to workers that had nothing to do
        (5000, 1100, 4.0, None),
    ],
)
def test_what_is_no_crowd(loa: World, tasks: int, messages: int, since_s: float, pace: float | None):
    loa.change(otp=OtpPolicy(longest_wait=timedelta(seconds=20)))
    wait(loa, messages, since_s)
    loa.task_queue.backlog = (tasks, pace)
    with served(loa) as api:
        assert api.client("otp").post("/v1/otp", json=LONG_LIVED).status_code == 202


def test_many_more_are_not_counted_to_the_last(loa: World):
    wait(loa, 1500)
    loa.task_queue.backlog = (1500, 10.0)
    with served(loa) as api:
        said = api.client("otp").post("/v1/otp", json={**ASK, "ttl": 300}).json()
    assert said["details"]["wait_s"] == 121, "nobody is told of more than two minutes"


def test_a_repeated_request_still_gets_its_first_answer(crowded: Api):
    client, headers = crowded.client("otp"), {"Idempotency-Key": "order-1"}
    crowded.world.task_queue.backlog = (0, None)
    first = client.post("/v1/otp", json=LONG_LIVED, headers=headers)
    crowded.world.task_queue.backlog = (5000, 1.0)
    assert client.post("/v1/otp", json=LONG_LIVED, headers=headers).json() == first.json()


def test_nothing_is_locked_for_who_is_turned_away(crowded: Api):
    """Else those who ask in vain would take the time of what is to be sent."""
    with crowded.world.deps.sessions.begin() as session:
        intake.lock_number(session, phone.read(ASK["phone"])[0])
        answer = crowded.client("otp").post("/v1/otp", json=LONG_LIVED)
    assert answer.json()["rule"] == "too_many_waiting"


def test_a_repeat_is_not_told_that_nothing_was_taken_in_while_the_first_is(crowded: Api):
    """It would be sent another way, and the first too."""
    wish = otp.OtpRequest(ASK["phone"], ASK["text"], 120, ("esms",), "LOA", "key-1")
    request = otp.checked(crowded.world.deps, wish)
    with crowded.world.deps.sessions.begin() as session:
        intake.lock_number(session, request.phone)
        assert otp.take_in_together(crowded.world.deps, [request]) == [None], "it is to wait for the number"
    (told,) = otp.take_in_together(crowded.world.deps, [request])
    assert isinstance(told, Refused)


def test_one_that_is_called_for_again_does_not_make_those_old_that_have_just_come(loa: World):
    wait(loa, 1100, 4.0)
    with loa.deps.sessions.begin() as session:
        session.execute(
            text(
                "UPDATE message SET queued_at = queued_at - interval '100 s', not_before = not_before - interval '0.5 s'"
                " WHERE id = (SELECT id FROM message ORDER BY not_before LIMIT 1)"
            )
        )
    loa.task_queue.backlog = (5000, 2.0)
    with served(loa) as api:
        assert api.client("otp").post("/v1/otp", json=LONG_LIVED).status_code == 202


def test_each_of_many_that_come_together_is_told_its_own(crowded: Api):
    world = crowded.world
    world.task_queue.backlog = (0, None)
    first = otp.take_in(world.deps, otp.OtpRequest("0911000000", ASK["text"], 120, ("esms",), "LOA", "key-0"))
    world.task_queue.backlog = (1000, 1000 / 15)
    wishes = [(n, 120 if n % 2 else 20) for n in range(1, 7)]
    checked = [
        otp.checked(world.deps, otp.OtpRequest(f"091100000{n}", ASK["text"], ttl, ("esms",), "LOA", f"key-{n}"))
        for n, ttl in [(0, 120), *wishes]
    ]
    again, *others = otp.take_in_together(world.deps, checked)
    assert isinstance(again, otp.Taken)
    assert again.message.id == first.message.id
    assert [isinstance(one, otp.Taken) for one in others] == [ttl == 120 for _, ttl in wishes]
    assert {one.rule for one in others if isinstance(one, Refused)} == {"too_many_waiting"}


def test_who_has_no_other_way_is_taken_in(crowded: Api):
    """A person at a terminal, and a producer over Celery."""
    crowded.world.task_queue.backlog = (5000, 1.0)
    otp.enqueue(crowded.world.deps, otp.OtpRequest(ASK["phone"], ASK["text"], route=("esms",), sender="LOA"))
    assert count(crowded.world) == 1001


def test_nobody_is_turned_away_where_the_setting_says_so(crowded: Api):
    crowded.world.change(otp=OtpPolicy(longest_wait=timedelta()))
    crowded.world.task_queue.backlog = (1000, 0.001)
    with served(crowded.world) as api:
        assert api.client("otp").post("/v1/otp", json=LONG_LIVED).status_code == 202
