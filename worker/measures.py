"""Brings workers' measurements to `/metrics`: summed in each process, sent to Redis at most once a second.

Through Redis, not by a port on each worker host: a worker's processes come and go with their tasks (a port or a file each
would have to be found and merged), hosts need no open port, and one scrape of web shows all of them. Redis emptied: counters
begin anew, which Prometheus expects. Redis away: nothing waits for it, and what was measured meanwhile is sent later. A
process that is killed takes its last second with it.
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any, Final, cast

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from redis import Redis, RedisError

from worker.domain.measures import ALL, Cell, Measure, cells

KEY: Final = "loa:measures"
FLUSH_EVERY_S: Final = 1.0
#: After Redis did not answer it is left alone for so long: a task must not wait for it again and again.
LEAVE_ALONE_S: Final = 15.0
#: No more values of a series are kept one by one.
MOST_VALUES: Final = 1_000


class RedisMeasures:
    """Measures of one process. Made anew after a fork."""

    def __init__(self, redis: "Redis") -> None:
        """`redis` with short time-outs and no repeats."""
        self._redis = redis
        #: What is to be sent; and by series the values that are still to be added to it, many at once, which costs less.
        self._added: dict[Cell, float] = {}
        self._values: dict[tuple[Any, ...], tuple[Measure, Mapping[str, str], list[float]]] = {}
        self._lock = threading.Lock()
        self._next_flush = 0.0

    def count(self, what: Measure, by: float = 1, /, **labels: str) -> None:
        """Add to a counter."""
        self._take(what, by, labels)

    def observe(self, what: Measure, value: float, /, **labels: str) -> None:
        """Put a value into a histogram."""
        self._take(what, value, labels)

    def flush(self, *, now: bool = False) -> None:
        """Send what was added, unless something was sent a moment ago; called between tasks, and in one that goes on for long."""
        if not (self._added or self._values) or (not now and time.monotonic() < self._next_flush):
            return
        with self._lock:
            for what, labels, values in self._values.values():
                self._add(cells(what, labels, values))
            self._values = {}
            going, self._added = self._added, {}
        self._next_flush = time.monotonic() + FLUSH_EVERY_S
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for cell, value in going.items():
                pipeline.hincrbyfloat(KEY, _field(cell), value)
            pipeline.execute()
        except RedisError:
            self._next_flush = time.monotonic() + LEAVE_ALONE_S
            with self._lock:
                self._add(going)

    def _take(self, what: Measure, value: float, labels: Mapping[str, str]) -> None:
        with self._lock:
            series = (what.name, *labels.items())
            _, _, values = self._values.get(series) or self._values.setdefault(series, (what, labels, []))
            values.append(value)
            if len(values) >= MOST_VALUES:
                self._add(cells(*self._values.pop(series)))

    def _add(self, more: Mapping[Cell, float]) -> None:
        for cell, value in more.items():
            self._added[cell] = self._added.get(cell, 0.0) + value


def families(
    redis: "Redis", from_zero: Mapping[Measure, Iterable[tuple[str, ...]]]
) -> Iterator[CounterMetricFamily | HistogramMetricFamily]:
    """Everything that all processes measured, for Prometheus.

    Each name is there before its first value, and each series of `from_zero` at 0: of a counter that begins at 1 Prometheus sees
    no increase, so that an alert on the first event would be silent.
    """
    kept: dict[str, dict[tuple[str, ...], dict[str, float]]] = {
        what.name: {labels: {"": 0.0} for labels in series} for what, series in from_zero.items()
    }
    for field, value in cast("dict[bytes, bytes]", redis.hgetall(KEY)).items():
        name, labels, part = json.loads(field)
        kept.setdefault(name, {}).setdefault(tuple(labels), {})[part] = float(value)
    for what in ALL:
        series = kept.get(what.name, {})
        yield _histogram(what, series) if what.buckets else _counter(what, series)


def _counter(what: Measure, series: dict[tuple[str, ...], dict[str, float]]) -> CounterMetricFamily:
    family = CounterMetricFamily(what.name, what.sentence, labels=what.labels)
    for labels, parts in series.items():
        family.add_metric(labels, parts.get("", 0.0))
    return family


def _histogram(what: Measure, series: dict[tuple[str, ...], dict[str, float]]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(what.name, what.sentence, labels=what.labels)
    bounds = [*map(str, what.buckets), "+Inf"]
    for labels, parts in series.items():
        counts = accumulate(parts.get(bound, 0.0) for bound in bounds)
        buckets: list[Any] = [list(pair) for pair in zip(bounds, counts, strict=True)]
        family.add_metric(labels, buckets, sum_value=parts.get("sum", 0.0))
    return family


def field(what: Measure, **labels: str) -> str:
    """Under which name the hash at `KEY` holds a counter."""
    return _field(next(iter(cells(what, labels, [1]))))


def _field(cell: Cell) -> str:
    return json.dumps([cell.name, [value for _, value in cell.labels], cell.part], ensure_ascii=False)
