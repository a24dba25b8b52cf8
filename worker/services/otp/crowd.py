"""Whoever cannot be served in time is told so at the door, while he can still take another way.

Where more passwords come than can be sent, a queue without an end makes every one of them late, and then none of them is of
use. So the door looks at how long the oldest waits, once there is a crowd at all: after an outage of a minute a few hundred
wait, and are sent in seconds.
"""

from datetime import timedelta
from math import ceil
from typing import Final

from worker.errors import Refused
from worker.services.deps import Deps
from worker.services.otp.request import CheckedRequest

#: Fewer are no crowd, however long they have waited: their workers may be starting.
CROWD: Final = 1000
#: One that came now would wait as long as the oldest has; of its time to live that may be this share.
OF_ITS_LIFE: Final = 0.5
ASK_AGAIN: Final = timedelta(seconds=5)


class Crowd:
    """How long a password that comes now would wait, looked at once for all that are taken in together."""

    def __init__(self, deps: Deps) -> None:
        self._longest = deps.otp.longest_wait
        self._wait = timedelta(seconds=deps.task_queue.otp_wait_s(CROWD) if self._longest else 0)

    def check(self, request: CheckedRequest) -> None:
        """Refuse what would wait too long (`too_many_waiting`, with `retry_after_s`)."""
        useful = timedelta(seconds=request.requested.ttl_s * OF_ITS_LIFE)
        if self._wait > min(self._longest, useful):
            raise Refused(
                "too_many_waiting",
                f"More passwords come than can be sent: the oldest has waited {ceil(self._wait.total_seconds())} seconds. This "
                "one was not taken in; send it another way, or ask again soon.",
                {"waited_s": ceil(self._wait.total_seconds()), "retry_after_s": int(ASK_AGAIN.total_seconds())},
            )
