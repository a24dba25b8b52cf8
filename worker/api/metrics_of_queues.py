"""Metrics of the machinery: queues, scheduler, workers and the providers' circuits, as Redis has them.

Every queue is shown from the code's own list: Flower knows only those of workers that answer, so that a frozen worker's queue
vanishes there with its messages on it.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import cast

from prometheus_client.core import GaugeMetricFamily, Metric

from worker import canary
from worker.queues import BEAT, HEARTBEAT, CeleryTaskQueue, Queue, send_queue
from worker.throttle import Gate
from worker.wiring import Loa

#: What a circuit lets through, as a number.
GATES = {Gate.CLOSED: 0.0, Gate.HALF_OPEN: 0.5, Gate.OPEN: 1.0}


def families(loa: Loa) -> Iterator[Metric]:
    """All of it; RedisError where Redis is away."""
    redis, now = loa.redis, loa.clock.now()
    queues = [str(queue) for queue in (*Queue, *map(send_queue, loa.deps.accounts))]
    task_queue = CeleryTaskQueue(redis)
    length = GaugeMetricFamily("loa_queue_length", "Tasks that wait in a queue.", labels=["queue"])
    oldest = GaugeMetricFamily(
        "loa_queue_oldest_task_age_seconds",
        "Seconds for which the oldest task of a queue has waited.",
        labels=["queue"],
    )
    for queue in queues:
        length.add_metric([queue], task_queue.waiting(queue))
        oldest.add_metric([queue], task_queue.oldest_s(queue))
    yield from (length, oldest)
    waiting = GaugeMetricFamily(
        "loa_canary_wait_seconds",
        "Seconds for which a queue's canary task has waited; reveals a worker that answers pings but takes no tasks.",
        labels=["queue"],
    )
    for queue, seconds in canary.waiting_s(redis, now).items():
        waiting.add_metric([queue], seconds)
    yield waiting
    for name, sentence, key in (
        ("loa_heartbeat_age_seconds", "Seconds since a sweep last passed scheduler, queue, worker and database.", HEARTBEAT),
        ("loa_beat_age_seconds", "Seconds since a scheduler last ticked.", BEAT),
    ):  # fmt: skip
        family = GaugeMetricFamily(name, sentence)
        if last := cast("bytes | None", redis.get(key)):
            family.add_metric([], max((now - datetime.fromisoformat(last.decode())).total_seconds(), 0.0))
        yield family
    circuit = GaugeMetricFamily(
        "loa_circuit_open", "1: the provider is not called; 0.5: one call tries; 0: all are made.", labels=["provider"]
    )
    for account in (*loa.deps.accounts.values(), *loa.deps.otp_only.values()):
        circuit.add_metric([account.name], GATES[loa.deps.breaker.look(account.name, account.timeout_s).gate])
    yield circuit
