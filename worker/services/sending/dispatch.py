"""The task's one door to the three send modes (list, push, single): each batch goes by its own."""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from worker.domain.outcome import Outcome
from worker.domain.send_mode import SendMode
from worker.domain.states import BatchState
from worker.services.deps import Account, Deps
from worker.services.sending import lists, singles
from worker.services.sending.pushes import push
from worker.storage.sending import batches
from worker.storage.sending.batches import BatchSummary

SEND_MODES: Final[Mapping[SendMode, Callable[[Deps, Account, UUID, BatchSummary], Outcome | None]]] = {
    SendMode.LIST: lists.send_list,
    SendMode.PUSH: push.push_batch,
    SendMode.SINGLE: singles.run_batch,
}


def send_batch(deps: Deps, batch_id: UUID) -> Outcome | None:
    """Send one batch if it is there to be sent; safe to call twice and at any time. None: nothing was sent."""
    with deps.sessions() as session:
        seen = batches.summary(session, batch_id)
    if seen is None or seen.state is not BatchState.PLANNED:
        return None
    account = deps.account(seen.provider, seen.channel)
    return SEND_MODES[seen.send_mode](deps, account, batch_id, seen)
