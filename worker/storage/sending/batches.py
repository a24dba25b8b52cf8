"""Moves batches: the claim, the record of an answer, and what each sweep looks for.

Every UPDATE names the states it may leave; the process whose UPDATE hit a row, and no other, may go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, TypedDict
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, text, update
from sqlmodel import Session, col
from typing_extensions import Unpack

from worker.domain.attempts import CallKind, Terms, request_id
from worker.domain.policy import Channel
from worker.domain.send_mode import SendMode
from worker.domain.states import BATCH_NEXT, BatchState, CampaignStatus, sources
from worker.storage.calling import attempts
from worker.storage.changes import changed
from worker.storage.sending import ad_counts, singles
from worker.storage.tables.campaigns import Attempt, Batch, Campaign

#: While a batch is in one of these, there is work for us.
WORKING: Final = (BatchState.PLANNED, BatchState.SENDING)
#: The value that counts one more definite refusal in an update.
ONE_MORE_REFUSAL: Final = col(Batch.refusals) + 1


class BatchChange(TypedDict, total=False):
    """What else may be written of a batch while it moves."""

    not_before: datetime
    enqueued_at: datetime | None
    lease_until: datetime | None
    refusals: "int | ColumnElement[int]"
    provider_ref: str
    code: str
    provider_message: str
    answered_at: datetime
    next_poll_at: datetime | None
    next_lookup_at: datetime | None
    lookups: int
    needs_operator: bool
    rejected: int
    cost: Decimal | None
    unknown: int
    accepted: int
    delivered: int
    failed: int


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What must be known of a batch before anything is waited for."""

    campaign_id: UUID
    provider: str
    kind: str
    send_mode: SendMode
    state: BatchState
    #: What it weighs: numbers times the parts of the longest text.
    messages: int
    parts: int
    channel: Channel = Channel.SMS
    #: The campaign's last moment; it changes only as long as nothing has left.
    until: datetime | None = None

    def may_leave(self, now: datetime) -> bool:
        """Whether the campaign's last moment is yet to come."""
        return self.until is None or now < self.until


def summary(session: Session, batch_id: UUID) -> BatchSummary | None:
    """A look without a lock."""
    parts = func.greatest(col(Campaign.parts), 1)
    of_campaign = col(Campaign.provider), col(Campaign.kind), col(Campaign.send_mode)
    of_batch = col(Batch.state), col(Batch.size) * parts, parts, col(Batch.channel)
    seen = select(col(Batch.campaign_id), *of_campaign, *of_batch, col(Campaign.until)).where(col(Batch.id) == batch_id)
    row = session.execute(seen.join(Campaign, col(Campaign.id) == col(Batch.campaign_id))).first()
    return None if row is None else BatchSummary(*row)


def lock_due(session: Session, batch_id: UUID, now: datetime) -> Batch | None:
    """The batch, locked, if it is planned and due and in nobody's hands."""
    due = col(Batch.id) == batch_id, col(Batch.state) == BatchState.PLANNED, col(Batch.not_before) <= now
    return session.scalars(select(Batch).where(*due).with_for_update(skip_locked=True)).first()


def claim(session: Session, batch_id: UUID, call: CallKind, on: Terms) -> Attempt | None:
    """Take a due batch for one call; None when it is not there to be taken (sent, claimed, paused, not yet due).

    The attempt is written with it, so that a crash right after the commit leaves a trace of a call that may have been made.
    The caller holds the campaign (`campaigns.lock_if_sending`).
    """
    row = session.execute(
        update(Batch)
        .where(
            col(Batch.id) == batch_id,
            col(Batch.state).in_(sources(BATCH_NEXT, BatchState.SENDING)),
            col(Batch.not_before) <= on.now,
        )
        .values(
            state=BatchState.SENDING,
            claimed_at=on.now,
            lease_until=on.lease_until,
            attempts=col(Batch.attempts) + 1,
            enqueued_at=None,
        )
        .returning(col(Batch.attempts), col(Batch.refusals))
    ).first()
    if row is None:
        return None
    return attempts.begin(session, batch_id, row.attempts, call, on, request_id(batch_id, row.refusals))


def record(session: Session, attempt: Attempt, to: BatchState, **changes: Unpack[BatchChange]) -> bool:
    """Move the batch to where the answer of its latest call puts it; False when something else moved it meanwhile.

    An answer that comes after its lease was given up (the batch is UNKNOWN by then) is still the best evidence there is. An
    acceptance also keeps a batch from its next call that a look-up, or a person, sent back to the plan; and what was taken
    counts as that after it was cancelled, too.
    """
    movable = {BatchState.SENDING, BatchState.UNKNOWN} & set(sources(BATCH_NEXT, to)) | ({to} & {BatchState.UNKNOWN})
    if to is BatchState.ACCEPTED:
        movable |= {BatchState.PLANNED, BatchState.CANCELLED}
    # What a provider stopped of a push, by its reference, stays stopped, should its answer be recorded twice.
    not_stopped = or_(col(Batch.state) != BatchState.CANCELLED, col(Batch.provider_ref) == "")
    mine = col(Batch.id) == attempt.owner_id, col(Batch.attempts) == attempt.number, col(Batch.state).in_(movable)
    moved = update(Batch).where(*mine, not_stopped).values(state=to, lease_until=None, **changes)
    return changed(session, moved) == 1


def is_latest(session: Session, attempt: Attempt) -> bool:
    """Whether no call for the batch was begun after this one."""
    mine = select(col(Batch.attempts) == attempt.number).where(col(Batch.id) == attempt.owner_id)
    return bool(session.execute(mine).scalar())


def move(session: Session, batch_id: UUID, to: BatchState, **changes: Unpack[BatchChange]) -> bool:
    """Move a batch along its arrows; False when it is not where it could become `to` from."""
    movable = col(Batch.id) == batch_id, col(Batch.state).in_(sources(BATCH_NEXT, to))
    return changed(session, update(Batch).where(*movable).values(state=to, **changes)) == 1


def enqueued(session: Session, provider: str, kind: str, since: datetime, channel: Channel = Channel.SMS) -> int:
    """How many tasks of due batches are believed to be on the queue."""
    waiting = col(Batch.state) == BatchState.PLANNED, col(Batch.enqueued_at) >= since
    mine = col(Campaign.provider) == provider, col(Campaign.kind) == kind, col(Batch.channel) == channel
    joined = select(func.count()).select_from(Batch).join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
    return int(session.execute(joined.where(*waiting, *mine)).scalar_one())


def mark_enqueued(session: Session, batch_ids: Sequence[UUID], now: datetime) -> None:
    """Their tasks are about to be enqueued."""
    session.execute(update(Batch).where(col(Batch.id).in_(batch_ids)).values(enqueued_at=now))


def postpone_due(
    session: Session, provider: str, kind: str, channel: Channel = Channel.SMS, *, now: datetime, until: datetime
) -> int:
    """The window is closed: what is due waits for its next opening; how many batches."""
    # Its times are among what an approver is to agree to.
    agreed = col(Campaign.status) != CampaignStatus.AWAITING_APPROVAL
    mine = select(col(Campaign.id)).where(col(Campaign.provider) == provider, col(Campaign.kind) == kind, agreed)
    due = col(Batch.state) == BatchState.PLANNED, col(Batch.not_before) <= now, col(Batch.campaign_id).in_(mine)
    # Skipping what somebody else holds: a cancel locks the same rows in another order, and the next sweep comes soon.
    late = select(col(Batch.id)).where(*due, col(Batch.channel) == channel).with_for_update(skip_locked=True)
    statement = update(Batch).where(col(Batch.id).in_(late), col(Batch.state) == BatchState.PLANNED)
    return changed(session, statement.values(not_before=until, enqueued_at=None))


def expired(session: Session, now: datetime, limit: int) -> Sequence[Batch]:
    """Claims whose lease ran out; locked."""
    lost = select(Batch).where(col(Batch.state) == BatchState.SENDING, col(Batch.lease_until) < now)
    return session.scalars(lost.limit(limit).with_for_update(skip_locked=True)).all()


def to_poll(session: Session, *, now: datetime, limit: int) -> Sequence[Batch]:
    """Accepted batches whose report is due to be asked for; locked."""
    due = select(Batch).where(col(Batch.state) == BatchState.ACCEPTED, col(Batch.next_poll_at) <= now)
    first = due.order_by(col(Batch.next_poll_at)).limit(limit).with_for_update(skip_locked=True)
    return session.scalars(first).all()


def analyze(session: Session) -> None:
    """Tell the planner of many new batches: of a table that it does not know it goes through all for each (measured: 23 s)."""
    session.execute(text("ANALYZE batch"))


def of_campaign(session: Session, campaign_id: UUID) -> Sequence[Batch]:
    """All batches of a campaign in their order."""
    return session.scalars(select(Batch).where(col(Batch.campaign_id) == campaign_id).order_by(col(Batch.seq))).all()


def forget_enqueued(session: Session, batch_id: UUID) -> None:
    """Its task was answered with nothing: it counts as never enqueued."""
    planned = col(Batch.id) == batch_id, col(Batch.state) == BatchState.PLANNED
    session.execute(update(Batch).where(*planned).values(enqueued_at=None))


def forget_all_enqueued(session: Session, campaign_id: UUID) -> None:
    """Tasks that rang while the campaign was paused were answered with nothing: they count as never enqueued."""
    mine = select(col(Batch.id)).where(col(Batch.campaign_id) == campaign_id, col(Batch.state) == BatchState.PLANNED)
    # In one order, as callbacks take those of which numbers were called.
    in_order = mine.order_by(col(Batch.id)).with_for_update()
    statement = update(Batch).where(col(Batch.id).in_(in_order)).values(enqueued_at=None)
    session.execute(statement, execution_options={"synchronize_session": False})


def cancel_planned(session: Session, campaign_id: UUID) -> int:
    """What has not left will not; how many numbers that spares.

    A batch of single numbers that a worker gives back meanwhile is left to the next refresh: some of its numbers were called.
    """
    begun = singles.cancel_left(session, campaign_id)
    left = col(Batch.campaign_id) == campaign_id, col(Batch.state) == BatchState.PLANNED, singles.BEGUN == 0
    cancelled = update(Batch).where(*left).values(state=BatchState.CANCELLED, enqueued_at=None)
    rows = session.execute(cancelled.returning(col(Batch.seq), col(Batch.size) - col(Batch.suppressed))).all()
    ad_counts.give_back_placed(session, campaign_id, [row[0] for row in rows])
    return begun + sum(int(row[1]) for row in rows)
