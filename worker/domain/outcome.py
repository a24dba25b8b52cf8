"""What does one provider call mean to us?"""

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
    #: Our account is at fault (no balance, bad key): certainly not taken; pause the campaigns, fail nobody.
    HALT = "halt"


#: The outcomes after which the provider certainly holds no order of ours.
DEFINITE_REFUSALS = frozenset({Outcome.RETRY, Outcome.REJECTED, Outcome.HALT})
