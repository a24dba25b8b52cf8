"""Tables behind the doors: API keys, lists that wait for their plan, answers to give again."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from worker.storage.columns import instant


class ApiKey(SQLModel, table=True):
    """A key by which a program calls the HTTP API; the key itself is nowhere."""

    __tablename__ = "api_key"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    #: What a person calls it.
    name: str
    #: SHA-256 of the key, in hexadecimal.
    hash: str = Field(unique=True, max_length=64)
    scopes: list[str] = Field(sa_type=ARRAY(Text))
    #: As whom it acts; None: as itself, bounded by its scopes alone.
    user_id: UUID | None = Field(default=None, foreign_key="loa_user.id")
    #: Whether its requests are only played: nothing of them reaches a provider.
    test: bool = False
    created_at: datetime = instant(nullable=False)
    revoked_at: datetime | None = instant()
    #: From then on it opens nothing; None: never.
    expires_at: datetime | None = instant()
    #: When it last opened something, to the minute.
    last_used_at: datetime | None = instant()


class Draft(SQLModel, table=True):
    """A campaign's list that waits to be planned; gone once it is."""

    __tablename__ = "draft"

    campaign_id: UUID = Field(foreign_key="campaign.id", primary_key=True)
    path: str = Field(sa_type=Text)
    #: Whether the file is an upload, to be removed when it is planned.
    uploaded: bool
    #: When the campaign should leave, as it was written; None: as soon as it may.
    at: str | None = None
    #: When its task was last put on the queue.
    enqueued_at: datetime = instant(nullable=False)
    #: How often a worker began to plan it.
    tries: int = 0
    #: How the list is to be read and what else was asked for (`plan.options_of`); None: as it is found.
    options: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))


class UploadPiece(SQLModel, table=True):
    """A megabyte of an uploaded list; gone with its draft. It holds full numbers."""

    __tablename__ = "upload_piece"

    campaign_id: UUID = Field(foreign_key="draft.campaign_id", ondelete="CASCADE", primary_key=True)
    seq: int = Field(primary_key=True)
    data: bytes = Field(sa_type=LargeBinary, repr=False)


class Answer(SQLModel, table=True):
    """What a command by HTTP was answered, under the caller's idempotency key."""

    __tablename__ = "answer"
    __table_args__ = (Index("ix_answer_began_at", "began_at"),)

    key: str = Field(sa_type=Text, primary_key=True)
    #: What was asked for, so that the key cannot stand for something else.
    fingerprint: str
    began_at: datetime = instant(nullable=False)
    #: None: it is still being worked on, or its process died.
    document: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
