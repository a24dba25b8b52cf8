"""What worker processes measure arrives at /metrics; a worker that takes nothing is seen by its queue's canary."""

from datetime import timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from tests.api.served import Api, served
from tests.operations.conftest import Host, free_port, until
from worker import canary
from worker.domain.measures import CALL_SECONDS, OTPS_ENDED, TASKS
from worker.measures import KEY, MOST_VALUES, RedisMeasures


@pytest.fixture
def api(loa):
    with served(loa) as made:
        yield made


def parsed(text: str) -> dict[tuple[str, ...], float]:
    """Name and the values of the labels, in the order of the labels' names → value."""
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(api: Api) -> dict[tuple[str, ...], float]:
    return parsed(api.client().get("/metrics").text)


def test_what_two_processes_measured_is_added_up(api):
    for _ in range(2):
        process = RedisMeasures(api.world.loa.redis)
        process.count(TASKS, task="loa.poll", result="done")
        for seconds in (0.01, 0.2, 20.0):
            process.observe(CALL_SECONDS, seconds, provider="esms", result="answered")
        process.flush(now=True)
        process.flush(now=True)
    found = read(api)
    assert found["loa_tasks_total", "done", "loa.poll"] == 2
    assert found["loa_provider_call_seconds_count", "esms", "answered"] == 6
    assert found["loa_provider_call_seconds_sum", "esms", "answered"] == pytest.approx(40.42)
    assert found["loa_provider_call_seconds_bucket", "0.025", "esms", "answered"] == 2
    assert found["loa_provider_call_seconds_bucket", "0.25", "esms", "answered"] == 4
    assert found["loa_provider_call_seconds_bucket", "+Inf", "esms", "answered"] == 6


def test_many_values_are_added_up_as_they_come_and_a_bound_is_in_its_bucket(api):
    process = RedisMeasures(api.world.loa.redis)
    for seconds in (0.025, 0.026) * MOST_VALUES:
        process.observe(CALL_SECONDS, seconds, provider="esms", result="answered")
        process.observe(CALL_SECONDS, seconds, result="esms", provider="answered")
    process.flush(now=True)
    found = read(api)
    for labels in (("esms", "answered"), ("answered", "esms")):
        assert found["loa_provider_call_seconds_bucket", "0.025", *labels] == MOST_VALUES
        assert found["loa_provider_call_seconds_bucket", "0.05", *labels] == 2 * MOST_VALUES
        assert found["loa_provider_call_seconds_sum", *labels] == pytest.approx(0.051 * MOST_VALUES)


def test_what_could_not_be_sent_is_sent_later_and_nobody_waits(api):
    redis, away = api.world.loa.redis, Redis.from_url("redis://127.0.0.1:1/0")
    process = RedisMeasures(away)
    process.count(OTPS_ENDED, state="accepted")
    process.flush(now=True)
    process._redis = redis
    process.flush()
    assert not redis.exists(KEY), "it is left alone for a while"
    process.flush(now=True)
    assert read(api)["loa_otps_ended_total", "accepted"] == 1


def test_series_that_an_alert_watches_begin_at_zero(api):
    found = read(api)
    assert found["loa_otps_ended_total", "expired"] == 0
    assert found["loa_account_refusals_total", "esms"] == 0


def test_a_canary_that_nobody_takes_is_seen_and_does_not_fill_the_queue(api):
    redis, clock, sent = api.world.loa.redis, api.world.clock, []
    for _ in range(42):
        canary.send(redis, ["otp", "sweep"], clock.now(), sent.append)
        if "sweep" in sent:
            canary.note(redis, "sweep", clock.now())
        clock.tick(seconds=30)
    assert sent.count("otp") == 3
    assert sent.count("sweep") > 20
    found = read(api)
    assert found["loa_canary_wait_seconds", "otp"] == 42 * 30
    assert found["loa_canary_wait_seconds", "sweep"] == 0
    canary.note(redis, "otp", clock.now())
    assert read(api)["loa_canary_wait_seconds", "otp"] == 0
    clock.tick(seconds=canary.LOST_AFTER / timedelta(seconds=1))
    canary.send(redis, ["otp"], clock.now(), sent.append)
    assert sent.count("otp") == 4


def test_workers_scheduler_and_a_password_on_one_scrape(host: Host, sandbox):
    port = free_port()
    host.env |= {"LOA_ESMS_BASE_URL": sandbox.esms_url}
    for name in ("web", "scheduler", "worker-sweep", "worker-otp"):
        host.procfile(name, PORT=str(port), LOA_OTP_PROCESSES="1")
    host.run("otp", "send", "--phone", "0900999999", "--text", "Ma LOA: 123456", "--sender", "LOA")

    def scrape() -> dict[tuple[str, ...], float]:
        try:
            text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False, timeout=10).text
        except httpx.TransportError:
            return {}
        return parsed(text)

    sent = ("loa_provider_calls_total", "100", "otp", "accepted", "esms")
    until("the call of the password is counted", lambda: scrape().get(sent) == 1)
    until("canaries went round", lambda: scrape().get(("loa_canary_wait_seconds", "otp")) == 0)
    # No worker of that queue runs here.
    until("a queue without a worker is seen", lambda: scrape().get(("loa_canary_wait_seconds", "report"), 0) > 0)
    ages = [("loa_beat_age_seconds",), ("loa_heartbeat_age_seconds",)]
    until("both are young", lambda: (seen := scrape()) and all(seen.get(age, 60) < 10 for age in ages))
    # The sweep may have enqueued it once more.
    task = ("loa_tasks_total", "done", "loa.deliver_otp")
    until("the task of the password is counted", lambda: scrape().get(task, 0) >= 1)
    found = scrape()
    assert found["loa_otp_to_provider_seconds_count", "esms"] == 1
    assert found["loa_provider_call_seconds_count", "esms", "answered"] >= 1
    assert found["loa_otps_ended_total", "accepted"] == 1
    assert found["loa_schema_current",] == 1
    assert found["loa_queue_oldest_task_age_seconds", "report"] > 0
