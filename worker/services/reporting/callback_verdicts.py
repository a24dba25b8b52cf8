"""What a callback comes to: whom it means, and whether what it says of them counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from worker.domain.callback import Callback, Named
from worker.domain.delivery import SentState
from worker.domain.measures import OTP_DELIVERED_SECONDS, OTPS_ENDED
from worker.domain.message import MessageState
from worker.domain.send_mode import SendMode
from worker.domain.states import BatchState, RecipientState
from worker.services.deps import Account, Deps
from worker.storage.otp import messages
from worker.storage.otp.messages import MessageChanges, Move
from worker.storage.reporting import callbacks
from worker.storage.reporting.callbacks import Meant, Waiting
from worker.storage.tables.campaigns import Batch

#: A call whose id nobody has by then was ordered by hand, and its result is in its row alone.
BY_HAND: Final = timedelta(minutes=1)

#: A provider, and a reference of its.
Ref = tuple[str, str]

RESULTS: Final = {
    SentState.DELIVERED: RecipientState.DELIVERED,
    SentState.FAILED: RecipientState.FAILED,
    SentState.REFUSED: RecipientState.FAILED,
}
#: The provider will tell, or will be asked, no more of a batch in these.
ENDED: Final = frozenset({BatchState.REPORTED, BatchState.REJECTED, BatchState.CANCELLED})

NO_NAME: Final = "it names no message"
UNKNOWN_REF: Final = "nobody knows this reference"
FOREIGN: Final = "the number is not of the order that it names"
NO_RESULT: Final = "it tells no result of one number"
ASKED: Final = "the provider is asked"
UNCONFIRMED: Final = "the provider, asked again, does not bear it out"
KNOWN: Final = "known already"
NEWS_FOR_AN_OPERATOR: Final = frozenset({FOREIGN, UNKNOWN_REF, UNCONFIRMED, NO_NAME})
#: These may turn out otherwise: the callback is read again until it is too old.
OPEN: Final = frozenset({UNKNOWN_REF, UNCONFIRMED})


#: What a callback names, whom that means, and by which account; None: nobody.
Whom = tuple[Account, Named, Meant] | None


def whom(deps: Deps, row: Waiting, said: Callback | None, meant: Mapping[Ref, Meant]) -> Whom:
    """Whom a callback means, by what `meant` knows of the references in it."""
    account = deps.accounts.get(row.provider)
    if account is None or said is None:
        return None
    return next(((account, one, found) for one in said.about if (found := meant.get((row.provider, one.ref)))), None)


class Lot:
    """Callbacks that are read in one transaction: whom they mean is locked once for all.

    Batches first, then numbers, then messages, each in their order, as everywhere.
    """

    def __init__(self, deps: Deps, session: Session, now: datetime, about: Mapping[UUID, Whom]) -> None:
        self._deps, self._session, self._now, self._about = deps, session, now, about
        placed = [one for one in about.values() if one is not None and one[2].send_mode is not None]
        self._batches = callbacks.batches_of(session, {found.id for _, _, found in placed})
        wanted = {
            (found.id, phone)
            for account, named, found in placed
            if (batch := self._batches.get(found.id)) and not _is_asked(account, found, batch)
            if (phone := found.phone or named.phone)
        }
        self._numbers = callbacks.numbers_of(session, [(self._batches[id_], phone) for id_, phone in wanted])
        said = [one[2].id for one in about.values() if one is not None and one[2].send_mode is None]
        self._messages = messages.locked_all(session, said)
        self._moves: dict[UUID, tuple[Meant, Move]] = {}

    def judge(self, row: Waiting, said: Callback | None) -> tuple[str, UUID | None]:
        """The verdict, and the batch to be asked about once more."""
        meant = self._about[row.id]
        if said is None:
            return NO_NAME, None
        if meant is None:
            late = said.by_hand and self._now - row.received_at >= BY_HAND
            return (said.provider_message if late else UNKNOWN_REF), None
        account, named, found = meant
        if named.phone and found.phone not in {None, named.phone}:
            return FOREIGN, None
        if found.send_mode is None:
            return self._of_message(found, said), None
        return self._of_batch(account, named, found, said)

    def _of_batch(self, account: Account, named: Named, found: Meant, said: Callback) -> tuple[str, UUID | None]:
        batch, phone = self._batches.get(found.id), found.phone or named.phone
        if batch is None:
            return UNKNOWN_REF, None
        if _is_asked(account, found, batch):
            _hasten(self._deps, batch, self._now)
            return ASKED, None
        if found.send_mode is SendMode.LIST:
            # It may have been closed before each of its numbers had its result.
            late = batch.delivered < said.delivered <= batch.size and said.state is not SentState.UNREADABLE
            return (UNCONFIRMED, batch.id) if late else (KNOWN, None)
        to = RESULTS.get(said.state)
        if to is None or phone is None:
            return NO_RESULT, None
        one = self._numbers.get((batch.id, phone))
        reason = None if to is RecipientState.DELIVERED else said.provider_message or "not delivered"
        before = None if one is None else callbacks.note(batch, one, to, reason)
        if before is None:
            return FOREIGN, None
        return (KNOWN if before == to else str(to)), None

    def _of_message(self, found: Meant, said: Callback) -> str:
        to = RESULTS.get(said.state)
        if to is None:
            return NO_RESULT
        if found.id in self._moves:
            # Another callback about the same message: judged by where the one before has brought it.
            for _, before in self.write():
                self._session.refresh(before.message)
        changes: MessageChanges = {}
        if to is not RecipientState.DELIVERED:
            changes["provider_message"] = said.provider_message
        message = self._messages.get(found.id)
        if message is None or not (move := Move(message, MessageState(to), changes)).is_allowed:
            return KNOWN
        self._moves[found.id] = found, move
        return str(to)

    def write(self) -> Sequence[tuple[Meant, Move]]:
        """Write down what was judged, all of one kind by one request; called after the last. The messages that it moved."""
        callbacks.write_numbers(self._session, self._numbers.values())
        written = list(self._moves.values())
        self._moves.clear()
        messages.move_all(self._session, [move for _, move in written], self._now)
        for found, move in written:
            self._deps.measures.count(OTPS_ENDED, state=str(move.to))
            if move.to is MessageState.DELIVERED and found.queued_at is not None:
                took = (self._now - found.queued_at).total_seconds()
                self._deps.measures.observe(OTP_DELIVERED_SECONDS, took, provider=found.provider)
        return written


def _is_asked(account: Account, found: Meant, batch: Batch) -> bool:
    """Whether the provider tells of this batch when it is asked, and will be."""
    return account.reports(found.kind) and batch.state not in ENDED


def _hasten(deps: Deps, batch: Batch, now: datetime) -> None:
    """Ask at once; but not again so soon after the last question, however many callbacks come."""
    due, polling = batch.next_poll_at, deps.polling
    if batch.state is not BatchState.ACCEPTED or due is None:
        return
    if not batch.polls:
        batch.next_poll_at = min(due, now)
    elif due > now + polling.first:
        batch.next_poll_at = max(now, due - polling.pause(batch.polls) + polling.first)
