"""Whoever cannot be served in time is told so at the door, while he can still take another way.

Where more passwords come than can be sent, a queue without an end makes every one of them late, and then none of them is of
use. So the door looks at how long a new one would wait, once there is a crowd at all: after an outage of a minute a few hundred
wait, and are sent in seconds.

That is what waits divided by the pace at which messages leave. By how long the oldest has waited it could not be told: that
grows for as long as the door is closed and then falls to nothing, so that all who were turned away came in together, and the
minute began anew. Only where none has waited for long, or no pace is known, it tells: many that come at once to workers that had
nothing to do are no overload.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil
from typing import Final
from uuid import UUID

from worker.errors import Refused
from worker.services.deps import Deps
from worker.services.otp.request import CheckedRequest
from worker.storage import database
from worker.storage.otp import intake

#: Fewer are no crowd, however long they have waited: their workers may be starting.
CROWD: Final = 1000
#: While the oldest has waited for less, the pace may be that of the time before they came.
JUST_CAME_S: Final = 5.0
#: Of its time to live a new one may wait for this share.
OF_ITS_LIFE: Final = 0.5
#: Who is turned away asks again after so long at the earliest, and at the latest when all that wait now have left: not all
#: of them at the same time, and not so often that the answers take the time of what is to be sent.
ASK_AGAIN_S: Final = 5
AT_LATEST_S: Final = 120


class Crowd:
    """How long a password that comes now would wait, looked at once for all that are taken in together."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._longest = deps.otp.longest_wait
        self._wait = timedelta(seconds=_wait_s(deps, self._longest) if self._longest else 0)

    def check(self, request: CheckedRequest) -> None:
        """Refuse what would wait too long (`too_many_waiting`, with `retry_after_s`)."""
        if fault := self._refusal(request):
            raise fault

    def turned_away(self, requests: Sequence[CheckedRequest]) -> Mapping[UUID, Refused]:
        """Those that are refused before anything is locked or counted for them, since most are, when much comes.

        Left to be judged as ever: a test key, an idempotency key that stands for a message, and one to a number for which
        something is being taken in at this moment: that may be the same request.
        """
        refused = {request.id: fault for request in requests if (fault := self._refusal(request))}
        if not refused:
            return refused
        keyed = [one for one in requests if one.id in refused and one.requested.key]
        with database.look(self._deps.sessions) as session:
            # Each statement is a transaction of its own: what it locks is free again with its end.
            free = intake.lock_numbers(session, [*{one.phone for one in keyed}]) if keyed else set()
            known = intake.by_keys(session, [one.requested.key for one in keyed])
        again = {one.id for one in keyed if one.phone not in free or one.requested.key in known}
        return {request_id: fault for request_id, fault in refused.items() if request_id not in again}

    def _refusal(self, request: CheckedRequest) -> Refused | None:
        useful = timedelta(seconds=request.requested.ttl_s * OF_ITS_LIFE)
        if request.requested.test or self._wait <= min(self._longest, useful):
            return None
        wait_s = ceil(self._wait.total_seconds())
        return Refused(
            "too_many_waiting",
            f"More passwords come than can be sent: this one would wait about {wait_s} seconds. It was not taken in; send it "
            "another way, or ask again later.",
            {"wait_s": wait_s, "retry_after_s": ASK_AGAIN_S + request.id.int % min(wait_s, AT_LATEST_S)},
        )


def _wait_s(deps: Deps, longest: timedelta) -> float:
    """For how many seconds one that is taken in now would wait; 0 where there is no crowd."""
    tasks, pace = deps.task_queue.otp_crowd()
    if tasks < CROWD:
        return 0.0
    now = deps.clock.now()
    # More would wait for longer than anybody is told of.
    most = max(CROWD, ceil((pace or 0.0) * max(longest.total_seconds(), AT_LATEST_S)) + 1)
    with database.look(deps.sessions) as session:
        waiting, since = intake.waiting(session, now, most)
    if since is None or waiting < CROWD:
        return 0.0
    oldest_s = (now - since).total_seconds()
    return waiting / pace if pace and oldest_s >= JUST_CAME_S else oldest_s
