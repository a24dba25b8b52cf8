"""After the clock was set back rows lie in the future, and what waits for their time stands still: that must not be silent."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from worker.domain.window import local
from worker.storage.reporting import future
from worker.storage.reporting.future import Future

#: Hosts whose clocks agree to two seconds, and what was written while this was read, are no news.
ALLOWED: Final = timedelta(seconds=30)


def sentence(session: Session, campaign_id: UUID, now: datetime) -> tuple[str, datetime | None]:
    """What is said of a campaign that stands still for it, and when it would go on by itself; empty: its rows are of the past."""
    found = future.of_campaign(session, campaign_id, now + ALLOWED)
    if found.latest is None:
        return "", None
    latest = local(found.latest)
    words = (
        f"The clock was set back: {found.rows:,} of its batches carry times up to {latest}, and it is {local(now)} now."
    )
    if found.turn is None or found.turn <= now:
        return words, None
    return (
        f"{words} It goes on by itself from {local(found.turn)} on; set the clock right, and it goes on at once.",
        found.turn,
    )


def everywhere(session: Session, now: datetime) -> Mapping[str, Future]:
    """All rows that lie in the future, by table."""
    return future.everywhere(session, now + ALLOWED)
