"""The shared vocabulary of providers that keep no record of single messages: they tell how many they handled in all."""

from typing import Protocol

from worker.domain.account import Reading, Totals
from worker.providers.base import Provider


class TotalsProvider(Provider, Protocol):
    """A provider that counts the messages of the account."""

    async def totals(self) -> Reading[Totals]:
        """The count by now; never raises for what the network or the provider does."""
        ...
