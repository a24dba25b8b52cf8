"""What the emulators share: one sandbox's switches, ledger, faults, calls, callbacks and time."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from worker.clock import Clock
from worker.sandbox.callbacks import Callbacks
from worker.sandbox.calls import Calls
from worker.sandbox.faults import Faults
from worker.sandbox.ledger import Ledger, Order
from worker.sandbox.settings import Settings


class World:
    """One sandbox. Ages are monotonic seconds, so that no clock offset disturbs them; dates come from the clock.

    Raises:
        Misuse: `overrides` names a setting that does not exist, or gives one a value that it cannot have.
    """

    def __init__(self, clock: Clock, overrides: Mapping[str, Any] | None = None) -> None:
        self.clock = clock
        self._overrides = dict(overrides or {})
        self.callbacks = Callbacks(lambda: self.settings, self.seconds)
        self.reset()

    def reset(self) -> None:
        """Everything as it was at the start: settings too."""
        self.settings = Settings()
        self.settings.change(self._overrides)
        self.ledger = Ledger()
        self.faults = Faults()
        self.calls = Calls()
        self.callbacks.clear()
        self._skipped_s = 0.0

    def now(self) -> datetime:
        """The date that the providers see, aware, in UTC."""
        return self.clock.now()

    def seconds(self) -> float:
        """The scale on which ages are measured."""
        return time.monotonic() + self._skipped_s

    def advance(self, seconds: float) -> None:
        """Let time pass for orders and RequestIds that are there; dates stay with the clock."""
        self._skipped_s += seconds
        self.callbacks.time_moved()

    def known(self, order: Order) -> float:
        """The share of the order's results that has come in by now."""
        age = self.seconds() - order.starts
        first, done = self.settings.first_report_after_s, self.settings.done_after_s
        if age >= max(first, done):
            return 1.0
        return max(0.0, (age - first) / (done - first)) if done > first else 0.0
