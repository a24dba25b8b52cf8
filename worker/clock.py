"""The clock: the only file that asks for the time; everything else is told it.

`LOA_CLOCK_OFFSET_S` shifts what the whole system takes for now (SQL and Redis too, which are always handed a time),
so that hours and deadlines can be tried without waiting for them.
"""

from datetime import UTC, datetime, timedelta


class Clock:
    """The system's clock, shifted by a fixed number of seconds."""

    def __init__(self, offset_s: float = 0.0) -> None:
        self.offset = timedelta(seconds=offset_s)

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        return datetime.now(UTC) + self.offset
