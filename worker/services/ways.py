"""Which way does a batch go? The bell's one door to the three ways."""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from worker.domain.outcome import Outcome
from worker.domain.states import BatchState
from worker.domain.way import Way
from worker.services import push, send, singles
from worker.services.deps import Account, Deps
from worker.storage import batches
from worker.storage.batches import Glance

WAYS: Final[Mapping[Way, Callable[[Deps, Account, UUID, Glance], Outcome | None]]] = {
    Way.LIST: send.send_list,
    Way.PUSH: push.push_batch,
    Way.SINGLE: singles.take_turn,
}


def send_batch(deps: Deps, batch_id: UUID) -> Outcome | None:
    """Send one batch if it is there to be sent; safe to call twice and at any time. None: nothing was sent."""
    with deps.sessions() as session:
        seen = batches.glance(session, batch_id)
    if seen is None or seen.state is not BatchState.PLANNED:
        return None
    account = deps.account(seen.provider)
    return WAYS[seen.way](deps, account, batch_id, seen)
