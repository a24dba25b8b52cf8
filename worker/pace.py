"""The pace at which something ends, by a counter that is read now and then."""

import threading
from collections import deque
from typing import Final

#: The pace is that of the best span between these, up to now: a short pause is no standstill. The counter itself is up to a
#: second old.
SHORTEST_S: Final = 5.0
LONGEST_S: Final = 20.0
#: Nothing for so long is a standstill: longer than a call to a provider that hangs, after which all calls end together.
STANDSTILL_S: Final = 15.0
#: What was read is kept so far apart, however often it is read.
APART_S: Final = 0.5


class Pace:
    """How many end a second. Safe to be asked by several threads."""

    def __init__(self) -> None:
        self._read: deque[tuple[float, float]] = deque()
        self._lock = threading.Lock()

    def at(self, now_s: float, ended: float) -> float | None:
        """By how much the counter, which says `ended` now, grows a second; None: it was not read for long enough.

        `now_s` is a monotonic time.
        """
        with self._lock:
            if self._read and ended < self._read[0][1]:
                self._read.clear()  # it began anew
            elif self._read:
                ended = max(ended, self._read[-1][1])  # another thread read later, and came first
                self._forget_standstill(now_s, ended)
            while self._read and now_s - self._read[0][0] > LONGEST_S:
                self._read.popleft()
            spans = [(now_s - read_s, ended - then) for read_s, then in self._read if now_s - read_s >= SHORTEST_S]
            if not self._read or now_s - self._read[-1][0] >= APART_S:
                self._read.append((now_s, ended))
        return max((grown / span for span, grown in spans), default=None)

    def _forget_standstill(self, now_s: float, ended: float) -> None:
        """Work that begins again after a standstill has a pace of its own, which is not known at once.

        What is told first may be what was done meanwhile, by workers that could not tell it.
        """
        last = self._read[-1][1]
        since_s = next(read_s for read_s, then in self._read if then == last)
        if ended > last and now_s - since_s >= STANDSTILL_S:
            self._read.clear()
