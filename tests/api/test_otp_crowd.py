"""More passwords than can be sent: new ones are turned away at the door while their senders can take another way."""

from datetime import timedelta

import pytest

from tests.api.served import Api, served
from tests.api.test_otp import ASK, count
from tests.world import World
from worker.services import otp
from worker.services.deps import OtpPolicy

LONG_LIVED = {**ASK, "ttl": 120}


@pytest.fixture
def crowded(loa: World):
    """As many wait as make a crowd, and a new one would for a second longer than anybody should."""
    loa.change(otp=OtpPolicy(longest_wait=timedelta(seconds=20)))
    loa.task_queue.backlog = (1000, 21.0)
    with served(loa) as api:
        yield api


def test_it_is_turned_away_and_told_when_to_ask_again(crowded: Api):
    answer = crowded.client("otp").post("/v1/otp", json=LONG_LIVED)
    assert (answer.status_code, answer.json()["rule"]) == (503, "too_many_waiting")
    assert "would wait about 21 seconds" in answer.json()["detail"]
    assert count(crowded.world) == 0
    assert not crowded.world.task_queue.otps


def test_those_who_are_turned_away_do_not_come_back_together(crowded: Api):
    client = crowded.client("otp")
    told = [int(client.post("/v1/otp", json=LONG_LIVED).headers["retry-after"]) for _ in range(40)]
    assert min(told) >= 5
    assert max(told) < 5 + 21
    assert len(set(told)) > 5
    crowded.world.task_queue.backlog = (1000, 1e9)
    assert int(client.post("/v1/otp", json=LONG_LIVED).headers["retry-after"]) < 125


@pytest.mark.parametrize(
    ("backlog", "ttl", "status"),
    [
        ((999, 600.0), 120, 202),  # after an outage: no crowd
        ((100_000, 19.0), 120, 202),  # many, and they are being sent
        ((1000, 6.0), 10, 503),  # half of its life would be gone
        ((1000, 6.0), 13, 202),
    ],
)
def test_only_a_crowd_that_waits_too_long_for_this_one(crowded: Api, backlog, ttl, status):
    crowded.world.task_queue.backlog = backlog
    assert crowded.client("otp").post("/v1/otp", json={**ASK, "ttl": ttl}).status_code == status


def test_a_repeated_request_still_gets_its_first_answer(crowded: Api):
    client, headers = crowded.client("otp"), {"Idempotency-Key": "order-1"}
    crowded.world.task_queue.backlog = (0, 0.0)
    first = client.post("/v1/otp", json=LONG_LIVED, headers=headers)
    crowded.world.task_queue.backlog = (5000, 60.0)
    assert client.post("/v1/otp", json=LONG_LIVED, headers=headers).json() == first.json()


def test_who_has_no_other_way_is_taken_in(crowded: Api):
    """A person at a terminal, and a producer over Celery."""
    crowded.world.task_queue.backlog = (5000, 60.0)
    otp.enqueue(crowded.world.deps, otp.OtpRequest(ASK["phone"], ASK["text"], route=("esms",), sender="LOA"))
    assert count(crowded.world) == 1


def test_nobody_is_turned_away_where_the_setting_says_so(loa: World):
    loa.change(otp=OtpPolicy(longest_wait=timedelta()))
    loa.task_queue.backlog = (1000, 600.0)
    with served(loa) as api:
        assert api.client("otp").post("/v1/otp", json=LONG_LIVED).status_code == 202
