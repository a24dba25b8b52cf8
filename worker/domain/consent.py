"""Consent to ads: what a list says of when and where it was given, read as proof or refused.

A consent has a moment and a source, and free evidence (the id of a form, a link to a record). Sources: Decree 91/2020/ND-CP
Art. 13 and Law 91/2025/QH15 Art. 28: ads only with consent, which the sender can show.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from worker.domain.window import read_moment
from worker.errors import Misuse

#: A clock of another system may be a little ahead.
AHEAD = timedelta(days=1)
#: The smallest number that is taken for seconds since 1970 (March 1973).
FIRST_S = 100_000_000
LONGEST_SOURCE = 200
LONGEST_EVIDENCE = 1_000


class Fault(StrEnum):
    """Why a row has no proof of consent."""

    MISSING = "consent_missing"
    UNREADABLE = "consent_unreadable"
    IN_FUTURE = "consent_in_future"


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent as a list has it."""

    at: datetime
    source: str
    evidence: str = ""


def read(at: str, source: str, evidence: str, now: datetime) -> Consent | Fault:
    """The consent of a row; both its moment and its source must be there."""
    if not at.strip() or not source.strip():
        return Fault.MISSING
    moment = _moment(at.strip())
    if moment is None:
        return Fault.UNREADABLE
    if moment > now + AHEAD:
        return Fault.IN_FUTURE
    return Consent(moment, source.strip()[:LONGEST_SOURCE], evidence.strip()[:LONGEST_EVIDENCE])


@lru_cache(maxsize=50_000)
def _moment(written: str) -> datetime | None:
    """The moment that is written; many rows of a list have the same."""
    try:
        return read_moment(written)[0]
    except Misuse:
        pass
    try:
        # Seconds since 1970, as systems export them; a smaller number is a spreadsheet's day, whose format was lost.
        seconds = int(written) if written.isascii() and written.isdigit() else 0
        return datetime.fromtimestamp(seconds, UTC) if seconds >= FIRST_S else None
    except (ValueError, OverflowError, OSError):
        return None
