"""Streams a list into a table of the transaction; SQL counts and numbers its rows and moves them on.

The database removes the repeats and numbers the batches, so that Python never holds the list. Batches follow the order of
the numbers: sorted rows build the indexes several times faster than the list's own order (ARCHITECTURE, decision 4).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from psycopg import Connection, Copy
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
    list_hash: str
    #: Those of the valid whose consent is proved.
    consents: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """One staged row as an example."""

    row: int
    values: dict[str, str] | None
    parts: int


def driver(session: Session) -> Connection[Any]:
    """psycopg's own connection under the session, in the same transaction: COPY is its business."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, Connection)  # noqa: S101 - told to the type checker
    return connection


class Staging:
    """A list on its way into the temporary table `staged`."""

    def __init__(self, copy: Copy, *, consents: bool) -> None:
        self._copy = copy
        #: Columns of consent are copied only where the list has them.
        self._consents = consents
        self._block: list[str] = []

    @classmethod
    @contextmanager
    def begun(cls, session: Session, *, consents: bool = False) -> Iterator[Self]:
        """A new one in this transaction; all that was added is in the table at the end."""
        connection = driver(session)
        connection.execute(
            "CREATE TEMP TABLE staged (row int, phone bigint, converted bool, parts smallint, vars jsonb, value text,"
            " reason text, consent_at timestamptz, consent_source text, consent_evidence text) ON COMMIT DROP"
        )
        connection.execute("SET LOCAL work_mem = '96MB'")
        columns = "row, phone, converted, parts, vars, value, reason"
        columns += ", consent_at, consent_source, consent_evidence" if consents else ""
        with connection.cursor() as cursor, cursor.copy(f"COPY staged ({columns}) FROM STDIN".encode()) as copy:
            staging = cls(copy, consents=consents)
            yield staging
            staging._flush()

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

    def add_plain(self, rows: Iterable[int], digits: Iterable[str], parts: int) -> None:
        """Rows of a list without consents whose text has no variables; `digits` are the nine national ones of each number."""
        rest = f"\tf\t{parts}\t\\N\t\\N\t\\N"
        self._block += [f"{row}\t84{number}{rest}" for row, number in zip(rows, digits, strict=True)]
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
            " SELECT phone, row, converted, parts, vars, consent_at, consent_source, consent_evidence,"
            "   row_number() OVER (PARTITION BY phone ORDER BY row) > 1 AS again"
            " FROM staged WHERE phone IS NOT NULL ORDER BY phone, row"
        )
    )
    repeats = "CREATE TEMP TABLE repeated_row ON COMMIT DROP AS SELECT phone, row FROM first_row WHERE again"
    session.execute(text(repeats))
    session.execute(text("DELETE FROM first_row WHERE again"))
    # Before anybody is left out: an opt-out in between does not make it another list.
    list_hash = session.execute(
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
    counted = session.execute(
        text(
            "SELECT (SELECT count(*) FROM staged WHERE phone IS NULL) AS invalid,"
            " (SELECT count(*) FROM repeated_row) AS duplicates, (SELECT count(*) FROM suppressed_row) AS suppressed,"
            " count(*) AS valid, count(consent_at) AS consents, count(*) FILTER (WHERE converted) AS converted,"
            " coalesce(sum(parts), 0) AS parts_total, coalesce(max(parts), 0) AS parts FROM first_row"
        )
    )
    found = counted.mappings().one()
    rows = sum(found[name] for name in ("valid", "duplicates", "invalid", "suppressed"))
    return Staged(rows=rows, list_hash=str(list_hash), **found)


def prefixes(session: Session) -> dict[int, tuple[int, int]]:
    """How many of those that get a message have each prefix (the first three national digits), and their texts' parts."""
    rows = session.execute(text("SELECT phone / 1000000 - 84000, count(*), sum(parts) FROM first_row GROUP BY 1"))
    return {int(prefix): (int(number), int(parts)) for prefix, number, parts in rows}


def samples(session: Session) -> list[Sample]:
    """The first row, the one with the longest values and the one with most parts, of those that get a message."""
    # In one look at all of them: the earlier of two equal rows leaves the larger difference.
    best = session.execute(
        text(
            "SELECT min(row), max((length(vars::text)::bigint << 32) - row), max((parts::bigint << 32) - row)"
            " FROM first_row"
        )
    ).one()
    chosen = [-one % (1 << 32) for one in (-best[0], *best[1:]) if one is not None] if best[0] is not None else []
    rows = session.execute(text("SELECT row, vars, parts FROM first_row WHERE row = ANY(:rows)"), {"rows": chosen})
    found = {one.row: Sample(one.row, one.vars, one.parts) for one in rows}
    return [found[row] for row in dict.fromkeys(chosen)]


def store_refusals(session: Session, campaign_id: UUID) -> None:
    """Keep the rows that get no message, repeats included."""
    refused = text(
        "INSERT INTO refused_row (campaign_id, row, value, reason)"
        " SELECT :campaign, row, value, reason FROM staged WHERE phone IS NULL"
        " UNION ALL SELECT :campaign, row, '0' || (phone - 84000000000), 'duplicate' FROM repeated_row"
        " UNION ALL SELECT :campaign, row, '0' || (phone - 84000000000), 'suppressed' FROM suppressed_row"
    )
    session.execute(refused, {"campaign": campaign_id})


def refused_by_reason(session: Session) -> dict[str, int]:
    """How many rows get no message, by reason, repeats included."""
    rows = session.execute(
        text(
            "SELECT reason, count(*) AS rows FROM staged WHERE phone IS NULL GROUP BY reason"
            " UNION ALL SELECT 'duplicate', count(*) FROM repeated_row"
            " UNION ALL SELECT 'suppressed', count(*) FROM suppressed_row"
        )
    )
    return {row.reason: row.rows for row in rows if row.rows}


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
    refused = text(
        "SELECT row, value, reason FROM staged WHERE phone IS NULL"
        " UNION ALL SELECT row, '0' || (phone - 84000000000), 'suppressed' FROM suppressed_row ORDER BY row"
    )
    for row in session.execute(refused, execution_options={"yield_per": BLOCK}):
        yield row.row, row.value, row.reason
