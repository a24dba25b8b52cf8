"""Tables of what is kept for another time: stored audiences with their members, saved texts, and proofs of consent."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, BigInteger, Column, Index, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from worker.storage.columns import instant


class Audience(SQLModel, table=True):
    """A stored list; it never changes, so that what was counted stays so."""

    __tablename__ = "audience"
    __table_args__ = (Index("uq_audience_lower_name", func.lower(Column("name", Text)), unique=True),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    name: str = Field(sa_type=Text)
    #: The variables that its rows have, besides the number.
    columns: list[str] = Field(sa_type=ARRAY(Text))
    #: Rows of the file; numbers that are kept of them; repeats; rows that were no mobile number.
    rows: int
    size: int
    duplicates: int
    invalid: int
    #: The same for the same numbers with the same values.
    list_hash: str = Field(default="", sa_type=Text)
    #: Which file, sheet, heading and column were read, and sentences about it.
    list_read: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    notes: list[str] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    author: str = Field(default="", sa_type=Text)
    author_id: UUID | None = None
    created_at: datetime = instant(nullable=False)


class AudienceMember(SQLModel, table=True):
    """One number of a stored list. No foreign key, as with recipients."""

    __tablename__ = "audience_member"

    audience_id: UUID = Field(primary_key=True)
    phone: int = Field(sa_type=BigInteger, primary_key=True)
    #: The row of the file that it was.
    row: int
    vars: dict[str, str] | None = Field(default=None, sa_type=JSONB)


class SavedText(SQLModel, table=True):
    """A text that is used again."""

    __tablename__ = "saved_text"
    __table_args__ = (Index("uq_saved_text_lower_name", func.lower(Column("name", Text)), unique=True),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    name: str = Field(sa_type=Text)
    #: ads or care.
    kind: str
    text: str = Field(sa_type=Text)
    author: str = Field(default="", sa_type=Text)
    author_id: UUID | None = None
    created_at: datetime = instant(nullable=False)
    changed_at: datetime = instant(nullable=False)


class ConsentProof(SQLModel, table=True):
    """A consent that a list proved for a number of a campaign; it outlives the numbers of the campaign."""

    __tablename__ = "consent_proof"
    __table_args__ = (Index("ix_consent_proof_phone", "phone"),)

    campaign_id: UUID = Field(primary_key=True)
    phone: int = Field(sa_type=BigInteger, primary_key=True)
    consent_at: datetime = instant(nullable=False)
    consent_source: str = Field(sa_type=Text)
    #: Free: the id of a form, where a record lies. Empty: none was named.
    consent_evidence: str = Field(sa_type=Text)
    #: What became of its message, once the campaign's numbers were deleted; None: the number itself still tells.
    state: str | None = Field(default=None, sa_type=Text)
    sent_at: datetime | None = instant()
    provider_ref: str | None = Field(default=None, sa_type=Text)
