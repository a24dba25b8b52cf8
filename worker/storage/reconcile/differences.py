"""Finds where our rows and the record that was read differ: one statement a kind, over all numbers at once."""

# ruff: noqa: S608 - nothing but constants of this file is put into a statement

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from worker.domain.outcome import DEFINITE_REFUSALS

#: Numbers of campaigns with their state. A number without one of its own is where its batch is.
MEMBERS: Final = """
    SELECT b.id AS batch_id, c.id AS campaign_id, r.phone,
      CASE WHEN c.send_mode = 'single' THEN coalesce(r.ref, '') ELSE b.provider_ref END AS ref,
      coalesce(r.state, CASE b.state WHEN 'reported' THEN 'accepted' ELSE b.state END) AS state,
      -- Nobody asks for results before every number of a batch was called and no call is unknown.
      b.state IN ('planned', 'sending', 'unknown') OR (b.state = 'accepted' AND b.next_poll_at IS NOT NULL) AS awaited,
      c.cost_estimate / nullif(c.valid, 0) AS estimate
    FROM batch b JOIN campaign c ON c.id = b.campaign_id
    JOIN recipient r ON r.campaign_id = b.campaign_id AND r.batch_seq = b.seq"""

#: Batches whose calls, but for those that were definitely refused, lie between two times and were over at a third. One by
#: one a refusal says nothing of the other numbers of the turn.
CALLED: Final = """
    SELECT a.owner_id AS batch_id FROM attempt a JOIN batch b ON b.id = a.owner_id JOIN campaign c ON c.id = b.campaign_id
    WHERE c.provider = :provider AND (c.send_mode = 'single' OR a.outcome IS NULL OR a.outcome <> ALL(:refusals))
    GROUP BY a.owner_id
    HAVING min(a.began_at) >= :since AND max(a.began_at) <= :until
      AND max(coalesce(a.ended_at, a.deadline)) <= :settled"""

#: Calls of one-time passwords between two times that were over at a third.
SAID: Final = """m.provider = :provider AND m.sent_at BETWEEN :since AND :until
    AND coalesce(m.settled_at, m.sent_at) <= :settled"""

#: The order is the one that we know; where one side has no id, the key alone must do.
SAME_ORDER: Final = "(o.ref = '' OR t.ref = '' OR t.ref = o.ref)"

_LOST: Final = "t.run_id = :run AND t.batch_id IS NULL AND t.message_id IS NULL AND t.ref <> ''"
#: Who has the ref of a row without our key: an order, a one-time password, a number that was called alone.
OWNERS: Final = (
    f"""UPDATE record_row t SET batch_id = b.id FROM batch b JOIN campaign c ON c.id = b.campaign_id
        WHERE {_LOST} AND b.provider_ref = t.ref AND c.provider = :provider""",
    f"""UPDATE record_row t SET message_id = m.id FROM message m
        WHERE {_LOST} AND m.provider_ref = t.ref AND m.provider = :provider""",
    f"""UPDATE record_row t SET batch_id = b.id FROM recipient r
        JOIN batch b ON b.campaign_id = r.campaign_id AND b.seq = r.batch_seq JOIN campaign c ON c.id = b.campaign_id
        WHERE {_LOST} AND r.ref = t.ref AND r.phone = t.phone AND c.provider = :provider AND c.send_mode = 'single'
          AND b.claimed_at >= :since""",
)

_INTO: Final = """INSERT INTO difference
    (run_id, kind, campaign_id, batch_id, message_id, phone, ref, numbers, ours, theirs, money) """


@dataclass(frozen=True, slots=True)
class Period:
    """Whose calls are compared: at which provider, begun between two times and over at a third."""

    provider: str
    since: datetime
    until: datetime
    settled: datetime

    def given(self) -> dict[str, Any]:
        """As the statements want it."""
        return {**asdict(self), "refusals": [str(outcome) for outcome in DEFINITE_REFUSALS]}


def own_by_ref(session: Session, run_id: UUID, provider: str, since: datetime) -> None:
    """Rows of the record without our key belong to whoever of ours has their ref."""
    given = {"run": run_id, "provider": provider, "since": since}
    for statement in OWNERS:
        session.execute(text(statement), given)
    # Freshly loaded: without figures the planner would join a million rows one by one.
    session.execute(text("ANALYZE record_row"))
    session.execute(text("SET LOCAL work_mem = '96MB'"))


def missing_there(session: Session, run_id: UUID, period: Period) -> int:
    """We say that the provider has them, and its record does not; how many numbers were looked for."""
    of_campaigns = f"""
        FROM ({MEMBERS}) o JOIN ({CALLED}) called ON called.batch_id = o.batch_id
        WHERE o.state IN ('accepted', 'delivered')"""
    # A number that was erased on request is 0.
    of_messages = f"FROM message m WHERE m.phone <> 0 AND m.state IN ('accepted', 'delivered') AND {SAID}"
    given = {"run": run_id, **period.given()}
    numbers = f"""SELECT :run, 'missing_there', o.campaign_id, o.batch_id, CAST(NULL AS uuid), o.phone, o.ref, 1, o.state, '',
        round(o.estimate, 2) {of_campaigns} AND NOT EXISTS (SELECT FROM record_row t WHERE t.run_id = :run
          AND t.phone = o.phone AND t.batch_id = o.batch_id AND {SAME_ORDER})"""
    _keep(session, numbers, given)
    messages = f"""SELECT :run, 'missing_there', NULL, NULL, m.id, m.phone, m.provider_ref, 1, m.state, '', NULL {of_messages}
        AND NOT EXISTS (SELECT FROM record_row t WHERE t.run_id = :run AND t.phone = m.phone AND t.message_id = m.id)"""
    _keep(session, messages, given)
    counted = text(f"SELECT (SELECT count(*) {of_campaigns}) + (SELECT count(*) {of_messages})")
    return int(session.execute(counted, given).scalar_one())


def of_campaigns(session: Session, run_id: UUID) -> None:
    """What the record has of our batches, and we say otherwise: unknown, in another state, in no batch, or ordered twice."""
    differ = f"""SELECT :run, kind, campaign_id, batch_id, NULL, phone, ref, 1, ours, state, cost FROM (
        SELECT t.*, b.campaign_id,
          coalesce(o.state || CASE WHEN {SAME_ORDER} THEN '' ELSE ' as ' || o.ref END, 'no such number') AS ours,
          CASE
            WHEN o.state IS NULL THEN 'missing_here'
            -- In a call at this moment: the answer will tell.
            WHEN o.state = 'sending' THEN NULL
            WHEN o.state = 'unknown' THEN 'unknown_found'
            WHEN o.state IN ('accepted', 'delivered', 'failed') AND NOT {SAME_ORDER} THEN 'missing_here'
            WHEN o.state = 'failed' AND t.state = 'delivered' THEN 'state'
            WHEN o.state = 'delivered' AND t.state IN ('failed', 'refused') THEN 'state'
            WHEN o.state = 'accepted' AND NOT o.awaited AND t.state IN ('delivered', 'failed', 'refused') THEN 'state'
            WHEN o.state IN ('accepted', 'delivered', 'failed') THEN NULL
            WHEN o.state = 'rejected' AND t.state = 'refused' THEN NULL
            ELSE 'missing_here'
          END AS kind
        FROM record_row t JOIN batch b ON b.id = t.batch_id
        LEFT JOIN ({MEMBERS}) o ON o.batch_id = t.batch_id AND o.phone = t.phone
        WHERE t.run_id = :run) compared WHERE kind IS NOT NULL ORDER BY batch_id, phone"""
    _keep(session, differ, {"run": run_id})


def of_messages(session: Session, run_id: UUID, provider: str) -> None:
    """The same of one-time passwords. Nobody asks what became of one, so an arrival that we do not know of is none."""
    differ = """SELECT :run, kind, NULL, NULL, message_id, phone, ref, 1, ours, state, cost FROM (
        SELECT t.*, m.state AS ours,
          CASE
            WHEN m.phone <> t.phone THEN 'missing_here'
            WHEN m.state IN ('queued', 'sending') THEN NULL
            WHEN m.state = 'unknown' THEN 'unknown_found'
            WHEN m.provider <> :provider OR m.state IN ('rejected', 'expired') THEN
              CASE WHEN EXISTS (SELECT FROM attempt a WHERE a.owner_id = m.id AND a.provider = :provider
                AND (a.outcome IS NULL OR a.outcome = 'unknown')) THEN 'unknown_found' ELSE 'missing_here' END
            WHEN NOT (m.provider_ref = '' OR t.ref = '' OR t.ref = m.provider_ref) THEN 'missing_here'
            WHEN m.state = 'failed' AND t.state = 'delivered' THEN 'state'
            WHEN m.state IN ('delivered', 'accepted') AND t.state IN ('failed', 'refused') THEN 'state'
          END AS kind
        FROM record_row t JOIN message m ON m.id = t.message_id WHERE t.run_id = :run) compared
        WHERE kind IS NOT NULL ORDER BY message_id"""
    _keep(session, differ, {"run": run_id, "provider": provider})


def of_nobody(session: Session, run_id: UUID) -> None:
    """What the record has under neither a key nor a ref of ours."""
    unowned = """SELECT :run, 'missing_here', NULL, NULL, NULL, phone, ref, 1, 'no such order', state, cost FROM record_row
        WHERE run_id = :run AND batch_id IS NULL AND message_id IS NULL ORDER BY ref, phone"""
    _keep(session, unowned, {"run": run_id})


def not_ours_any_more(session: Session, run_id: UUID) -> Sequence[tuple[int, int, bool]]:
    """Numbers in the record that our rows do not have: the difference, the number, and whether we know the order as ours."""
    statement = text("""SELECT d.id, d.phone, d.batch_id IS NOT NULL OR d.message_id IS NOT NULL FROM difference d
        LEFT JOIN message m ON m.id = d.message_id LEFT JOIN batch b ON b.id = d.batch_id
        WHERE d.run_id = :run AND d.kind = 'missing_here' AND d.phone IS NOT NULL AND (d.message_id IS NULL OR m.phone = 0)
          AND NOT EXISTS (SELECT FROM recipient r WHERE r.campaign_id = b.campaign_id AND r.phone = d.phone)""")
    return [(row[0], row[1], row[2]) for row in session.execute(statement, {"run": run_id})]


def withdraw(session: Session, ids: Sequence[int]) -> None:
    """These are none after all."""
    session.execute(text("DELETE FROM difference WHERE id = ANY(:ids)"), {"ids": list(ids)})


def leave_number_out(session: Session, ids: Sequence[int]) -> None:
    """These stay, without the number."""
    session.execute(text("UPDATE difference SET phone = NULL WHERE id = ANY(:ids)"), {"ids": list(ids)})


def prices(session: Session, run_id: UUID, price_per_part: Decimal, period: Period) -> None:
    """Where the record's cost is not what we take a part for, or not what the provider told us of the batch before."""
    given = {"run": run_id, "price": price_per_part, **period.given()}
    if price_per_part:
        by_part = """SELECT :run, 'price', b.campaign_id, t.batch_id, NULL, NULL, min(t.ref), count(*),
            trim_scale(t.parts * CAST(:price AS numeric)) || ' a number for ' || t.parts
              || CASE t.parts WHEN 1 THEN ' part' ELSE ' parts' END,
            trim_scale(t.cost) || ' a number', count(*) * (t.cost - t.parts * CAST(:price AS numeric))
          FROM record_row t LEFT JOIN batch b ON b.id = t.batch_id
          WHERE t.run_id = :run AND (t.batch_id IS NOT NULL OR t.message_id IS NOT NULL) AND t.parts > 0
            AND t.state NOT IN ('waiting', 'refused') AND t.cost <> t.parts * CAST(:price AS numeric)
            AND coalesce(b.channel, 'sms') = 'sms'
          GROUP BY b.campaign_id, t.batch_id, t.parts, t.cost ORDER BY t.batch_id"""
        _keep(session, by_part, given)
    in_all = f"""SELECT :run, 'price', b.campaign_id, b.id, NULL, NULL, min(t.ref), count(*), trim_scale(b.cost) || ' in all',
        trim_scale(sum(t.cost)) || ' in all', sum(t.cost) - b.cost
      FROM record_row t JOIN batch b ON b.id = t.batch_id JOIN ({CALLED}) called ON called.batch_id = b.id
      WHERE t.run_id = :run AND b.cost IS NOT NULL
      GROUP BY b.campaign_id, b.id HAVING count(t.cost) = count(*) AND sum(t.cost) <> b.cost ORDER BY b.id"""
    _keep(session, in_all, given)


def _keep(session: Session, found: str, given: dict[str, Any]) -> None:
    session.execute(text(_INTO + found), given)
