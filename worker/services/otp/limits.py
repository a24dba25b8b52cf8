"""How many passwords may be asked for: to one number, by one key, to one block of numbers, for one network.

Whoever is paid for texts to numbers of his own ("pumping") asks for many, to numbers side by side. The limits are read from
the messages themselves; only that of a number is exact when several processes take in at once.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from worker.domain.limit import Limit
from worker.errors import Refused
from worker.services.deps import OtpPolicy
from worker.services.otp.request import CheckedRequest
from worker.storage.otp import intake
from worker.storage.otp.intake import Same

#: Of limits up to so many, one statement reads all moments that matter.
SMALL: Final = 100


class Counts:
    """What was taken in of late for these requests, and with each that is taken in now."""

    def __init__(self, session: Session, policy: OtpPolicy, requests: Sequence[CheckedRequest], now: datetime) -> None:
        self._now = now
        self._looks = [
            _Look(rule, sentence, of, [_Latest(session, same, of, some, requests, now) for some in _together(limits)])
            for rule, sentence, same, of, limits in (
                (
                    "too_many_to_number",
                    "This number was sent too many messages of late",
                    Same.PHONE,
                    _phone,
                    policy.limits,
                ),
                (
                    "too_many_to_prefix",
                    "Numbers beside this one were sent too many messages of late",
                    Same.BLOCK,
                    _block,
                    policy.prefix_limits,
                ),
                ("too_many_of_key", "This key asked for too many messages of late", Same.KEY, _key, policy.key_limits),
                (
                    "too_many_of_client",
                    "The network of this client_ip asked for too many messages of late",
                    Same.NETWORK,
                    _network,
                    policy.client_limits,
                ),
            )
        ]

    def check(self, request: CheckedRequest) -> None:
        """Refuse one more password where there were enough, and say when there is room again (`retry_after_s`)."""
        for look in self._looks:
            value = look.of(request)
            room_at = (
                max((one.room_at(value) for one in look.limits), default=self._now) if value is not None else self._now
            )
            if room_at > self._now:
                wait_s = ceil((room_at - self._now) / timedelta(seconds=1))
                raise Refused(
                    look.rule,
                    f"{look.sentence}; there is room for the next in {wait_s} seconds.",
                    {"retry_after_s": wait_s},
                )

    def add(self, request: CheckedRequest) -> None:
        """It is taken in."""
        for look in self._looks:
            for one in look.limits:
                one.now_too[look.of(request)] += 1


@dataclass(frozen=True, slots=True)
class _Look:
    rule: str
    sentence: str
    of: Callable[[CheckedRequest], Any]
    limits: Sequence["_Latest"]


def _together(limits: Sequence[Limit]) -> Sequence[Sequence[Limit]]:
    """Those that one statement answers: all small ones; and each other, whose moments are read about its last."""
    there = [one for one in limits if one.most]
    small = [one for one in there if one.most <= SMALL]
    return [*([small] if small else []), *([one] for one in there if one.most > SMALL)]


class _Latest:
    """Some limits: the latest moments for each value, as many as can matter."""

    def __init__(
        self,
        session: Session,
        same: Same,
        of: Callable[[CheckedRequest], Any],
        limits: Sequence[Limit],
        requests: Sequence[CheckedRequest],
        now: datetime,
    ) -> None:
        self._limits, self._now = limits, now
        #: How many are taken in now.
        self.now_too = Counter[Any]()
        asked = Counter(value for request in requests if (value := of(request)) is not None)
        # The n-th latest, n smaller by each that comes in with it now.
        self._offset = max(min(one.most for one in limits) - max(asked.values(), default=0), 0)
        since, most = now - max(one.within for one in limits), max(one.most for one in limits) - self._offset
        self._found = intake.latest(session, same, [*asked], since, self._offset, most) if asked else {}

    def room_at(self, value: Any) -> datetime:
        """When there is room for one more."""
        return max(self._room_in(one, value) for one in self._limits)

    def _room_in(self, limit: Limit, value: Any) -> datetime:
        place = limit.most - 1 - self.now_too[value]
        if place < 0:
            return self._now + limit.within
        found = self._found.get(value, ())
        at = place - self._offset
        return max(found[at] + limit.within, self._now) if at < len(found) else self._now


def _phone(request: CheckedRequest) -> int:
    return request.phone


def _block(request: CheckedRequest) -> int:
    return request.phone - request.phone % intake.BLOCK


def _key(request: CheckedRequest) -> UUID | None:
    return request.requested.api_key_id


def _network(request: CheckedRequest) -> str | None:
    return request.network
