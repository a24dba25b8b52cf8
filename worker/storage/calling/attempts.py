"""The attempts: one row for each call that costs money or reaches a phone, written before it and completed after it.

An attempt belongs to an owner: a batch, a message, a provider campaign (`domain.attempts.provider_campaign_owner`), or a
command given by hand. Its number counts the owner's calls.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select, update
from sqlmodel import Session, col

from worker.domain.attempts import CallKind, Terms
from worker.domain.calls import Answer
from worker.domain.outcome import DEFINITE_REFUSALS, Outcome
from worker.storage.tables.campaigns import Attempt

_REFUSALS: Final = [str(outcome) for outcome in DEFINITE_REFUSALS]
#: What is kept of every answer.
_KEPT: Final = ("outcome", "code", "provider_message", "raw")


def begin(session: Session, owner_id: UUID, number: int, call: CallKind, on: Terms, request_id: str) -> Attempt:
    """Write down that a call is about to be made; a crash right after the commit leaves it as a call that may have been made."""
    attempt = Attempt(
        owner_id=owner_id,
        number=number,
        call=call,
        provider=on.provider,
        account=on.account or None,
        request_id=request_id,
        began_at=on.now,
        deadline=on.deadline,
    )
    session.add(attempt)
    session.flush()
    return attempt


def begin_all(session: Session, begun: Sequence[Attempt]) -> None:
    """Write down that several calls are about to be made, each an owner's own; the same as `begin`."""
    session.add_all(begun)
    session.flush()


def complete(session: Session, attempt: Attempt, *, ended_at: datetime, answer: Answer) -> None:
    """Write down what the call came to; the evidence stays whatever its owner does."""
    mine = col(Attempt.owner_id) == attempt.owner_id, col(Attempt.number) == attempt.number
    ref = answer.ref if attempt.call is CallKind.DIRECT else ""
    kept = {name: getattr(answer, name) for name in _KEPT}
    session.execute(update(Attempt).where(*mine).values(ended_at=ended_at, ref=ref, **kept))


def lock(session: Session, attempt: Attempt) -> Attempt:
    """The attempt as it is now, locked to the end of the transaction."""
    mine = select(Attempt).where(col(Attempt.owner_id) == attempt.owner_id, col(Attempt.number) == attempt.number)
    return session.scalars(mine.with_for_update().execution_options(populate_existing=True)).one()


def complete_all(session: Session, came: Sequence[tuple[Attempt, Answer]], *, ended_at: datetime) -> None:
    """The same for several calls that leave no reference of their own (not by hand), by one request to the database."""
    row = Attempt.__table__.c  # type: ignore[attr-defined]
    statement = (
        update(Attempt.__table__)  # type: ignore[attr-defined]
        .where(row.owner_id == bindparam("owner"), row.number == bindparam("nth"))
        .values({"ended_at": ended_at, **{name: bindparam(f"new_{name}") for name in _KEPT}})
    )
    session.connection().execute(
        statement,
        [
            {"owner": one.owner_id, "nth": one.number, **{f"new_{name}": getattr(answer, name) for name in _KEPT}}
            for one, answer in came
        ],
    )


def maybe_taken() -> ColumnElement[bool]:
    """The condition that an attempt may be with the provider (SQL of `domain.attempts.maybe_taken`)."""
    return or_(col(Attempt.outcome).is_(None), col(Attempt.outcome).not_in(_REFUSALS))


def any_maybe_taken(owner_id: Any, before: int | None = None) -> ColumnElement[bool]:
    """The condition that a call of this owner (a value or a column) may have been taken; `before`: with a lower number."""
    earlier = [] if before is None else [col(Attempt.number) < before]
    return exists().where(col(Attempt.owner_id) == owner_id, *earlier, maybe_taken())


def is_maybe_taken(session: Session, owner_id: UUID, before: int) -> bool:
    """Whether a call earlier than number `before` may have been taken: then no refusal of a later one decides."""
    return bool(session.execute(select(any_maybe_taken(owner_id, before))).scalar())


def by_another_account(session: Session, owner_id: UUID, account: str, *conditions: ColumnElement[bool]) -> bool:
    """Whether a call of this owner went by another account than that with this fingerprint, as far as that was kept."""
    others = exists().where(col(Attempt.owner_id) == owner_id, col(Attempt.account) != account, *conditions)
    return bool(account) and bool(session.execute(select(others)).scalar())


def was_turned_away(session: Session, attempt: Attempt) -> bool:
    """Whether an earlier call under the key of this one was refused: by a gateway then, for a code of its own makes a new key."""
    earlier = exists().where(
        col(Attempt.owner_id) == attempt.owner_id,
        col(Attempt.number) < attempt.number,
        col(Attempt.request_id) == attempt.request_id,
        col(Attempt.outcome).in_(_REFUSALS),
    )
    return bool(session.execute(select(earlier)).scalar())


def any_turned_away(owner_id: Any) -> ColumnElement[bool]:
    """The condition that a call of this owner (a column) was refused without a word of the provider's: a gateway may be wrong."""
    without_a_code = and_(col(Attempt.outcome).in_(_REFUSALS), col(Attempt.code) == "")
    return exists().where(col(Attempt.owner_id) == owner_id, without_a_code)


def of(session: Session, owner_id: UUID) -> Sequence[Attempt]:
    """An owner's calls in their order."""
    mine = select(Attempt).where(col(Attempt.owner_id) == owner_id)
    return session.scalars(mine.order_by(col(Attempt.number))).all()


def of_all(session: Session, owner_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Attempt]]:
    """The calls of each of several owners, in their order."""
    theirs = select(Attempt).where(col(Attempt.owner_id).in_(owner_ids)).order_by(col(Attempt.number))
    found: dict[UUID, list[Attempt]] = {owner_id: [] for owner_id in owner_ids}
    for attempt in session.scalars(theirs):
        found[attempt.owner_id].append(attempt)
    return found


def count(session: Session, owner_id: UUID) -> int:
    """How many calls an owner has made."""
    return int(session.scalar(select(func.max(Attempt.number)).where(col(Attempt.owner_id) == owner_id)) or 0)


def began(session: Session, owner_id: UUID) -> Sequence[datetime]:
    """When each call of an owner began."""
    return session.scalars(select(col(Attempt.began_at)).where(col(Attempt.owner_id) == owner_id)).all()


def periods(session: Session, owner_id: UUID, *conditions: ColumnElement[bool]) -> list[tuple[datetime, datetime]]:
    """When each of an owner's calls began and was surely over, the first one first."""
    times = select(col(Attempt.began_at), col(Attempt.ended_at), col(Attempt.deadline))
    mine = times.where(col(Attempt.owner_id) == owner_id, *conditions).order_by(col(Attempt.began_at))
    return [(row.began_at, max(row.ended_at or row.deadline, row.deadline)) for row in session.execute(mine)]


def periods_of_all(session: Session, owner_ids: Sequence[UUID]) -> list[tuple[datetime, datetime]]:
    """From each call's beginning to its end, of all calls of these owners."""
    rows = session.execute(
        select(col(Attempt.began_at), func.coalesce(Attempt.ended_at, Attempt.deadline)).where(
            col(Attempt.owner_id).in_(owner_ids)
        )
    )
    return [(began_at, ended_at) for began_at, ended_at in rows]


def vouch_not_taken(session: Session, owner_id: UUID, by_whom: str) -> None:
    """An operator vouches that none of an owner's unknown calls was taken; what the provider said stays as it was."""
    words = col(Attempt.provider_message) + f" ({by_whom})"
    unknown = update(Attempt).where(col(Attempt.owner_id) == owner_id, maybe_taken())
    session.execute(unknown.values(outcome=Outcome.RETRY, provider_message=words))
