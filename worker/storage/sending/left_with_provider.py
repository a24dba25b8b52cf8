"""Tells what a provider still has of campaigns that were cancelled."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from worker.domain.states import CampaignStatus, ProviderCampaignState
from worker.storage.tables.campaigns import Campaign, ProviderCampaign


def of_cancelled(session: Session, provider: str, now: datetime) -> Sequence[ProviderCampaign]:
    """What a provider holds of cancelled campaigns, and whose text is not due yet; the first due first."""
    statement = (
        select(ProviderCampaign)
        .join(Campaign, col(Campaign.id) == col(ProviderCampaign.campaign_id))
        .where(
            col(Campaign.provider) == provider,
            col(Campaign.status) == CampaignStatus.CANCELLED,
            col(ProviderCampaign.state) == ProviderCampaignState.OPEN,
            col(ProviderCampaign.ref) != "",
            col(ProviderCampaign.due) > now,
        )
        .order_by(col(ProviderCampaign.due), col(ProviderCampaign.campaign_id), col(ProviderCampaign.number))
    )
    return session.scalars(statement).all()
