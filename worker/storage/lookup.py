"""Which doubtful batches are to be looked up, and what would the provider's record show of them?

A batch is looked up once all its calls are surely over and the provider has had time to write them down. Every update here
names the state and the number of calls that the look-up saw, so that a late answer, which is better evidence, wins.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import CursorResult, exists, or_, select, text, update
from sqlmodel import Session, col

from worker.domain.outcome import DEFINITE_REFUSALS, Outcome
from worker.domain.states import BATCH_NEXT, BatchState, CampaignStatus
from worker.domain.way import Way
from worker.storage.singles import ABSENT, TURNED_AWAY, VOUCHED
from worker.storage.tables import Attempt, Batch, Campaign

#: Nothing of a campaign in these is pushed any more.
OVER: Final = (CampaignStatus.RECONCILING, CampaignStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A batch that may be with the provider, as it was when it was taken to be looked up."""

    batch: Batch
    kind: str
    way: Way
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
) -> list[Doubt]:
    """Doubtful batches whose look-up is due, locked; the caller sets `look_at` before it commits, so that nobody else looks.

    Due: every call is older than its lease and `settle`, and the latest not older than `give_up`.
    """
    fresh = exists().where(
        col(Attempt.batch_id) == col(Batch.id),
        or_(col(Attempt.began_at) > now - lease - settle, col(Attempt.deadline) > now - timedelta(seconds=5) - settle),
    )
    recent = exists().where(col(Attempt.batch_id) == col(Batch.id), col(Attempt.deadline) > now - give_up)
    rows = session.execute(
        select(Batch, col(Campaign.kind), col(Campaign.way), col(Campaign.status))
        .join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
        .where(col(Batch.state) == BatchState.UNKNOWN, col(Campaign.provider) == provider)
        .where(col(Campaign.way).in_([Way.LIST, Way.SINGLE]))
        .where(or_(col(Batch.look_at).is_(None), col(Batch.look_at) <= now), ~fresh, recent)
        .order_by(col(Batch.look_at).nulls_first())
        .limit(limit)
        .with_for_update(of=Batch, skip_locked=True)
    ).all()
    return [Doubt(batch, kind, way, status, _to_search(session, batch, way)) for batch, kind, way, status in rows]


def _to_search(session: Session, batch: Batch, way: Way) -> list[tuple[datetime, datetime]]:
    return calls(session, batch.id, way) if way is Way.SINGLE else under_key(session, batch)


def under_key(session: Session, batch: Batch) -> list[tuple[datetime, datetime]]:
    """When each call of an order under its present key began and ended, the first one first.

    Those that a gateway refused too (429 or 503 without a code): it may have been wrong, and a 124 later says that it was.
    """
    rows = session.execute(
        select(col(Attempt.began_at), col(Attempt.ended_at), col(Attempt.deadline))
        .where(col(Attempt.batch_id) == batch.id, col(Attempt.request_id) == f"{batch.id}-{batch.refusals}")
        .order_by(col(Attempt.began_at))
    )
    return [(row.began_at, max(row.ended_at or row.deadline, row.deadline)) for row in rows]


def calls(session: Session, batch_id: UUID, way: Way = Way.LIST) -> list[tuple[datetime, datetime]]:
    """When each call of a batch that may have been taken began and ended, the first one first.

    Where each number is a call, every turn: its outcome is that of one of many.
    """
    refusals = [str(outcome) for outcome in DEFINITE_REFUSALS]
    doubtful = or_(col(Attempt.outcome).is_(None), col(Attempt.outcome).not_in(refusals))
    rows = session.execute(
        select(col(Attempt.began_at), col(Attempt.ended_at), col(Attempt.deadline))
        .where(col(Attempt.batch_id) == batch_id, *([] if way is Way.SINGLE else [doubtful]))
        .order_by(col(Attempt.began_at))
    )
    return [(row.began_at, max(row.ended_at or row.deadline, row.deadline)) for row in rows]


def hold_older(session: Session, provider: str, before: datetime, words: str) -> set[UUID]:
    """Batches in doubt since `before` wait for a person; the campaigns of which there are new ones.

    A push does not while others of its campaign may still tell.
    """
    fresh = exists().where(col(Attempt.batch_id) == col(Batch.id), col(Attempt.deadline) > before)
    mine = (
        select(col(Batch.id))
        .join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
        .where(col(Batch.state) == BatchState.UNKNOWN, col(Batch.held).is_(False), ~fresh)
        .where(col(Campaign.provider) == provider)
        .where(or_(col(Campaign.way) != Way.PUSH, col(Campaign.status).in_(OVER)))
        .with_for_update(of=Batch, skip_locked=True)
    )
    statement = update(Batch).where(col(Batch.id).in_(mine)).values(held=True, words=col(Batch.words) + words)
    return set(session.scalars(statement.returning(col(Batch.campaign_id))))


def settle(session: Session, doubt: Batch, to: BatchState, **changes: Any) -> bool:
    """Move a batch out of doubt; False when it is not in the doubt any more that was looked up."""
    if to not in BATCH_NEXT[BatchState.UNKNOWN]:
        raise ValueError(f"a doubt cannot end {to}")
    return _update(session, doubt, state=to, look_at=None, held=False, rung_at=None, **changes)


def note(session: Session, doubt: Batch, **changes: Any) -> bool:
    """Write down more about a batch that stays in doubt."""
    return _update(session, doubt, **changes)


def _update(session: Session, doubt: Batch, **changes: Any) -> bool:
    statement = (
        update(Batch)
        .where(col(Batch.id) == doubt.id, col(Batch.state) == BatchState.UNKNOWN)
        .where(col(Batch.attempts) == doubt.attempts)
        .values(**changes)
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def lock(session: Session, doubt: Batch) -> Batch | None:
    """The batch, locked, if it is still in the doubt that was looked up."""
    return session.scalars(
        select(Batch)
        .where(col(Batch.id) == doubt.id, col(Batch.state) == BatchState.UNKNOWN)
        .where(col(Batch.attempts) == doubt.attempts)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def doubtful_numbers(session: Session, batch: Batch) -> dict[int, dict[str, str]]:
    """The numbers of a batch called one by one that may have been taken, each with its variables."""
    rows = session.execute(
        text(
            "SELECT phone, vars FROM recipient WHERE campaign_id = :campaign AND batch_seq = :seq AND state = 'unknown'"
        ),
        {"campaign": batch.campaign_id, "seq": batch.seq},
    )
    return {row.phone: row.vars or {} for row in rows}


def known_refs(
    session: Session, refs: Collection[str], phones: Collection[int], campaign_ids: Collection[UUID]
) -> set[str]:
    """Which of these ids of the provider's are known as those of other orders of ours."""
    rows = session.execute(
        text(
            "SELECT provider_ref AS ref FROM batch WHERE provider_ref = ANY(:refs)"
            " UNION SELECT ref FROM recipient WHERE campaign_id = ANY(:campaigns) AND phone = ANY(:phones)"
            " AND ref = ANY(:refs)"
        ),
        {"refs": list(refs), "phones": list(phones), "campaigns": list(campaign_ids)},
    )
    return {row.ref for row in rows}


def neighbours(session: Session, start: datetime, end: datetime) -> list[UUID]:
    """The campaigns that called between two times."""
    statement = (
        select(col(Batch.campaign_id))
        .join(Attempt, col(Attempt.batch_id) == col(Batch.id))
        .where(col(Attempt.began_at) <= end, col(Attempt.deadline) >= start)
        .distinct()
    )
    return list(session.scalars(statement))


def call_again(session: Session, batch: Batch, phones: Sequence[int], remembered: Collection[str]) -> int:
    """Free doubtful numbers of a locked batch to be called again under their keys, but those with a code in `remembered`."""
    done = session.execute(
        text(
            "UPDATE recipient SET state = NULL, reason = :reason WHERE campaign_id = :campaign AND batch_seq = :seq"
            " AND phone = ANY(:phones) AND state = 'unknown' AND NOT coalesce(code, '') = ANY(:remembered)"
        ),
        {
            "reason": ABSENT,
            "campaign": batch.campaign_id,
            "seq": batch.seq,
            "phones": list(phones),
            "remembered": list(remembered),
        },
    )
    return cast("CursorResult[Any]", done).rowcount


def put(session: Session, batch: Batch, phones: Sequence[int], state: str, reason: str) -> None:
    """Give doubtful numbers of a locked batch a state."""
    session.execute(
        text(
            "UPDATE recipient SET state = :state, reason = :reason WHERE campaign_id = :campaign AND batch_seq = :seq"
            " AND phone = ANY(:phones) AND state = 'unknown'"
        ),
        {"state": state, "reason": reason, "campaign": batch.campaign_id, "seq": batch.seq, "phones": list(phones)},
    )


def doubt_again(session: Session, batch: Batch, reason: str) -> int:
    """Numbers that were free to be called again under their keys are in doubt once more; how many."""
    done = session.execute(
        text(
            "UPDATE recipient SET state = 'unknown', reason = CASE reason WHEN :absent THEN :reason ELSE reason END"
            " WHERE campaign_id = :campaign AND batch_seq = :seq AND state IS NULL AND reason IN (:absent, :turned_away)"
        ),
        {
            "reason": reason,
            "absent": ABSENT,
            "turned_away": TURNED_AWAY,
            "campaign": batch.campaign_id,
            "seq": batch.seq,
        },
    )
    return cast("CursorResult[Any]", done).rowcount


def refuse_turned_away(session: Session, batch: Batch, phones: Sequence[int]) -> set[int]:
    """Of doubtful numbers those that a gateway had turned away: the record agrees, so their next call has a new key."""
    rows = session.execute(
        text(
            "UPDATE recipient SET state = NULL, reason = NULL, refusals = coalesce(refusals, 0) + 1"
            " WHERE campaign_id = :campaign AND batch_seq = :seq AND phone = ANY(:phones) AND state = 'unknown'"
            " AND reason = :turned_away RETURNING phone"
        ),
        {"turned_away": TURNED_AWAY, "campaign": batch.campaign_id, "seq": batch.seq, "phones": list(phones)},
    )
    return {row.phone for row in rows}


def by_number(session: Session, campaign_id: UUID, seq: int) -> Batch | None:
    """A batch by its number in its campaign, locked."""
    statement = select(Batch).where(col(Batch.campaign_id) == campaign_id, col(Batch.seq) == seq).with_for_update()
    return session.scalars(statement).first()


def refuse_calls(session: Session, batch: Batch, words: str) -> None:
    """A person vouches that none of a batch's doubtful calls was taken; what the provider said stays as it was."""
    refusals = [str(outcome) for outcome in DEFINITE_REFUSALS]
    session.execute(
        update(Attempt)
        .where(col(Attempt.batch_id) == batch.id)
        .where(or_(col(Attempt.outcome).is_(None), col(Attempt.outcome).not_in(refusals)))
        .values(outcome=str(Outcome.RETRY), words=col(Attempt.words) + f" ({words})")
    )


def free(session: Session, batch: Batch, phones: Sequence[int]) -> None:
    """Doubtful numbers of a locked batch are to be called again, under new keys."""
    session.execute(
        text(
            "UPDATE recipient SET state = NULL, reason = :reason, code = NULL, refusals = coalesce(refusals, 0) + 1"
            " WHERE campaign_id = :campaign AND batch_seq = :seq AND phone = ANY(:phones) AND state = 'unknown'"
        ),
        {"reason": VOUCHED, "campaign": batch.campaign_id, "seq": batch.seq, "phones": list(phones)},
    )


def cancel_free(session: Session, batch: Batch) -> None:
    """Numbers of a locked batch that were not called will not be."""
    session.execute(
        text(
            "UPDATE recipient SET state = 'cancelled' WHERE campaign_id = :campaign AND batch_seq = :seq AND state IS NULL"
        ),
        {"campaign": batch.campaign_id, "seq": batch.seq},
    )
