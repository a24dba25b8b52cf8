"""What a provider passes on of what subscribers send: the shared vocabulary, beside that of callbacks."""

from typing import Protocol

from worker.domain.callback import Receipt
from worker.domain.incoming import Incoming


def kept(text: str, most: int) -> str:
    """A field as it can be stored: PostgreSQL takes no NUL, and a provider that is told of it would come again for ever."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")[:most]


class IncomingProvider(Protocol):
    """A provider that passes on what subscribers send."""

    #: Whether its answer carries a text to the subscriber; else a confirmation is a message of its own.
    answers: bool

    def read_incoming(self, query: bytes, received: bytes) -> Incoming | None:
        """The message in a raw query and body; None when there is none. Never raises."""
        ...

    def forged(self, query: bytes, received: bytes) -> bool:
        """Whether the call is not the provider's own; where it signs nothing, only the secret path tells."""
        ...

    def incoming_receipt(self, message: Incoming | None, text: str) -> Receipt:
        """What it is answered; `text` goes to the subscriber, where the provider carries it."""
        ...
