"""A message that a subscriber sent, as a provider passed it on."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message to a short code or number of ours; number and content are in no repr."""

    #: The provider's id of it, by which a repeat is known; empty: it gave none.
    ref: str
    phone: int | None = field(repr=False)
    content: str = field(repr=False)
    #: The number that it was sent to, and the word by which the provider knew that it is ours.
    service_number: str = ""
    keyword: str = ""
