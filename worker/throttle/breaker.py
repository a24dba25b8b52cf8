"""The circuit of a provider: it opens when calls fail in a row, and closes with the first real answer.

It decides about the next calls only, never about one that was made: what may have been taken stays UNKNOWN. Shared by all
processes through Redis; where nothing is known (Redis emptied or away), a circuit is closed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import structlog
from redis import Redis

from worker.clock import Clock
from worker.throttle.soft import MICROSECONDS, SoftState

log = structlog.get_logger(__name__)

#: So many calls in a row without an answer of the provider's open its circuit.
FAILURES: Final = 5
#: From a failed call to the next probe.
COOL_DOWN_S: Final = 10.0

#: KEYS[1] circuit; ARGV: now, failures in a row that were heard of (0: a real answer), how many open it, cool-down.
#: Returns -1 when this closed it, 1 when this opened it, else 0.
HEARD: Final = """
local now, failed, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local was_open = redis.call('HEXISTS', KEYS[1], 'opened')
if failed == 0 then
  redis.call('DEL', KEYS[1])
  return -was_open
end
local failures = redis.call('HINCRBY', KEYS[1], 'failures', failed)
redis.call('PEXPIRE', KEYS[1], 3600000)
if failures < limit then return 0 end
redis.call('HSETNX', KEYS[1], 'opened', ARGV[1])
redis.call('HSET', KEYS[1], 'probe', string.format('%.0f', now + tonumber(ARGV[4])))
return 1 - was_open
"""

#: KEYS[1] circuit; ARGV: now, cool-down, whether to take the probe. Returns {gate, since}: 0 closed, 1 half-open (the caller's
#: is the probe, if it takes it), 2 open.
LOOK: Final = """
local now, pause = tonumber(ARGV[1]), tonumber(ARGV[2])
local opened, probe = unpack(redis.call('HMGET', KEYS[1], 'opened', 'probe'))
if not opened then return {0, 0} end
-- Further ahead than any cool-down: the clock was set back.
if tonumber(probe) > now and tonumber(probe) <= now + pause then return {2, tonumber(opened)} end
if ARGV[3] == '1' then redis.call('HSET', KEYS[1], 'probe', string.format('%.0f', now + pause)) end
return {1, tonumber(opened)}
"""


class Gate(StrEnum):
    """What a circuit lets through."""

    #: Everything.
    CLOSED = "closed"
    #: One call, to see whether the provider answers again.
    HALF_OPEN = "half-open"
    #: Nothing that can wait or go another way.
    OPEN = "open"


GATES: Final = (Gate.CLOSED, Gate.HALF_OPEN, Gate.OPEN)


@dataclass(frozen=True, slots=True)
class Circuit:
    """How a provider's circuit is, and since when it is not closed."""

    gate: Gate
    since: datetime | None = None


class Breaker:
    """The circuits of all providers."""

    def __init__(self, redis: "Redis", clock: Clock) -> None:
        state = SoftState(redis, clock, "loa:circuit:")
        self._heard, self._look = state.script(HEARD), state.script(LOOK)

    def admit(self, provider: str, timeout_s: float) -> Gate:
        """What a call that is about to begin must know; of HALF_OPEN callers only one is told so, the others hear OPEN.

        `timeout_s` is how long the call may take: no other probe begins before it is over.
        """
        return self._circuit(provider, timeout_s, take=True).gate

    def look(self, provider: str, timeout_s: float) -> Circuit:
        """How the circuit is; takes nothing."""
        return self._circuit(provider, timeout_s, take=False)

    def answered(self, provider: str) -> None:
        """The provider itself spoke, whatever it said."""
        if self._heard(provider, 0, FAILURES, 0) == -1:
            log.info("circuit_closed", provider=provider)

    def failed(self, provider: str, timeout_s: float, times: int = 1) -> None:
        """So many calls came to nothing: no connection, no whole answer in time, a gateway's 5xx."""
        pause_s = _pause(timeout_s)
        if self._heard(provider, times, FAILURES, round(pause_s * MICROSECONDS)) == 1:
            log.warning("circuit_opened", provider=provider, probe_after_s=pause_s)

    def _circuit(self, provider: str, timeout_s: float, *, take: bool) -> Circuit:
        found = self._look(provider, round(_pause(timeout_s) * MICROSECONDS), int(take))
        if found is None or not found[0]:
            return Circuit(Gate.CLOSED)
        return Circuit(GATES[found[0]], datetime.fromtimestamp(found[1] / MICROSECONDS, UTC))


def _pause(timeout_s: float) -> float:
    """The cool-down; longer than any call, so that one probe is over before the next."""
    return max(COOL_DOWN_S, timeout_s + 2)
