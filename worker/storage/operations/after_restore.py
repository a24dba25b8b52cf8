"""What may have happened since a backup was taken, written into the rows that it brought back: it is unknown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

#: Batches that the lost installation may have sent: due by now, of a campaign that was not over. One that was unknown too: a
#: person may have let it go again.
AT_RISK: Final = (
    "SELECT b.id FROM batch b JOIN campaign c ON c.id = b.campaign_id"
    " WHERE c.status NOT IN ('done', 'cancelled', 'failed') AND b.state IN ('planned', 'sending', 'unknown')"
    " AND b.not_before <= :now"
)
REASON: Final = "restored from a backup; it may have been sent since"


@dataclass(frozen=True, slots=True)
class Marked:
    """How much is unknown after a restore: batches by provider, drafts that were given up, passwords that were ended.

    `paused`: campaigns that wait for a person, since their times may have been changed.
    """

    batches: Mapping[str, int]
    numbers: Mapping[str, int]
    drafts: int
    messages: int
    paused: int


def mark_unknown(session: Session, taken_at: datetime, now: datetime, why_paused: str) -> Marked:
    """Make everything unknown that may have left between two moments, and pause what is yet to begin; the caller commits."""
    given = {"taken": taken_at, "now": now, "reason": REASON}
    session.execute(text(f"CREATE TEMP TABLE at_risk ON COMMIT DROP AS {AT_RISK}"), given)
    # A call of which nobody knows the end: with it a look-up reads the provider's record of all that time.
    session.execute(
        text(
            "INSERT INTO attempt"
            " (owner_id, number, call, provider, request_id, began_at, deadline, code, provider_message, raw)"
            " SELECT b.id, b.attempts + 1, CASE c.send_mode WHEN 'list' THEN 'order' ELSE c.send_mode END, c.provider,"
            " b.id || '-' || b.refusals, :taken, :now, '', :reason, ''"
            " FROM batch b JOIN at_risk USING (id) JOIN campaign c ON c.id = b.campaign_id"
        ),
        given,
    )
    session.execute(
        text(
            "WITH called AS (UPDATE recipient r SET state = 'unknown', reason = :reason FROM batch b JOIN at_risk USING (id)"
            "   JOIN campaign c ON c.id = b.campaign_id WHERE c.send_mode = 'single' AND r.campaign_id = b.campaign_id"
            "   AND r.batch_seq = b.seq AND (r.state IS NULL OR r.state = 'sending') RETURNING r.campaign_id, r.batch_seq)"
            " UPDATE batch b SET unknown = b.unknown + n.number"
            " FROM (SELECT campaign_id, batch_seq, count(*) AS number FROM called GROUP BY 1, 2) n"
            " WHERE n.campaign_id = b.campaign_id AND n.batch_seq = b.seq"
        ),
        given,
    )
    rows = session.execute(
        text(
            "WITH marked AS (UPDATE batch b SET state = 'unknown', attempts = b.attempts + 1, claimed_at = :taken,"
            "   lease_until = :now, next_lookup_at = NULL, lookups = 0, enqueued_at = NULL, provider_message = :reason,"
            "   needs_operator = c.provider NOT IN ('esms') FROM campaign c"
            "   WHERE c.id = b.campaign_id AND b.id IN (SELECT id FROM at_risk)"
            "   AND b.state IN ('planned', 'sending', 'unknown') RETURNING c.provider, b.size)"
            " SELECT provider, count(*), sum(size) FROM marked GROUP BY provider ORDER BY provider"
        ),
        given,
    ).all()
    paused = session.execute(
        text(
            "UPDATE campaign c SET status = 'paused', status_reason = :paused WHERE c.status = 'scheduled' AND NOT EXISTS"
            " (SELECT FROM batch b JOIN at_risk USING (id) WHERE b.campaign_id = c.id) RETURNING id"
        ),
        {"paused": why_paused},
    ).all()
    # A text that was to follow a Zalo campaign may have been sent since.
    session.execute(
        text("UPDATE campaign SET fallback_text = NULL WHERE fallback_text IS NOT NULL AND fallback_id IS NULL")
    )
    session.execute(text("UPDATE provider_campaign SET pushing = NULL WHERE pushing IN (SELECT id FROM at_risk)"))
    drafts = session.execute(
        text(
            "UPDATE campaign SET status = 'failed', finished_at = :now,"
            " status_reason = 'restored from a backup before its list was planned; it may have been sent since: look at the"
            " provider before you send it again' WHERE status = 'draft'"
            " RETURNING id"
        ),
        given,
    ).all()
    # Approved since, it may have been moved to an earlier time and sent: nobody approves it once more.
    asked = session.execute(
        text(
            "UPDATE campaign c SET status = 'failed', finished_at = :now,"
            " status_reason = 'restored from a backup while it awaited approval; it may have been approved and sent since: look"
            " at the provider, then copy it' WHERE status = 'awaiting_approval' AND EXISTS"
            " (SELECT FROM batch b WHERE b.campaign_id = c.id AND b.state = 'planned') RETURNING id"
        ),
        given,
    ).all()
    session.execute(text("DELETE FROM draft"))
    # A code of before a restore is wanted by nobody any more.
    messages = session.execute(
        text(
            "UPDATE message SET state = 'unknown', sealed = NULL, settled_at = :now, provider_message = :reason"
            " WHERE state IN ('queued', 'sending') RETURNING id"
        ),
        given,
    ).all()
    by_provider, numbers = {row[0]: row[1] for row in rows}, {row[0]: int(row[2]) for row in rows}
    return Marked(by_provider, numbers, len(drafts) + len(asked), len(messages), len(paused))
