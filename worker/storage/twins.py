"""Finds the campaigns that go to the numbers of another one a second time: it is a copy of theirs, or they are copies of it."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, or_, select
from sqlmodel import Session, col

from worker.domain.states import CampaignStatus
from worker.storage.tables.campaigns import Campaign

#: Nothing of it has left.
UNSENT: Final = (CampaignStatus.DRAFT, CampaignStatus.AWAITING_APPROVAL, CampaignStatus.SCHEDULED)
#: Of these nothing goes to anybody.
OUT: Final = (CampaignStatus.DRAFT, CampaignStatus.CANCELLED, CampaignStatus.FAILED)


def names(session: Session, campaign: Campaign) -> Sequence[str]:
    """Their names, of a campaign of which nothing has left; the oldest first.

    An original that has begun is none: most copies are of one that has gone out, to send it once more.
    """
    if campaign.status not in UNSENT:
        return ()
    original = and_(col(Campaign.id) == campaign.copied_from, col(Campaign.status).in_({*UNSENT} - {*OUT}))
    copies = and_(col(Campaign.copied_from) == campaign.id, col(Campaign.status).not_in(OUT))
    return session.scalars(
        select(col(Campaign.name)).where(or_(original, copies)).order_by(col(Campaign.created_at), col(Campaign.id))
    ).all()
