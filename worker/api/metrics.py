"""What does a monitor see? Counts in Prometheus' form, read anew at each visit; no key is asked for, for nothing is secret."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, cast

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from worker.bells import HEARTBEAT, Queue, QueueBells, send_queue
from worker.storage import figures
from worker.wiring import Loa

router = APIRouter(tags=["operation"])

#: Of the one-time passwords those that were taken in so lately are counted.
LATELY: Final = timedelta(minutes=15)


@router.get(
    "/metrics",
    summary="Counts for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request) -> Response:
    """Campaigns and batches by state, queues, one-time passwords, the age of the last sweep."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(request.app.state.loa))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class Figures(Collector):
    """Asks PostgreSQL and Redis; one that is away is said to be, and the other is shown."""

    def __init__(self, loa: Loa) -> None:
        self._loa = loa

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """All figures."""
        up = GaugeMetricFamily("loa_up", "Whether a part that Loa needs can be reached.", labels=["part"])
        for part, families, away in (
            ("postgresql", self._rows, SQLAlchemyError),
            ("redis", self._queues, RedisError),
        ):
            try:
                found = list(families())
            except away:
                up.add_metric([part], 0)
            else:
                up.add_metric([part], 1)
                yield from found
        yield up

    def _rows(self) -> Iterator[GaugeMetricFamily]:
        now = self._loa.clock.now()
        with self._loa.deps.sessions() as session:
            campaigns, batches = figures.open_campaigns(session), figures.open_batches(session)
            messages = figures.recent_messages(session, now - LATELY)
        for name, sentence, state, found in (
            ("loa_campaigns", "Campaigns that have not ended.", "status", campaigns),
            ("loa_batches", "Batches of campaigns that have not ended.", "state", batches),
        ):
            family = GaugeMetricFamily(name, sentence, labels=["provider", state])
            for labels, number in found.items():
                family.add_metric(list(labels), number)
            yield family
        family = GaugeMetricFamily(
            "loa_otps", "One-time passwords of the last 15 minutes, by where they are.", labels=["state"]
        )
        for state, number in messages.items():
            family.add_metric([state], number)
        yield family

    def _queues(self) -> Iterator[GaugeMetricFamily]:
        bells = QueueBells(self._loa.redis)
        waiting = GaugeMetricFamily("loa_queue_length", "Rings that wait on a queue.", labels=["queue"])
        for queue in (*Queue, *map(send_queue, self._loa.deps.accounts)):
            waiting.add_metric([str(queue)], bells.waiting(str(queue)))
        yield waiting
        age = GaugeMetricFamily("loa_heartbeat_age_seconds", "Since the last sweep went all the way round.")
        if last := cast("bytes | None", self._loa.redis.get(HEARTBEAT)):
            now = self._loa.clock.now()
            age.add_metric([], (now - datetime.fromisoformat(last.decode())) / timedelta(seconds=1))
        yield age
