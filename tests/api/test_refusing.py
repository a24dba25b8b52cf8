"""A server or a disk that says no: who can take another way hears it at once, and nothing half-taken stays behind."""

import pytest
from kombu.exceptions import OperationalError as NotPublished
from redis import Redis
from redis.exceptions import ConnectionError as Away
from sqlalchemy import text

from tests.api.served import Api, served
from tests.api.test_otp import ASK, count
from worker.queues import CeleryTaskQueue
from worker.services import otp
from worker.services.otp import unsent
from worker.storage import database


@pytest.fixture
def queued(loa):
    """With tasks that really go to Redis."""
    loa.change(task_queue=CeleryTaskQueue(loa.loa.redis, lambda: loa.loa.carrier))
    with served(loa) as api:
        yield api


@pytest.fixture
def admin(redis_server):
    with Redis.from_url(redis_server.url) as redis:
        yield redis
        redis.execute_command("replicaof", "no", "one")
        redis.config_set("maxmemory", 0)


@pytest.mark.parametrize(
    ("words", "brief"),
    [
        (("config", "set", "maxmemory", "1"), "Redis has no memory left for more"),
        (("replicaof", "127.0.0.1", "1"), "Redis takes no writes, for it is a copy of another"),
    ],
)
def test_a_password_that_cannot_be_enqueued_is_not_taken_in(queued: Api, admin, words, brief):
    client, headers = queued.client("otp"), {"Idempotency-Key": "order-1"}
    admin.execute_command(*words)
    answer = client.post("/v1/otp", json=ASK, headers=headers)
    assert (answer.status_code, answer.json()["rule"]) == (503, "refusing")
    assert answer.json()["detail"] == f"{brief}: ask again later."
    assert answer.headers["retry-after"]
    assert count(queued.world) == 0
    admin.execute_command("replicaof", "no", "one")
    admin.config_set("maxmemory", 0)
    again = client.post("/v1/otp", json=ASK, headers=headers)
    assert again.status_code == 202
    assert "idempotent-replayed" not in again.headers
    assert queued.world.deps.task_queue.waiting_otps() == 1


def test_nor_is_its_code_and_its_number_has_room_again(api: Api):
    api.world.task_queue.away = NotPublished("refused")
    client = api.client("otp")
    ask = {**ASK, "text": None, "template": "Ma {code}", "generate": {"length": 6}}
    for _ in range(8):
        answer = client.post("/v1/otp", json={name: value for name, value in ask.items() if value is not None})
        assert (answer.status_code, answer.json()["rule"]) == (503, "unavailable"), answer.text
    with api.world.deps.sessions() as session:
        assert session.execute(text("SELECT count(*) FROM otp_code")).scalar_one() == 0


def test_one_that_a_worker_has_in_hand_all_the_same_stays_taken_in(api: Api, monkeypatch):
    """The task went out and only its answer was lost."""
    queue = api.world.task_queue

    def answer_lost(message_ids):
        otp.deliver(api.world.deps, *message_ids)
        return NotPublished("read timed out")

    monkeypatch.setattr(queue, "enqueue_otps", answer_lost)
    assert api.client("otp").post("/v1/otp", json=ASK).status_code == 202
    assert len(api.world.sandbox.orders()) == 1


def test_one_that_nobody_else_can_take_waits_in_its_row(loa):
    loa.task_queue.away = NotPublished("refused")
    taken = otp.enqueue(loa.deps, otp.OtpRequest("0900000001", ASK["text"], route=("esms",), sender="LOA"))
    assert taken.state == "queued"
    assert count(loa) == 1


def test_the_sentence_of_a_redis_that_is_away_names_it(loa):
    loa.task_queue.away = Away("refused")
    wish = otp.OtpRequest("0900000001", ASK["text"], route=("esms",), sender="LOA")
    with pytest.raises(unsent.Unavailable, match="it was not taken in"):
        otp.take_in(loa.deps, wish, surely=True)
    assert count(loa) == 0


def test_a_database_that_lets_nobody_in_is_said_without_its_accounts(loa, database_url):
    with served(loa) as api:
        client = api.client("otp", "read")
        wrong = database.connect(database_url.replace("loa_app:", "loa_app:not-"))
        right, loa.loa.__dict__["engine"] = loa.loa.engine, wrong
        api.world.loa.deps.sessions.configure(bind=wrong)
        try:
            sent, ready = client.post("/v1/otp", json=ASK), client.get("/readyz")
            listed = client.get("/v1/campaigns")
        finally:
            loa.loa.__dict__["engine"] = right
            wrong.dispose()
    for answer in (sent, listed):
        assert (answer.status_code, answer.json()["detail"]) == (503, "PostgreSQL does not let us in: ask again later.")
        assert "loa_app" not in answer.text
    assert ready.status_code == 503
    assert ready.json()["faults"][0] == "PostgreSQL does not let us in"
