"""Scripts on a Redis that may be away: nobody waits for it or fails with it, and the log has one line about it."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import structlog
from redis import Redis, RedisError

from worker.clock import Clock

log = structlog.get_logger(__name__)

MICROSECONDS: Final = 1_000_000
#: After a failure nobody asks again for so long: a call must not wait for a time-out each time.
ASK_AGAIN_S: Final = 1.0


class SoftState:
    """The scripts of one process on a Redis that may be lost: what is in it is worth some seconds, never a batch."""

    def __init__(self, redis: "Redis", clock: Clock, prefix: str) -> None:
        self._redis, self._clock, self._prefix = redis, clock, prefix
        self._away = False
        self._ask_at = 0.0

    def script(self, source: str) -> Callable[..., Any]:
        """A script to run on the key of a name, with the time and numbers behind it; it answers None while Redis is away."""
        return partial(self._ask, self._redis.register_script(source))

    def _ask(self, script: Any, name: str, *arguments: int) -> Any:
        if self._away and time.monotonic() < self._ask_at:
            return None
        now = round(self._clock.now().timestamp() * MICROSECONDS)
        try:
            answer = script(keys=[self._prefix + name], args=[now, *arguments])
        except RedisError as fault:
            self._ask_at = time.monotonic() + ASK_AGAIN_S
            if not self._away:
                self._away = True
                log.warning("limits_away", fault=type(fault).__name__)
            return None
        if self._away:
            self._away = False
            log.info("limits_back")
        return answer
