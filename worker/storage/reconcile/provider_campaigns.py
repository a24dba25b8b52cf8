"""Finds the open campaigns of a provider's own that told the room left in their quota in a period."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from worker.domain.states import ProviderCampaignState
from worker.storage.reconcile.differences import Period
from worker.storage.sending import provider_campaigns
from worker.storage.tables.campaigns import Batch, Campaign, ProviderCampaign


def answered(session: Session, period: Period) -> Sequence[ProviderCampaign]:
    """Open ones of the provider with a word on their room and an answer to a push of that time.

    Not those that were cancelled: their room is none any more.
    """
    told = provider_campaigns.has_batch(col(Batch.answered_at).between(period.since, period.until))
    statement = (
        select(ProviderCampaign)
        .join(Campaign, col(Campaign.id) == col(ProviderCampaign.campaign_id))
        .where(col(Campaign.provider) == period.provider, col(ProviderCampaign.state) == ProviderCampaignState.OPEN)
        .where(col(ProviderCampaign.remaining).is_not(None), told)
        .order_by(col(ProviderCampaign.campaign_id), col(ProviderCampaign.number))
    )
    return session.scalars(statement).all()
