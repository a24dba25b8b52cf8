"""The states of a message, its time to live, and its way along its route from provider to provider.

A message is one text to one number with a time to live: a one-time password. The same code arriving twice is harmless and
not arriving is not, so an unknown call, which ends a batch, sends a message on to its next provider.
"""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from worker.domain.outcome import Outcome
from worker.errors import Misuse
from worker.log import MASK

DEFAULT_TTL_S: Final = 120
SHORTEST_TTL_S: Final = 1
LONGEST_TTL_S: Final = 3600


class MessageState(StrEnum):
    """Where a message is, in the words of the contract."""

    #: Not with any provider, as far as anybody knows; some may have refused it.
    QUEUED = "queued"
    #: Claimed by one worker, which is about to call or is calling.
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    #: A provider took it and could not deliver it.
    FAILED = "failed"
    #: Every provider of its route refused it.
    REJECTED = "rejected"
    #: Its time was over before any provider had it.
    EXPIRED = "expired"
    #: A provider may have it, and no other took it.
    UNKNOWN = "unknown"


M = MessageState

MESSAGE_NEXT: Mapping[MessageState, AbstractSet[MessageState]] = {
    # ACCEPTED: the answer of a call whose lease was given up came after all.
    M.QUEUED: {M.SENDING, M.ACCEPTED, M.REJECTED, M.EXPIRED, M.UNKNOWN},
    M.SENDING: {M.QUEUED, M.ACCEPTED, M.REJECTED, M.UNKNOWN},
    M.ACCEPTED: {M.DELIVERED, M.FAILED},
    # By evidence: a late answer, or a report.
    M.UNKNOWN: {M.ACCEPTED, M.DELIVERED, M.FAILED},
    M.DELIVERED: set(),
    # A provider corrects itself; delivered is never taken back.
    M.FAILED: {M.DELIVERED},
    M.REJECTED: set(),
    M.EXPIRED: set(),
}

#: In these it still has its text, and somebody will still do something for it.
OPEN: Final = frozenset({M.QUEUED, M.SENDING})


def sources(to: MessageState) -> list[MessageState]:
    """Every state that may become `to`: the WHERE clause of the update."""
    return [state for state, targets in MESSAGE_NEXT.items() if to in targets]


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a message is after a call; `remaining_route` is the rest of its route, the next provider first."""

    state: MessageState
    remaining_route: tuple[str, ...]


def after(
    outcome: Outcome, remaining_route: Sequence[str], *, again: bool, maybe_taken: bool, fallback: bool
) -> Onward:
    """What follows a call to the first provider of `remaining_route`.

    `again`: the unknown call may be made once more, under the key by which the provider knows a repeat. `maybe_taken`: an earlier
    call may have been taken. `fallback`: an unknown call sends the message on to the next provider.
    """
    here, *rest = remaining_route
    match outcome:
        case Outcome.ACCEPTED:
            return Onward(M.ACCEPTED, ())
        case Outcome.UNKNOWN if again:
            return Onward(M.QUEUED, tuple(remaining_route))
        case Outcome.RETRY:
            # Refused for now: it has its turn again after all others.
            rest.append(here)
    maybe_taken = maybe_taken or outcome is Outcome.UNKNOWN
    if rest and (fallback or not maybe_taken):
        return Onward(M.QUEUED, tuple(rest))
    return Onward(end_without_acceptance(maybe_taken=maybe_taken), ())


def end_without_acceptance(*, maybe_taken: bool, late: bool = False) -> MessageState:
    """How a message ends that nobody is known to have taken; `late`: its time was over."""
    if maybe_taken:
        return M.UNKNOWN
    return M.EXPIRED if late else M.REJECTED


def parse_route(written: str) -> tuple[str, ...]:
    """`esms,fpt` as names in their order; empty for none. Raises Misuse for a blank or repeated name."""
    if not written.strip():
        return ()
    names = tuple(name.strip().lower() for name in written.split(","))
    if not all(names) or len(set(names)) < len(names):
        raise Misuse(f"{written!r} is no route: name each provider once, with commas between them (esms,fpt).")
    return names


def without(words: str, text: str) -> str:
    """`words` without the text of a message, and without any word of it that has a digit, for that may be the code.

    For what a provider said: it may repeat what it was sent.
    """
    codes = {word for word in re.findall(r"\w{4,}", text) if re.search(r"\d", word)}
    for secret in sorted({text, *codes}, key=len, reverse=True):
        words = words.replace(secret, MASK) if secret else words
    return words
