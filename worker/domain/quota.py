"""What a provider's counting proves: the arithmetic of a provider campaign whose quota is exactly its audience.

A push whose answer was lost was either counted or not. What is missing from the quota, beyond what accepted pushes took, is the
sum of the lost ones that were counted. Only what every explanation agrees on is evidence.
All counts are numbers of recipients.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

#: More lost pushes than this are not reasoned about; nobody lets it come so far.
MOST_UNKNOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Ledger:
    """What we know for certain of a provider campaign's counting."""

    quota: int
    #: What accepted pushes held, and what the provider said that it took of them.
    pushed: int
    taken: int

    @property
    def rooms(self) -> frozenset[int]:
        """What may be left if no lost push was counted: numbers that a provider leaves out may or may not use up quota."""
        return frozenset({self.quota - self.taken, self.quota - self.pushed})


def by_remaining(ledger: Ledger, remaining: int, unknown: Sequence[int]) -> list[bool | None]:
    """Which lost pushes (their sizes) were counted, once the provider has said what is left; None: it does not tell."""
    return _verdicts([range(room - remaining, room - remaining + 1) for room in ledger.rooms], unknown)


def by_refusal(ledger: Ledger, size: int, unknown: Sequence[int]) -> list[bool | None]:
    """Which lost pushes were counted, once a push of `size` was refused for want of room; None: that does not tell."""
    return _verdicts([range(room - size + 1, room + 1) for room in ledger.rooms], unknown)


def explains(ledger: Ledger, remaining: int, unknown: Sequence[int]) -> bool:
    """Whether what is left can come from our pushes at all, whichever of the lost ones were counted."""
    return len(unknown) > MOST_UNKNOWN or not {room - remaining for room in ledger.rooms}.isdisjoint(_sums(unknown))


def may_repeat(ledger: Ledger, size: int, last_remaining: int | None) -> bool:
    """Whether a lone lost push may be pushed again: only when the room left is 0 or exactly its size, whatever became of it.

    `last_remaining` is the provider's latest word on the room; None when it never said.
    """
    return ledger.rooms == {size} and last_remaining in (None, 0, size)


def _verdicts(missing: Collection[range], unknown: Sequence[int]) -> list[bool | None]:
    """For each lost push whether it is in all, or in none, of the selections whose sum lies in one of the ranges."""
    if len(unknown) > MOST_UNKNOWN:
        return [None] * len(unknown)
    verdicts: list[bool | None] = []
    for at, size in enumerate(unknown):
        others = _sums([*unknown[:at], *unknown[at + 1 :]])
        without = any(total in span for total in others for span in missing)
        with_it = any(total + size in span for total in others for span in missing)
        verdicts.append(None if with_it == without else with_it)
    return verdicts


def _sums(sizes: Sequence[int]) -> set[int]:
    """The sums of all selections of the sizes, the empty one included."""
    found = {0}
    for size in sizes:
        found |= {total + size for total in found}
    return found
