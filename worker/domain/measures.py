"""The measures taken while work is done, and their names: counters and histograms in Prometheus' terms.

What can be counted in the database when somebody asks (worker/api/metrics) is not measured here.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

#: Seconds: from a quick answer to one that a time-out cut off.
CALL_BUCKETS: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: Seconds from the request of a password on; the promise is made at 10.
OTP_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True)
class Measure:
    """One measured quantity; with `buckets` a histogram (upper bounds, in its unit), without a counter."""

    name: str
    sentence: str
    labels: tuple[str, ...]
    buckets: tuple[float, ...] = ()


CALLS: Final = Measure(
    "loa_provider_calls_total",
    "Sending calls by outcome; code is the provider's own.",
    ("provider", "kind", "outcome", "code"),
)
CALL_SECONDS: Final = Measure(
    "loa_provider_call_seconds",
    "Seconds from the start of any call to the end of its answer; result: answered, no_answer or never_left.",
    ("provider", "result"),
    CALL_BUCKETS,
)
LIMIT_WAIT_SECONDS: Final = Measure(
    "loa_rate_limit_wait_seconds",
    "Seconds for which a call waited for its rate-limit slot.",
    ("provider", "kind"),
    CALL_BUCKETS,
)
OTP_CALL_SECONDS: Final = Measure(
    "loa_otp_to_provider_seconds",
    "Seconds from the request of a one-time password to the call of a provider.",
    ("provider",),
    OTP_BUCKETS,
)
OTP_DELIVERED_SECONDS: Final = Measure(
    "loa_otp_delivered_seconds",
    "Seconds from the request of a one-time password to the report of its delivery.",
    ("provider",),
    OTP_BUCKETS,
)
OTPS_ENDED: Final = Measure("loa_otps_ended_total", "One-time passwords that ended, by state.", ("state",))
REFUSALS: Final = Measure(
    "loa_account_refusals_total",
    "Calls by which a provider refused our account: balance, brandname, key (outcome halt).",
    ("provider",),
)
TASKS: Final = Measure("loa_tasks_total", "Celery tasks that ended, by result.", ("task", "result"))
TASK_SECONDS: Final = Measure(
    "loa_task_seconds",
    "Seconds that a Celery task took.",
    ("task",),
    (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0),
)

ALL: Final[tuple[Measure, ...]] = (
    CALLS,
    CALL_SECONDS,
    LIMIT_WAIT_SECONDS,
    OTP_CALL_SECONDS,
    OTP_DELIVERED_SECONDS,
    OTPS_ENDED,
    REFUSALS,
    TASKS,
    TASK_SECONDS,
)


class Measures(Protocol):
    """Takes what was measured; never raises, and waits for nothing but a flush."""

    def count(self, what: Measure, by: float = 1, /, **labels: str) -> None:
        """Add to a counter."""
        ...

    def observe(self, what: Measure, value: float, /, **labels: str) -> None:
        """Put a value into a histogram."""
        ...

    def flush(self) -> None:
        """Have others see it, unless they saw something a moment ago: called in work that goes on for long."""
        ...


class Unmeasured:
    """Measures nothing: for commands, whose few calls are not worth a trip to Redis."""

    def count(self, what: Measure, by: float = 1, /, **labels: str) -> None:
        """Nothing."""

    def observe(self, what: Measure, value: float, /, **labels: str) -> None:
        """Nothing."""

    def flush(self) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One number that is kept: a series, and of a histogram which part (`sum`, or a bucket's upper bound)."""

    name: str
    labels: tuple[tuple[str, str], ...]
    part: str = ""


def cells(what: Measure, labels: Mapping[str, str], values: Sequence[float]) -> dict[Cell, float]:
    """What counts (no buckets) or observations of one series add, and where."""
    series = tuple((name, labels[name]) for name in what.labels)
    if not what.buckets:
        return {Cell(what.name, series): sum(values)}
    bounds = (*map(str, what.buckets), "+Inf")
    added = Counter(bisect_left(what.buckets, value) for value in values)
    parts = {Cell(what.name, series, bounds[nth]): float(number) for nth, number in added.items()}
    return {**parts, Cell(what.name, series, "sum"): sum(values)}
