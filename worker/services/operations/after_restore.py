"""After a restore, marks calls since the backup as unknown: they are not made again.

eSMS's own record settles its batches by itself, as any lost answer; at FPT and Fibo an operator says what became of each
(`loa campaign resolve`). A campaign whose time has not come waits for a person: it may have been cancelled since, or sent at
an earlier time.
"""

from datetime import datetime
from typing import Final

import structlog

from worker.services import campaign_status
from worker.services.deps import Deps
from worker.storage.operations import after_restore
from worker.storage.operations.after_restore import Marked

log = structlog.get_logger(__name__)

#: Of a campaign whose time, as the backup has it, is yet to come.
TIME_MAY_HAVE_CHANGED: Final = (
    "restored from a backup: if it was cancelled since then, or sent at an earlier time, cancel it; else resume it"
)


def mark_unknown(deps: Deps, taken_at: datetime) -> Marked:
    """Mark what may have left since the backup was taken; to be called once, before any worker starts."""
    with deps.sessions.begin() as session:
        marked = after_restore.mark_unknown(session, taken_at, deps.clock.now(), TIME_MAY_HAVE_CHANGED)
    campaign_status.refresh_all(deps)
    counts = {"drafts": marked.drafts, "messages": marked.messages, "paused": marked.paused}
    log.warning("restored", batches=dict(marked.batches), **counts)
    return marked
