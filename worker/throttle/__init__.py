"""Rate limits and circuits of calls to providers, shared by all processes through Redis."""

from worker.throttle.breaker import Breaker, Circuit, Gate
from worker.throttle.rate_limits import RateLimit, Throttle

__all__ = ["Breaker", "Circuit", "Gate", "RateLimit", "Throttle"]
