"""What does a provider say that keeps no record of single messages? How many it has handled in all."""

from typing import Protocol

from worker.domain.account import Reading, Totals
from worker.providers.base import Provider


class TotalsProvider(Provider, Protocol):
    """A provider that counts the messages of the account."""

    async def totals(self) -> Reading[Totals]:
        """The count by now; never raises for what the network or the provider does."""
        ...
