"""Which rows are there? The tables; their states are those of `worker/domain/states.py`.

Times are aware and in UTC, money is VND, phones are integers in 84 form. No column has a default that asks the
database for the time: the clock is ours (worker/clock.py).
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, DateTime, Dialect, Enum, Index, Numeric, String, Text, TypeDecorator, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from worker.domain.states import BatchState, CampaignStatus

#: The shape that the database should have.
METADATA = SQLModel.metadata
METADATA.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """An aware time; a naive one is a fault of ours and is refused before it reaches the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        return value


def state(kind: type[StrEnum]) -> Any:
    """A column for a state, kept as its word; the arrows are guarded by the updates, not by a type of the database."""
    words = Enum(
        kind, native_enum=False, create_constraint=False, length=20, values_callable=lambda k: [str(w) for w in k]
    )
    return Field(sa_column=Column(words, nullable=False))


def instant(*, nullable: bool = True) -> Any:
    """A column for an aware time."""
    return Field(default=None, sa_column=Column(Instant(), nullable=nullable))


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
    """The recipients that go to the provider in one order."""

    __tablename__ = "batch"
    __table_args__ = (
        Index("uq_batch_campaign_id_seq", "campaign_id", "seq", unique=True),
        # What each sweep looks for, and nothing else: they stay small whatever the history.
        Index("ix_batch_due", "not_before", postgresql_where=text("state = 'planned'")),
        Index("ix_batch_claimed", "lease_until", postgresql_where=text("state = 'sending'")),
        Index("ix_batch_poll", "next_poll_at", postgresql_where=text("state = 'accepted'")),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    campaign_id: UUID = Field(foreign_key="campaign.id")
    seq: int
    size: int
    #: The filled text; the same for all recipients of the batch.
    text: str = Field(sa_type=Text)
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
    delivered: int = 0
    failed: int = 0
    suppressed: int = 0
    cost: Decimal | None = Field(default=None, sa_type=Numeric(16, 2))


class Attempt(SQLModel, table=True):
    """One call to a provider for a batch: written before the call, completed after it; the evidence."""

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
    __table_args__ = (Index("ix_recipient_campaign_id_batch_seq", "campaign_id", "batch_seq"),)

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


class RefusedRow(SQLModel, table=True):
    """A row of a list that gets no message, and why: the list to download and mend."""

    __tablename__ = "refused_row"

    campaign_id: UUID = Field(primary_key=True)
    row: int = Field(primary_key=True)
    #: What stood there, cut to 100 characters.
    value: str = Field(sa_type=Text)
    reason: str
