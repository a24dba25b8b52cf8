"""The numbers that must not get ads: put in, taken out, counted and read.

A number has one entry, and the first one stays: a list that is imported again changes nothing. Only an opt-out takes the
place of `do_not_call`, and whatever was not imported that of any list, because a person's own word outlives the list that he
also stood on. The new entry keeps the first moment. Writers lock numbers in
their order, so that two of them wait for each other and never in a circle.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CursorResult,
    Integer,
    Select,
    Text,
    column,
    delete,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from worker.storage.planning.staging import BLOCK
from worker.storage.tables.policy import Suppression, SuppressionEnded, SuppressionImport

OPT_OUT: Final = "opt_out"
DO_NOT_CALL: Final = "do_not_call"
#: From so many numbers on, counting them takes longer than a page may.
MANY: Final = 200_000

_STAGED = table(
    "staged", column("row", Integer), column("phone", BigInteger), column("value", Text), column("reason", Text)
)
_COLUMNS = (
    col(Suppression.phone),
    col(Suppression.reason),
    col(Suppression.source),
    col(Suppression.added_at),
    col(Suppression.added_by),
)
#: Of an entry that came with a list; where that took the place of another, the moment is that of the other.
_OF_A_LIST: Final = "EXISTS (SELECT FROM suppression_import i WHERE i.source = suppression.source)"
#: What of an entry is kept when it ends.
_KEPT: Final = "phone, reason, source, added_at, added_by"


@dataclass(frozen=True, slots=True)
class Entry:
    """A suppressed number; its repr does not show it."""

    phone: int = field(repr=False)
    #: `opt_out`, `do_not_call`, or the operator's own word.
    reason: str
    #: The door it came through, or the name of the list.
    source: str
    added_at: datetime
    #: Who put it in; None: before this was kept.
    added_by: str | None = None
    #: Of an entry that ended: when, and who ended it or what took its place.
    ended_at: datetime | None = None
    ended_by: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the different numbers that were given; those that were not added were there already."""

    numbers: int
    added: int


def add(
    session: Session, phones: Sequence[int], reason: str, source: str, now: datetime, by: str | None = None
) -> Written:
    """Suppress these numbers."""
    given = func.unnest(literal(list(phones), ARRAY(BigInteger))).column_valued("phone")
    # His own word takes the place of a list's, whose entry ends with it: whoever takes the list back does not take back that.
    replaced = f"(:reason = '{OPT_OUT}' AND reason = '{DO_NOT_CALL}' OR {_OF_A_LIST})"
    _end_replaced(session, f"phone = ANY(:phones) AND {replaced}", reason, now, by or source, {"phones": list(phones)})
    return _write(session, select(given), reason, source, now, by, over_lists=True)


def add_staged(session: Session, reason: str, source: str, now: datetime, by: str | None = None) -> Written:
    """Suppress the numbers that this transaction has staged (worker/storage/planning/staging.py)."""
    # Another list may be as long as this one: it waits instead of failing after the ten seconds that suit a campaign.
    session.execute(text("SET LOCAL lock_timeout = '10min'"))
    given = select(_STAGED.c.phone).where(_STAGED.c.phone.is_not(None))
    if reason == OPT_OUT:
        listed = "reason = :listed AND phone IN (SELECT phone FROM staged)"
        _end_replaced(session, listed, reason, now, by or source, {"listed": DO_NOT_CALL})
    return _write(session, given, reason, source, now, by)


def _end_replaced(session: Session, which: str, reason: str, now: datetime, by: str, given: dict[str, Any]) -> None:
    """Keep the entries whose place is taken."""
    statement = text(
        f"INSERT INTO suppression_ended ({_KEPT}, ended_at, ended_by)"  # noqa: S608 - our own words
        f" SELECT {_KEPT}, :now, :by FROM suppression WHERE {which} ORDER BY phone"
    )
    session.execute(statement, {"now": now, "by": f"{reason} by {by}", "reason": reason, **given})


def staged_refusals(session: Session) -> Iterator[tuple[int, str, str]]:
    """The staged rows that are no number, in the order of the list: row, what stood there, reason; read in portions."""
    refused = select(_STAGED.c.row, _STAGED.c.value, _STAGED.c.reason).where(_STAGED.c.phone.is_(None))
    for row in session.execute(refused.order_by(_STAGED.c.row), execution_options={"yield_per": BLOCK}):
        yield row.row, row.value, row.reason


def _write(
    session: Session,
    phones: Select[Any],
    reason: str,
    source: str,
    now: datetime,
    by: str | None,
    *,
    over_lists: bool = False,
) -> Written:
    given = phones.distinct().cte("given")
    rows = select(given.c.phone, literal(reason), literal(source), literal(now), literal(by, Text))
    rows = rows.order_by(given.c.phone)
    insertion = insert(Suppression).from_select(_COLUMNS, rows)
    if reason == OPT_OUT or over_lists:
        insertion = insertion.on_conflict_do_update(
            index_elements=[col(Suppression.phone)],
            set_={"reason": reason, "source": source, "added_by": by},
            where=or_(
                col(Suppression.reason) == DO_NOT_CALL if reason == OPT_OUT else false(),
                text(_OF_A_LIST) if over_lists else false(),
            ),
        )
    else:
        # Not an update that changes nothing: it would write to every row of a list that is imported daily.
        insertion = insertion.on_conflict_do_nothing()
    # A row that was there was locked before it was updated, which leaves its mark in xmax; a new one has none.
    written = insertion.returning(literal_column("xmax = 0", Boolean).label("fresh")).cte("written")
    found = session.execute(
        select(
            select(func.count()).select_from(given).scalar_subquery().label("numbers"),
            func.count().filter(written.c.fresh).label("added"),
        ).select_from(written)
    ).one()
    return Written(found.numbers, found.added)


def remove(session: Session, phones: Sequence[int], now: datetime, by: str, only: str = "") -> set[int]:
    """Let these numbers get ads again; which of them were there. Their entries end and are kept. `only`: those with this
    reason.
    """
    statement = text(
        "WITH there AS (SELECT phone FROM suppression WHERE phone = ANY(:phones) AND (:only = '' OR reason = :only)"  # noqa: S608
        "   ORDER BY phone FOR UPDATE),"
        f" gone AS (DELETE FROM suppression USING there WHERE suppression.phone = there.phone RETURNING suppression.*)"
        f" INSERT INTO suppression_ended ({_KEPT}, ended_at, ended_by) SELECT {_KEPT}, :now, :by FROM gone RETURNING phone"
    )
    given = {"phones": list(phones), "only": only, "now": now, "by": by}
    return {row.phone for row in session.execute(statement, given)}


def remove_source(session: Session, source: str, added_at: datetime, now: datetime, by: str) -> int:
    """Let the numbers that came from this source at that moment get ads again; how many. Their entries end and are kept."""
    statement = text(
        "WITH gone AS (DELETE FROM suppression WHERE source = :source AND added_at = :added_at"  # noqa: S608 - our own words
        " RETURNING *)"
        f" INSERT INTO suppression_ended ({_KEPT}, ended_at, ended_by) SELECT {_KEPT}, :now, :by FROM gone"
    )
    return cast(
        "CursorResult[Any]", session.execute(statement, {"source": source, "added_at": added_at, "now": now, "by": by})
    ).rowcount


def bring_back(session: Session, source: str, added_at: datetime, now: datetime) -> int:
    """Of the numbers that were let go `now` with this source, those that a list in force had before it; how many."""
    statement = text(
        "INSERT INTO suppression (phone, reason, source, added_at, added_by)"
        " SELECT DISTINCT ON (e.phone) e.phone, e.reason, e.source, e.added_at, e.added_by FROM suppression_ended gone"
        " JOIN suppression_ended e ON e.phone = gone.phone AND e.added_at = gone.added_at AND e.source <> gone.source"
        " WHERE gone.ended_at = :now AND gone.source = :source AND gone.added_at = :added_at AND EXISTS"
        " (SELECT FROM suppression_import i WHERE i.source = e.source AND i.imported_at = e.added_at)"
        " ORDER BY e.phone, e.id DESC ON CONFLICT DO NOTHING"
    )
    given = {"source": source, "added_at": added_at, "now": now}
    return cast("CursorResult[Any]", session.execute(statement, given)).rowcount


def history(session: Session, phone: int) -> list[Entry]:
    """All entries that a number ever had, the one of today last."""
    ended = select(SuppressionEnded).where(col(SuppressionEnded.phone) == phone).order_by(col(SuppressionEnded.id))
    found = [
        Entry(one.phone, one.reason, one.source, one.added_at, one.added_by, one.ended_at, one.ended_by)
        for one in session.scalars(ended)
    ]
    now = find(session, phone)
    return [*found, now] if now is not None else found


def note_import(
    session: Session, *, source: str, reason: str, as_of: date, imported_at: datetime, rows: int, added: int
) -> None:
    """Write down that a list was imported."""
    session.add(
        SuppressionImport(source=source, reason=reason, as_of=as_of, imported_at=imported_at, rows=rows, added=added)
    )


def forget_imports(session: Session, source: str, moment: datetime) -> None:
    """An import that is undone is in force no more, nor is a later one of its kind: that one left out what was there already."""
    undone = col(SuppressionImport.source) == source, col(SuppressionImport.imported_at) == moment
    kinds = select(col(SuppressionImport.reason)).where(*undone).scalar_subquery()
    later = col(SuppressionImport.imported_at) >= moment
    session.execute(delete(SuppressionImport).where(col(SuppressionImport.reason) == kinds, later))


def last_import(session: Session, reason: str) -> SuppressionImport | None:
    """The newest list of a kind, by its own day."""
    newest = select(SuppressionImport).where(col(SuppressionImport.reason) == reason)
    latest = newest.order_by(col(SuppressionImport.as_of).desc(), col(SuppressionImport.imported_at).desc())
    return session.scalars(latest.limit(1)).first()


def count(session: Session) -> int:
    """How many numbers there are."""
    return session.scalar(select(func.count()).select_from(Suppression)) or 0


def about(session: Session) -> tuple[int, bool]:
    """How many numbers there are, and whether that is exact: many are not counted, the planner's own estimate is taken."""
    found = session.scalar(text("SELECT reltuples::bigint FROM pg_class WHERE oid = 'suppression'::regclass")) or 0
    return (found, False) if found >= MANY else (count(session), True)


def find(session: Session, phone: int) -> Entry | None:
    """The entry of one number."""
    row = session.execute(select(*_COLUMNS).where(col(Suppression.phone) == phone)).one_or_none()
    return Entry(*row) if row is not None else None


def newest(session: Session, limit: int) -> list[Entry]:
    """The latest entries, newest first."""
    latest = select(*_COLUMNS).order_by(col(Suppression.added_at).desc(), col(Suppression.phone)).limit(limit)
    return [Entry(*row) for row in session.execute(latest)]


def newest_own(session: Session, limit: int) -> list[Entry]:
    """The latest entries that are not of the national list, newest first."""
    latest = select(*_COLUMNS).where(text("reason <> 'do_not_call'"))
    latest = latest.order_by(col(Suppression.added_at).desc(), col(Suppression.phone)).limit(limit)
    return [Entry(*row) for row in session.execute(latest)]


def imports(session: Session, limit: int) -> Sequence[SuppressionImport]:
    """The latest lists that were imported, newest first."""
    latest = select(SuppressionImport).order_by(col(SuppressionImport.imported_at).desc()).limit(limit)
    return session.scalars(latest).all()


def portion(session: Session, after: int, limit: int) -> list[Entry]:
    """The next entries above a number, in the order of the numbers; from 0 on, all there are."""
    rows = select(*_COLUMNS).where(col(Suppression.phone) > after).order_by(col(Suppression.phone)).limit(limit)
    return [Entry(*row) for row in session.execute(rows)]


def among(session: Session, phones: Sequence[int]) -> set[int]:
    """Those of the numbers that are on the list."""
    rows = session.execute(text("SELECT phone FROM suppression WHERE phone = ANY(:phones)"), {"phones": list(phones)})
    return {row.phone for row in rows}
