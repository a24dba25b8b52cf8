"""What is known of an account's senders: one row each, claimed before the provider is asked, written after it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from worker.domain.account import Sender
from worker.domain.states import CampaignStatus
from worker.storage.tables.campaigns import Campaign
from worker.storage.tables.reconcile import SenderList


def get(session: Session, provider: str) -> SenderList | None:
    """What was last said; None while nobody asked."""
    return session.get(SenderList, provider, populate_existing=True)


def begin(session: Session, provider: str, now: datetime, pause: timedelta) -> bool:
    """Whether this process is to ask now: nobody did within `pause`. Of several at once one is told to."""
    fresh = insert(SenderList).values(provider=provider, tried_at=now, senders=[], whole=False, provider_message="")
    # A time to come is of a clock that was set back.
    long_ago = or_(col(SenderList.tried_at) <= now - pause, col(SenderList.tried_at) > now)
    claim = fresh.on_conflict_do_update(index_elements=["provider"], set_={"tried_at": now}, where=long_ago)
    return session.execute(claim.returning(col(SenderList.provider))).first() is not None


def keep(session: Session, provider: str, at: datetime, found: Sequence[Sender], *, whole: bool) -> None:
    """Write down a list that was read."""
    pairs = [[one.name, one.kind] for one in found]
    mine = update(SenderList).where(col(SenderList.provider) == provider)
    session.execute(mine.values(read_at=at, senders=pairs, whole=whole, provider_message=""))


def failed(session: Session, provider: str, provider_message: str) -> None:
    """Write down why a list was not read; the one before it stays."""
    session.execute(
        update(SenderList).where(col(SenderList.provider) == provider).values(provider_message=provider_message)
    )


def used(session: Session, provider: str, kind: str, sender: str) -> bool:
    """Whether a campaign of this kind by this sender came to its end there."""
    done = select(col(Campaign.id)).where(
        col(Campaign.provider) == provider,
        col(Campaign.kind) == kind,
        col(Campaign.sender) == sender,
        col(Campaign.status) == CampaignStatus.DONE,
    )
    return session.execute(done.limit(1)).first() is not None
