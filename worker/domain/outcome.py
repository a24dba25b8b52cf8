"""The outcomes of a provider call, and how much of an account each HALT pauses."""

from enum import StrEnum


class Outcome(StrEnum):
    """The five meanings of a call that sends; each decides what may happen next."""

    #: The provider took the order. Not delivery.
    ACCEPTED = "accepted"
    #: It certainly did not take it, and may take it later (refused connection, 429): the order goes back to the plan.
    RETRY = "retry"
    #: It certainly did not take it and never will: the batch ends here.
    REJECTED = "rejected"
    #: It may have taken it: never sent again blindly, settled by evidence.
    UNKNOWN = "unknown"
    #: Something of ours is at fault (no balance, bad key, an unknown sender): certainly not taken; what it speaks of pauses,
    #: and nobody fails.
    HALT = "halt"


class HaltScope(StrEnum):
    """What a HALT speaks of, the narrowest first; each holds all those before it. Nothing else of the account pauses."""

    #: One text of one sender: a template that is not registered, or the official account that it belongs to.
    TEMPLATE = "template"
    #: One sender in one kind of message: senders are registered for each kind.
    SENDER = "sender"
    #: One kind of message: ads or care.
    KIND = "kind"
    #: Everything: money, keys, addresses, a locked account. Also what a status or an unlisted cause leaves open.
    ACCOUNT = "account"


#: From the narrowest to the widest.
HALT_SCOPES = tuple(HaltScope)


#: The outcomes after which the provider certainly holds no order of ours.
DEFINITE_REFUSALS = frozenset({Outcome.RETRY, Outcome.REJECTED, Outcome.HALT})


def with_code(code: str, message: str) -> str:
    """What was said of a call, its code first; sentences of our own begin with it already."""
    return message if code and message.startswith(code) else f"{code} {message}".strip()
