"""When may the next call to a provider begin, and is it worth making? Shared by all processes through Redis."""

from worker.throttle.breaker import Breaker, Circuit, Gate
from worker.throttle.rate_limits import RateLimit, Throttle

__all__ = ["Breaker", "Circuit", "Gate", "RateLimit", "Throttle"]
