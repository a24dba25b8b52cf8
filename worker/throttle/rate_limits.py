"""The rate limit of a provider by "reserve and sleep": a caller takes the next free slot, and sleeps until it.

Libraries give a whole second's quota at once, or cannot reserve (ARCHITECTURE, decision 8). How the rate is shared, and why
the sum never exceeds it, is told in `scripts`. `now` is handed in.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from redis import Redis

from worker.clock import Clock
from worker.throttle import scripts
from worker.throttle.soft import MICROSECONDS, SoftState

#: No wait of a worker is longer: whatever is further away is for another time.
LONGEST_WAIT_S: Final = 5.0
#: One-time passwords of each process a second while Redis is away and the processes cannot know of each other.
ALONE_PER_SECOND: Final = 1.0


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What a contract allows one account."""

    name: str
    per_second: float
    #: The part of the rate that is kept for one-time passwords, in [0, 1).
    otp_reserve: float = 0.0
    #: Messages: numbers times parts. 0: no limit.
    messages_per_second: float = 0.0

    @property
    def spacing(self) -> int:
        """From one call to the next, in microseconds; rounded up, so that no second holds one too many."""
        return math.ceil(MICROSECONDS / self.per_second)

    def cost(self, messages: int) -> int:
        """How long so many messages take, in microseconds."""
        return round(messages * MICROSECONDS / self.messages_per_second) if self.messages_per_second else 0


class Throttle:
    """The rate limits of all accounts. While Redis is away no call is made that cannot be timed, except a one-time password."""

    def __init__(self, redis: "Redis", clock: Clock) -> None:
        state = SoftState(redis, clock, "loa:lane:")
        self._reserve = state.script(scripts.RESERVE)
        self._hold, self._slow_down = state.script(scripts.HOLD), state.script(scripts.SLOW_DOWN)
        self._alone: dict[str, float] = {}

    def wait(
        self,
        rate_limit: RateLimit,
        longest_wait_s: float = LONGEST_WAIT_S,
        *,
        slots: int = 1,
        messages: int = 1,
        spread_s: float = LONGEST_WAIT_S,
        otp: bool = False,
        pause: Callable[[float], None] = time.sleep,
    ) -> list[float] | None:
        """Take the rate limit's next slots, and `pause` until the first: seconds from then to each.

        None when the first is further away than `longest_wait_s`. Each slot is for one call of so many `messages`. Fewer than
        asked for are taken where the last would be more than `spread_s` after the first. None, too, while Redis is away.
        """
        longest = round(longest_wait_s * MICROSECONDS)
        waits = self._ask(rate_limit, longest, slots=slots, messages=messages, spread_s=spread_s, otp=otp)
        if waits is None and otp:
            waits = self._wait_alone(rate_limit, longest_wait_s)
        if waits is None or waits[0] < 0:
            return None
        if waits[0]:
            pause(waits[0] / MICROSECONDS)
        return [(wait - waits[0]) / MICROSECONDS for wait in waits]

    def ahead(self, rate_limit: RateLimit) -> float:
        """How far away the rate limit's next slot for ads is, in seconds; endless while Redis is away. Takes nothing."""
        waits = self._ask(rate_limit, -1, slots=1, messages=0, spread_s=0, otp=False)
        return math.inf if waits is None else abs(waits[0]) / MICROSECONDS

    def hold(self, rate_limit: RateLimit, seconds: float, *, otp: bool = False) -> None:
        """Shut the rate limit for all processes, as a provider's Retry-After asks; said to a password, for passwords too."""
        self._hold(rate_limit.name, round(seconds * MICROSECONDS), int(otp))

    def slow_down(self, rate_limit: RateLimit) -> None:
        """The provider says that we are too fast: ads get half of what they had, and the rest back within a minute."""
        self._slow_down(rate_limit.name)

    def _ask(
        self, rate_limit: RateLimit, longest: int, *, slots: int, messages: int, spread_s: float, otp: bool
    ) -> list[int] | None:
        """Microseconds to each slot; `longest` in microseconds, too. A negative first one is too far away: nothing is taken."""
        reserve = min(999, round(rate_limit.otp_reserve * 1000))
        limits = (longest, slots, round(spread_s * MICROSECONDS), rate_limit.cost(messages), int(otp))
        waits = self._reserve(rate_limit.name, rate_limit.spacing, reserve, *limits)
        return None if waits is None else [int(wait) for wait in waits.split()]

    def _wait_alone(self, rate_limit: RateLimit, longest_wait_s: float) -> list[int] | None:
        """The wait for a password without Redis: a small rate of this process's own."""
        now = time.monotonic()
        begin = max(now, self._alone.get(rate_limit.name, now))
        if begin - now > longest_wait_s:
            return None
        self._alone[rate_limit.name] = begin + max(1 / ALONE_PER_SECOND, 1 / rate_limit.per_second)
        return [round((begin - now) * MICROSECONDS)]
