"""Workers, servers and clocks die while numbers go out: none is messaged twice, none is lost, and no doubt stays."""

import signal
import subprocess
import sys
import time

import pytest
from celery import Celery
from redis import Redis

from tests.environment import servers
from tests.flows.conftest import until
from tests.reliability.conftest import AWAY_S, FULL, MASSACRES, NUMBERS, ORDER, OVER, ROOT, Stage, every_round
from tests.reliability.judge import Verdict
from tests.reliability.points import Line, Victim
from worker.app import app
from worker.queues import send_queue

SEND_MODES = ("list", "single", "push", "zalo")


def clean(verdict: Verdict) -> None:
    """Nothing twice, nothing lost; and where there is evidence, no doubt."""
    assert (verdict.twice, verdict.lost, verdict.unknown) == (0, 0, 0), str(verdict)


@every_round
@pytest.mark.parametrize("victim", Victim)
def test_a_worker_is_killed_on_every_line(stage: Stage, victim, round_):
    """The three ways and Zalo at once, each line of each: sixteen deaths."""
    for line in Line:
        for send_mode in SEND_MODES:
            stage.arm(send_mode, line, victim)
    campaigns = [stage.campaign(12 * ORDER, send_mode) for send_mode in SEND_MODES]
    try:
        until("somebody died on every line", lambda: not stage.survivors(), timeout_s=300)
    except AssertionError as why:
        why.add_note(f"nobody died on {stage.survivors()}")
        raise
    for campaign in campaigns:
        clean(campaign.verdict(f"SIGKILL of a {victim} on each of four lines", strikes=len(Line)))


@every_round
def test_all_workers_are_killed_at_once_again_and_again(stage: Stage, round_):
    # Slow enough that all of them are struck in the middle.
    stage.sandbox.set(latency_s=0.6)
    campaign = stage.campaign(NUMBERS)
    for _ in range(MASSACRES):
        stage.until_more()
        stage.up.kill("worker.app worker")
    stage.sandbox.set(latency_s=0)
    clean(campaign.verdict("SIGKILL of all workers at once", strikes=MASSACRES, timeout_s=600))


@every_round
def test_all_workers_are_killed_while_texts_follow_zalo(stage: Stage, round_):
    """Nobody has both, whoever dies between what Zalo did not deliver and the text that follows it."""
    stage.sandbox.set(zalo_fail_share=0.5)
    campaign = stage.campaign(6 * ORDER, "zalo, then text")
    for _ in range(MASSACRES):
        stage.until_more()
        stage.up.kill("worker.app worker")
    until("the Zalo campaign is over", campaign.is_over, timeout_s=300)

    def followed() -> str:
        return str(stage.up.json("campaign", "show", campaign.id)["fallback"]["campaign"] or "")

    stage.up.kill("worker.app worker")
    texts = until("a campaign of texts follows", followed, timeout_s=300)
    stage.up.kill("worker.app worker")
    until("it is over", lambda: stage.up.status(texts) in OVER, timeout_s=300)
    failed = {phone for phone, state in campaign.said().items() if state == "failed"}
    by_zalo, by_text = (stage.sandbox.phones_of(channel) for channel in ("zalo", "sms"))
    assert failed
    assert {phone for phone, (_, had) in by_zalo.items() if not had} == failed == set(by_text)
    assert {taken for taken, _ in (*by_zalo.values(), *by_text.values())} == {1}


def redis_emptied(stage: Stage) -> None:
    with Redis.from_url(str(stage.engines.redis_url)) as client:
        client.flushall()


def redis_killed(stage: Stage) -> None:
    assert stage.engines.redis is not None
    stage.engines.redis.kill()


def redis_away(stage: Stage) -> None:
    redis = stage.engines.redis
    assert redis is not None
    with redis._alone():  # nobody starts it meanwhile
        redis._kill()
        time.sleep(AWAY_S)


def postgres_killed(stage: Stage) -> None:
    assert stage.engines.postgres is not None
    stage.engines.postgres.kill()


def workers_told_to_stop(stage: Stage) -> None:
    """A rolling restart: the worker ends what it has in hand, and the supervisor starts another; twice."""
    for _ in range(2):
        esms = stage.up.children("esms@")
        pids = {one.pid for one in esms}
        (worker,) = [one for one in esms if one.ppid() not in pids]
        worker.send_signal(signal.SIGTERM)
        until("it has stopped", lambda gone=worker: not gone.is_running(), timeout_s=240)
        until("another runs", lambda: stage.up.children("esms@"), timeout_s=240)


def tasks_enqueued_again(stage: Stage) -> None:
    """Every task three times over, for two workers with two processes each."""
    rows = stage.up.ask("SELECT id FROM batch WHERE state IN ('planned', 'sending') LIMIT 40")
    # A producer of its own: a task sent over a given connection would leave Loa's with connections to nowhere.
    with Celery(broker=str(stage.engines.redis_url), set_as_current=False) as producer:
        producer.conf.broker_transport_options = app.conf.broker_transport_options
        for (batch_id,) in rows * 3:
            producer.send_task("loa.send_batch", args=[str(batch_id)], queue=send_queue("esms"), retry=False)


BLOWS = {
    "Redis emptied (FLUSHALL)": redis_emptied,
    "Redis killed": redis_killed,
    f"Redis away for {AWAY_S} s": redis_away,
    "PostgreSQL killed": postgres_killed,
    "every task enqueued three times more": tasks_enqueued_again,
    "rolling restart, warm": workers_told_to_stop,
}


WARM = "rolling restart, warm"
REDIS = [blow for blow in BLOWS if "Redis" in blow]
#: Each alone in the full matrix; otherwise one after the other on the same campaign.
ROUNDS_OF_BLOWS = (
    [[blow] for blow in BLOWS] if FULL else [REDIS, [blow for blow in BLOWS if blow not in (*REDIS, WARM)], [WARM]]
)


@every_round
@pytest.mark.parametrize("blows", ROUNDS_OF_BLOWS, ids=", ".join)
def test_a_campaign_survives(stage: Stage, blows, round_):
    campaign = stage.campaign(24 * ORDER)
    for blow in blows:
        stage.until_more()
        BLOWS[blow](stage)
    clean(campaign.verdict(", ".join(blows), strikes=len(blows)))
    if WARM in blows:
        assert campaign.unknowns() == 0, "a warm stop ends the call in hand"


@every_round
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param("two beats", ["-A", "scheduler.app", "beat"], id="two beats"),
        # Each call takes longer than Redis waits for its worker, so that each task is given out again in the call.
        pytest.param(
            "visibility time-out in a slow call",
            ["-A", "tests.reliability.impatient", "worker", "-Q", "send.esms", "-n", "impatient@%h", "-c", "2"],
            id="visibility time-out",
        ),
    ],
)
def test_a_second_one_of_it_does_no_harm(stage: Stage, fault, words, round_):
    slow = "visibility" in fault
    stage.sandbox.set(latency_s=1.5 if slow else 0.3)
    env = stage.up.env | servers(stage.engines.database_url, stage.engines.redis_url)
    second = subprocess.Popen(
        [sys.executable, "-m", "celery", *words], env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert second.stdout is not None
    try:
        if slow:
            until("the second worker is ready", lambda: b"ready" in second.stdout.readline())
        campaign = stage.campaign(12 * ORDER)
        until("all orders were taken", lambda: stage.taken() >= 12, timeout_s=300)
        stage.sandbox.set(latency_s=0.1)
        clean(campaign.verdict(fault, strikes=1))
    finally:
        second.terminate()
        second.communicate(timeout=180)
    assert campaign.unknowns() == 0
