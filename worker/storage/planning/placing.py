"""Places staged numbers in their batches: the database numbers them and moves them to their table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlmodel import Session

from worker.storage.planning.staging import driver


@dataclass(frozen=True, slots=True)
class Group:
    """The numbers that get the same filled text."""

    values: dict[str, str] | None
    size: int


def groups(session: Session, limit: int) -> list[Group]:
    """The different filled texts among the staged, at most `limit` of them, largest first."""
    found = text("SELECT vars, count(*) AS size FROM first_row GROUP BY vars ORDER BY size DESC, vars LIMIT :limit")
    return [Group(row.vars, row.size) for row in session.execute(found, {"limit": limit})]


def store(session: Session, campaign_id: UUID, layout: Iterable[tuple[Group, int, int]]) -> None:
    """Move the staged numbers to their batches: per group its first batch number and how many batches it has.

    Within a group the n-th number (from 0) of t goes to batch n*b//t: into the sizes of `chunk.split`.
    """
    # place * batches comes before the division: 1,000,000 x 5,000 is no int.
    table = "CREATE TEMP TABLE text_group (vars jsonb, size bigint, first_seq int, batches bigint) ON COMMIT DROP"
    session.execute(text(table))
    with driver(session).cursor() as cursor:
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
    values = None if group is None or group.values is None else Jsonb(group.values)
    whose = {"everybody": group is None, "values": values}
    session.execute(
        text(
            "INSERT INTO recipient (campaign_id, phone, row, batch_seq, converted, vars)"
            " SELECT :campaign, phone, row, :first + width_bucket(place, CAST(:starts AS bigint[])), converted, vars"
            " FROM (SELECT *, row_number() OVER (ORDER BY phone) - 1 AS place FROM first_row"
            "   WHERE :everybody OR vars IS NOT DISTINCT FROM CAST(:values AS jsonb)) placed"
            " ORDER BY phone"
        ),
        {"campaign": campaign_id, "first": first_seq, "starts": list(starts), **whose},
    )
