"""The schedule as a table of sweeps; no crontab, because a nightly job is a due row."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from worker.queues import Queue
from worker.storage.operations.pending import Work


@dataclass(frozen=True, slots=True)
class Sweep:
    """One line of the schedule."""

    task: str
    every: timedelta
    queue: Queue
    why: str
    #: Enqueued when a look says that this is pending, and once in a while whatever it says (`ANYWAY`); None: by the time alone.
    work: Work | None = None

    @property
    def expires_s(self) -> float:
        """A task that nobody took before the next ones are due is worth nothing."""
        return 10 * self.every.total_seconds()


_SECOND: Final = timedelta(seconds=1)

#: In this order they are enqueued.
SWEEPS: Final = (
    Sweep(
        "loa.sweep_otps",
        _SECOND,
        Queue.SWEEP,
        "a password whose task was lost still has its time to live",
        Work.MESSAGES,
    ),
    Sweep(
        "loa.deliver_webhooks", _SECOND, Queue.WEBHOOK, "a backend hears of its password within a second", Work.EVENTS
    ),
    Sweep("loa.release", _SECOND, Queue.SWEEP, "a due campaign's first call begins within 5 s", Work.ORDERS),
    Sweep("loa.poll", _SECOND, Queue.SWEEP, "reports are asked for in small, even portions", Work.REPORTS),
    Sweep(
        "loa.read_callbacks", _SECOND, Queue.SWEEP, "what providers report by themselves counts soon", Work.CALLBACKS
    ),
    Sweep(
        "loa.expire_claims",
        timedelta(seconds=5),
        Queue.SWEEP,
        "a dead worker's batch is known as UNKNOWN soon",
        Work.CLAIMS,
    ),
    Sweep(
        "loa.settle",
        timedelta(seconds=5),
        Queue.SWEEP,
        "a crash between two commits leaves no campaign behind",
        Work.STATUSES,
    ),
    Sweep(
        "loa.sweep_doors",
        timedelta(seconds=10),
        Queue.SWEEP,
        "a list whose task or worker was lost is planned all the same",
        Work.DRAFTS,
    ),
    Sweep(
        "loa.look_up",
        timedelta(seconds=10),
        Queue.REPORT,
        "an unknown call is settled as soon as the provider's record can tell",
        Work.UNKNOWNS,
    ),
    Sweep(
        "loa.retry_last_pushes",
        timedelta(seconds=10),
        Queue.REPORT,
        "FPT's quota tells whether a lost last push was counted",
        Work.UNKNOWNS,
    ),
    Sweep(
        "loa.stop_cancelled",
        timedelta(minutes=1),
        Queue.REPORT,
        "FPT is asked to stop what it has of a cancelled campaign, though whoever cancelled it died or got no answer",
    ),
    Sweep(
        "loa.fall_back",
        timedelta(seconds=10),
        Queue.REPORT,
        "whom Zalo did not reach gets a text soon after the campaign is over",
    ),
    Sweep(
        "loa.heartbeat",
        timedelta(seconds=5),
        Queue.SWEEP,
        "that scheduler, queue, worker and database live is seen, and that they do not, soon",
    ),
    Sweep(
        "loa.send_canaries", timedelta(seconds=30), Queue.SWEEP, "a worker that takes nothing from its queue is seen"
    ),
    Sweep("loa.refresh_balances", timedelta(minutes=10), Queue.REPORT, "money can be compared between two balances"),
    Sweep(
        "loa.refresh_senders",
        timedelta(minutes=10),
        Queue.REPORT,
        "a misspelt sender is refused before it costs a campaign",
    ),
    Sweep("loa.nightly", timedelta(minutes=1), Queue.NIGHTLY, "a job of the night that is due begins within a minute"),
)

#: More tasks than this on a queue of sweeps help nobody: the worker that should take them is away.
MOST_WAITING: Final = 20
#: Each sweep runs once in so long though nothing seems to be pending: what the look does not see is mended by then.
ANYWAY: Final = timedelta(minutes=1)
#: A look comes a moment early or late.
_JITTER: Final = timedelta(milliseconds=500)


def wanted(sweep: Sweep, pending: frozenset[Work], since: timedelta | None) -> bool:
    """Whether this sweep, which was last enqueued `since` ago, is to be enqueued now; None: it never was."""
    if sweep.work is None:
        return False
    if since is None or since >= ANYWAY:
        return True
    return sweep.work in pending and since >= sweep.every - _JITTER
