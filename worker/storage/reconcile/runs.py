"""Runs of the reconciliation: the provider's record while it is compared, and the differences that were found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col

from worker.domain.policy import Channel
from worker.storage.tables.campaigns import Batch, Campaign
from worker.storage.tables.reconcile import Difference, Reconciliation

#: Asked for by a person; a worker begins it.
REQUESTED: Final = "asked"
RUNNING: Final = "running"
DONE: Final = "done"
UNREAD: Final = "unread"
INTERRUPTED: Final = "interrupted"
#: Differences read from the database at a time.
PORTION: Final = 5_000


@dataclass(frozen=True, slots=True)
class Found:
    """One row of the record on its way into the comparison; `key` is our batch or message by its own word."""

    ref: str
    phone: int = field(repr=False)
    state: str
    cost: Decimal | None
    parts: int
    key: UUID | None
    #: Whether it has a key, be it ours or not.
    keyed: bool = False


def begin(session: Session, provider: str, since: datetime, until: datetime, now: datetime) -> Reconciliation:
    """A new run."""
    run = _new(provider, since, until, RUNNING, now)
    session.add(run)
    session.flush()
    return run


def ask(session: Session, provider: str, since: datetime, until: datetime, now: datetime) -> bool:
    """Keep a run that a worker is to begin; False: the same waits already, for who presses twice."""
    same = exists().where(
        *(col(Reconciliation.state) == REQUESTED, col(Reconciliation.provider) == provider),
        *(col(Reconciliation.since) == since, col(Reconciliation.until) == until),
    )
    if session.execute(select(same)).scalar():
        return False
    session.add(_new(provider, since, until, REQUESTED, now))
    return True


def _new(provider: str, since: datetime, until: datetime, state: str, now: datetime) -> Reconciliation:
    return Reconciliation(
        provider=provider, since=since, until=until, state=state, started_at=now, seen_at=now, counts={}
    )


def take_asked(session: Session, now: datetime) -> Reconciliation | None:
    """Begin the run that waits for the longest time; who gets it runs it, and nobody else."""
    oldest = (
        select(Reconciliation)
        .where(col(Reconciliation.state) == REQUESTED)
        .order_by(col(Reconciliation.started_at), col(Reconciliation.provider))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    run = session.scalars(oldest).first()
    if run is not None:
        run.state, run.started_at, run.seen_at = RUNNING, now, now
        session.flush()
    return run


def interrupt_silent(session: Session, silent_since: datetime) -> Sequence[UUID]:
    """Runs that gave no sign of life since then were interrupted; which."""
    lost = (
        update(Reconciliation)
        .where(col(Reconciliation.state) == RUNNING, col(Reconciliation.seen_at) < silent_since)
        .values(state=INTERRUPTED, detail="whoever ran it stopped before it was done")
        .returning(col(Reconciliation.id))
    )
    found = list(session.scalars(lost))
    # Also of runs that are gone: nobody else comes to delete what they left.
    left = "DELETE FROM record_row WHERE run_id NOT IN (SELECT id FROM reconciliation WHERE state = 'running')"
    session.execute(text(left))
    return found


#: What is kept of a row, by the names of `Found`.
_STAGED: Final = ("ref", "phone", "state", "cost", "parts", "key")


def stage(session: Session, run_id: UUID, rows: Sequence[Found], now: datetime) -> int:
    """Keep rows of the record, each by its ref and number, the latest word of each; how many were not there before."""
    latest = {(row.ref, row.phone): row for row in rows}.values()
    fresh = session.execute(
        text(
            "WITH put AS (INSERT INTO record_row AS kept (run_id, ref, phone, state, cost, parts, batch_id, message_id)"
            " SELECT :run, v.ref, v.phone, v.state, v.cost, v.parts, b.id, m.id"
            " FROM unnest(CAST(:ref AS text[]), CAST(:phone AS bigint[]), CAST(:state AS text[]), CAST(:cost AS numeric[]),"
            "   CAST(:parts AS int[]), CAST(:key AS uuid[])) AS v(ref, phone, state, cost, parts, key)"
            " LEFT JOIN batch b ON b.id = v.key LEFT JOIN message m ON m.id = v.key"
            " ON CONFLICT (run_id, ref, phone) DO UPDATE SET state = excluded.state, cost = excluded.cost"
            # A second reading mostly says the same: nothing is written for it.
            " WHERE kept.state <> excluded.state OR kept.cost IS DISTINCT FROM excluded.cost"
            # A row that was there was locked before it was updated, which leaves its mark in xmax; a new one has none.
            " RETURNING xmax = 0 AS fresh) SELECT count(*) FILTER (WHERE fresh) FROM put"
        ),
        {"run": run_id, **{name: [getattr(row, name) for row in latest] for name in _STAGED}},
    ).scalar_one()
    touch(session, run_id, now)
    return int(fresh)


def used(session: Session, provider: str, channel: Channel, since: datetime, until: datetime) -> bool:
    """Whether a batch of a provider's was sent by a channel between two times."""
    found = exists().where(
        *(col(Batch.channel) == channel, col(Batch.claimed_at).between(since, until)),
        *(col(Campaign.id) == col(Batch.campaign_id), col(Campaign.provider) == provider),
    )
    return bool(session.execute(select(found)).scalar())


def of_campaigns(session: Session, rows: Sequence[Found]) -> list[Found]:
    """Rows without those under a key that is no batch of ours: commands by hand, which are not compared."""
    keys = [row.key for row in rows if row.key is not None]
    ours = set(session.scalars(select(col(Batch.id)).where(col(Batch.id).in_(keys))))
    return [row for row in rows if not row.keyed or row.key in ours]


def touch(session: Session, run_id: UUID, now: datetime) -> None:
    """The run is alive."""
    session.execute(update(Reconciliation).where(col(Reconciliation.id) == run_id).values(seen_at=now))


def staged(session: Session, run_id: UUID) -> int:
    """How many rows of the record are kept."""
    kept = text("SELECT count(*) FROM record_row WHERE run_id = :run")
    return int(session.execute(kept, {"run": run_id}).scalar_one())


def unstage(session: Session, run_id: UUID) -> None:
    """The record is not needed any more: it holds numbers."""
    session.execute(text("DELETE FROM record_row WHERE run_id = :run"), {"run": run_id})


def note(session: Session, run_id: UUID, kind: str, **what: Any) -> None:
    """Keep one difference."""
    session.add(Difference(run_id=run_id, kind=kind, **what))
    session.flush()


def counts(session: Session, run_id: UUID) -> dict[str, dict[str, float]]:
    """What was found, by kind: rows, the numbers that they concern, and the money as far as it is known."""
    kind, numbers, money = col(Difference.kind), func.sum(Difference.numbers), func.sum(Difference.money)
    of_run = select(kind, func.count(), numbers, func.coalesce(money, 0)).where(col(Difference.run_id) == run_id)
    found = session.execute(of_run.group_by(kind).order_by(kind))
    return {row[0]: {"rows": row[1], "numbers": int(row[2]), "money": float(row[3])} for row in found}


def finish(session: Session, run_id: UUID, state: str, now: datetime, **changes: Any) -> Reconciliation:
    """The run is over; unless somebody took it for interrupted, in which case it says so still."""
    run = session.get_one(Reconciliation, run_id, with_for_update=True, populate_existing=True)
    if run.state == RUNNING:
        run.state, run.finished_at, run.seen_at = state, now, now
        for name, value in changes.items():
            setattr(run, name, value)
    session.flush()
    return run


def newest(session: Session, limit: int) -> Sequence[Reconciliation]:
    """The latest runs, newest first."""
    latest = select(Reconciliation).order_by(col(Reconciliation.started_at).desc(), col(Reconciliation.provider))
    return session.scalars(latest.limit(limit)).all()


def last_of_each(session: Session) -> Sequence[Reconciliation]:
    """The latest run of each provider that is over, in the order of their names."""
    ended = select(Reconciliation).where(col(Reconciliation.state).not_in((REQUESTED, RUNNING)))
    newest_first = (col(Reconciliation.provider), col(Reconciliation.started_at).desc())
    return session.scalars(ended.ext(distinct_on(col(Reconciliation.provider))).order_by(*newest_first)).all()


def differences(session: Session, run_ids: Sequence[UUID], limit: int) -> list[Mapping[str, Any]]:
    """The first differences of some runs, those of an earlier-named run first."""
    rows: list[Mapping[str, Any]] = []
    for run_id in run_ids:
        rows += portion(session, run_id, 0, limit - len(rows))
    return rows


def stream(session: Session, run_id: UUID) -> Iterator[Mapping[str, Any]]:
    """Every difference of a run, in its order; read in portions, between which the session holds nothing."""
    last = 0
    while rows := portion(session, run_id, last, PORTION):
        session.rollback()
        yield from rows
        last = rows[-1]["id"]


_ROWS: Final = (
    "SELECT d.*, r.provider, b.seq AS batch_seq, c.name AS campaign_name FROM reconciliation r {of}"
    " LEFT JOIN batch b ON b.id = d.batch_id LEFT JOIN campaign c ON c.id = d.campaign_id"
)


def portion(session: Session, run_id: UUID, after: int, limit: int, kind: str = "") -> list[Mapping[str, Any]]:
    """The next differences of a run, or of one kind, with their provider and the name of their campaign."""
    rows = session.execute(
        text(
            _ROWS.format(of="JOIN difference d ON d.run_id = r.id")
            + " WHERE d.run_id = :run AND d.id > :after"
            + (" AND d.kind = :kind" if kind else "")
            + " ORDER BY d.id LIMIT :limit"
        ),
        {"run": run_id, "after": after, "limit": limit, "kind": kind},
    )
    return [dict(row) for row in rows.mappings()]


def first_of_each(
    session: Session, run_ids: Sequence[UUID], kinds: Sequence[str], each: int
) -> list[Mapping[str, Any]]:
    """The first differences of each kind of these runs: of a million of one kind, those of another are seen too."""
    rows = session.execute(
        text(
            _ROWS.format(
                of="CROSS JOIN unnest(CAST(:kinds AS text[])) WITH ORDINALITY AS k(kind, place) CROSS JOIN LATERAL (SELECT * FROM"
                " difference WHERE run_id = r.id AND kind = k.kind ORDER BY id LIMIT :each) d"
            )
            + " WHERE r.id = ANY(:runs) ORDER BY r.provider, r.id, k.place, d.id"
        ),
        {"runs": list(run_ids), "kinds": list(kinds), "each": each},
    )
    return [dict(row) for row in rows.mappings()]
