"""Tables of reconciliations and of what an account counted at a time; also nightly jobs and registered senders.

Money is VND, or whatever else the account counts in; phones are integers in 84 form.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, Identity, Index, Numeric, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from worker.storage.columns import Instant, instant


class Reconciliation(SQLModel, table=True):
    """One comparison of our rows with one provider's records."""

    __tablename__ = "reconciliation"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    provider: str
    #: The calls that are compared began between these; those too young for the record are left out.
    since: datetime = instant(nullable=False)
    until: datetime = instant(nullable=False)
    #: `asked` (a worker has not begun it), `running`, `done`, `unread` (the provider's record could not be had) or `interrupted`.
    state: str = Field(max_length=20)
    #: Why it could not be read, and what could not be compared: sentences.
    detail: str = Field(default="", sa_type=Text)
    #: Numbers of ours that should be in the record, and numbers that were read from it.
    ours: int = 0
    theirs: int = 0
    #: By kind of difference: {"rows", "numbers", "money"}.
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    started_at: datetime = instant(nullable=False)
    #: The last sign of life of whoever runs it.
    seen_at: datetime = instant(nullable=False)
    finished_at: datetime | None = instant()


class Difference(SQLModel, table=True):
    """One point in which our rows and the provider's record differ."""

    __tablename__ = "difference"
    __table_args__ = (Index("ix_difference_run_id_kind", "run_id", "kind", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    run_id: UUID = Field(foreign_key="reconciliation.id", ondelete="CASCADE")
    kind: str = Field(max_length=20)
    campaign_id: UUID | None = None
    batch_id: UUID | None = None
    message_id: UUID | None = None
    phone: int | None = Field(default=None, sa_type=BigInteger)
    #: The provider's id of the order or the campaign.
    ref: str = Field(default="", sa_type=Text)
    #: How many numbers it concerns.
    numbers: int = 1
    ours: str = Field(default="", sa_type=Text)
    theirs: str = Field(default="", sa_type=Text)
    #: By how much money, as far as it can be told.
    money: Decimal | None = Field(default=None, sa_type=Numeric(16, 2))


class RecordRow(SQLModel, table=True):
    """One number of one order in a provider's record, while a run compares it. Unlogged: a crash may empty it."""

    __tablename__ = "record_row"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    run_id: UUID = Field(primary_key=True)
    ref: str = Field(sa_type=Text, primary_key=True)
    phone: int = Field(sa_type=BigInteger, primary_key=True)
    state: str = Field(max_length=20)
    cost: Decimal | None = Field(default=None, sa_type=Numeric(16, 2))
    #: Of the text in the record; 0 where it keeps none.
    parts: int = Field(sa_type=SmallInteger)
    #: Whose it is by its key or its ref; both None: nobody's of ours.
    batch_id: UUID | None = None
    message_id: UUID | None = None


class BalanceReading(SQLModel, table=True):
    """What an account said was left on it."""

    __tablename__ = "balance_reading"

    provider: str = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(Instant(), primary_key=True))
    amount: Decimal = Field(sa_type=Numeric(18, 2))
    unit: str


class TotalsReading(SQLModel, table=True):
    """How many messages of the whole account had arrived, failed, or waited."""

    __tablename__ = "totals_reading"

    provider: str = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(Instant(), primary_key=True))
    ok: int
    failed: int
    waiting: int


class DueJob(SQLModel, table=True):
    """A job of the night and when its turn is; claimed by an update, so that two beats do it once."""

    __tablename__ = "due_job"

    name: str = Field(primary_key=True)
    #: The hour it was asked for at, by which a change of it is noticed.
    hour: str
    due_at: datetime = instant(nullable=False)
    #: Whoever does it is believed until then.
    lease_until: datetime | None = instant()
    ended_at: datetime | None = instant()


class SenderList(SQLModel, table=True):
    """The registered senders of one account; those of the last reading stay until another succeeds."""

    __tablename__ = "sender_list"

    provider: str = Field(sa_type=Text, primary_key=True)
    #: When the provider was last asked; one process claims it before the call, so that no two ask at once.
    tried_at: datetime = instant(nullable=False)
    #: When `senders` were read; None: never.
    read_at: datetime | None = instant()
    #: Pairs of name and kind (`ads`, `care`, or the provider's own word).
    senders: list[list[str]] = Field(default_factory=list, sa_type=JSONB)
    #: Whether every row of the provider's answer could be read.
    whole: bool = False
    #: Why the last try came to nothing; empty when it did not.
    provider_message: str = Field(default="", sa_type=Text)
