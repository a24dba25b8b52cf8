"""The verdict on a campaign (numbers messaged twice, numbers lost): Loa's report beside the sandbox's ledger.

Verdicts are kept as lines of JSON in the file that RELIABILITY_LEDGER names; `table` makes docs/reliability.md's table of them.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

#: What a report says of a number that the provider has.
WITH_THE_PROVIDER = frozenset({"accepted", "delivered", "failed"})
#: What it says of one that the provider does not have.
NOT_THERE = frozenset({"rejected", "cancelled", "suppressed"})
LEDGER = "RELIABILITY_LEDGER"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One fault against one campaign."""

    fault: str
    send_mode: str
    #: How often the fault struck.
    strikes: int
    numbers: int
    #: Numbers that the provider took more than once.
    twice: int
    #: Numbers that are not where Loa says they are, or never left.
    lost: int
    #: Numbers that Loa leaves to a person.
    unknown: int

    def __str__(self) -> str:
        return json.dumps(asdict(self))


def judge(
    fault: str,
    send_mode: str,
    strikes: int,
    said: Mapping[int, str],
    taken: Mapping[int, int],
    *,
    never_leaves: bool = False,
) -> Verdict:
    """Compare what Loa `said` of each number with how often the provider took it, and write the verdict down.

    `never_leaves`: numbers that are still planned are where they should be (a paused campaign).
    """
    misplaced = [
        phone
        for phone, state in said.items()
        if (state in WITH_THE_PROVIDER and not taken.get(phone))
        or (state in NOT_THERE and taken.get(phone))
        or (state == "planned" and (taken.get(phone) or not never_leaves))
    ]
    verdict = Verdict(
        fault=fault,
        send_mode=send_mode,
        strikes=strikes,
        numbers=len(said),
        twice=sum(taken.get(phone, 0) > 1 for phone in said),
        lost=len(misplaced),
        unknown=sum(state == "unknown" for state in said.values()),
    )
    if path := os.environ.get(LEDGER):
        with Path(path).open("a", encoding="utf-8") as ledger:
            ledger.write(f"{verdict}\n")
    return verdict
