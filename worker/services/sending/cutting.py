"""Cuts an order that is larger than its provider takes now, since the setting may have been lowered after it was planned.

Its provider would refuse it whole (120). What cannot be cut into orders that are large enough goes as it was planned.
"""

import structlog
from sqlmodel import Session

from worker.domain import chunk
from worker.errors import Refused
from worker.services.deps import Account
from worker.storage.sending import cut, recipients
from worker.storage.tables.campaigns import Batch

log = structlog.get_logger(__name__)


def fit(session: Session, account: Account, batch: Batch) -> None:
    """Leave in a locked batch what one order takes; the rest becomes batches of its own, due as it is.

    Only of a batch of which no call may have been taken: the members of any other never change.
    """
    phones = recipients.members(session, batch)
    if len(phones) <= account.max_recipients:
        return
    try:
        sizes = chunk.split(len(phones), account.min_recipients, account.max_recipients)
    except Refused:
        return
    cut.into_parts(session, batch, phones, sizes)
    log.warning("batch_cut", batch=str(batch.id), numbers=len(phones), parts=len(sizes))
