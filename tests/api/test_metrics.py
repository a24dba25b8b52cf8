"""What a monitor reads: counts by state, queues, the heartbeat; and what it reads when a part is away."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import text

from tests.api.served import Api
from tests.api.test_campaigns import created
from tests.api.test_otp import ASK
from worker.queues import HEARTBEAT, PREFIX


def figures(api: Api) -> dict[tuple[str, ...], float]:
    answer = api.client().get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_everything_is_counted(api: Api):
    created(api, 25)
    api.client("otp").post("/v1/otp", json=ASK)
    redis = api.world.loa.redis
    redis.rpush(f"{PREFIX}otp", "a", "b")
    redis.set(HEARTBEAT, api.world.clock.now().isoformat())
    api.world.clock.tick(seconds=3)
    found = figures(api)
    assert found["loa_up", "postgresql"] == found["loa_up", "redis"] == 1
    assert found["loa_campaigns", "esms", "scheduled"] == 1
    assert found["loa_batches", "esms", "planned"] == 1
    assert found["loa_otps", "queued"] == 1
    assert (found["loa_queue_length", "otp"], found["loa_queue_length", "send.esms"]) == (2, 0)
    assert found[("loa_heartbeat_age_seconds",)] == 3
    api.world.clock.tick(minutes=15)
    assert ("loa_otps", "queued") not in figures(api)


def test_of_an_unknown_batch_only_the_numbers_without_a_state_of_their_own_are_unknown(api: Api):
    created(api, 25)
    with api.world.loa.deps.sessions.begin() as session:
        session.execute(text("UPDATE batch SET state = 'unknown', accepted = 18, delivered = 3, unknown = 2"))
    assert figures(api)["loa_unknown_recipients", "esms"] == 4


def test_a_part_that_is_away_hides_nothing_of_the_other(api: Api, monkeypatch: pytest.MonkeyPatch):
    created(api, 25)
    nowhere = Redis.from_url("redis://127.0.0.1:1/0", retry=Retry(NoBackoff(), 0))
    monkeypatch.setitem(api.world.loa.__dict__, "redis", nowhere)
    found = figures(api)
    assert (found["loa_up", "postgresql"], found["loa_up", "redis"]) == (1, 0)
    assert found["loa_campaigns", "esms", "scheduled"] == 1
