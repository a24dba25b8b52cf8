"""A message that was stored, and whose task cannot be enqueued, is taken back.

It waits in its row: a sweep enqueues again. But the sweep is a task too, and where Redis takes no writes the message may be
over its time before one comes. Whoever can take another way is told so at once, and the message is taken back first, so that
no subscriber gets two codes. A person at a terminal (`loa otp send` before `loa up`) has no other way, and hears of the wait.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from worker.errors import LoaError, Unavailable
from worker.outages import Places, explain
from worker.services.deps import Deps
from worker.storage.otp import messages

NOT_ENQUEUED: Final = "Redis cannot be reached, so that no worker would hear of it: it was not taken in."


def take_back(deps: Deps, message_ids: Sequence[UUID], why: Exception, since: datetime) -> Mapping[UUID, LoaError]:
    """Take messages back whose tasks could not be enqueued `since`; for each that was, what its sender is told.

    A task of which only the answer was lost may have reached a worker: a message that was called for stays taken in. So does
    one whose request was repeated meanwhile, under its key: whoever answered that has enqueued for it too.
    """
    with deps.sessions.begin() as session:
        taken_back = messages.withdraw(session, message_ids, since)
    return dict.fromkeys(taken_back, explain(why, Places()) or Unavailable(NOT_ENQUEUED))
