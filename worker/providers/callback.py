"""What does a provider tell by itself? The shared vocabulary of callbacks, beside that of calls (base.py).

Nothing proves who wrote a callback: it is a hint, bounded by the order that it names.
"""

from dataclasses import dataclass, field
from typing import Protocol

from worker.providers.base import Provider, SentState


@dataclass(frozen=True, slots=True)
class Named:
    """One reading of what a callback is about: the id that a send answered with, and the number where it names one."""

    ref: str
    phone: int | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Callback:
    """What one callback says."""

    #: The likeliest reading first; empty where nothing that we keep has such an id (a phone call).
    about: tuple[Named, ...]
    #: Of the one number that it speaks of; where it names none, of the whole order.
    state: SentState
    #: How many numbers of the order arrived, by the provider's counting.
    delivered: int = 0
    #: The provider's own words, or what else is worth knowing of it.
    words: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a provider wants to hear that its callback was taken; the HTTP status is 200."""

    content: str
    media_type: str


class CallbackProvider(Provider, Protocol):
    """A provider that reports by itself, by calling us."""

    @property
    def receipt(self) -> Receipt:
        """What it is answered once its callback is stored."""
        ...

    def read_callback(self, query: bytes, received: bytes) -> Callback | None:
        """What the raw query and body say; None when they name nothing. Never raises."""
        ...
