"""The template that a Zalo campaign fills, as its row keeps it."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from worker.domain.zalo import ZaloTemplate, of_stored
from worker.storage.tables.campaigns import Campaign


def template(session: Session, campaign_id: UUID) -> ZaloTemplate:
    """The template of a Zalo campaign."""
    wanted = select(col(Campaign.oa_id), col(Campaign.template_id), col(Campaign.template_values))
    row = session.execute(wanted.where(col(Campaign.id) == campaign_id)).one()
    return of_stored(row.oa_id or "", row.template_id or "", row.template_values or [])


def of(campaign: Campaign) -> ZaloTemplate | None:
    """The same of a row that was read; None for a campaign of texts."""
    if campaign.oa_id is None or campaign.template_id is None:
        return None
    return of_stored(campaign.oa_id, campaign.template_id, campaign.template_values or [])
