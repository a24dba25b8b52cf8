"""The codes of the sandbox's own provider for a refusal (its document, section 4)."""

from typing import Final

LATER: Final = "later"

WORDS: Final = {
    LATER: "not now",
    "bad-secret": "the secret is wrong",
    "no-money": "the balance is used up",
    "unknown-sender": "the sender is not registered",
    "bad-number": "no Vietnamese mobile number",
    "bad-text": "the text is empty or too long",
    "bad-request": "a field is missing or no text",
    "broken": "an error of ours",
}


class Refusal(Exception):
    """It does not do what was asked; the message is one of the codes."""
