"""What a provider says of our account: balance, senders, totals. Money is a Decimal in VND."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What a question came to: the value, or None and why not."""

    value: T | None
    code: str = ""
    #: The provider's own words, or ours when it said nothing.
    provider_message: str = ""
    raw: str = ""
    #: False: parts of the answer could not be read, and are not in the value.
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left on an account; `unit` is VND or messages."""

    amount: Decimal
    unit: str = "VND"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a send would come to, by the provider's own counting."""

    receivers: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Sender:
    """A registered brandname; `kind` is ads or care, or the provider's own word for another."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Messages of the whole account by result; since when they are counted is not said."""

    ok: int
    failed: int
    waiting: int
