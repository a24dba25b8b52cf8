"""Campaigns that somebody is still writing: each belongs to one user."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Text, cast, exists, select, text
from sqlmodel import Session, col

from worker.domain.states import CampaignStatus
from worker.storage.tables.campaigns import Campaign
from worker.storage.tables.console import CampaignForm


def get(session: Session, form_id: UUID, user_id: UUID, *, lock: bool = False) -> CampaignForm | None:
    """The user's form, or None."""
    wanted = select(CampaignForm).where(col(CampaignForm.id) == form_id, col(CampaignForm.user_id) == user_id)
    return session.scalars(wanted.with_for_update() if lock else wanted).first()


def of(session: Session, user_id: UUID, limit: int) -> Sequence[CampaignForm]:
    """The user's forms that can be written in, the one that was changed last first: not those that wait for an approval."""
    waits = exists().where(
        col(Campaign.id) == col(CampaignForm.campaign_id), col(Campaign.status) == CampaignStatus.AWAITING_APPROVAL
    )
    wanted = select(CampaignForm).where(col(CampaignForm.user_id) == user_id, ~waits)
    return session.scalars(wanted.order_by(col(CampaignForm.changed_at).desc()).limit(limit)).all()


def with_lists(session: Session) -> Sequence[CampaignForm]:
    """Everybody's forms that have an uploaded list."""
    return session.scalars(select(CampaignForm).where(col(CampaignForm.path) != "")).all()


def showing(session: Session, digits: str) -> Sequence[CampaignForm]:
    """Everybody's forms that show these digits in the head of their list, locked."""
    shown = cast(col(CampaignForm.head), Text).contains(digits, autoescape=True)
    return session.scalars(select(CampaignForm).where(shown).with_for_update()).all()


def lock(session: Session, form_id: UUID) -> CampaignForm | None:
    """Anybody's form, until the transaction ends; None: it is gone."""
    return session.scalars(select(CampaignForm).where(col(CampaignForm.id) == form_id).with_for_update()).first()


def lists_in_use(session: Session, paths: Collection[str]) -> set[str]:
    """Those of the paths that a form still needs."""
    return set(session.scalars(select(col(CampaignForm.path)).where(col(CampaignForm.path).in_(paths))).all())


def by_campaign(session: Session, campaign_id: UUID, user_id: UUID) -> CampaignForm | None:
    """The user's form of which this draft was made, or None."""
    wanted = select(CampaignForm).where(
        col(CampaignForm.campaign_id) == campaign_id, col(CampaignForm.user_id) == user_id
    )
    return session.scalars(wanted).first()


def settled(session: Session, user_id: UUID) -> Sequence[CampaignForm]:
    """The user's forms whose campaign goes its way: nothing is written in them any more."""
    open_still = ("draft", "awaiting_approval", "failed", "cancelled")
    wanted = select(CampaignForm).join(Campaign, col(Campaign.id) == col(CampaignForm.campaign_id))
    return session.scalars(
        wanted.where(col(CampaignForm.user_id) == user_id, col(Campaign.status).not_in(open_still))
    ).all()


def forget_campaign(session: Session, campaign_id: UUID) -> None:
    """Remove a draft of which nothing ever left and about which nobody was asked, with all that was stored for it."""
    for table in ("campaign_test", "draft", "recipient", "refused_row", "provider_campaign", "batch"):
        session.execute(text(f"DELETE FROM {table} WHERE campaign_id = :campaign"), {"campaign": campaign_id})  # noqa: S608
    session.execute(text("DELETE FROM campaign WHERE id = :campaign"), {"campaign": campaign_id})
