"""The state of each number in a batch that is called one by one: marks before the calls, results after them.

A number is marked `sending` before its call and gets its result after it, so a crash leaves an unknown call about the marked ones
alone. Whoever writes here locks the batch first, then its recipients.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Connection, CursorResult, bindparam, select, text, update
from sqlmodel import Session, col

from worker.domain.states import BATCH_NEXT, BatchState, NextCall, RecipientState
from worker.storage.sending import recipients
from worker.storage.tables.campaigns import Batch, Recipient

#: What a person reads beside each `NextCall`; no rule reads it.
ABSENT: Final = "not in the provider's record, so it is called again under the same key"
VOUCHED: Final = "a person said that it was not sent, so it is called again"
REFUSED_BY_A_GATEWAY: Final = (
    "turned away without a code of the provider's own, so it is called again under the same key"
)
STOPPED: Final = "the worker stopped before an answer was recorded"

#: How many numbers of a batch have a state of their own by a call.
BEGUN: Final = col(Batch.accepted) + col(Batch.rejected) + col(Batch.unknown) + col(Batch.delivered) + col(Batch.failed)


@dataclass(frozen=True, slots=True)
class Addressee:
    """A number that was not called yet, and what its text and its key are made of."""

    phone: int = field(repr=False)
    row: int
    vars: Mapping[str, str] | None = field(repr=False)
    refusals: int
    next_call: NextCall | None = None

    @property
    def repeat(self) -> bool:
        """Whether an earlier call may have been taken, so that this one goes under its key."""
        return self.next_call is NextCall.RETRY_SAME_KEY

    @property
    def vouched(self) -> bool:
        """Whether an earlier call was unknown until a person said that it was not taken."""
        return self.next_call is NextCall.RETRY_NEW_KEY


@dataclass(frozen=True, slots=True)
class Result:
    """What one call came to; a number without a `state` is to be called again."""

    phone: int = field(repr=False)
    state: RecipientState | None
    code: str = ""
    reason: str = ""
    next_call: NextCall | None = None
    ref: str = ""
    #: Refused by the provider's own code: the next call needs a new key.
    refused: bool = False


def uncalled(session: Session, batch: Batch) -> list[Addressee]:
    """The numbers of a batch that are still to be called, in their order."""
    rows = session.execute(
        select(*map(col, (Recipient.phone, Recipient.row, Recipient.vars, Recipient.refusals, Recipient.next_call)))
        .where(col(Recipient.campaign_id) == batch.campaign_id, col(Recipient.batch_seq) == batch.seq)
        .where(col(Recipient.state).is_(None))
    )
    found = (Addressee(row.phone, row.row, row.vars, row.refusals or 0, row.next_call) for row in rows)
    return sorted(found, key=lambda one: one.phone)


def keep_claim(session: Session, batch_id: UUID, number: int, lease_until: datetime) -> bool:
    """Go on with a claim; False when it was given up meanwhile."""
    kept = session.execute(_KEEP_CLAIM, {"batch_id": batch_id, "number": number, "until": lease_until})
    return cast("CursorResult[Any]", kept).rowcount == 1


#: Put together once, like other statements of each wave: that takes as long as to execute them.
_KEEP_CLAIM: Final = (
    update(Batch)
    .where(col(Batch.id) == bindparam("batch_id"), col(Batch.state) == BatchState.SENDING)
    .where(col(Batch.attempts) == bindparam("number"))
    .values(lease_until=bindparam("until"))
    .execution_options(synchronize_session=False)
)


def intend(session: Session, batch: Batch, phones: Sequence[int]) -> set[int]:
    """Mark numbers as about to be called; those that were really marked, and no others, may be."""
    of = recipients.of(batch, phones=f"{{{','.join(map(str, phones))}}}")
    return set(session.scalars(_INTEND, of).all())


_INTEND: Final = text(
    "UPDATE recipient SET state = 'sending' WHERE campaign_id = :campaign AND batch_seq = :seq"
    " AND phone = ANY(CAST(:phones AS bigint[])) AND state IS NULL RETURNING phone"
)


def go_on(
    at: Connection, batch: Batch, number: int, phones: Sequence[int], *, until: datetime, last_call: datetime
) -> set[int]:
    """Mark numbers, as `intend` does, of a claim that stands in a campaign that is being sent, and keep the claim `until` then.

    One statement, which locks the campaign, the batch and the numbers in this order. Empty, too, where the claim was given up or
    the campaign stopped.
    """
    of = recipients.of(batch, batch=batch.id, number=number, until=until, last_call=last_call)
    return set(at.scalars(_GO_ON, of | {"phones": f"{{{','.join(map(str, phones))}}}"}).all())


#: What `campaigns.lock_if_sending`, `keep_claim` and `intend` do. Who waited for a lock looks at the row as it is then.
_GO_ON: Final = text(
    "WITH running AS MATERIALIZED (SELECT id FROM campaign WHERE id = :campaign AND status = 'sending'"
    " AND (until IS NULL OR until > :last_call) FOR SHARE),"
    " held AS (UPDATE batch SET lease_until = :until WHERE id = :batch AND campaign_id = (SELECT id FROM running)"
    " AND state = 'sending' AND attempts = :number RETURNING id)"
    " UPDATE recipient r SET state = 'sending' FROM held WHERE r.campaign_id = :campaign AND r.batch_seq = :seq"
    " AND r.phone = ANY(CAST(:phones AS bigint[])) AND r.state IS NULL RETURNING r.phone"
)


def note(at: Session | Connection, batch: Batch, results: Sequence[Result], number: int | None = None) -> set[int]:
    """Write down what calls came to; the numbers for which it was news. With `number`, only while that claim stands.

    An answer that comes after its unknown call is the better evidence. An acceptance keeps a number from its next call too, and
    counts though it was cancelled since.
    """
    # As one text of JSON: arrays are written out by psycopg item by item, which costs as much as all the rest of the statement.
    found = [(one.phone, one.state, one.code, one.reason, one.ref, int(one.refused), one.next_call) for one in results]
    of = recipients.of(batch, batch=batch.id, number=number, results=json.dumps(found))
    return set(at.scalars(_NOTE, of).all())


_NOTE: Final = text(
    "WITH held AS MATERIALIZED (SELECT id FROM batch WHERE id = :batch"
    " AND attempts = coalesce(CAST(:number AS integer), attempts) FOR UPDATE)"
    " UPDATE recipient r SET state = v ->> 1, code = nullif(v ->> 2, ''), reason = nullif(v ->> 3, ''),"
    " ref = nullif(v ->> 4, ''), next_call = v ->> 6,"
    " refusals = CASE WHEN v ->> 5 = '1' THEN coalesce(r.refusals, 0) + 1 ELSE r.refusals END"
    " FROM held, json_array_elements(CAST(:results AS json)) AS v"
    " WHERE r.campaign_id = :campaign AND r.batch_seq = :seq AND r.phone = CAST(v ->> 0 AS bigint)"
    " AND (r.state IN ('sending', 'unknown') OR coalesce(r.state, 'cancelled') = 'cancelled' AND v ->> 1 = 'accepted')"
    " RETURNING r.phone"
)


def vouched(session: Session, batch: Batch, phones: Sequence[int]) -> list[int]:
    """Those of the numbers of which a person said that they were not sent, and that were not called since; in their order."""
    statement = text(
        "SELECT phone FROM recipient WHERE campaign_id = :campaign AND batch_seq = :seq AND phone = ANY(:phones)"
        " AND coalesce(state, 'cancelled') = 'cancelled' AND next_call = :vouched ORDER BY phone"
    )
    given = recipients.of(batch, phones=list(phones), vouched=str(NextCall.RETRY_NEW_KEY))
    return list(session.scalars(statement, given))


def lock(session: Session, batch_id: UUID) -> Batch:
    """The batch, locked until the transaction ends."""
    return session.scalars(_LOCK, {"batch_id": batch_id}, execution_options={"populate_existing": True}).one()


_LOCK: Final = select(Batch).where(col(Batch.id) == bindparam("batch_id")).with_for_update()


def count(session: Session, batch: Batch) -> int:
    """Bring the counters of a locked batch up to date; how many of its numbers are not called yet."""
    counted = text(
        "SELECT state, count(*) AS numbers FROM recipient WHERE campaign_id = :campaign AND batch_seq = :seq GROUP BY state"
    )
    by_state = {row.state: row.numbers for row in session.execute(counted, recipients.of(batch))}
    for state in set(RecipientState) - {RecipientState.SENDING}:
        setattr(batch, state, by_state.get(state, 0))
    session.flush()
    return int(by_state.get(None, 0))


def give_back(session: Session, batch: Batch, *, not_before: datetime, next_poll_at: datetime | None) -> BatchState:
    """Move a locked batch to where its numbers put it, its counters with it; where that is.

    `not_before` is when the numbers that are left may be called, `next_poll_at` when the provider is asked about the others
    (None: it cannot be asked).
    """
    left = count(session, batch)
    to = _where(batch, left)
    if to not in BATCH_NEXT[batch.state]:
        return batch.state
    batch.state, batch.lease_until, batch.enqueued_at = to, None, None
    # Of one whose worker died, its claim is all that is known; without a time it would be asked about for ever.
    batch.answered_at = batch.answered_at or batch.claimed_at
    batch.not_before, batch.next_poll_at = not_before, next_poll_at
    session.flush()
    return to


def abandon(session: Session, batch: Batch, next_poll_at: datetime | None) -> None:
    """The worker of a locked batch is gone: what it had marked may have been called, the rest is free again."""
    to = "state = 'unknown', reason = :reason, next_call = NULL"
    recipients.change(session, batch, to, "state = 'sending'", reason=STOPPED)
    give_back(session, batch, not_before=batch.not_before, next_poll_at=next_poll_at)


def cancel_left(session: Session, campaign_id: UUID) -> int:
    """Of batches that were begun and given back, cancel the numbers that were not called; how many."""
    begun = col(Batch.campaign_id) == campaign_id, col(Batch.state) == BatchState.PLANNED, BEGUN > 0
    # As callbacks do, so that the two never wait in a circle.
    in_order = select(Batch).where(*begun).order_by(col(Batch.id)).with_for_update()
    cancelled = 0
    for batch in session.scalars(in_order).all():
        recipients.change(session, batch, "state = 'cancelled'", "state IS NULL")
        give_back(session, batch, not_before=batch.not_before, next_poll_at=batch.next_poll_at)
        cancelled += batch.cancelled
    return cancelled


def _where(batch: Batch, left: int) -> BatchState:
    if left:
        return BatchState.PLANNED
    if batch.unknown:
        return BatchState.UNKNOWN
    if batch.accepted + batch.delivered + batch.failed:
        return BatchState.ACCEPTED
    return BatchState.CANCELLED if batch.cancelled else BatchState.REJECTED
