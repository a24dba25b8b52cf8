"""Tables of approval: the author's columns of a campaign, approvals with what was frozen, and test texts."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from worker.storage.columns import instant

#: Of the columns of `Authored`, on the campaign's table.
AUTHORED_INDEXES: Final = (
    Index("ix_campaign_author_id", "author_id", "created_at"),
    Index("ix_campaign_audience_id", "audience_id", postgresql_where=text("audience_id IS NOT NULL")),
)


class Authored(SQLModel):
    """What a campaign says of where it comes from."""

    #: As the audit log names it: `user:lan`, `key:5f0c1d3e`, `cli:deploy`, `celery`; empty: before authors were written down.
    author: str = Field(default="", sa_type=Text)
    author_id: UUID | None = None
    #: The campaign that it is a copy of.
    copied_from: UUID | None = None
    #: The stored list that it was made of.
    audience_id: UUID | None = None
    #: The same for the same numbers with the same values.
    list_hash: str = Field(default="", sa_type=Text)
    #: By carrier, as its prefixes tell: numbers, and parts of all their texts.
    carriers: dict[str, list[int]] | None = Field(default=None, sa_type=JSONB(none_as_null=True))


class Approval(SQLModel, table=True):
    """One asking for approval: what was frozen, and what became of it."""

    __tablename__ = "approval"
    __table_args__ = (
        # One question at a time.
        Index("uq_approval_open", "campaign_id", unique=True, postgresql_where=text("verdict IS NULL")),
        Index("ix_approval_campaign_id", "campaign_id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    campaign_id: UUID = Field(foreign_key="campaign.id")
    #: In the order in which they were asked, also at one moment.
    seq: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    submitted_at: datetime = instant(nullable=False)
    submitted_by: str = Field(sa_type=Text)
    submitter_id: UUID | None = None
    #: List, counts, texts, cost, times, warnings: what the approver sees and agrees to.
    facts: dict[str, Any] = Field(sa_column=Column(JSONB(none_as_null=True), nullable=False))
    facts_hash: str = Field(max_length=64)
    #: `approved`, `declined`, `withdrawn` (by the author, a change or a cancel); None: it waits.
    verdict: str | None = Field(default=None, max_length=20)
    decided_at: datetime | None = instant()
    decided_by: str | None = Field(default=None, sa_type=Text)
    decider_id: UUID | None = None
    comment: str = Field(default="", sa_type=Text)


class CampaignTest(SQLModel, table=True):
    """A filled text of a campaign that somebody sent to a number of their own; never part of the campaign."""

    __tablename__ = "campaign_test"
    __table_args__ = (Index("ix_campaign_test_campaign_id", "campaign_id"),)

    #: Messages are deleted before campaigns are, so this names one without holding it.
    message_id: UUID = Field(primary_key=True)
    campaign_id: UUID = Field(foreign_key="campaign.id")
    at: datetime = instant(nullable=False)
    by: str = Field(sa_type=Text)
    #: The row of the list whose values it has, and its parts.
    row: int
    parts: int
