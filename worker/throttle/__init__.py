"""When may the next call to a provider begin, and is it worth making? Shared by all processes through Redis."""

from worker.throttle.breaker import Breaker, Circuit, Gate
from worker.throttle.lanes import Lane, Throttle

__all__ = ["Breaker", "Circuit", "Gate", "Lane", "Throttle"]
