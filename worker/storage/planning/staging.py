"""How do a list's rows get in? Streamed into a table of the transaction, counted, numbered and moved there by SQL.

The database removes the repeats and numbers the batches, so that Python never holds the list. Batches follow the order of
the numbers: sorted rows build the indexes several times faster than the list's own order (ARCHITECTURE, decision 4).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlmodel import Session

from worker.domain.consent import Consent
from worker.storage.planning.copy_line import cell, proof

#: Lines to a block of COPY: large enough that the socket, not Python, sets the pace.
BLOCK = 5000


@dataclass(frozen=True, slots=True)
class Staged:
    """What a list came to: `rows = valid + duplicates + invalid + suppressed`."""

    rows: int
    valid: int
    duplicates: int
    invalid: int
    suppressed: int
    converted: int
    #: Parts of all filled texts together, and of the longest one.
    parts_total: int
    parts: int
    #: The same for the same numbers with the same values, in whatever order they stood.
    audience: str
    #: Those of the valid whose consent is proved.
    consents: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """One staged row as an example."""

    row: int
    values: dict[str, str] | None
    parts: int


@dataclass(frozen=True, slots=True)
class Group:
    """The numbers that get the same filled text."""

    number: int
    values: dict[str, str] | None
    size: int


def _driver(session: Session) -> Connection[Any]:
    """psycopg's own connection under the session, in the same transaction: COPY is its business."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, Connection)  # noqa: S101 - told to the type checker
    return connection


class Staging:
    """A list on its way into the temporary table `staged`."""

    def __init__(self, session: Session, *, consents: bool = False) -> None:
        self._connection = _driver(session)
        #: Columns of consent are copied only where the list has them.
        self._consents = consents
        self._block: list[str] = []

    def __enter__(self) -> Self:
        self._connection.execute(
            "CREATE TEMP TABLE staged (row int, phone bigint, converted bool, parts smallint, vars jsonb, value text,"
            " reason text, consent_at timestamptz, consent_source text, consent_evidence text) ON COMMIT DROP"
        )
        self._connection.execute("SET LOCAL work_mem = '96MB'")
        self._cursor: Cursor[Any] = self._connection.cursor()
        columns = "row, phone, converted, parts, vars, value, reason"
        consents = ", consent_at, consent_source, consent_evidence" if self._consents else ""
        self._copying = self._cursor.copy(f"COPY staged ({columns}{consents}) FROM STDIN".encode())
        self._copy = self._copying.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        self._copying.__exit__(kind, error, trace)
        self._cursor.close()

    def add(
        self,
        row: int,
        phone: int,
        *,
        converted: bool,
        parts: int,
        values: str | None = None,
        consent: Consent | None = None,
    ) -> None:
        """A row that gets a message; `values` are its variables as JSON."""
        line = f"{row}\t{phone}\t{'t' if converted else 'f'}\t{parts}\t{cell(values) if values else chr(92) + 'N'}\t\\N\t\\N"
        self._block.append(line + proof(consent) if self._consents else line)
        if len(self._block) >= BLOCK:
            self._flush()

    def refuse(self, row: int, value: str, reason: str) -> None:
        """A row that gets none, and why."""
        line = f"{row}\t\\N\t\\N\t\\N\t\\N\t{cell(value[:100])}\t{reason}"
        self._block.append(line + proof(None) if self._consents else line)
        if len(self._block) >= BLOCK:
            self._flush()

    def _flush(self) -> None:
        if self._block:
            self._copy.write("\n".join(self._block) + "\n")
            self._block.clear()


def count(session: Session, *, suppress: bool) -> Staged:
    """Count what was staged; the first of several rows with one number is the one that counts.

    With `suppress` those on the suppression list are left out.
    """
    session.execute(
        text(
            "CREATE TEMP TABLE first_row ON COMMIT DROP AS"
            " SELECT DISTINCT ON (phone) phone, row, converted, parts, vars, consent_at, consent_source, consent_evidence"
            " FROM staged"
            " WHERE phone IS NOT NULL ORDER BY phone, row"
        )
    )
    # Before anybody is left out: an opt-out in between does not make it another list.
    audience = session.execute(
        text(
            "SELECT count(*) || ':' ||"
            " coalesce(sum(hashint8extended(phone, coalesce(hashtextextended(vars::text, 0), 0))), 0) FROM first_row"
        )
    ).scalar_one()
    session.execute(
        text(
            "CREATE TEMP TABLE suppressed_row ON COMMIT DROP AS"
            " SELECT f.phone, f.row FROM first_row f JOIN suppression s ON s.phone = f.phone WHERE :suppress"
        ),
        {"suppress": suppress},
    )
    session.execute(text("DELETE FROM first_row f USING suppressed_row s WHERE s.phone = f.phone"))
    found = session.execute(
        text(
            "SELECT (SELECT count(*) FROM staged) AS rows, (SELECT count(*) FROM staged WHERE phone IS NULL) AS invalid,"
            " (SELECT count(*) FROM suppressed_row) AS suppressed,"
            " count(*) AS valid, count(consent_at) AS consents, count(*) FILTER (WHERE converted) AS converted,"
            " coalesce(sum(parts), 0) AS parts_total, coalesce(max(parts), 0) AS parts FROM first_row"
        )
    ).one()
    return Staged(
        rows=found.rows,
        valid=found.valid,
        duplicates=found.rows - found.valid - found.invalid - found.suppressed,
        invalid=found.invalid,
        suppressed=found.suppressed,
        converted=found.converted,
        parts_total=found.parts_total,
        parts=found.parts,
        audience=str(audience),
        consents=found.consents,
    )


def prefixes(session: Session) -> dict[int, tuple[int, int]]:
    """How many of those that get a message have each prefix (the first three national digits), and their texts' parts."""
    rows = session.execute(text("SELECT phone / 1000000 - 84000, count(*), sum(parts) FROM first_row GROUP BY 1"))
    return {int(prefix): (int(number), int(parts)) for prefix, number, parts in rows}


def samples(session: Session) -> list[Sample]:
    """The first row, the one with the longest values and the one with most parts, of those that get a message."""
    orders = ("row", "length(vars::text) DESC NULLS LAST, row", "parts DESC, row")
    found: dict[int, Sample] = {}
    for order in orders:
        statement = f"SELECT row, vars, parts FROM first_row ORDER BY {order} LIMIT 1"  # noqa: S608 - our own words
        for one in session.execute(text(statement)):
            found.setdefault(one.row, Sample(one.row, one.vars, one.parts))
    return list(found.values())


def groups(session: Session, limit: int) -> list[Group]:
    """The different filled texts among the staged, at most `limit` of them, largest first."""
    rows = session.execute(
        text(
            "SELECT row_number() OVER (ORDER BY count(*) DESC, vars) AS number, vars, count(*) AS size"
            " FROM first_row GROUP BY vars ORDER BY 1 LIMIT :limit"
        ),
        {"limit": limit},
    )
    return [Group(row.number, row.vars, row.size) for row in rows]


def store(session: Session, campaign_id: UUID, layout: Iterable[tuple[Group, int, int]]) -> None:
    """Move the staged numbers to their batches: per group its first batch number and how many batches it has.

    Within a group the n-th number (from 0) of t goes to batch n*b//t: `chunk.number_of`, said in SQL.
    """
    session.execute(
        text("CREATE TEMP TABLE text_group (vars jsonb, size bigint, first_seq int, batches bigint) ON COMMIT DROP")
    )
    with _driver(session).cursor() as cursor:
        cursor.executemany(
            "INSERT INTO text_group VALUES (%s, %s, %s, %s)",
            [(None if group.values is None else Jsonb(group.values), group.size, seq, n) for group, seq, n in layout],
        )
    session.execute(
        text(
            "INSERT INTO recipient (campaign_id, phone, row, batch_seq, converted, vars)"
            " SELECT :campaign, phone, row, first_seq + (place * batches / size)::int, converted, vars FROM ("
            "   SELECT f.*, g.size, g.first_seq, g.batches,"
            "     row_number() OVER (PARTITION BY g.first_seq ORDER BY phone) - 1 AS place"
            "   FROM first_row f JOIN text_group g"
            # Not IS NOT DISTINCT FROM, which can only be joined row by row.
            "     ON coalesce(f.vars, 'null'::jsonb) = coalesce(g.vars, 'null'::jsonb)) placed"
            " ORDER BY first_seq, phone"
        ),
        {"campaign": campaign_id},
    )


def store_cut(session: Session, campaign_id: UUID, first_seq: int, starts: Sequence[int], group: Group | None) -> None:
    """Move the numbers of one group (None: all that were staged) to batches from `first_seq` on.

    `starts` are the places, counted from 0 in the order of the numbers, at which the second and later batches begin.
    """
    session.execute(
        text(
            "INSERT INTO recipient (campaign_id, phone, row, batch_seq, converted, vars)"
            " SELECT :campaign, phone, row, :first + width_bucket(place, CAST(:starts AS bigint[])), converted, vars"
            " FROM (SELECT *, row_number() OVER (ORDER BY phone) - 1 AS place FROM first_row"
            "   WHERE :everybody OR vars IS NOT DISTINCT FROM CAST(:values AS jsonb)) placed"
            " ORDER BY phone"
        ),
        {
            "campaign": campaign_id,
            "first": first_seq,
            "starts": list(starts),
            "everybody": group is None,
            "values": Jsonb(group.values) if group is not None and group.values is not None else None,
        },
    )


def store_refusals(session: Session, campaign_id: UUID) -> None:
    """Keep the rows that get no message, repeats included."""
    session.execute(
        text(
            "INSERT INTO refused_row (campaign_id, row, value, reason)"
            " SELECT :campaign, row, value, reason FROM staged WHERE phone IS NULL"
            " UNION ALL SELECT :campaign, s.row, '0' || (s.phone - 84000000000), 'duplicate' FROM staged s JOIN"
            "   (SELECT phone, row FROM first_row UNION ALL SELECT phone, row FROM suppressed_row) f"
            "   ON f.phone = s.phone AND f.row <> s.row"
            " UNION ALL SELECT :campaign, row, '0' || (phone - 84000000000), 'suppressed' FROM suppressed_row"
        ),
        {"campaign": campaign_id},
    )


def commonest_refusal(session: Session) -> tuple[str, int, int] | None:
    """Why most of the refused rows of the staged list were refused, how many those are, and the first of them."""
    found = session.execute(
        text(
            "SELECT reason, count(*) AS count, min(row) AS first FROM staged WHERE phone IS NULL"
            " GROUP BY reason ORDER BY count DESC, reason LIMIT 1"
        )
    ).one_or_none()
    return None if found is None else (found.reason, found[1], found.first)


def staged_refusals(session: Session) -> Iterator[tuple[int, str, str]]:
    """The refused rows of a list that is not (yet) stored, in its order: row, what stood there, reason."""
    rows = session.execute(
        text(
            "SELECT row, value, reason FROM staged WHERE phone IS NULL"
            " UNION ALL SELECT row, '0' || (phone - 84000000000), 'suppressed' FROM suppressed_row ORDER BY row"
        ),
        execution_options={"yield_per": BLOCK},
    )
    for row in rows:
        yield row.row, row.value, row.reason
