"""Proof of consent: kept for each number and campaign, apart from the numbers, with what became of the message that it covers."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import CursorResult, Row, text
from sqlmodel import Session

from worker.domain.states import ENDED

PORTION: Final = 5_000
#: A proof with its campaign and, while the number is there, what became of its message.
_PROOFS: Final = (
    "SELECT p.phone, p.consent_at, p.consent_source, p.consent_evidence, p.campaign_id, c.name AS campaign, c.kind, c.sender,"
    " c.provider, c.text, coalesce(p.state, r.state, b.state) AS state, coalesce(p.sent_at, b.answered_at) AS sent_at,"
    " coalesce(p.provider_ref, b.provider_ref, '') AS provider_ref"
    " FROM consent_proof p JOIN campaign c ON c.id = p.campaign_id"
    " LEFT JOIN recipient r ON r.campaign_id = p.campaign_id AND r.phone = p.phone"
    " LEFT JOIN batch b ON b.campaign_id = r.campaign_id AND b.seq = r.batch_seq"
)
#: What the numbers of a campaign tell is written to their proofs before the numbers go.
_CLOSE: Final = text(
    "UPDATE consent_proof p SET state = coalesce(r.state, b.state), sent_at = b.answered_at, provider_ref = b.provider_ref"
    " FROM recipient r JOIN batch b ON b.campaign_id = r.campaign_id AND b.seq = r.batch_seq"
    " WHERE r.campaign_id = p.campaign_id AND r.phone = p.phone AND p.ctid IN (SELECT q.ctid FROM consent_proof q"
    "   JOIN recipient s ON s.campaign_id = q.campaign_id AND s.phone = q.phone"
    "   WHERE q.campaign_id = :campaign AND q.state IS NULL LIMIT :limit)"
)
_FORGET: Final = text(
    "DELETE FROM consent_proof WHERE ctid IN (SELECT p.ctid FROM campaign c JOIN consent_proof p ON p.campaign_id = c.id"
    " WHERE c.status = ANY(:ended) AND c.finished_at < :before LIMIT :limit)"
)


def store(session: Session, campaign_id: UUID) -> None:
    """Keep the proofs of what was staged and counted (planning.staging)."""
    session.execute(
        text(
            "INSERT INTO consent_proof (campaign_id, phone, consent_at, consent_source, consent_evidence)"
            " SELECT :campaign, phone, consent_at, consent_source, consent_evidence FROM first_row"
            " WHERE consent_at IS NOT NULL ORDER BY phone"
        ),
        {"campaign": campaign_id},
    )


def proofs(session: Session, *, phone: int | None = None, campaign_id: UUID | None = None) -> Iterator[Row[Any]]:
    """The proofs of a number, of a campaign, or all; read in portions."""
    rules: Mapping[str, Any] = {
        name: value
        for name, value in (("p.phone = :phone", phone), ("p.campaign_id = :campaign", campaign_id))
        if value is not None
    }
    where = f" WHERE {' AND '.join(rules)}" if rules else ""
    given = {"phone": phone, "campaign": campaign_id}
    given = {name: value for name, value in given.items() if value is not None}
    statement = text(f"{_PROOFS}{where} ORDER BY p.campaign_id, p.phone")
    yield from session.execute(statement, given, execution_options={"yield_per": PORTION})


def has(session: Session, phone: int) -> bool:
    """Whether a consent of this number is known."""
    return (
        session.execute(text("SELECT 1 FROM consent_proof WHERE phone = :phone LIMIT 1"), {"phone": phone}).first()
        is not None
    )


def close(session: Session, campaign_id: UUID, limit: int) -> int:
    """Write what became of the messages to at most `limit` proofs of a campaign that is over; how many."""
    return _rows(session.execute(_CLOSE, {"campaign": campaign_id, "limit": limit}))


def forget(session: Session, before: datetime, limit: int) -> int:
    """Delete at most `limit` proofs of campaigns that ended before then; how many."""
    return _rows(session.execute(_FORGET, {"ended": [str(one) for one in ENDED], "before": before, "limit": limit}))


def _rows(result: Any) -> int:
    return cast("CursorResult[Any]", result).rowcount
