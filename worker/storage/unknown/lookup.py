"""Selects the unknown batches to look up, with what identifies them in the provider's record, and settles them.

A batch is looked up once all its calls are surely over and the provider has had time to write them down. Every update here
names the state and the number of calls that the look-up saw, so that a late answer, which is better evidence, wins.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import exists, or_, select, text, update
from sqlmodel import Session, col
from typing_extensions import Unpack

from worker.domain.attempts import request_id
from worker.domain.send_mode import SendMode
from worker.domain.states import BATCH_NEXT, BatchState, CampaignStatus, NextCall
from worker.storage.calling import attempts
from worker.storage.changes import changed
from worker.storage.sending import recipients
from worker.storage.sending.batches import BatchChange
from worker.storage.sending.singles import ABSENT, VOUCHED
from worker.storage.tables.campaigns import Attempt, Batch, Campaign

#: Nothing of a campaign in these is pushed any more.
OVER: Final = (CampaignStatus.RECONCILING, CampaignStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class UnknownBatch:
    """A batch that may be with the provider, as it was when it was taken to be looked up."""

    batch: Batch
    kind: str
    send_mode: SendMode
    status: CampaignStatus
    #: From the beginning to the end of each call by which it may have been taken.
    calls: Sequence[tuple[datetime, datetime]]


def take(
    session: Session,
    provider: str,
    now: datetime,
    *,
    lease: timedelta,
    settle: timedelta,
    give_up: timedelta,
    limit: int,
) -> list[UnknownBatch]:
    """Unknown batches whose look-up is due, locked; the caller sets `next_lookup_at` before it commits, so nobody else looks.

    Due: every call is older than its lease and `settle`, and the latest not older than `give_up`.
    """
    fresh = exists().where(
        col(Attempt.owner_id) == col(Batch.id),
        or_(col(Attempt.began_at) > now - lease - settle, col(Attempt.deadline) > now - timedelta(seconds=5) - settle),
    )
    recent = exists().where(col(Attempt.owner_id) == col(Batch.id), col(Attempt.deadline) > now - give_up)
    rows = session.execute(
        select(Batch, col(Campaign.kind), col(Campaign.send_mode), col(Campaign.status))
        .join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
        .where(col(Batch.state) == BatchState.UNKNOWN, col(Campaign.provider) == provider)
        .where(col(Campaign.send_mode).in_([SendMode.LIST, SendMode.SINGLE]))
        .where(or_(col(Batch.next_lookup_at).is_(None), col(Batch.next_lookup_at) <= now), ~fresh, recent)
        .order_by(col(Batch.next_lookup_at).nulls_first())
        .limit(limit)
        .with_for_update(of=Batch, skip_locked=True)
    ).all()
    return [
        UnknownBatch(batch, kind, mode, status, _to_search(session, batch, mode)) for batch, kind, mode, status in rows
    ]


def _to_search(session: Session, batch: Batch, send_mode: SendMode) -> list[tuple[datetime, datetime]]:
    return calls(session, batch.id, send_mode) if send_mode is SendMode.SINGLE else under_key(session, batch)


def under_key(session: Session, batch: Batch) -> list[tuple[datetime, datetime]]:
    """When each call of an order under its present key began and ended, the first one first.

    Those that a gateway refused too (429 or 503 without a code): it may have been wrong, and a 124 later says that it was.
    """
    mine = col(Attempt.request_id) == request_id(batch.id, batch.refusals)
    return attempts.periods(session, batch.id, mine)


def calls(session: Session, batch_id: UUID, send_mode: SendMode = SendMode.LIST) -> list[tuple[datetime, datetime]]:
    """When each call of a batch that may have been taken began and ended, the first one first.

    Where each number is a call, every turn: its outcome is that of one of many.
    """
    return attempts.periods(session, batch_id, *([] if send_mode is SendMode.SINGLE else [attempts.maybe_taken()]))


def need_operator_when_old(session: Session, provider: str, before: datetime, words: str) -> set[UUID]:
    """Batches unknown since `before` wait for a person; the campaigns of which there are new ones.

    A push does not while others of its campaign may still tell.
    """
    fresh = exists().where(col(Attempt.owner_id) == col(Batch.id), col(Attempt.deadline) > before)
    mine = (
        select(col(Batch.id))
        .join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
        .where(col(Batch.state) == BatchState.UNKNOWN, col(Batch.needs_operator).is_(False), ~fresh)
        .where(col(Campaign.provider) == provider)
        .where(or_(col(Campaign.send_mode) != SendMode.PUSH, col(Campaign.status).in_(OVER)))
        .with_for_update(of=Batch, skip_locked=True)
    )
    more = col(Batch.provider_message) + words
    statement = update(Batch).where(col(Batch.id).in_(mine)).values(needs_operator=True, provider_message=more)
    return set(session.scalars(statement.returning(col(Batch.campaign_id))))


def decide(session: Session, batch: Batch, to: BatchState, **changes: Unpack[BatchChange]) -> bool:
    """Move a batch out of UNKNOWN; False when it is not in the unknown call any more that was looked up.

    What was found keeps it from its next call too, and counts, should a person have sent it back or given it up meanwhile.
    """
    if to not in BATCH_NEXT[BatchState.UNKNOWN]:
        raise ValueError(f"an unknown call cannot end {to}")
    over = BatchChange(next_lookup_at=None, needs_operator=False, enqueued_at=None)
    over.update(changes)
    return _update(session, batch, over, to)


def note(session: Session, batch: Batch, **changes: Unpack[BatchChange]) -> bool:
    """Write down more about a batch that stays unknown."""
    return _update(session, batch, changes)


def _update(session: Session, batch: Batch, changes: BatchChange, to: BatchState = BatchState.UNKNOWN) -> bool:
    leaves = {BatchState.UNKNOWN}
    if to is BatchState.ACCEPTED:
        leaves |= {BatchState.PLANNED, BatchState.CANCELLED}
    seen = col(Batch.id) == batch.id, col(Batch.attempts) == batch.attempts, col(Batch.state).in_(leaves)
    return changed(session, update(Batch).where(*seen).values(state=to, **changes)) == 1


def lock(session: Session, batch: Batch, *states: BatchState) -> Batch | None:
    """The batch, locked, if it is in one of these states and was not called since it was looked up."""
    seen = col(Batch.id) == batch.id, col(Batch.attempts) == batch.attempts, col(Batch.state).in_(states)
    statement = select(Batch).where(*seen).with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).first()


def unknown_numbers(session: Session, batch: Batch) -> dict[int, dict[str, str]]:
    """The numbers of a batch called one by one that may have been taken, each with its variables."""
    unknown = text(
        "SELECT phone, vars FROM recipient WHERE campaign_id = :campaign AND batch_seq = :seq AND state = 'unknown'"
    )
    return {row.phone: row.vars or {} for row in session.execute(unknown, recipients.of(batch))}


def known_refs(
    session: Session, refs: Collection[str], phones: Collection[int], campaign_ids: Collection[UUID]
) -> set[str]:
    """Which of these ids of the provider's are known as those of other orders of ours."""
    known = text(
        "SELECT provider_ref FROM batch WHERE provider_ref = ANY(:refs) UNION SELECT ref FROM recipient"
        " WHERE campaign_id = ANY(:campaigns) AND phone = ANY(:phones) AND ref = ANY(:refs)"
    )
    return set(session.scalars(known, {"refs": list(refs), "phones": list(phones), "campaigns": list(campaign_ids)}))


def batches_beside(session: Session, campaign_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The campaign of each batch of these campaigns."""
    theirs = select(col(Batch.id), col(Batch.campaign_id)).where(col(Batch.campaign_id).in_(campaign_ids))
    return {row[0]: row[1] for row in session.execute(theirs)}


def neighbours(session: Session, start: datetime, end: datetime) -> list[UUID]:
    """The campaigns that called between two times."""
    statement = (
        select(col(Batch.campaign_id))
        .join(Attempt, col(Attempt.owner_id) == col(Batch.id))
        .where(col(Attempt.began_at) <= end, col(Attempt.deadline) >= start)
        .distinct()
    )
    return list(session.scalars(statement))


def retry_same_key(session: Session, batch: Batch, phones: Sequence[int], remembered: Collection[str]) -> int:
    """Free unknown numbers of a locked batch to be called again under their keys, but those with a code in `remembered`."""
    given = {"phones": list(phones), "remembered": list(remembered), "same_key": str(NextCall.RETRY_SAME_KEY)}
    to = "state = NULL, reason = :reason, next_call = :same_key"
    only = "phone = ANY(:phones) AND state = 'unknown' AND NOT coalesce(code, '') = ANY(:remembered)"
    return recipients.change(session, batch, to, only, reason=ABSENT, **given)


def put(session: Session, batch: Batch, phones: Sequence[int], state: str, reason: str) -> None:
    """Give unknown numbers of a locked batch a state."""
    to = "state = :state, reason = :reason, next_call = NULL"
    only = "phone = ANY(:phones) AND state = 'unknown'"
    recipients.change(session, batch, to, only, phones=list(phones), state=state, reason=reason)


def mark_unknown(session: Session, batch: Batch, reason: str) -> None:
    """Numbers that were free to be called again under their keys are unknown once more."""
    words = {"same_key": str(NextCall.RETRY_SAME_KEY), "turned_away": str(NextCall.TURNED_AWAY), "reason": reason}
    to = (
        "state = 'unknown', reason = CASE next_call WHEN :turned_away THEN reason ELSE :reason END,"
        " next_call = CASE next_call WHEN :turned_away THEN next_call END"
    )
    recipients.change(session, batch, to, "state IS NULL AND next_call IN (:same_key, :turned_away)", **words)


def refuse_turned_away(session: Session, batch: Batch, phones: Sequence[int]) -> set[int]:
    """Of unknown numbers those that a gateway had turned away: the record agrees, so their next call has a new key."""
    refused = text(
        "UPDATE recipient SET state = NULL, reason = NULL, next_call = NULL, refusals = coalesce(refusals, 0) + 1"
        " WHERE campaign_id = :campaign AND batch_seq = :seq AND phone = ANY(:phones) AND state = 'unknown'"
        " AND next_call = :turned_away RETURNING phone"
    )
    given = recipients.of(batch, phones=list(phones), turned_away=str(NextCall.TURNED_AWAY))
    return set(session.scalars(refused, given))


def by_number(session: Session, campaign_id: UUID, seq: int) -> Batch | None:
    """A batch by its number in its campaign, locked."""
    statement = select(Batch).where(col(Batch.campaign_id) == campaign_id, col(Batch.seq) == seq).with_for_update()
    return session.scalars(statement).first()


def free(session: Session, batch: Batch, phones: Sequence[int]) -> None:
    """Unknown numbers of a locked batch are to be called again, under new keys."""
    given = {"phones": list(phones), "reason": VOUCHED, "new_key": str(NextCall.RETRY_NEW_KEY)}
    to = "state = NULL, reason = :reason, next_call = :new_key, code = NULL, refusals = coalesce(refusals, 0) + 1"
    recipients.change(session, batch, to, "phone = ANY(:phones) AND state = 'unknown'", **given)


def cancel_free(session: Session, batch: Batch) -> None:
    """Numbers of a locked batch that were not called will not be."""
    recipients.change(session, batch, "state = 'cancelled'", "state IS NULL")
