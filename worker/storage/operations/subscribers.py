"""All that is kept of one number: found, and erased. The number itself is looked for in indexes where there are any."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import CursorResult, select, text
from sqlmodel import Session, col

from worker.domain.states import ENDED
from worker.storage.tables.subscribers import Erasure

#: The campaigns that a number is in, one look into an index for each campaign.
_CAMPAIGNS: Final = text(
    "SELECT c.id, c.name, c.kind, c.sender, c.text, c.status, r.row, coalesce(r.state, b.state) AS state, b.answered_at"
    " FROM campaign c JOIN recipient r ON r.campaign_id = c.id AND r.phone = :phone"
    " JOIN batch b ON b.campaign_id = c.id AND b.seq = r.batch_seq ORDER BY c.created_at"
)
#: What is erased, each a statement; `:phone` as an integer, `:digits` as the nine digits that every spelling ends in.
ERASE: Final[Mapping[str, str]] = {
    # Before the recipients, by whose rows they are known. What a list says of a person stands in texts that a plan shows.
    "samples": "UPDATE campaign c SET samples = (SELECT coalesce(jsonb_agg(s), '[]') FROM jsonb_array_elements(c.samples) s"
    " WHERE (s->>'row')::int <> r.row) FROM recipient r WHERE r.campaign_id = c.id AND r.phone = :phone"
    " AND c.status = ANY(:ended) AND c.samples @> jsonb_build_array(jsonb_build_object('row', r.row))",
    "recipients": "DELETE FROM recipient r USING campaign c WHERE c.id = r.campaign_id AND r.phone = :phone"
    " AND c.status = ANY(:ended)",
    "refused_rows": "DELETE FROM refused_row WHERE right(regexp_replace(value, '\\D', '', 'g'), 9) = :digits",
    "messages": "UPDATE message SET phone = 0, client_network = NULL WHERE phone = :phone"
    " AND state NOT IN ('queued', 'sending')",
    "incoming": "UPDATE incoming_message SET phone = NULL, content = '', query = '', body = '' WHERE phone = :phone",
    "callbacks": "DELETE FROM callback WHERE position(convert_to(:digits, 'UTF8') IN query) > 0"
    " OR position(convert_to(:digits, 'UTF8') IN body) > 0",
    "consents": "DELETE FROM consent_proof WHERE phone = :phone",
    "audiences": "WITH gone AS (DELETE FROM audience_member m USING audience a WHERE m.audience_id = a.id AND m.phone = :phone"
    " RETURNING m.audience_id) UPDATE audience a SET size = a.size - 1 FROM gone WHERE a.id = gone.audience_id",
    "differences": "UPDATE difference SET phone = NULL WHERE phone = :phone",
    "suppression_ended": "DELETE FROM suppression_ended WHERE phone = :phone",
}


def campaigns_of(session: Session, phone: int) -> Sequence[Any]:
    """The campaigns that a number is in: id, name, kind, sender, text, status, row, state, answered_at."""
    return session.execute(_CAMPAIGNS, {"phone": phone}).all()


def audiences_of(session: Session, phone: int) -> Sequence[Any]:
    """The stored lists that a number is in: name, row, vars."""
    statement = text(
        "SELECT a.name, m.row, m.vars FROM audience a JOIN audience_member m ON m.audience_id = a.id AND m.phone = :phone"
        " ORDER BY a.name"
    )
    return session.execute(statement, {"phone": phone}).all()


def open_work(session: Session, phone: int) -> int:
    """Campaigns that have not ended, and messages that are still to be sent, to this number."""
    statement = text(
        "SELECT (SELECT count(*) FROM campaign c JOIN recipient r ON r.campaign_id = c.id AND r.phone = :phone"
        "   WHERE c.status <> ALL(:ended))"
        " + (SELECT count(*) FROM message WHERE phone = :phone AND state IN ('queued', 'sending'))"
    )
    return int(session.execute(statement, {"phone": phone, "ended": _ended()}).scalar_one())


def erase(session: Session, phone: int) -> dict[str, int]:
    """Erase what ERASE names; how many rows of each."""
    given = {"phone": phone, "digits": str(phone)[-9:], "ended": _ended()}
    return {name: cast("CursorResult[Any]", session.execute(text(one), given)).rowcount for name, one in ERASE.items()}


def note(session: Session, hashed: bytes, at: datetime, counts: dict[str, int], kept: list[dict[str, Any]]) -> None:
    """Write down that a number's data was erased."""
    session.add(Erasure(hash=hashed, erased_at=at, counts=counts, kept=kept))


def erasures(session: Session, hashes: Sequence[bytes]) -> Sequence[Erasure]:
    """The erasures of a number, the oldest first."""
    mine = select(Erasure).where(col(Erasure.hash).in_(hashes)).order_by(col(Erasure.erased_at))
    return session.scalars(mine).all()


def erased_since(session: Session, since: datetime) -> set[bytes]:
    """The keyed hashes of the numbers whose data was erased from a time on."""
    return set(session.scalars(select(col(Erasure.hash)).where(col(Erasure.erased_at) >= since)))


def _ended() -> list[str]:
    return [str(status) for status in ENDED]
