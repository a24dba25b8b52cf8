"""Whoever cannot be served in time is told so at the door, while he can still take another way.

Where more passwords come than can be sent, a queue without an end makes every one of them late, and then none of them is of
use. So the door looks at how long a new one would wait, once there is a crowd at all: after an outage of a minute a few hundred
wait, and are sent in seconds.

By how long the oldest has waited it could not be told: that grows for as long as the door is closed and then falls to nothing,
so that all who were turned away came in together, and the minute began anew.
"""

from datetime import timedelta
from math import ceil
from typing import Final

from worker.errors import Refused
from worker.services.deps import Deps
from worker.services.otp.request import CheckedRequest

#: Fewer are no crowd, however long they have waited: their workers may be starting.
CROWD: Final = 1000
#: Of its time to live a new one may wait for this share.
OF_ITS_LIFE: Final = 0.5
#: Who is turned away asks again after so long at the earliest, and at the latest when all that wait now have left: not all
#: of them at the same time, and not so often that the answers take the time of what is to be sent.
ASK_AGAIN_S: Final = 5
AT_LATEST_S: Final = 120


class Crowd:
    """How long a password that comes now would wait, looked at once for all that are taken in together."""

    def __init__(self, deps: Deps) -> None:
        self._longest = deps.otp.longest_wait
        self._wait = timedelta(seconds=deps.task_queue.otp_wait_s(CROWD) if self._longest else 0)

    def check(self, request: CheckedRequest) -> None:
        """Refuse what would wait too long (`too_many_waiting`, with `retry_after_s`)."""
        useful = timedelta(seconds=request.requested.ttl_s * OF_ITS_LIFE)
        if self._wait > min(self._longest, useful):
            wait_s = ceil(self._wait.total_seconds())
            raise Refused(
                "too_many_waiting",
                f"More passwords come than can be sent: this one would wait about {wait_s} seconds. It was not taken in; send it "
                "another way, or ask again later.",
                {"wait_s": wait_s, "retry_after_s": ASK_AGAIN_S + request.id.int % min(wait_s, AT_LATEST_S)},
            )
