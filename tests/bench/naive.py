"""Compares Loa with what people write first, on the same Redis and the same emulator."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from redis import Redis

from tests.bench import lists, naive_app
from tests.bench.figures import Row, say
from tests.bench.limiter import most_in_a_second
from tests.bench.singles import LEFT, TEXT
from tests.bench.stage import Emulator, Stage, wait_for, worker
from worker.services.planning import plan
from worker.services.planning.request import CampaignRequest

NUMBERS = 20_000
PROCESSES = 2
RATE_LIMIT = 100
LIMITED_S = 10
#: What a worker says of itself is enough; the naive one has two of them for the rate.
ARGUMENTS = "-A tests.bench.naive_app worker -c {processes} -n {name}@%h"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a way of sending came to."""

    rate: float
    redis_mib: float


def run(stage: Stage, scale: float) -> list[Row]:
    """Throughput and memory, then the rate limit."""
    numbers = max(500, round(NUMBERS * scale))
    say(f"{numbers:,} single texts to the emulator: one task a number …")
    naive = _naive(stage, numbers)
    say("… Loa …")
    ours = _loa(stage, numbers)
    seconds = max(3.0, LIMITED_S * min(1.0, scale * 2))
    say("… rate_limit by two workers …")
    most, mean = _limited(stage, seconds)
    return [
        Row(
            "naive",
            f"{numbers:,} single texts, {PROCESSES} processes, to the emulator",
            f"{ours.rate:,.0f}/s, Redis +{ours.redis_mib:.1f} MiB",
            f"one task a number: {naive.rate:,.0f}/s, Redis +{naive.redis_mib:.1f} MiB",
            f"{ours.rate / naive.rate:.1f}×",
            "",
            "Loa: first claim to last result. Tasks: from the start of a worker over a full queue to the last arrival, without "
            "database and results. The emulator, one process, is the limit of both at some point. A million tasks take fifty "
            "times the memory of 20,000; Loa's does not grow with the list.",
            {"numbers": numbers, "rate": ours.rate, "naive_rate": naive.rate}
            | {"redis_mib": ours.redis_mib, "naive_redis_mib": naive.redis_mib},
        ),
        Row(
            "naive",
            f"a limit of {RATE_LIMIT}/s with two workers",
            "see limiter",
            f"rate_limit='{RATE_LIMIT}/s': {most} in the worst second, {mean:.0f}/s on average",
            f"{most / RATE_LIMIT:.1f}× the limit",
            "never above",
            "Celery's rate_limit holds for each worker alone. Arrivals at the emulator.",
            {"limit": RATE_LIMIT, "most": most, "mean": mean},
        ),
    ]


@contextmanager
def tasks(stage: Stage, emulator: Emulator, numbers: int, rate_limit: str = "") -> Iterator[dict[str, str]]:
    """A queue with one naive task a number on an empty Redis; the environment of its workers."""
    settings = {
        "NAIVE_REDIS_URL": stage.redis_url,
        "NAIVE_URL": f"{emulator.url}/esms/MainService.svc/json/SendMultipleMessage_V4_post_json/",
        "NAIVE_RATE_LIMIT": rate_limit,
    }
    with Redis.from_url(stage.redis_url) as redis:
        redis.flushall()
        stage.watch.begin()
        naive_app.app.conf.broker_url = stage.redis_url
        with naive_app.app.producer_or_acquire() as producer:
            for phone in lists.phones(numbers):
                naive_app.send.apply_async((phone,), producer=producer)
        yield {**os.environ, **settings}
        redis.flushall()


def arguments(name: str = "naive", processes: int = PROCESSES) -> str:
    """The command line of a naive worker."""
    return ARGUMENTS.format(name=name, processes=processes)


def _naive(stage: Stage, numbers: int) -> Ran:
    with (
        stage.emulator() as emulator,
        tasks(stage, emulator, numbers) as environment,
        Redis.from_url(stage.redis_url) as redis,
        stage.process("naive worker", "celery", *arguments().split(), env=environment),
    ):
        # Not by the emulator's book: to read it would slow it down.
        wait_for(lambda: redis.llen("celery") == 0, "the tasks", 600, 0.25)
        wait_for(lambda: emulator.totals()["messages"] >= numbers, "the last tasks", 30, 0.25)
        return Ran(rate(emulator.sends()), stage.watch.redis_grew)


def _loa(stage: Stage, numbers: int) -> Ran:
    path = lists.plain(stage.folder / "plain.csv", numbers)
    with (
        stage.emulator() as emulator,
        stage.scene(emulator.url, LOA_ESMS_REQUESTS_PER_SECOND=10_000) as scene,
        scene.workers(worker("sweep"), worker("report"), worker("send.esms", PROCESSES)),
    ):
        plan.create(scene.deps, CampaignRequest("esms", "LOA", "care", TEXT, path))
        wait_for(lambda: scene.one(LEFT).left == 0, "the texts", 600)
        found: Any = scene.one("SELECT min(began_at) AS first, max(ended_at) AS last FROM attempt")
        return Ran(numbers / (found.last - found.first).total_seconds(), stage.watch.redis_grew)


def _limited(stage: Stage, seconds: float) -> tuple[int, float]:
    """The most in any second, and the mean, by two workers that each keep the limit."""
    numbers = round(2 * RATE_LIMIT * seconds)
    with (
        stage.emulator() as emulator,
        tasks(stage, emulator, numbers, f"{RATE_LIMIT}/s") as environment,
        ExitStack() as stack,
    ):
        for name in ("first", "second"):
            words = arguments(name, 1).split()
            stack.enter_context(stage.process(f"naive worker {name}", "celery", *words, env=environment))
        ends = time.monotonic() + 120
        while emulator.totals()["messages"] < numbers and time.monotonic() < ends:
            time.sleep(0.5)
        arrivals = sorted(emulator.sends())
        return most_in_a_second(arrivals), rate(arrivals)


def rate(arrivals: list[int]) -> float:
    """Arrivals a second."""
    return len(arrivals) / ((max(arrivals) - min(arrivals)) / 1e6)
