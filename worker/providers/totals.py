"""What does a provider say that keeps no record of single messages? How many it has handled in all."""

from dataclasses import dataclass
from typing import Protocol

from worker.providers.base import Provider, Reading


@dataclass(frozen=True, slots=True)
class Totals:
    """Messages of the whole account by result; since when they are counted is not said."""

    ok: int
    failed: int
    waiting: int


class TotalsProvider(Provider, Protocol):
    """A provider that counts the messages of the account."""

    async def totals(self) -> Reading[Totals]:
        """The count by now; never raises for what the network or the provider does."""
        ...
