"""Counts the calls to the sandbox and keeps the times of the sends, for checks of rates and of silence."""

import time
from collections import Counter, deque
from typing import Any

from worker.clock import Clock

#: Times of sends that are kept.
KEPT_SENDS = 100_000


class Calls:
    """Requests counted by function, and the times of the last sends (when their headers arrived)."""

    def __init__(self) -> None:
        self.functions: Counter[str] = Counter()
        self._sends: deque[tuple[float, float]] = deque(maxlen=KEPT_SENDS)

    def note(self, function: str, *, sends: bool, clock: Clock) -> None:
        """Count one request."""
        self.functions[function] += 1
        if sends:
            self._sends.append((clock.now().timestamp(), time.monotonic()))

    def as_dict(self) -> dict[str, Any]:
        """`functions` by name; `sends` with `wall` (epoch seconds of the sandbox's clock) and `monotonic`."""
        sends = {"wall": [wall for wall, _ in self._sends], "monotonic": [monotonic for _, monotonic in self._sends]}
        return {"functions": dict(self.functions), "sends": sends}
