"""What the console keeps between two pages: campaigns that somebody is still writing; part of METADATA."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from worker.storage.columns import instant


class CampaignForm(SQLModel, table=True):
    """A campaign that somebody is writing step by step; gone once it is submitted or discarded."""

    __tablename__ = "campaign_form"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    user_id: UUID = Field(foreign_key="loa_user.id", index=True)
    created_at: datetime = instant(nullable=False)
    changed_at: datetime = instant(nullable=False)
    #: Where the uploaded list lies; empty while there is none.
    path: str = Field(default="", sa_type=Text)
    list_name: str = Field(default="", sa_type=Text)
    #: What was entered so far, by field (`entered.Entered`).
    entered: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB(none_as_null=True))
    #: What the head of the list showed (`forms.Head`), or why it cannot be read.
    head: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    #: The draft that was planned from it, while it is still what the form says.
    campaign_id: UUID | None = None


class FormPiece(SQLModel, table=True):
    """A megabyte of the list of a form, for web hosts to which it was not uploaded; gone with its form. It holds full numbers."""

    __tablename__ = "form_piece"

    form_id: UUID = Field(foreign_key="campaign_form.id", ondelete="CASCADE", primary_key=True)
    seq: int = Field(primary_key=True)
    data: bytes = Field(sa_type=LargeBinary, repr=False)
