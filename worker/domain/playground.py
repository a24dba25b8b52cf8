"""Numbers that play an outcome, for requests with a test key: nothing of them leaves this machine."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

#: The name of the provider that plays; it is no account, and no route of a real key.
PLAYGROUND: Final = "test"
#: A real report takes its time too.
REPORT_AFTER: Final = timedelta(seconds=1)
SLOW: Final = timedelta(seconds=10)


class Play(StrEnum):
    """What becomes of a message."""

    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    SLOW = "slow"
    REJECTED = "rejected"


#: Documented in docs/test-keys.md; every other number is delivered.
PLAYS: Final[Mapping[int, Play]] = {
    84990000001: Play.DELIVERED,
    84990000002: Play.FAILED,
    84990000003: Play.EXPIRED,
    84990000004: Play.UNKNOWN,
    84990000005: Play.SLOW,
    84990000006: Play.REJECTED,
}


def play_of(phone: int) -> Play:
    """What becomes of a message to this number."""
    return PLAYS.get(phone, Play.DELIVERED)


def code_of(length: int, alphabet: str) -> str:
    """The code that Loa "makes" for a test key: the alphabet from its beginning, so that a test knows it (012345)."""
    return (alphabet * length)[:length]
