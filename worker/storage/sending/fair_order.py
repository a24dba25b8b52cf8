"""The batches that may be enqueued for, in a fair order: no campaign waits for another to end."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from worker.domain.policy import Channel
from worker.domain.states import BatchState, CampaignStatus
from worker.storage.sending.batches import WORKING
from worker.storage.tables.campaigns import Batch, Campaign


def unfinished(session: Session) -> set[tuple[str, str]]:
    """The providers and kinds of campaigns that are not over: for no other can a batch be due."""
    over = (CampaignStatus.DONE, CampaignStatus.CANCELLED, CampaignStatus.FAILED)
    kinds = select(col(Campaign.provider), col(Campaign.kind)).where(col(Campaign.status).not_in(over)).distinct()
    return {(provider, kind) for provider, kind in session.execute(kinds)}


def due(
    session: Session,
    provider: str,
    kind: str,
    channel: Channel = Channel.SMS,
    *,
    now: datetime,
    enqueued_before: datetime,
    limit: int,
) -> Sequence[UUID]:
    """Due batches of campaigns being sent whose task is not believed to be on the queue; locked.

    Campaigns take turns, whenever they began and whatever their size: the one with the fewest batches on the queue or in a
    worker's hands is next, of those with as few the one that was served longest ago. Of a provider campaign only the first that
    is not pushed: the others wait for it.
    """
    earlier = aliased(Batch)
    waits = exists().where(
        col(Batch.provider_campaign).is_not(None),
        col(earlier.campaign_id) == col(Batch.campaign_id),
        col(earlier.provider_campaign) == col(Batch.provider_campaign),
        col(earlier.seq) < col(Batch.seq),
        col(earlier.state).in_(WORKING),
    )
    mine = col(Campaign.provider) == provider, col(Campaign.kind) == kind, col(Batch.channel) == channel
    silent = or_(col(Batch.enqueued_at).is_(None), col(Batch.enqueued_at) < enqueued_before)
    ready = and_(col(Batch.state) == BatchState.PLANNED, col(Batch.not_before) <= now, silent)
    queued = and_(col(Batch.state) == BatchState.PLANNED, col(Batch.enqueued_at) >= enqueued_before)
    in_hand = func.count().filter(or_(col(Batch.state) == BatchState.SENDING, queued))
    last = func.max(func.coalesce(Batch.enqueued_at, Batch.claimed_at))
    served = (
        select(col(Batch.campaign_id), in_hand.label("in_hand"), last.label("last"))
        .join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
        .where(col(Campaign.status) == CampaignStatus.SENDING, *mine)
        .group_by(col(Batch.campaign_id))
        .subquery()
    )
    place = func.row_number().over(partition_by=col(Batch.campaign_id), order_by=(col(Batch.seq)))
    ids = session.scalars(
        select(col(Batch.id))
        .join(served, served.c.campaign_id == col(Batch.campaign_id))
        .where(ready, ~waits, col(Batch.channel) == channel)
        .order_by(place + served.c.in_hand, served.c.last.asc().nulls_first(), col(Batch.seq), col(Batch.campaign_id))
        .limit(limit)
    ).all()
    # Once more, since another may have enqueued between the two looks.
    locked = select(col(Batch.id)).where(col(Batch.id).in_(ids), ready).with_for_update(skip_locked=True)
    mine_now = set(session.scalars(locked))
    return [one for one in ids if one in mine_now]
