"""What subscribers sent: everything that came, whatever it meant."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from worker.storage.columns import instant


class IncomingMessage(SQLModel, table=True):
    """One call of a provider with what a subscriber sent; it holds a full number, which is purged with it."""

    __tablename__ = "incoming_message"
    __table_args__ = (
        # A repeat is the same message; forged ones may bear any id.
        Index(
            "uq_incoming_message_provider_ref",
            "provider",
            "ref",
            unique=True,
            postgresql_where=text("ref <> '' AND meaning <> 'forged'"),
        ),
        Index("ix_incoming_message_received_at", "received_at"),
        Index("ix_incoming_message_phone", "phone"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    provider: str
    #: The provider's own id; empty: none.
    ref: str = Field(default="", sa_type=Text)
    received_at: datetime = instant(nullable=False)
    phone: int | None = Field(default=None, sa_type=BigInteger)
    service_number: str = ""
    keyword: str = ""
    content: str = Field(default="", sa_type=Text)
    #: `opt_out`, `opt_in`, `other`, `unreadable` or `forged`.
    meaning: str
    #: What was answered.
    reply: str = Field(default="", sa_type=Text)
    #: As bytes: neither need be UTF-8.
    query: bytes = Field(sa_type=LargeBinary, repr=False)
    body: bytes = Field(sa_type=LargeBinary, repr=False)

    def __repr_args__(self) -> list[tuple[str | None, object]]:
        """Neither the number nor the content shows in a repr."""
        return [("id", self.id), ("meaning", self.meaning)]
