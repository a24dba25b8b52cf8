"""Balances and totals of accounts, as they were read at a time, and what we had sent between two readings."""

# ruff: noqa: S608 - nothing but constants is put into a statement

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from worker.domain.account import Balance, Totals
from worker.storage.reconcile.differences import CALLED, MEMBERS, SAID, Period
from worker.storage.tables.reconcile import BalanceReading, TotalsReading

Kept = TypeVar("Kept", BalanceReading, TotalsReading)


def keep(session: Session, kind: type[Kept], provider: str, at: datetime, found: Balance | Totals) -> None:
    """Write down a balance, or a count, of the account; a second one of the same moment is dropped."""
    row = {"provider": provider, "at": at, **asdict(found)}
    session.execute(insert(kind).values(**row).on_conflict_do_nothing())


def last_balance(session: Session, provider: str) -> BalanceReading | None:
    """The latest balance; None while none was read."""
    mine = select(BalanceReading).where(col(BalanceReading.provider) == provider)
    return session.scalars(mine.order_by(col(BalanceReading.at).desc()).limit(1)).first()


def between(session: Session, kind: type[Kept], provider: str, since: datetime, until: datetime) -> Sequence[Kept]:
    """The balances, or the counts, of a time, oldest first."""
    mine = select(kind).where(col(kind.provider) == provider, col(kind.at).between(since, until))
    return session.scalars(mine.order_by(col(kind.at))).all()


@dataclass(frozen=True, slots=True)
class Taken:
    """What a provider took of us between two readings."""

    numbers: int
    #: What it should have cost: by the record where a run has it, else by the estimate.
    cost: Decimal
    #: Numbers that may be with the provider.
    unknown: int
    #: Numbers of batches that were being sent at the time of a reading: they may be on either side of it.
    at_an_edge: int


def taken(session: Session, run_id: UUID, price_per_part: Decimal, period: Period) -> Taken:
    """What we say that it took; the period is that of the two readings."""
    given = {"run": run_id, "price": price_per_part, **period.given()}
    by_batch = session.execute(
        text(
            "SELECT count(*) FILTER (WHERE o.state IN ('accepted', 'delivered', 'failed')) AS numbers,"
            " coalesce(sum(coalesce(t.cost, o.estimate)) FILTER (WHERE o.state IN ('accepted', 'delivered', 'failed')), 0)"
            "   AS cost, count(*) FILTER (WHERE o.state = 'unknown') AS unknown"
            f" FROM ({MEMBERS}) o JOIN ({CALLED}) called ON called.batch_id = o.batch_id"
            " LEFT JOIN record_row t ON t.run_id = :run AND t.ref = o.ref AND t.phone = o.phone"
        ),
        given,
    ).one()
    by_message = session.execute(
        text(
            "SELECT count(*) FILTER (WHERE m.state <> 'unknown') AS numbers, count(*) FILTER (WHERE m.state = 'unknown')"
            " AS unknown, coalesce(sum(coalesce(t.cost, CAST(:price AS numeric))) FILTER (WHERE m.state <> 'unknown'), 0)"
            " AS cost FROM message m"
            " LEFT JOIN record_row t ON t.run_id = :run AND t.ref = m.provider_ref AND t.phone = m.phone"
            f" WHERE m.state IN ('accepted', 'delivered', 'failed', 'unknown') AND {SAID}"
        ),
        given,
    ).one()
    edge = session.execute(
        text(
            "SELECT coalesce(sum(size), 0) FROM (SELECT DISTINCT b.id, b.size FROM attempt a JOIN batch b"
            " ON b.id = a.owner_id JOIN campaign c ON c.id = b.campaign_id WHERE c.provider = :provider"
            " AND (a.outcome IS NULL OR a.outcome <> ALL(:refusals))"
            " AND a.began_at <= :until AND coalesce(a.ended_at, a.deadline) >= :since"
            f" AND b.id NOT IN ({CALLED})) straddling"
        ),
        given,
    ).scalar_one()
    return Taken(
        by_batch.numbers + by_message.numbers,
        round(by_batch.cost + by_message.cost, 2),
        by_batch.unknown + by_message.unknown,
        int(edge),
    )
