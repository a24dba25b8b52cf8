"""Deletes what nobody needs any more: in portions, each its own transaction, with the rules of the tables in one place.

A portion is chosen by the place of its rows, so that none is sorted; rows that somebody holds are left to the next night.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import CursorResult, text
from sqlmodel import Session

from worker.domain.states import ENDED

#: A number's ads are counted 24 hours before and after one (storage/frequency.py).
CONTACTS_COUNT: Final = timedelta(hours=48)


def _delete(table: str, which: str, *, skip_locked: bool = False) -> str:
    skip = " FOR UPDATE SKIP LOCKED" if skip_locked else ""
    return f"DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM {table} WHERE {which} LIMIT :limit{skip})"  # noqa: S608


#: What is deleted, or blanked, once it is older than `:before`: each line a statement over at most `:limit` rows.
RULES: Final[Mapping[str, str]] = {
    "callbacks": _delete("callback", "received_at < :before", skip_locked=True),
    "message_attempts": "DELETE FROM attempt WHERE ctid IN (SELECT a.ctid FROM attempt a JOIN message m"
    " ON m.id = a.owner_id WHERE m.settled_at < :before AND m.state NOT IN ('queued', 'sending') LIMIT :limit)",
    "messages": "DELETE FROM message WHERE ctid IN (SELECT m.ctid FROM message m WHERE m.settled_at < :before"
    " AND m.state NOT IN ('queued', 'sending')"
    " AND NOT EXISTS (SELECT FROM attempt a WHERE a.owner_id = m.id) LIMIT :limit FOR UPDATE SKIP LOCKED)",
    "incoming": _delete("incoming_message", "received_at < :before AND meaning NOT IN ('opt_out', 'opt_in')"),
    "webhook_deliveries": _delete("webhook_delivery", "at < :before AND state <> 'pending'"),
    "attempt_bodies": "UPDATE attempt SET raw = '' WHERE ctid IN (SELECT ctid FROM attempt WHERE began_at < :before"
    " AND raw <> '' LIMIT :limit FOR UPDATE SKIP LOCKED)",
    # Of a campaign that somebody began to write and never submitted; the file of its list goes as one that no form needs.
    "forms": _delete("campaign_form", "changed_at < :before", skip_locked=True),
    "differences": "DELETE FROM difference WHERE ctid IN (SELECT d.ctid FROM difference d JOIN reconciliation r"
    " ON r.id = d.run_id WHERE r.started_at < :before AND r.state <> 'running' LIMIT :limit)",
    "reconciliations": _delete("reconciliation", "started_at < :before AND state <> 'running'", skip_locked=True),
    "balances": _delete("balance_reading", "at < :before"),
    "totals": _delete("totals_reading", "at < :before"),
}
#: Ads over other channels than text, once they count no more.
CHANNEL_CONTACTS: Final = (
    "DELETE FROM channel_contact WHERE ctid IN (SELECT ctid FROM channel_contact c"
    " WHERE NOT EXISTS (SELECT FROM unnest(c.times) AS t(at) WHERE t.at >= :before) LIMIT :limit FOR UPDATE SKIP LOCKED)"
)
#: Of a campaign that is over.
NUMBERS: Final[Mapping[str, str]] = {
    table: _delete(table, "campaign_id = :campaign") for table in ("recipient", "refused_row")
}


def portion(session: Session, rule: str, before: datetime, limit: int) -> int:
    """Apply one of RULES to at most `limit` rows; how many."""
    return _rows(session, RULES[rule], before=before, limit=limit)


def over(session: Session, before: datetime, limit: int) -> Sequence[UUID]:
    """Campaigns that ended before then and still have numbers. Not those with an unknown call: their numbers are the evidence."""
    return session.scalars(
        text(
            "SELECT c.id FROM campaign c WHERE c.status = ANY(:ended) AND c.finished_at < :before"
            " AND (EXISTS (SELECT FROM recipient r WHERE r.campaign_id = c.id)"
            "   OR EXISTS (SELECT FROM refused_row f WHERE f.campaign_id = c.id))"
            " AND NOT EXISTS (SELECT FROM batch b WHERE b.campaign_id = c.id AND b.state IN ('sending', 'unknown'))"
            " ORDER BY c.finished_at LIMIT :limit"
        ),
        {"ended": [str(status) for status in ENDED], "before": before, "limit": limit},
    ).all()


def numbers(session: Session, table: str, campaign_id: UUID, limit: int) -> int:
    """Delete at most `limit` numbers of a campaign that is over; how many. Its batches keep the counts."""
    return _rows(session, NUMBERS[table], campaign=campaign_id, limit=limit)


def samples(session: Session, campaign_id: UUID) -> None:
    """Delete the texts that its plan showed: what a list says of a person stands in them."""
    session.execute(text("UPDATE campaign SET samples = NULL WHERE id = :campaign"), {"campaign": campaign_id})


def contacts(session: Session, after: int, before: datetime, limit: int) -> tuple[int, int | None]:
    """Of the next `limit` numbers above `after`, forget those whose ads are all older: how many, and the last one looked at.

    In the order of the numbers, as those who count ads lock them.
    """
    row = session.execute(
        text(
            "WITH look AS (SELECT phone, times FROM ad_contact WHERE phone > :after ORDER BY phone LIMIT :limit"
            "   FOR UPDATE SKIP LOCKED),"
            " gone AS (DELETE FROM ad_contact a USING look l WHERE a.phone = l.phone"
            "   AND NOT EXISTS (SELECT FROM unnest(l.times) AS t(at) WHERE t.at >= :before) RETURNING a.phone)"
            " SELECT (SELECT count(*) FROM gone) AS gone, (SELECT max(phone) FROM look) AS last"
        ),
        {"after": after, "before": before, "limit": limit},
    ).one()
    return row.gone, row.last


def channel_contacts(session: Session, before: datetime, limit: int) -> int:
    """Forget at most `limit` numbers whose ads over other channels are all older; how many."""
    return _rows(session, CHANNEL_CONTACTS, before=before, limit=limit)


def _rows(session: Session, statement: str, **given: Any) -> int:
    return cast("CursorResult[Any]", session.execute(text(statement), given)).rowcount
