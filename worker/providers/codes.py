"""One row of a provider's table of codes."""

from dataclasses import dataclass

from worker.domain.outcome import HaltScope, Outcome


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means for a call that sends."""

    outcome: Outcome
    #: The document's own words, or their translation where only that was at hand.
    provider_message: str
    #: Which document says so.
    source: str
    #: The way out, or what to make of it.
    advice: str = ""
    #: Of a HALT: what it speaks of.
    scope: HaltScope = HaltScope.ACCOUNT
