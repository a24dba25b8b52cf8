"""When may the next call to a provider begin? One evenly spaced clock a lane, shared by all processes through Redis.

GCRA, "reserve and sleep": a caller reserves the next free slot in one step and sleeps until it; slots are 1/rate apart,
so a provider never sees a burst (STACK.md 3: libraries give the whole second's quota at once). `now` is handed in.
"""

import time
from typing import Final

from redis import Redis

from worker.clock import Clock

#: KEYS[1] lane; ARGV: now, what is reserved, longest wait, all in microseconds. Returns the wait, or -1 and reserves nothing.
RESERVE: Final = """
local now, spacing, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local next_free = tonumber(redis.call('GET', KEYS[1]) or '0')
-- A clock set back would leave the lane shut for as long as it jumped: no queue and no hold reaches this far ahead.
if next_free < now or next_free > now + longest + spacing + 61000000 then next_free = now end
local wait = next_free - now
if wait > longest then return -1 end
redis.call('SET', KEYS[1], string.format('%.0f', next_free + spacing), 'PX', math.ceil((wait + spacing) / 1000) + 60000)
return wait
"""

#: KEYS[1] lane; ARGV: now, pause, in microseconds. The lane stays shut for at least the pause.
HOLD: Final = """
local shut_until = tonumber(ARGV[1]) + tonumber(ARGV[2])
local next_free = tonumber(redis.call('GET', KEYS[1]) or '0')
if next_free < shut_until then
  redis.call('SET', KEYS[1], string.format('%.0f', shut_until), 'PX', math.ceil(tonumber(ARGV[2]) / 1000) + 60000)
end
return 0
"""

MICROSECONDS: Final = 1_000_000


class Throttle:
    """The lanes of all providers. Raises `redis.RedisError` when Redis is away: a call that cannot be timed is not made."""

    def __init__(self, redis: "Redis", clock: Clock, prefix: str = "loa:lane:") -> None:
        self._clock = clock
        self._prefix = prefix
        self._reserve = redis.register_script(RESERVE)
        self._hold = redis.register_script(HOLD)

    def reserve(self, lane: str, per_second: float, longest_wait_s: float, slots: int = 1) -> float | None:
        """Take the lane's next `slots`: seconds to wait for the first, or None when it is further away than `longest_wait_s`.

        The others follow it `1 / per_second` apart.
        """
        arguments = [self._now(), round(slots * MICROSECONDS / per_second), round(longest_wait_s * MICROSECONDS)]
        wait = int(self._reserve(keys=[self._prefix + lane], args=arguments))
        return None if wait < 0 else wait / MICROSECONDS

    def wait(self, lane: str, per_second: float, longest_wait_s: float = 5.0, slots: int = 1) -> bool:
        """Sleep until the first of the lane's next `slots`; False when it is too far away and nothing was reserved."""
        seconds = self.reserve(lane, per_second, longest_wait_s, slots)
        if seconds is None:
            return False
        time.sleep(seconds)
        return True

    def hold(self, lane: str, seconds: float) -> None:
        """Shut the lane for all processes, as a provider's Retry-After asks."""
        self._hold(keys=[self._prefix + lane], args=[self._now(), round(seconds * MICROSECONDS)])

    def _now(self) -> int:
        return round(self._clock.now().timestamp() * MICROSECONDS)
