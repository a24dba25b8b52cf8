"""Metrics in Prometheus' form, read anew at each visit; no key is asked for, because nothing in them is secret.

One scrape of one web process shows the whole installation: what lies in rows and queues is counted here, what worker
processes measure comes through Redis (worker/measures.py). docs/reference/metrics.md lists every name.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from worker import measures
from worker.api import metrics_of_queues
from worker.domain.measures import OTPS_ENDED, REFUSALS
from worker.domain.message import MessageState
from worker.domain.window import day_of
from worker.services.reporting import future
from worker.storage import migrate
from worker.storage.operations import suppression
from worker.storage.reporting import metrics as figures
from worker.storage.reporting.future import Future
from worker.wiring import Loa

router = APIRouter(tags=["operation"])

#: Of the one-time passwords those that were taken in so lately are counted.
LATELY: Final = timedelta(minutes=15)
#: The pace of spending is that of so long.
PACE: Final = timedelta(days=7)
#: With less than this between two readings a pace is a guess.
LEAST_PACE_DAYS: Final = 0.02
SECOND: Final = timedelta(seconds=1)


@router.get(
    "/metrics",
    summary="Counts for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request) -> Response:
    """Campaigns, batches, passwords, providers, queues, callbacks, money, and what workers measured."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(request.app.state.loa))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class Figures(Collector):
    """Asks PostgreSQL and Redis; one that is away is said to be, and the other is shown."""

    def __init__(self, loa: Loa) -> None:
        self._loa = loa

    def collect(self) -> Iterator[Metric]:
        """All figures."""
        up = GaugeMetricFamily("loa_up", "1: a part that Loa needs can be reached; 0: it cannot.", labels=["part"])
        for part, families, away in (
            ("postgresql", self._rows, SQLAlchemyError),
            ("redis", self._redis, RedisError),
        ):
            try:
                found = list(families())
            except away:
                up.add_metric([part], 0)
            else:
                up.add_metric([part], 1)
                yield from found
        yield up
        yield self._disk()

    def _redis(self) -> Iterator[Metric]:
        yield from metrics_of_queues.families(self._loa)
        from_zero = {
            OTPS_ENDED: [(str(state),) for state in MessageState],
            REFUSALS: [(provider,) for provider in self._loa.deps.accounts],
        }
        yield from measures.families(self._loa.redis, from_zero)

    def _rows(self) -> Iterator[Metric]:
        now = self._loa.clock.now()
        with self._loa.deps.sessions() as session:
            campaigns, batches = figures.open_campaigns(session), figures.open_batches(session)
            messages = figures.recent_messages(session, now - LATELY)
            progress, money = figures.progress(session, now), figures.money(session, now - PACE)
            unread, unread_since = figures.unread_callbacks(session)
            ahead = future.everywhere(session, now)
            do_not_call = suppression.last_import(session, suppression.DO_NOT_CALL)
        for name, sentence, state, found in (
            ("loa_campaigns", "Campaigns that have not ended.", "status", campaigns),
            ("loa_batches", "Batches of campaigns that have not ended.", "state", batches),
        ):
            family = GaugeMetricFamily(name, sentence, labels=["provider", state])
            for labels, number in found.items():
                family.add_metric(list(labels), number)
            yield family
        otps = GaugeMetricFamily("loa_otps", "One-time passwords of the last 15 minutes, by state.", labels=["state"])
        for state, number in messages.items():
            otps.add_metric([state], number)
        yield otps
        yield from self._progress(now, progress)
        yield GaugeMetricFamily(
            "loa_callbacks_unread", "Callbacks of providers that are not processed yet.", value=unread
        )
        yield GaugeMetricFamily(
            "loa_oldest_unread_callback_age_seconds",
            "Seconds for which the oldest unprocessed callback has been due.",
            value=_age(unread_since, now),
        )
        if do_not_call is not None:
            yield GaugeMetricFamily(
                "loa_do_not_call_list_age_seconds",
                "Age in seconds of the newest do-not-call list, by its own date; absent: none was imported.",
                value=float((day_of(now) - do_not_call.as_of).days * 86_400),
            )
        yield from _ahead(now, ahead)
        yield from _money(now, money)
        yield from self._build()

    def _progress(self, now: datetime, found: Sequence[figures.Progress]) -> Iterator[Metric]:
        by_provider = {one.provider: one for one in found}
        nothing = figures.Progress("", None, None, None, 0, 0)
        families = {
            "loa_oldest_due_batch_age_seconds": "Seconds for which the oldest batch that may leave has been due.",
            "loa_last_claim_age_seconds": "Seconds since a batch of an open campaign was last claimed; absent: never.",
            "loa_unknown_recipients": "Numbers whose outcome is unknown.",
            "loa_oldest_unknown_age_seconds": "Seconds since the call of the oldest unknown batch.",
            "loa_batches_needing_operator": "Batches that need an operator: `loa campaign resolve`.",
        }
        made = {name: GaugeMetricFamily(name, sentence, labels=["provider"]) for name, sentence in families.items()}
        for provider in self._loa.deps.accounts:
            one = by_provider.get(provider, nothing)
            values = (
                _age(one.due_since, now),
                None,
                float(one.unknown),
                _age(one.unknown_since, now),
                float(one.needs_operator),
            )
            for (name, family), value in zip(made.items(), values, strict=True):
                if name == "loa_last_claim_age_seconds":
                    if one.claimed_at is not None:
                        family.add_metric([provider], _age(one.claimed_at, now))
                elif value is not None:
                    family.add_metric([provider], value)
        yield from made.values()

    def _build(self) -> Iterator[Metric]:
        at, wanted = migrate.current(self._loa.engine), migrate.head()
        info = GaugeMetricFamily(
            "loa_build_info", "The version, and the migration of the database.", labels=["version", "migration"]
        )
        info.add_metric([_version(), at or "none"], 1)
        yield info
        yield GaugeMetricFamily(
            "loa_schema_current",
            "1: the database is at the migration that this version needs.",
            value=float(at == wanted),
        )

    def _disk(self) -> Metric:
        folder = self._loa.settings.data_dir.absolute()
        there = next(path for path in (folder, *folder.parents) if path.exists())
        return GaugeMetricFamily(
            "loa_disk_free_bytes",
            "Free bytes under LOA_DATA_DIR of the web process.",
            value=float(shutil.disk_usage(there).free),
        )


def _ahead(now: datetime, found: Mapping[str, Future]) -> Iterator[Metric]:
    rows = GaugeMetricFamily(
        "loa_future_rows", "Rows with a time later than now: the clock was set back.",
        labels=["table"],
    )  # fmt: skip
    for table, one in found.items():
        rows.add_metric([table], one.rows)
    yield rows
    latest = max((one.latest for one in found.values() if one.latest is not None), default=now)
    yield GaugeMetricFamily(
        "loa_future_rows_ahead_seconds",
        "Seconds by which the latest of these rows is ahead of the clock; due times are delayed by as much.",
        value=(latest - now) / SECOND,
    )


def _money(now: datetime, found: Sequence[figures.Money]) -> Iterator[Metric]:
    balance = GaugeMetricFamily("loa_balance", "Balance of an account, in its own unit.", labels=["provider", "unit"])
    age = GaugeMetricFamily("loa_balance_age_seconds", "Seconds since the balance was read.", labels=["provider"])
    days = GaugeMetricFamily(
        "loa_balance_days_left", "Days for which the balance lasts at last week's pace; absent: nothing was spent.",
        labels=["provider"],
    )  # fmt: skip
    for one in found:
        balance.add_metric([one.provider, one.unit], one.amount)
        age.add_metric([one.provider], _age(one.read_at, now))
        if one.spent > 0 and one.days >= LEAST_PACE_DAYS:
            days.add_metric([one.provider], one.amount * one.days / one.spent)
    yield from (balance, age, days)


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since) / SECOND, 0.0) if since is not None else 0.0


@cache
def _version() -> str:
    return version("loa")
