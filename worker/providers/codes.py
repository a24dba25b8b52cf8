"""One row of a provider's table of codes, and what calls say to any provider without one."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from worker.domain.calls import Answer
from worker.domain.outcome import HaltScope, Outcome
from worker.providers.http import TOO_MANY, Fault

#: Statuses by which the front door refuses whoever knocks: nothing behind it has seen the request.
WRONG_ENDPOINTS: Final = frozenset({301, 302, 303, 307, 308, 404, 405})
LOCKED_ENDPOINTS: Final = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means for a call that sends."""

    outcome: Outcome
    #: The document's own words, or their translation where only that was at hand.
    provider_message: str
    #: Which document says so; empty where none does.
    source: str = ""
    #: The way out, or what to make of it.
    advice: str = ""
    #: Of a HALT: what it speaks of.
    scope: HaltScope = HaltScope.ACCOUNT

    def described(self, said: str) -> str:
        """The document's words, what the provider itself said beside the code, and the way out."""
        words = self.provider_message
        if said and said != words:
            words = f"{words} (“{said}”)"
        return f"{words}; {self.advice}" if self.advice else words


def unanswered(fault: Fault) -> Answer:
    """What a send means of which no whole answer came."""
    outcome = Outcome.RETRY if fault.never_left else Outcome.UNKNOWN
    return Answer(outcome, provider_message=fault.provider_message, unreached=True)


def closed(
    status: int, wrong: str, locked: str, not_now: AbstractSet[int] = frozenset({TOO_MANY})
) -> tuple[Outcome, str] | None:
    """What a status alone says of a request that certainly was not taken; None when it may have been.

    `wrong` is the advice where the address is wrong, `locked` where the door is locked.
    """
    if status in not_now:
        return Outcome.RETRY, f"HTTP {status}: not now"
    if status in WRONG_ENDPOINTS | LOCKED_ENDPOINTS:
        return Outcome.HALT, f"HTTP {status} and no code; {wrong if status in WRONG_ENDPOINTS else locked}"
    return None
