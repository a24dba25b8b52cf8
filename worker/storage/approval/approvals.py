"""Approvals of campaigns: those that wait and those that were given; each question is decided once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, func, select, text, update
from sqlmodel import Session, col

from worker.domain.states import RUNNING, CampaignStatus
from worker.storage.tables.approval import Approval, CampaignTest
from worker.storage.tables.campaigns import Campaign


def waiting_for(session: Session, campaign_id: UUID) -> Approval | None:
    """The question that waits, or None."""
    mine = select(Approval).where(col(Approval.campaign_id) == campaign_id, col(Approval.verdict).is_(None))
    return session.scalars(mine).first()


def history(session: Session, campaign_id: UUID) -> Sequence[Approval]:
    """All questions about a campaign, the latest first, also where several were asked at one moment."""
    mine = select(Approval).where(col(Approval.campaign_id) == campaign_id)
    return session.scalars(mine.order_by(col(Approval.seq).desc())).all()


def waiting(session: Session, limit: int) -> Sequence[tuple[Approval, Campaign]]:
    """What waits, the first of all first."""
    found = session.execute(
        select(Approval, Campaign)
        .join(Campaign, col(Campaign.id) == col(Approval.campaign_id))
        .where(col(Approval.verdict).is_(None), col(Campaign.status) == CampaignStatus.AWAITING_APPROVAL)
        .order_by(col(Approval.submitted_at))
        .limit(limit)
    )
    return [(row[0], row[1]) for row in found]


def decide(
    session: Session,
    campaign_id: UUID,
    verdict: str,
    *,
    at: datetime,
    by: str,
    decider_id: UUID | None,
    comment: str = "",
) -> bool:
    """Decide the question that waits; False when none does."""
    mine = (
        update(Approval)
        .where(col(Approval.campaign_id) == campaign_id, col(Approval.verdict).is_(None))
        .values(verdict=verdict, decided_at=at, decided_by=by, decider_id=decider_id, comment=comment)
    )
    return cast("CursorResult[Any]", session.execute(mine)).rowcount == 1


def batches_of(session: Session, campaign_id: UUID) -> tuple[str, int, int]:
    """A hash over the texts and first moments of a campaign's batches in their order, their numbers, and how many they are."""
    row = session.execute(
        text(
            "SELECT coalesce(encode(sha256(convert_to(string_agg(md5(seq || ' ' || size || ' ' || text || ' '"
            "   || extract(epoch FROM not_before)), '' ORDER BY seq), 'UTF8')), 'hex'), '') AS texts,"
            " coalesce(sum(size), 0) AS numbers, count(*) AS batches FROM batch WHERE campaign_id = :campaign"
        ),
        {"campaign": campaign_id},
    ).one()
    return row.texts, int(row.numbers), int(row.batches)


def tests(session: Session, campaign_id: UUID) -> Sequence[CampaignTest]:
    """The test texts of a campaign, the latest first."""
    mine = select(CampaignTest).where(col(CampaignTest.campaign_id) == campaign_id)
    return session.scalars(mine.order_by(col(CampaignTest.at).desc())).all()


def count_tests(session: Session, campaign_id: UUID) -> int:
    """How many test texts of a campaign were sent."""
    mine = select(func.count()).where(col(CampaignTest.campaign_id) == campaign_id)
    return int(session.execute(mine).scalar_one())


def move_batches(session: Session, campaign_id: UUID, *, opening: datetime, due: datetime, push_by: datetime) -> None:
    """Give the batches of a campaign of which nothing has left another time, and its campaigns at the provider with them."""
    of_it = {"campaign": campaign_id, "opening": opening, "due": due, "push_by": push_by}
    session.execute(
        text("UPDATE batch SET not_before = :opening WHERE campaign_id = :campaign AND state = 'planned'"), of_it
    )
    session.execute(
        text(
            "UPDATE provider_campaign SET due = :due, push_by = :push_by WHERE campaign_id = :campaign AND state = 'planned'"
        ),
        of_it,
    )


def calls_ahead(session: Session, provider: str, but: UUID) -> dict[str, int]:
    """What other campaigns of an account that run have not sent: their `calls`, and the `numbers` in them."""
    row = session.execute(
        text(
            "SELECT coalesce(sum(CASE c.send_mode WHEN 'single' THEN b.size ELSE 1 END), 0) AS calls,"
            " coalesce(sum(b.size), 0) AS numbers FROM batch b JOIN campaign c ON c.id = b.campaign_id"
            " WHERE b.state = 'planned' AND c.provider = :provider AND c.status = ANY(:running) AND c.id <> :but"
        ),
        {"provider": provider, "running": [str(status) for status in RUNNING], "but": but},
    ).one()
    return {"calls": int(row.calls), "numbers": int(row.numbers)}
