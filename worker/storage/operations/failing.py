"""The numbers that have failed for long: read from the numbers of campaigns that are still kept, in one statement."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row, text
from sqlmodel import Session

PORTION: Final = 5_000
#: Of each number, the failures since its last delivery.
_FAILING: Final = text(
    "WITH told AS (SELECT r.phone, r.state, b.answered_at AS at FROM recipient r"
    "   JOIN batch b ON b.campaign_id = r.campaign_id AND b.seq = r.batch_seq"
    "   WHERE r.state IN ('failed', 'delivered') AND b.answered_at IS NOT NULL),"
    " delivered AS (SELECT phone, max(at) AS at FROM told WHERE state = 'delivered' GROUP BY phone)"
    " SELECT t.phone, count(*) AS failures, min(t.at) AS first, max(t.at) AS last FROM told t"
    " LEFT JOIN delivered d ON d.phone = t.phone WHERE t.state = 'failed' AND (d.at IS NULL OR t.at > d.at)"
    " AND NOT EXISTS (SELECT FROM suppression s WHERE s.phone = t.phone)"
    " GROUP BY t.phone HAVING count(*) >= :times AND max(t.at) - min(t.at) >= :span ORDER BY t.phone"
)


def failing(session: Session, times: int, span: timedelta) -> Iterator[Row[Any]]:
    """Numbers that failed so often over so long and were not delivered to since: phone, failures, first, last."""
    yield from session.execute(_FAILING, {"times": times, "span": span}, execution_options={"yield_per": PORTION})
