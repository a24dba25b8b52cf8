"""What a provider reports by itself, by calling us.

Nothing proves who wrote a callback: it is a hint, bounded by the order that it names.
"""

from dataclasses import dataclass, field

from worker.domain.delivery import SentState


@dataclass(frozen=True, slots=True)
class Named:
    """One reading of what a callback is about: the id that a send answered with, and the number where it names one."""

    ref: str
    phone: int | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Callback:
    """What one callback says."""

    #: The likeliest reading first.
    about: tuple[Named, ...]
    #: Of the one number that it speaks of; where it names none, of the whole order.
    state: SentState
    #: How many numbers of the order arrived, by the provider's counting.
    delivered: int = 0
    #: The provider's own words, or what else is worth knowing of it.
    provider_message: str = ""
    #: Nobody need know its id: of a phone call, which may have been ordered by hand.
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a provider wants to hear that its callback was taken; the HTTP status is 200."""

    content: str
    media_type: str
