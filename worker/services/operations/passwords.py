"""Figures of one-time passwords: outcome and latency over a day, by provider and by hour, and the calls of one message."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from worker.domain.message import MessageState
from worker.domain.roles import May
from worker.services.deps import Deps
from worker.storage.otp import outcomes
from worker.storage.otp.outcomes import Alike
from worker.storage.tables.campaigns import Attempt

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Latency:
    """Within how many seconds of their request such a share of the messages was called for; to 5 %, rounded up."""

    median_s: float
    p95_s: float
    p99_s: float


@dataclass(frozen=True, slots=True)
class Provider:
    """The messages of one provider; those that none has yet come under an empty name."""

    name: str
    messages: int
    accepted: int
    delivered: int
    failed: int
    unknown: int
    expired: int
    #: None: no provider took one.
    latency: Latency | None


@dataclass(frozen=True, slots=True)
class Hour:
    """The messages that came in within one hour."""

    begins_at: datetime
    messages: int
    latency: Latency | None


@dataclass(frozen=True, slots=True)
class Day:
    """This hour and the 23 before it: providers, those with most messages first, and hours in their order."""

    providers: Sequence[Provider]
    hours: Sequence[Hour]


def last_day(deps: Deps) -> Day:
    """The messages of this hour and of the 23 before it."""
    deps.actor.must(May.SEE_OTP)
    this_hour = deps.clock.now().replace(minute=0, second=0, microsecond=0)
    with deps.sessions() as session:
        found = outcomes.since(session, this_hour - DAY + HOUR)
    providers = [
        _provider(name, [one for one in found if one.provider == name]) for name in {one.provider for one in found}
    ]
    hours = [
        _hour(begins_at, [one for one in found if one.hour == begins_at]) for begins_at in {one.hour for one in found}
    ]
    return Day(
        sorted(providers, key=lambda one: (-one.messages, one.name)), sorted(hours, key=lambda one: one.begins_at)
    )


def attempts(deps: Deps, message_id: UUID) -> Sequence[Attempt]:
    """The calls that were made for a message, in their order."""
    deps.actor.must(May.SEE_OTP)
    with deps.sessions() as session:
        return outcomes.attempts(session, message_id)


def _provider(name: str, found: Sequence[Alike]) -> Provider:
    of: Counter[MessageState] = Counter()
    for one in found:
        of[one.state] += one.count
    return Provider(
        name,
        of.total(),
        of[MessageState.ACCEPTED],
        of[MessageState.DELIVERED],
        of[MessageState.FAILED] + of[MessageState.REJECTED],
        of[MessageState.UNKNOWN],
        of[MessageState.EXPIRED],
        _latency(found),
    )


def _hour(begins_at: datetime, found: Sequence[Alike]) -> Hour:
    return Hour(begins_at, sum(one.count for one in found), _latency(found))


def _latency(found: Sequence[Alike]) -> Latency | None:
    taken = sorted((one.longest_s, one.count) for one in found if one.longest_s is not None)
    whole = sum(count for _, count in taken)
    if not whole:
        return None

    def within(share: float) -> float:
        left = ceil(whole * share)
        for seconds, count in taken:
            left -= count
            if left <= 0:
                return seconds
        raise AssertionError("a share is at most the whole")

    return Latency(within(0.5), within(0.95), within(0.99))
