"""Which rows are there? The tables; their states are those of `worker/domain/states.py` and `message.py`.

Times are aware and in UTC, money is VND, phones are integers in 84 form. No column has a default that asks the
database for the time: the clock is ours (worker/clock.py).
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Index,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from worker.domain.message import MessageState
from worker.domain.states import BatchState, CampaignStatus, PlacementState
from worker.domain.way import Way
from worker.storage import door_tables, inbox_tables, policy_tables, reconcile_tables  # noqa: F401 - METADATA holds them too
from worker.storage.columns import instant, state

#: The shape that the database should have.
METADATA = SQLModel.metadata


class Campaign(SQLModel, table=True):
    """One text to one list through one provider, by one sender."""

    __tablename__ = "campaign"
    __table_args__ = (
        Index("ix_campaign_open", "status", postgresql_where=text("status NOT IN ('done', 'cancelled', 'failed')")),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    name: str
    provider: str
    kind: str
    way: Way = state(Way)
    sender: str
    #: The text as it was written, after cleaning; `{variables}` still in it.
    text: str = Field(sa_type=Text)
    status: CampaignStatus = state(CampaignStatus)
    #: Why it is paused, failed or not simply done: a sentence, with the provider's own words where it spoke.
    status_reason: str = Field(default="", sa_type=Text)
    #: The caller's idempotency key, and what it asked for, so that a repeat is answered and a misuse refused.
    key: str | None = Field(default=None, unique=True)
    fingerprint: str = ""
    list_name: str = ""
    created_at: datetime = instant(nullable=False)
    #: When the text may reach phones for the first time.
    scheduled_for: datetime = instant(nullable=False)
    started_at: datetime | None = instant()
    finished_at: datetime | None = instant()
    #: A HALT pauses only if its call began after this.
    resumed_at: datetime | None = instant()
    rows: int = 0
    valid: int = 0
    duplicates: int = 0
    invalid: int = 0
    suppressed: int = 0
    #: Old 11-digit numbers that were given their new prefix.
    converted: int = 0
    #: Parts of the longest filled text, and of all filled texts together.
    parts: int = 0
    parts_total: int = Field(default=0, sa_type=BigInteger)
    cost_estimate: Decimal | None = Field(default=None, sa_type=Numeric(16, 2))


class Batch(SQLModel, table=True):
    """The recipients that go to the provider in one order, or, where it takes one number a call, in one worker's turn."""

    __tablename__ = "batch"
    __table_args__ = (
        Index("uq_batch_campaign_id_seq", "campaign_id", "seq", unique=True),
        # What each sweep looks for, and nothing else: they stay small whatever the history.
        Index("ix_batch_due", "not_before", postgresql_where=text("state = 'planned'")),
        Index("ix_batch_claimed", "lease_until", postgresql_where=text("state = 'sending'")),
        Index("ix_batch_poll", "next_poll_at", postgresql_where=text("state = 'accepted'")),
        Index("ix_batch_doubtful", "look_at", postgresql_where=text("state = 'unknown'")),
        # By these a callback is matched.
        Index("ix_batch_provider_ref", "provider_ref", postgresql_where=text("provider_ref <> ''")),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    campaign_id: UUID = Field(foreign_key="campaign.id")
    seq: int
    size: int
    #: The filled text, the same for all recipients; where each gets his own call, the text with its `{variables}`.
    text: str = Field(sa_type=Text)
    #: The number of the placement that it is pushed into, where the provider has such.
    placement: int | None = None
    state: BatchState = state(BatchState)
    not_before: datetime = instant(nullable=False)
    #: When its bell was last put on the queue.
    rung_at: datetime | None = instant()
    #: Calls begun, and how many of them were definitely refused; the second is part of the RequestId.
    attempts: int = 0
    refusals: int = 0
    claimed_at: datetime | None = instant()
    lease_until: datetime | None = instant()
    provider_ref: str = ""
    code: str = ""
    words: str = Field(default="", sa_type=Text)
    answered_at: datetime | None = instant()
    next_poll_at: datetime | None = instant()
    polls: int = 0
    #: Of a doubtful batch: when it is looked up again in the provider's record (None: as soon as its last call is settled),
    #: how often it was, and whether evidence cannot settle it, so that it waits for a person.
    look_at: datetime | None = instant()
    looks: int = 0
    held: bool = False
    #: How many recipients have a state of their own, by it; all others are where the batch is.
    accepted: int = 0
    rejected: int = 0
    unknown: int = 0
    delivered: int = 0
    failed: int = 0
    suppressed: int = 0
    cancelled: int = 0
    cost: Decimal | None = Field(default=None, sa_type=Numeric(16, 2))


class Placement(SQLModel, table=True):
    """An advertising campaign of the provider's own, created with a quota, into which batches are pushed one at a time."""

    __tablename__ = "placement"

    campaign_id: UUID = Field(foreign_key="campaign.id", primary_key=True)
    number: int = Field(primary_key=True)
    #: Unique at the provider for ever; ends in our campaign's id.
    name: str = Field(unique=True)
    text: str = Field(sa_type=Text)
    #: Exactly the audience: with it the provider's counting is evidence.
    quota: int
    #: When its text goes to the phones.
    due: datetime = instant(nullable=False)
    #: No push begins at or after this.
    push_by: datetime = instant(nullable=False)
    state: PlacementState = state(PlacementState)
    #: The provider's code of it; empty until it is open.
    ref: str = ""
    #: Calls begun to create it.
    attempts: int = 0
    #: Room left by the provider's latest answer; None while it never said.
    remaining: int | None = None
    #: The batch whose push is in flight: the guard that there is only one.
    pushing: UUID | None = None
    #: After this a creation in flight is certainly over.
    lease_until: datetime | None = instant()
    code: str = ""
    words: str = Field(default="", sa_type=Text)
    #: What the provider said when it was asked to cancel.
    cancel_words: str = Field(default="", sa_type=Text)
    cancelled_at: datetime | None = instant()


class Attempt(SQLModel, table=True):
    """One call to a provider for a batch (or one turn of single calls): written before it, completed after it; the evidence."""

    __tablename__ = "attempt"

    batch_id: UUID = Field(foreign_key="batch.id", primary_key=True)
    number: int = Field(primary_key=True)
    request_id: str
    began_at: datetime = instant(nullable=False)
    #: After this the call is certainly over.
    deadline: datetime = instant(nullable=False)
    ended_at: datetime | None = instant()
    #: None: the process died before it could say.
    outcome: str | None = Field(default=None, max_length=20)
    code: str = ""
    words: str = Field(default="", sa_type=Text)
    #: The provider's body, with keys and numbers masked.
    raw: str = Field(default="", sa_type=Text)


class Recipient(SQLModel, table=True):
    """One number of one campaign; the key makes it unique in it.

    No foreign key: checking it costs more than storing the row (ARCHITECTURE, decision 4).
    """

    __tablename__ = "recipient"
    __table_args__ = (
        Index("ix_recipient_campaign_id_batch_seq", "campaign_id", "batch_seq"),
        Index("ix_recipient_ref", "ref", postgresql_where=text("ref IS NOT NULL")),
    )

    campaign_id: UUID = Field(primary_key=True)
    phone: int = Field(sa_type=BigInteger, primary_key=True)
    #: The row of the list, as a spreadsheet numbers it (the header is row 1).
    row: int
    batch_seq: int
    converted: bool = False
    #: The variables that the text uses; None when it uses none.
    vars: dict[str, str] | None = Field(default=None, sa_type=JSONB)
    #: None: as its batch.
    state: str | None = Field(default=None, sa_type=String(20))
    reason: str | None = Field(default=None, sa_type=Text)
    #: Of its own call, where it gets one: the provider's id and code, and how often it was definitely refused.
    ref: str | None = Field(default=None, sa_type=Text)
    code: str | None = Field(default=None, sa_type=Text)
    refusals: int | None = Field(default=None, sa_type=SmallInteger)


class RefusedRow(SQLModel, table=True):
    """A row of a list that gets no message, and why: the list to download and mend."""

    __tablename__ = "refused_row"

    campaign_id: UUID = Field(primary_key=True)
    row: int = Field(primary_key=True)
    #: What stood there, cut to 100 characters.
    value: str = Field(sa_type=Text)
    reason: str


class Message(SQLModel, table=True):
    """One transactional text to one number, with a time to live: a one-time password."""

    __tablename__ = "message"
    __table_args__ = (
        # The text is there exactly as long as somebody may still send it.
        CheckConstraint("(sealed IS NULL) = (state NOT IN ('queued', 'sending'))", name="wiped"),
        Index("ix_message_due", "not_before", postgresql_where=text("state = 'queued'")),
        Index("ix_message_claimed", "lease_until", postgresql_where=text("state = 'sending'")),
        Index("ix_message_provider_ref", "provider_ref", postgresql_where=text("provider_ref <> ''")),
        Index("ix_message_phone_queued_at", "phone", "queued_at"),
        Index("ix_message_queued_at", "queued_at", postgresql_using="brin"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    phone: int = Field(sa_type=BigInteger)
    #: The text, encrypted; None once it is settled.
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    #: As asked for; empty: the one of the account that sends it.
    sender: str = ""
    #: The providers in their order, and those that may still be tried, the next one first.
    route: list[str] = Field(sa_type=ARRAY(Text))
    ahead: list[str] = Field(sa_type=ARRAY(Text))
    #: The caller's idempotency key, and what it asked for in a form that only LOA_SECRET_KEY can make.
    key: str | None = Field(default=None, unique=True)
    fingerprint: str = ""
    state: MessageState = state(MessageState)
    queued_at: datetime = instant(nullable=False)
    #: No call begins at or after this.
    expires_at: datetime = instant(nullable=False)
    not_before: datetime = instant(nullable=False)
    #: When its bell was last put on the queue, or a worker last had it in hand.
    rung_at: datetime | None = instant()
    #: Calls begun, and how many of them were definitely refused; the second is part of the RequestId.
    attempts: int = 0
    refusals: int = 0
    lease_until: datetime | None = instant()
    #: Who took it, else who was asked last; and what that one said.
    provider: str = ""
    provider_ref: str = ""
    code: str = ""
    words: str = Field(default="", sa_type=Text)
    #: When the call began by which it was taken, or may have been.
    sent_at: datetime | None = instant()
    settled_at: datetime | None = instant()

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Neither the number nor the text shows in a repr."""
        return [("id", self.id), ("state", self.state)]


class MessageAttempt(SQLModel, table=True):
    """One call to a provider for a message: written before it, completed after it; the evidence."""

    __tablename__ = "message_attempt"

    message_id: UUID = Field(foreign_key="message.id", primary_key=True)
    number: int = Field(primary_key=True)
    provider: str
    request_id: str
    began_at: datetime = instant(nullable=False)
    #: After this the call is certainly over.
    deadline: datetime = instant(nullable=False)
    ended_at: datetime | None = instant()
    #: None: the process died before it could say.
    outcome: str | None = Field(default=None, max_length=20)
    code: str = ""
    words: str = Field(default="", sa_type=Text)
    #: The provider's body, with keys, numbers and the text masked.
    raw: str = Field(default="", sa_type=Text)
