"""After a restore, marks calls since the backup as unknown: they are not made again.

eSMS's own record settles its batches by itself, as any lost answer; at FPT and Fibo an operator says what became of each
(`loa campaign resolve`). What was not due yet goes on.
"""

from datetime import datetime

import structlog

from worker.services import campaign_status
from worker.services.deps import Deps
from worker.storage.operations import after_restore
from worker.storage.operations.after_restore import Marked

log = structlog.get_logger(__name__)


def mark_unknown(deps: Deps, taken_at: datetime) -> Marked:
    """Mark what may have left since the backup was taken; to be called once, before any worker starts."""
    with deps.sessions.begin() as session:
        marked = after_restore.mark_unknown(session, taken_at, deps.clock.now())
    campaign_status.refresh_all(deps)
    log.warning("restored", batches=dict(marked.batches), drafts=marked.drafts, messages=marked.messages)
    return marked
