"""The table of raw callbacks: what providers told by themselves."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from worker.storage.columns import instant


class InboxRow(SQLModel, table=True):
    """One callback as it came, stored before anybody understands it; it holds full numbers, which are purged with it."""

    __tablename__ = "callback"
    __table_args__ = (
        # The sweep looks for what is not handled, and for nothing else: it stays small whatever the history.
        Index("ix_callback_due", "due_at", postgresql_where=text("handled_at IS NULL")),
        # And first for what nobody has looked at, which a heap of unknown ones must not hide.
        Index("ix_callback_fresh", "due_at", postgresql_where=text("handled_at IS NULL AND tries = 0")),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    provider: str
    received_at: datetime = instant(nullable=False)
    #: As bytes: neither need be UTF-8.
    query: bytes = Field(sa_type=LargeBinary, repr=False)
    body: bytes = Field(sa_type=LargeBinary, repr=False)
    #: When it is read, or read again because nobody knew its reference yet; and how often it was.
    due_at: datetime = instant(nullable=False)
    tries: int = 0
    handled_at: datetime | None = instant()
    #: What was made of it, in words.
    verdict: str = Field(default="", sa_type=Text)
