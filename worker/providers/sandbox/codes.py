"""The codes of the sandbox's own provider (its document, section 4). A code that is not here is UNKNOWN."""

from collections.abc import Mapping
from typing import Final

from worker.domain.outcome import HaltScope, Outcome
from worker.providers.codes import Code

#: Where all of them stand.
DOCUMENT: Final = "section 4"
#: The one that proves that a text was taken.
ACCEPTED: Final = "accepted"

CODES: Final[Mapping[str, Code]] = {
    ACCEPTED: Code(Outcome.ACCEPTED, "taken", DOCUMENT),
    "later": Code(Outcome.RETRY, "refused for now", DOCUMENT),
    "bad-secret": Code(Outcome.HALT, "the secret is wrong", DOCUMENT, "check LOA_SANDBOX_SECRET"),
    "no-money": Code(Outcome.HALT, "the balance is used up", DOCUMENT, "raise the sandbox's setting sandbox_balance"),
    "unknown-sender": Code(
        Outcome.HALT,
        "the sender is not registered",
        DOCUMENT,
        "take one of the sandbox's sandbox_senders",
        HaltScope.SENDER,
    ),
    "bad-number": Code(Outcome.REJECTED, "not a Vietnamese mobile", DOCUMENT),
    "bad-text": Code(Outcome.REJECTED, "empty or too long", DOCUMENT),
    "bad-request": Code(Outcome.REJECTED, "a field is missing or no text", DOCUMENT),
    "broken": Code(Outcome.UNKNOWN, "an error in their server: whether the message was taken is not known", DOCUMENT),
}
