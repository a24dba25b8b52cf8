"""Scripts on a Redis that may be away: nobody waits for it or fails with it, and the log has one line about it."""

import time
from typing import Any, Final

import structlog
from redis import Redis, RedisError

log = structlog.get_logger(__name__)

#: After a failure nobody asks again for so long: a call must not wait for a time-out each time.
ASK_AGAIN_S: Final = 1.0


class SoftState:
    """The scripts of one process on a Redis that may be lost: what is in it is worth some seconds, never a batch."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._away = False
        self._ask_at = 0.0

    def script(self, source: str) -> "SoftScript":
        """A script that answers None while Redis is away."""
        return SoftScript(self, self._redis.register_script(source))

    def ask(self, script: Any, key: str, arguments: list[int]) -> Any | None:
        """What the script answers; None while Redis is away."""
        if self._away and time.monotonic() < self._ask_at:
            return None
        try:
            answer = script(keys=[key], args=arguments)
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


class SoftScript:
    """One script of a `SoftState`."""

    def __init__(self, state: SoftState, script: Any) -> None:
        self._state = state
        self._script = script

    def __call__(self, key: str, *arguments: int) -> Any | None:
        """Run it on one key; None while Redis is away."""
        return self._state.ask(self._script, key, list(arguments))
