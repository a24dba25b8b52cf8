"""What the emulators share: one sandbox's switches, ledger, faults, calls, callbacks and time."""

import time
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from worker.clock import Clock
from worker.sandbox.callbacks import Callbacks
from worker.sandbox.calls import Calls
from worker.sandbox.delivery_model import is_dropped, tally
from worker.sandbox.faults import Faults
from worker.sandbox.ledger import Ledger, Order, compact
from worker.sandbox.settings import Settings
from worker.sandbox.text import parts


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

    def order(
        self,
        text: str,
        phones: list[int],
        channel: str = "sms",
        due: datetime | None = None,
        each: int = 0,
        **more: Any,
    ) -> Order:
        """An order of now, not yet in the ledger: `each` is the price of a part to a number, `due` when its sending begins."""
        settings, at, taken = self.settings, self.now(), self.seconds()
        size = parts(text) if channel == "sms" else 1
        return Order(
            text=text,
            phones=compact(phones),
            channel=channel,
            parts=size,
            price=each * size * len(phones),
            at=at,
            taken=taken,
            starts=taken + max(0.0, (due - at).total_seconds()) if due else taken,
            first_row=self.ledger.rows,
            seed=settings.seed,
            fail_share=settings.zalo_fail_share if channel == "zalo" else settings.fail_share,
            **more,
        )

    def dropped(self, phones: Iterable[int]) -> dict[int, None]:
        """Those of the numbers that the provider leaves out without a word, in their order."""
        seed, share = self.settings.seed, self.settings.drop_share
        return dict.fromkeys(phone for phone in phones if is_dropped(seed, phone, share)) if share else {}

    def known(self, order: Order) -> float:
        """The share of the order's results that has come in by now."""
        age = self.seconds() - order.starts
        first, done = self.settings.first_report_after_s, self.settings.done_after_s
        if age >= max(first, done):
            return 1.0
        return max(0.0, (age - first) / (done - first)) if done > first else 0.0

    def counts(self, orders: Collection[Order]) -> tuple[int, int, int]:
        """How many messages these orders make, how many of them are delivered by now, and how many have failed."""
        tallies = [tally(order, self.known(order)) for order in orders]
        messages = sum(len(order.phones) for order in orders)
        return messages, sum(delivered for delivered, _ in tallies), sum(failed for _, failed in tallies)
