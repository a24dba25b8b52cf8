"""The shared vocabulary of callbacks, which a provider sends by itself; beside that of calls (base.py).

Nothing proves who wrote a callback: it is a hint, bounded by the order that it names.
"""

from typing import Protocol

from worker.domain.callback import Callback, Receipt
from worker.providers.base import Provider


class CallbackProvider(Provider, Protocol):
    """A provider that reports by itself, by calling us."""

    @property
    def receipt(self) -> Receipt:
        """What it is answered once its callback is stored."""
        ...

    def read_callback(self, query: bytes, received: bytes) -> Callback | None:
        """What the raw query and body say; None when they name nothing. Never raises."""
        ...
