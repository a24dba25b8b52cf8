"""What is due while its window is closed waits for the next opening."""

import structlog

from worker.services.deps import Account, Deps
from worker.storage.sending import batches

log = structlog.get_logger(__name__)


def wait_for_window(deps: Deps, account: Account, kind: str) -> bool:
    """Whether texts of this kind may leave now; if not, what is due waits for the next opening."""
    now, windows = deps.clock.now(), account.hours(kind)
    if windows.contains(now):
        return True
    with deps.sessions.begin() as session:
        until = windows.next_opening(now)
        postponed = batches.postpone_due(session, account.name, kind, account.channel, now=now, until=until)
    if postponed:
        log.info("window_closed", provider=account.name, kind=kind, batches=postponed, until=until.isoformat())
    return False
