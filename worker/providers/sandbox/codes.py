"""The codes of the sandbox's own provider (its document, section 4). A code that is not here is UNKNOWN."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from worker.domain.outcome import HaltScope, Outcome


@dataclass(frozen=True, slots=True)
class Code:
    """One row of the table."""

    outcome: Outcome
    #: The document's own words.
    provider_message: str
    #: The way out.
    advice: str = ""
    #: Of a HALT: what it speaks of.
    scope: HaltScope = HaltScope.ACCOUNT


#: The one that proves that a text was taken.
ACCEPTED: Final = "accepted"

CODES: Final[Mapping[str, Code]] = {
    ACCEPTED: Code(Outcome.ACCEPTED, "taken"),
    "later": Code(Outcome.RETRY, "refused for now"),
    "bad-secret": Code(Outcome.HALT, "the secret is wrong", "check LOA_SANDBOX_SECRET"),
    "no-money": Code(Outcome.HALT, "the balance is used up", "raise the sandbox's setting sandbox_balance"),
    "unknown-sender": Code(
        Outcome.HALT, "the sender is not registered", "take one of the sandbox's sandbox_senders", HaltScope.SENDER
    ),
    "bad-number": Code(Outcome.REJECTED, "not a Vietnamese mobile"),
    "bad-text": Code(Outcome.REJECTED, "empty or too long"),
    "bad-request": Code(Outcome.REJECTED, "a field is missing or no text"),
    "broken": Code(Outcome.UNKNOWN, "an error in their server: whether the message was taken is not known"),
}
