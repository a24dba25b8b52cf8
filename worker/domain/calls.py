"""What Loa says to any provider when it sends, and what the answer means.

Shapes: a phone is an int of 11 digits in 84 form (84901234567); each adapter writes it as its provider wants it. A `raw` is
the provider's body with keys and numbers masked, at most 2,000 characters.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from worker.domain.outcome import HaltScope, Outcome


class Purpose(StrEnum):
    """What a text is for; some providers send each kind by another way."""

    ADS = "ads"
    CARE = "care"
    OTP = "otp"


@dataclass(frozen=True, slots=True)
class AdOrder:
    """One advertising order: one text to a list, in one call."""

    #: The provider's key against repeats: the same for every repeat of an unknown call (at most 50 characters).
    request_id: str
    #: Our name of the batch, by which it is found again in the provider's records.
    key: str
    sender: str
    text: str
    phones: Sequence[int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one sending call means: the outcome, and the evidence for it."""

    outcome: Outcome
    #: The provider's code as it wrote it; empty when there was none.
    code: str = ""
    #: The provider's own words, or ours when it said nothing (`read timeout`).
    provider_message: str = ""
    #: The provider's id of the order; empty unless accepted.
    ref: str = ""
    raw: str = ""
    #: Of a HALT: what it speaks of, and so what pauses.
    scope: HaltScope = HaltScope.ACCOUNT
    #: How long the provider asked us to stay away (Retry-After).
    retry_after_s: float | None = None
    #: It says that we call too fast (429, 503, a code of its own).
    slow_down: bool = False
    #: Nothing of the provider's own came back: no connection, no whole answer in time, a gateway's 5xx or a page.
    unreached: bool = False


@dataclass(frozen=True, slots=True)
class CodeOrder:
    """A code of digits that the provider is to make itself, and to keep."""

    length: int
    #: For how many minutes from the call on it is good there.
    minutes: int


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """What a person typed, for the provider that made the code of a number."""

    phone: int = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TextMessage:
    """One text to one number."""

    #: The provider's key against repeats, where it has one: the same for every repeat of an unknown call.
    request_id: str
    #: Our name of the message, by which it is found again in the provider's records.
    key: str
    sender: str
    text: str
    phone: int
    purpose: Purpose = Purpose.OTP
    #: The provider makes the code, which stands in the text's place for it (`otp_code.PLACE`); None: it is in the text.
    made: CodeOrder | None = None


@dataclass(frozen=True, slots=True)
class TemplateMessage:
    """One message by a registered template of an official account (Zalo) to one number."""

    #: As of a `TextMessage`.
    request_id: str
    key: str
    phone: int = field(repr=False)
    oa_id: str
    template_id: str
    #: The values in the template's order.
    values: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class AdCampaign:
    """An advertising campaign that is created at the provider before numbers go in. Raises ValueError when `at` is naive."""

    #: Unique at the provider for ever, so it is also the key against repeats.
    name: str
    sender: str
    text: str
    #: How many messages may be pushed in all.
    quota: int
    #: When it goes to the phones; whole minutes, seconds are dropped.
    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("the time of a campaign needs its zone")


@dataclass(frozen=True, slots=True)
class Push:
    """What one push of numbers came to, by the provider's own counting; `no_room`: it was larger than the room left."""

    answer: Answer
    #: How many it took, which may be fewer than were pushed, and how many more the campaign takes; None when it did not say.
    taken: int | None = None
    remaining: int | None = None
    no_room: bool = False


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What a cancellation came to, push by push."""

    answer: Answer
    #: The pushes (their `ref`) that the provider stopped.
    stopped: tuple[str, ...] = ()
    #: Those that it did not stop, or names on both sides.
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PushOrder:
    """Numbers to be put into a campaign that the provider has."""

    #: The provider's code of the campaign.
    campaign_code: str
    phones: Sequence[int]


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """What the provider has of a campaign is to be stopped."""

    #: The provider's code of the campaign.
    campaign_code: str
