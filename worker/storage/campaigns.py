"""Guarded updates of the campaign row, by which campaigns move, and what is read of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Unpack
from uuid import UUID

from sqlalchemy import String, and_, bindparam, case, exists, func, not_, or_, select, update
from sqlalchemy import cast as sql_cast
from sqlmodel import Session, col

from worker.domain.outcome import HALT_SCOPES, HaltScope, with_code
from worker.domain.policy import Channel
from worker.domain.states import CAMPAIGN_NEXT, RUNNING, BatchState, CampaignStatus, sources
from worker.domain.webhook import STARTED
from worker.storage.changes import CampaignChanges, changed
from worker.storage.sending.batches import WORKING
from worker.storage.tables.campaigns import Batch, Campaign
from worker.storage.webhooks import outbox


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


def newest(session: Session, limit: int, author_id: UUID | None = None) -> Sequence[Campaign]:
    """The latest campaigns, newest first; of one author where one is named."""
    latest = select(Campaign).order_by(col(Campaign.created_at).desc()).limit(limit)
    mine = latest if author_id is None else latest.where(col(Campaign.author_id) == author_id)
    return session.scalars(mine).all()


def advance(
    session: Session,
    campaign_id: UUID,
    to: CampaignStatus,
    *,
    only_from: Collection[CampaignStatus] | None = None,
    **changes: Unpack[CampaignChanges],
) -> bool:
    """Move a campaign along its arrows; False when it is not where it could become `to` from."""
    allowed = sources(CAMPAIGN_NEXT, to)
    if only_from is not None:
        allowed = [status for status in allowed if status in only_from]
    movable = col(Campaign.id) == campaign_id, col(Campaign.status).in_(allowed)
    moved = changed(session, update(Campaign).where(*movable).values(status=to, **changes)) == 1
    if moved:
        outbox.campaign_moved(session, campaign_id, to, approved=allowed == [CampaignStatus.AWAITING_APPROVAL])
    return moved


def planned(session: Session, campaign_id: UUID, to: CampaignStatus, **figures: Any) -> bool:
    """Write into a draft what planning found, and let it go on; False when it is no draft any more."""
    waiting = update(Campaign).where(col(Campaign.id) == campaign_id, col(Campaign.status) == CampaignStatus.DRAFT)
    return changed(session, waiting.values(status=to, **figures)) == 1


def explain(session: Session, campaign_id: UUID, reason: str, *, only_in: CampaignStatus | None = None) -> None:
    """Say more about why a campaign is where it is; moves nothing. `only_in`: nothing of one that is elsewhere by now."""
    mine = col(Campaign.id) == campaign_id, col(Campaign.status).in_(CampaignStatus if only_in is None else [only_in])
    session.execute(update(Campaign).where(*mine).values(status_reason=reason))


def overdue(session: Session, now: datetime, limit: int = 100) -> Sequence[Campaign]:
    """Campaigns whose last moment has passed while some of their batches have not left."""
    waiting = exists().where(col(Batch.campaign_id) == col(Campaign.id), col(Batch.state) == BatchState.PLANNED)
    may_end = sources(CAMPAIGN_NEXT, CampaignStatus.CANCELLED)
    past = select(Campaign).where(col(Campaign.until) <= now, col(Campaign.status).in_(may_end), waiting)
    return session.scalars(past.order_by(col(Campaign.id)).limit(limit)).all()


def repeated(session: Session, repeat_key: str, since: datetime, *, but: UUID) -> Campaign | None:
    """The latest campaign since then to the same people with the same text by the same sender that may have left.

    Until the transaction ends nobody else passes with the same key, so two at once cannot miss each other.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(repeat_key, 0))))
    never_left = or_(
        col(Campaign.status) == CampaignStatus.FAILED,
        and_(col(Campaign.status) == CampaignStatus.CANCELLED, col(Campaign.started_at).is_(None)),
    )
    same = select(Campaign).where(
        col(Campaign.repeat_key) == repeat_key,
        col(Campaign.created_at) >= since,
        col(Campaign.id) != but,
        not_(never_left),
    )
    return session.scalars(same.order_by(col(Campaign.created_at).desc()).limit(1)).first()


def troubled(session: Session) -> Sequence[Campaign]:
    """Campaigns that wait for somebody: paused by a provider's word, or unknown."""
    waiting = select(Campaign).where(col(Campaign.status).in_([CampaignStatus.PAUSED, CampaignStatus.RECONCILING]))
    return session.scalars(waiting.order_by(col(Campaign.created_at).desc())).all()


def begin_due(session: Session, provider: str, kind: str, now: datetime, channel: Channel = Channel.SMS) -> None:
    """Scheduled campaigns with a due batch are `sending`; done before their tasks are enqueued, so that a claim finds them so."""
    # After a restore, of one that had not begun then.
    may_have_left = col(Batch.state).in_([BatchState.UNKNOWN, BatchState.ACCEPTED])
    planned_now = and_(col(Batch.state) == BatchState.PLANNED, col(Batch.not_before) <= now)
    mine = col(Batch.campaign_id) == col(Campaign.id), col(Batch.channel) == channel
    due = exists().where(*mine, or_(may_have_left, planned_now))
    ready = (
        select(col(Campaign.id))
        .where(col(Campaign.provider) == provider, col(Campaign.kind) == kind)
        .where(col(Campaign.status) == CampaignStatus.SCHEDULED, due)
        .order_by(col(Campaign.id))
        .with_for_update(key_share=True)
    )
    begun = session.scalars(
        update(Campaign)
        .where(col(Campaign.id).in_(ready), col(Campaign.status) == CampaignStatus.SCHEDULED)
        .values(status=CampaignStatus.SENDING, started_at=func.coalesce(Campaign.started_at, now))
        .returning(col(Campaign.id)),
        execution_options={"synchronize_session": False},
    ).all()
    for campaign_id in begun:
        outbox.campaign_event(session, campaign_id, STARTED)


def lock_if_sending(session: Session, campaign_id: UUID, now: datetime) -> bool:
    """Whether the campaign is being sent and not past its last moment; then nobody can pause it until this transaction ends.

    FOR SHARE: claims of other batches pass, a pause waits for them. So once a pause has returned, no claim follows.
    """
    return session.execute(_SENDING, {"campaign_id": campaign_id, "now": now}).first() is not None


#: Put together once: that costs more than its execution.
_SENDING: Final = (
    select(col(Campaign.id))
    .where(col(Campaign.id) == bindparam("campaign_id"), col(Campaign.status) == CampaignStatus.SENDING)
    .where(or_(col(Campaign.until).is_(None), col(Campaign.until) > bindparam("now")))
    .with_for_update(read=True)
)


def sender(session: Session, campaign_id: UUID) -> str:
    """The brandname that subscribers see."""
    return str(session.execute(select(col(Campaign.sender)).where(col(Campaign.id) == campaign_id)).scalar_one())


def kind_and_sender(session: Session, campaign_id: UUID) -> tuple[str, str]:
    """What its messages are, and by whom."""
    found = select(col(Campaign.kind), col(Campaign.sender)).where(col(Campaign.id) == campaign_id)
    row = session.execute(found).one()
    return str(row.kind), str(row.sender)


#: What campaigns must have in common with the one that was halted, by the narrowest scope that asks for it.
_IN_COMMON: Final = (
    (HaltScope.ACCOUNT, col(Campaign.provider)),
    (HaltScope.KIND, col(Campaign.kind)),
    (HaltScope.KIND, col(Campaign.channel)),
    (HaltScope.SENDER, col(Campaign.sender)),
    (HaltScope.TEMPLATE, col(Campaign.text)),
)


def halt(session: Session, campaign_id: UUID, scope: HaltScope, call_began: datetime, reason: str) -> int:
    """Pause what a HALT of a campaign's call speaks of; how many campaigns were paused.

    Those that were created or resumed after the call began are left alone: their cause may be mended, and their own next
    call tells. What is compared is fixed for the life of a campaign, so it may be read without a lock.
    """
    wide = HALT_SCOPES.index(scope)
    shared = [column for narrowest, column in _IN_COMMON if HALT_SCOPES.index(narrowest) >= wide]
    mine = session.execute(select(*shared).where(col(Campaign.id) == campaign_id)).one()
    concerned = (
        select(col(Campaign.id))
        .where(
            *(column == value for column, value in zip(shared, mine, strict=True)),
            col(Campaign.status).in_(RUNNING),
            col(Campaign.created_at) <= call_began,
            or_(col(Campaign.resumed_at).is_(None), col(Campaign.resumed_at) < call_began),
        )
        # Always in one order: two halts at once must not wait for each other.
        .order_by(col(Campaign.id))
        .with_for_update(key_share=True)
    )
    statement = (
        update(Campaign)
        .where(col(Campaign.id).in_(concerned), col(Campaign.status).in_(RUNNING))
        .values(status=CampaignStatus.PAUSED, status_reason=reason, halted=True)
        .returning(col(Campaign.id))
    )
    paused = session.scalars(statement, execution_options={"synchronize_session": False}).all()
    for one in paused:
        outbox.campaign_moved(session, one, CampaignStatus.PAUSED)
    return len(paused)


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
    #: VND, as far as the provider has told; and the accepted recipients of the batches of which it told nothing.
    cost: Decimal
    untold: int
    #: Batches that no evidence can settle: they wait for a person.
    needs_operator: int

    @property
    def rest(self) -> int:
        """Recipients that are where their batch is."""
        own = self.accepted + self.rejected + self.unknown + self.delivered + self.failed
        return self.numbers - own - self.suppressed - self.cancelled


OWN_STATES: Final = ("accepted", "rejected", "unknown", "delivered", "failed", "suppressed", "cancelled")


def tally_columns() -> list[Any]:
    """The columns of a `Tally` over groups of batches, in its order."""
    own = [getattr(Batch, state) for state in OWN_STATES]
    taken, rest = col(Batch.accepted) + col(Batch.delivered) + col(Batch.failed), col(Batch.size) - sum(own[1:], own[0])
    with_provider = col(Batch.state).in_([BatchState.ACCEPTED, BatchState.REPORTED])
    untold = case((col(Batch.cost).is_not(None), 0), (with_provider, taken + rest), else_=taken)
    sums = [func.sum(counter) for counter in own]
    cost = func.coalesce(func.sum(col(Batch.cost)), 0)
    told = [func.count(col(Batch.next_poll_at)), cost, func.sum(untold)]
    return [func.count(), func.sum(col(Batch.size)), *sums, *told, func.count().filter(col(Batch.needs_operator))]


def tally(session: Session, campaign_id: UUID) -> dict[BatchState, Tally]:
    """What a campaign's batches come to, by their state; states without a batch are absent."""
    mine = select(col(Batch.state), *tally_columns()).where(col(Batch.campaign_id) == campaign_id)
    return {row[0]: Tally(*row[1:]) for row in session.execute(mine.group_by(col(Batch.state)))}


def first_messages(session: Session, campaign_id: UUID) -> str:
    """What the provider said of the first batch of which it rejected a number."""
    rejected = or_(col(Batch.state) == BatchState.REJECTED, col(Batch.rejected) > 0)
    words = select(col(Batch.code), col(Batch.provider_message)).where(col(Batch.campaign_id) == campaign_id, rejected)
    row = session.execute(words.order_by(col(Batch.seq)).limit(1)).first()
    return "" if row is None else with_code(row.code, row.provider_message)


def needs_operator(session: Session, campaign_id: UUID) -> list[int]:
    """The numbers of the batches that no evidence can settle: they wait for a person."""
    mine = col(Batch.campaign_id) == campaign_id, col(Batch.state) == BatchState.UNKNOWN, col(Batch.needs_operator)
    return list(session.scalars(select(col(Batch.seq)).where(*mine).order_by(col(Batch.seq))))


def has_work(session: Session, campaign_id: UUID) -> bool:
    """Whether a batch of the campaign is still to be sent, or is in a call."""
    working = exists().where(col(Batch.campaign_id) == campaign_id, col(Batch.state).in_(WORKING))
    return bool(session.execute(select(working)).scalar())
