"""Codes that the provider makes itself (the route `esms_code`): how one is asked for, and when a number may have the next one.

The provider is asked about a number and not about a message: whatever code of that number is still good there is right. So while
one may be good, no other is asked for: the code of one text must not open what another text spoke of.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from sqlmodel import Session

from worker.domain.calls import CodeOrder
from worker.domain.message import LONGEST_TTL_S
from worker.domain.otp_code import LONGEST_ELSEWHERE_MIN, SHORTEST_ELSEWHERE_MIN
from worker.errors import Refused
from worker.services.otp.request import CheckedRequest
from worker.storage.otp import codes
from worker.storage.tables.messages import Message, OtpCode

MINUTE: Final = timedelta(minutes=1)
#: From the call to the moment from which the provider counts, and what two clocks may differ by.
SLACK: Final = MINUTE
#: A code that was asked for longer ago is over, however long its call waited.
LOOK_BACK: Final = timedelta(seconds=LONGEST_TTL_S) + (LONGEST_ELSEWHERE_MIN + 2) * MINUTE


def row_of(request: CheckedRequest, now: datetime) -> OtpCode | None:
    """What is kept of the code of a request that is taken in; None: the text has its own."""
    plan = request.requested.generate
    if plan is None:
        return None
    return OtpCode(
        message_id=request.id,
        hash=request.code_hash,
        length=plan.length if request.made_elsewhere else None,
        expires_at=now + timedelta(seconds=plan.valid_s),
    )


def order(code: OtpCode, now: datetime) -> CodeOrder:
    """What the provider is asked for in a call at `now`: it keeps the code as long as we do, in its own minutes."""
    minutes = ceil((code.expires_at - now) / MINUTE)
    return CodeOrder(code.length or 0, min(max(minutes, SHORTEST_ELSEWHERE_MIN), LONGEST_ELSEWHERE_MIN))


class Held:
    """Numbers that have a code at their provider which may still be good."""

    def __init__(self, session: Session, requests: Sequence[CheckedRequest], now: datetime) -> None:
        phones = {request.phone for request in requests if request.made_elsewhere}
        self._now = now
        self._until: dict[int, datetime] = {}
        for message, code in codes.made_elsewhere(session, [*phones], now - LOOK_BACK) if phones else ():
            self._hold(message.phone, _good_until(message, code))

    def check(self, request: CheckedRequest) -> None:
        """Refuse a second code of a number (`code_still_good`, with `retry_after_s`)."""
        until = self._until.get(request.phone) if request.made_elsewhere else None
        if until is not None and until > self._now:
            wait_s = ceil((until - self._now) / timedelta(seconds=1))
            raise Refused(
                "code_still_good",
                f"A code that the provider made for this number may be good for {wait_s} more seconds, and it cannot tell two of "
                "them apart: ask then, or by another route.",
                {"retry_after_s": wait_s},
            )

    def add(self, request: CheckedRequest) -> None:
        """It is taken in."""
        if request.made_elsewhere:
            self._hold(request.phone, self._now + SLACK)

    def _hold(self, phone: int, until: datetime) -> None:
        self._until[phone] = max(until, self._until.get(phone, until))


def _good_until(message: Message, code: OtpCode) -> datetime:
    """The latest moment at which a code can be good at the provider; the call of a message that waits may come as it ends."""
    called = message.sent_at or message.expires_at
    return max(code.expires_at + MINUTE, called + SHORTEST_ELSEWHERE_MIN * MINUTE) + SLACK
