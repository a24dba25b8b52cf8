"""How much is there of what? Counts for whoever watches from outside; cheap, whatever the history."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from worker.domain.states import ENDED
from worker.storage.tables import Batch, Campaign, Message


def open_batches(session: Session) -> Mapping[tuple[str, str], int]:
    """Batches of the campaigns that have not ended, by provider and state."""
    rows = session.execute(
        select(col(Campaign.provider), col(Batch.state), func.count())
        .join(Batch, col(Batch.campaign_id) == col(Campaign.id))
        # Word for word the condition of the index on open campaigns, so that it is used.
        .where(col(Campaign.status).not_in(ENDED))
        .group_by(col(Campaign.provider), col(Batch.state))
    )
    return {(row[0], str(row[1])): row[2] for row in rows}


def open_campaigns(session: Session) -> Mapping[tuple[str, str], int]:
    """Campaigns that have not ended, by provider and status."""
    rows = session.execute(
        select(col(Campaign.provider), col(Campaign.status), func.count())
        .where(col(Campaign.status).not_in(ENDED))
        .group_by(col(Campaign.provider), col(Campaign.status))
    )
    return {(row[0], str(row[1])): row[2] for row in rows}


def recent_messages(session: Session, since: datetime) -> Mapping[str, int]:
    """One-time passwords taken in since a moment, by where they are now."""
    rows = session.execute(
        select(col(Message.state), func.count()).where(col(Message.queued_at) > since).group_by(col(Message.state))
    )
    return {str(row[0]): row[1] for row in rows}
