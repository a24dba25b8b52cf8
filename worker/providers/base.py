"""The shared vocabulary of the adapters: what Loa says to any provider, and what it hears.

Shapes: a phone is an int of 11 digits in 84 form (84901234567); each adapter writes it as its provider wants it.
Money is a Decimal in VND. A `raw` is the provider's body with keys and numbers masked, at most 2,000 characters.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from worker.domain.account import Balance, Estimate, Reading, Sender
from worker.domain.calls import (
    AdCampaign,
    AdOrder,
    Answer,
    Cancellation,
    CodeCheck,
    Purpose,
    Push,
    TemplateMessage,
    TextMessage,
)
from worker.domain.care_template import CareTemplate
from worker.domain.delivery import OrderStatus, Receiver, SentPage

T = TypeVar("T")


class Provider(Protocol):
    """What every adapter is."""

    name: str

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class MessageProvider(Provider, Protocol):
    """A provider that takes one text to one number a call; `duplicate_codes`: its codes for a text that it had before.

    Where it keeps records for each account, its adapter also has a `fingerprint` (`domain.attempts`).
    """

    duplicate_codes: frozenset[str] = frozenset()

    async def send_message(self, message: TextMessage) -> Answer:
        """Send one text; never raises for what the network or the provider does, never repeats by itself."""
        ...


class CodesProvider(MessageProvider, Protocol):
    """A provider that makes the codes of its texts itself, and says whether one is right."""

    async def check_code(self, check: CodeCheck) -> Answer:
        """ACCEPTED: it is right, and used by that. REJECTED: it is wrong. Never raises, never repeats by itself."""
        ...


class BalanceProvider(Provider, Protocol):
    """A provider that tells what is left on the account."""

    async def balance(self) -> Reading[Balance]:
        """What is left; never raises for what the network or the provider does."""
        ...


class SendersProvider(Provider, Protocol):
    """A provider that tells which senders are registered for the account."""

    async def senders(self) -> Reading[list[Sender]]:
        """The registered senders, once for each kind; never raises for what the network or the provider does."""
        ...


class EstimatesProvider(Provider, Protocol):
    """A provider that can be asked beforehand: what a send would cost, and which care texts its carriers permit."""

    async def estimate_ads(self, sender: str, text: str, phones: Sequence[int]) -> Reading[Estimate]:
        """Receivers and price of an order of ads; never raises, sends nothing."""
        ...

    async def estimate_care(self, sender: str, text: str, phone: int) -> Reading[Estimate]:
        """The price of one care text; never raises, sends nothing."""
        ...

    async def care_templates(self, sender: str) -> Reading[list[CareTemplate]]:
        """The care texts of a sender by carrier; never raises."""
        ...


class AdsProvider(Provider, Protocol):
    """A provider that takes ads as a list in one order and tells results per number."""

    async def send_ads(self, order: AdOrder) -> Answer:
        """Place one order; never raises for what the network or the provider does, never repeats by itself."""
        ...

    async def order_status(self, ref: str) -> OrderStatus:
        """Ask how far the order `ref` has come; never raises for what the network or the provider does."""
        ...

    async def receivers(self, ref: str) -> list[Receiver] | None:
        """The result of each number of the order `ref`; None when the answer could not be had or read."""
        ...


class AdCampaignProvider(Provider, Protocol):
    """A provider where an advertising campaign is created with a quota, filled by pushes of numbers, and may be cancelled."""

    async def create_campaign(self, order: AdCampaign) -> Answer:
        """Create it; accepted, `ref` is its code. Never raises, never repeats by itself."""
        ...

    async def push(self, campaign_code: str, phones: Sequence[int]) -> Push:
        """Put numbers in; never raises, never repeats by itself."""
        ...

    async def cancel(self, campaign_code: str) -> Cancellation:
        """Stop what can be stopped; never raises, and may be repeated."""
        ...

    def name_taken(self, answer: Answer, *, after_unknown: bool = False) -> bool:
        """Whether `create_campaign` was refused because the name is there already."""
        ...


class RecordsProvider(Provider, Protocol):
    """A provider whose own record of what it took can be read."""

    async def records(self, start: datetime, end: datetime, page: int, purpose: Purpose) -> Reading[SentPage]:
        """What was made between two aware times, one page (from 1); never raises."""
        ...


class TemplatesProvider(RecordsProvider, Protocol):
    """A provider that takes messages by a template of an official account (Zalo), and tells of them in a record."""

    async def send_template(self, message: TemplateMessage) -> Answer:
        """Send one message; never raises for what the network or the provider does, never repeats by itself."""
        ...

    async def template_names(self, oa_id: str, template_id: str) -> Reading[tuple[str, ...]]:
        """The names of a template's values, in its order; never raises."""
        ...
