"""How do campaigns move? Guarded updates of the campaign row, and what is read of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import CursorResult, Exists, String, exists, func, or_, select, update
from sqlalchemy import cast as sql_cast
from sqlmodel import Session, col

from worker.domain.states import CAMPAIGN_NEXT, RUNNING, BatchState, CampaignStatus, sources
from worker.storage.batches import WORKING
from worker.storage.tables import Batch, Campaign


def get(session: Session, campaign_id: UUID) -> Campaign | None:
    """The campaign, or None."""
    return session.get(Campaign, campaign_id)


def by_key(session: Session, key: str) -> Campaign | None:
    """The campaign that was created under this idempotency key, or None."""
    return session.scalars(select(Campaign).where(col(Campaign.key) == key)).first()


def beginning(session: Session, start: str) -> Sequence[UUID]:
    """The ids that begin so, two at most."""
    written = sql_cast(col(Campaign.id), String)
    return session.scalars(select(col(Campaign.id)).where(written.startswith(start, autoescape=True)).limit(2)).all()


def newest(session: Session, limit: int) -> Sequence[Campaign]:
    """The latest campaigns, newest first."""
    return session.scalars(select(Campaign).order_by(col(Campaign.created_at).desc()).limit(limit)).all()


def advance(
    session: Session,
    campaign_id: UUID,
    to: CampaignStatus,
    *,
    only_from: Collection[CampaignStatus] | None = None,
    **changes: Any,
) -> bool:
    """Move a campaign along its arrows; False when it is not where it could become `to` from."""
    allowed = sources(CAMPAIGN_NEXT, to)
    if only_from is not None:
        allowed = [status for status in allowed if status in only_from]
    statement = (
        update(Campaign)
        .where(col(Campaign.id) == campaign_id, col(Campaign.status).in_(allowed))
        .values(status=to, **changes)
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def explain(session: Session, campaign_id: UUID, reason: str) -> None:
    """Say more about why a campaign is where it is; moves nothing."""
    session.execute(update(Campaign).where(col(Campaign.id) == campaign_id).values(status_reason=reason))


def troubled(session: Session) -> Sequence[Campaign]:
    """Campaigns that wait for somebody: paused by a provider's word, or in doubt."""
    waiting = [CampaignStatus.PAUSED, CampaignStatus.RECONCILING]
    return session.scalars(
        select(Campaign).where(col(Campaign.status).in_(waiting)).order_by(col(Campaign.created_at).desc())
    ).all()


def begin_due(session: Session, provider: str, kind: str, now: datetime) -> None:
    """Scheduled campaigns with a due batch are `sending`; done before their bells are rung, so that a claim finds them so."""
    due = exists().where(
        col(Batch.campaign_id) == col(Campaign.id), col(Batch.state) == BatchState.PLANNED, col(Batch.not_before) <= now
    )
    ready = (
        select(col(Campaign.id))
        .where(
            col(Campaign.provider) == provider,
            col(Campaign.kind) == kind,
            col(Campaign.status) == CampaignStatus.SCHEDULED,
            due,
        )
        .order_by(col(Campaign.id))
        .with_for_update(key_share=True)
    )
    session.execute(
        update(Campaign)
        .where(col(Campaign.id).in_(ready), col(Campaign.status) == CampaignStatus.SCHEDULED)
        .values(status=CampaignStatus.SENDING, started_at=func.coalesce(Campaign.started_at, now))
    )


def hold_sending(session: Session, campaign_id: UUID) -> bool:
    """Whether the campaign is being sent; if so it cannot be paused or cancelled until this transaction ends.

    FOR SHARE: claims of other batches pass, a pause waits for them. So once a pause has returned, no claim follows.
    """
    statement = (
        select(col(Campaign.id))
        .where(col(Campaign.id) == campaign_id, col(Campaign.status) == CampaignStatus.SENDING)
        .with_for_update(read=True)
    )
    return session.execute(statement).first() is not None


def sender(session: Session, campaign_id: UUID) -> str:
    """The brandname that subscribers see."""
    return str(session.execute(select(col(Campaign.sender)).where(col(Campaign.id) == campaign_id)).scalar_one())


def halt(session: Session, provider: str, call_began: datetime, reason: str) -> int:
    """Pause the running campaigns of an account, but those resumed after the call began; how many were paused."""
    concerned = (
        select(col(Campaign.id))
        .where(
            col(Campaign.provider) == provider,
            col(Campaign.status).in_(RUNNING),
            or_(col(Campaign.resumed_at).is_(None), col(Campaign.resumed_at) < call_began),
        )
        # Always in one order: two halts at once must not wait for each other.
        .order_by(col(Campaign.id))
        .with_for_update(key_share=True)
    )
    statement = (
        update(Campaign)
        .where(col(Campaign.id).in_(concerned), col(Campaign.status).in_(RUNNING))
        .values(status=CampaignStatus.PAUSED, status_reason=reason)
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


@dataclass(frozen=True, slots=True)
class Tally:
    """The batches of a campaign that are in one state, in numbers of recipients."""

    batches: int
    numbers: int
    #: Recipients with a state of their own, by it; all others are where their batch is.
    accepted: int
    rejected: int
    unknown: int
    delivered: int
    failed: int
    suppressed: int
    cancelled: int
    #: Batches whose provider will still tell more.
    awaited: int
    #: VND, as far as the provider has told.
    cost: Decimal

    @property
    def rest(self) -> int:
        """Recipients that are where their batch is."""
        own = self.accepted + self.rejected + self.unknown + self.delivered + self.failed
        return self.numbers - own - self.suppressed - self.cancelled


OWN_STATES: Final = ("accepted", "rejected", "unknown", "delivered", "failed", "suppressed", "cancelled")


def tally(session: Session, campaign_id: UUID) -> dict[BatchState, Tally]:
    """What a campaign's batches come to, by their state; states without a batch are absent."""
    own = (getattr(Batch, state) for state in OWN_STATES)
    rows = session.execute(
        select(
            col(Batch.state),
            func.count(),
            func.sum(col(Batch.size)),
            *(func.sum(counter) for counter in own),
            func.count(col(Batch.next_poll_at)),
            func.coalesce(func.sum(col(Batch.cost)), 0),
        )
        .where(col(Batch.campaign_id) == campaign_id)
        .group_by(col(Batch.state))
    )
    return {row[0]: Tally(*row[1:]) for row in rows}


def first_words(session: Session, campaign_id: UUID) -> str:
    """What the provider said of the first batch of which it rejected a number."""
    row = session.execute(
        select(col(Batch.code), col(Batch.words))
        .where(
            col(Batch.campaign_id) == campaign_id,
            or_(col(Batch.state) == BatchState.REJECTED, col(Batch.rejected) > 0),
        )
        .order_by(col(Batch.seq))
        .limit(1)
    ).first()
    if row is None:
        return ""
    # Words of our own begin with their code.
    return str(row.words) if row.code and row.words.startswith(row.code) else f"{row.code} {row.words}".strip()


def held(session: Session, campaign_id: UUID) -> list[int]:
    """The numbers of the batches that no evidence can settle: they wait for a person."""
    statement = (
        select(col(Batch.seq))
        .where(col(Batch.campaign_id) == campaign_id, col(Batch.state) == BatchState.UNKNOWN, col(Batch.held))
        .order_by(col(Batch.seq))
    )
    return list(session.scalars(statement))


def has_work(session: Session, campaign_id: UUID) -> bool:
    """Whether a batch of the campaign is still to be sent, or is in a call."""
    working = exists().where(col(Batch.campaign_id) == campaign_id, col(Batch.state).in_(WORKING))
    return bool(session.execute(select(working)).scalar())


def unsettled(session: Session, limit: int) -> Sequence[UUID]:
    """Campaigns whose status lags behind their batches, as a crash between two commits leaves them."""

    def having(*states: BatchState, more: bool = False) -> Exists:
        told = [col(Batch.next_poll_at).is_not(None)] if more else []
        return exists().where(col(Batch.campaign_id) == col(Campaign.id), col(Batch.state).in_(states), *told)

    status = col(Campaign.status)
    works, doubts, waits = having(*WORKING), having(BatchState.UNKNOWN), having(BatchState.ACCEPTED, more=True)
    lagging = or_(
        (status == CampaignStatus.SENDING) & ~works & (doubts | ~waits),
        (status == CampaignStatus.PAUSED) & ~works & ~doubts & ~waits,
        (status == CampaignStatus.RECONCILING) & (works | ~doubts),
    )
    orphans = (
        select(col(Batch.campaign_id))
        .join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
        .where(col(Batch.state) == BatchState.PLANNED, status == CampaignStatus.CANCELLED)
    )
    statement = select(col(Campaign.id)).where(or_(lagging, col(Campaign.id).in_(orphans))).limit(limit)
    return session.scalars(statement).all()
