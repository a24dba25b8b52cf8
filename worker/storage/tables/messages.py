"""Transactional messages: one-time passwords, and the codes that Loa made for them.

States are those of `worker/domain/message.py`, times aware and in UTC, phones integers in 84 form.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, LargeBinary, SmallInteger, Text, text
from sqlmodel import Field, SQLModel

from worker.domain.message import MessageState
from worker.storage.columns import instant, state


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
        Index("ix_message_playground", "sent_at", postgresql_where=text("provider = 'test' AND state = 'accepted'")),
        # By these the requests of a key and of a network are counted.
        Index(
            "ix_message_api_key_id_queued_at",
            "api_key_id",
            "queued_at",
            postgresql_where=text("api_key_id IS NOT NULL"),
        ),
        Index(
            "ix_message_client_network_queued_at",
            "client_network",
            "queued_at",
            postgresql_where=text("client_network IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    phone: int = Field(sa_type=BigInteger)
    #: The text, encrypted; None once it is settled.
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    #: As asked for; empty: the one of the account that sends it.
    sender: str = ""
    #: The providers in their order, and those that may still be tried, the next one first.
    route: list[str] = Field(sa_type=ARRAY(Text))
    remaining_route: list[str] = Field(sa_type=ARRAY(Text))
    #: The caller's idempotency key, and what it asked for in a form that only LOA_SECRET_KEY can make.
    key: str | None = Field(default=None, unique=True)
    fingerprint: str = ""
    state: MessageState = state(MessageState)
    queued_at: datetime = instant(nullable=False)
    #: No call begins at or after this.
    expires_at: datetime = instant(nullable=False)
    not_before: datetime = instant(nullable=False)
    #: When it was last enqueued, or a worker last had it in hand.
    enqueued_at: datetime | None = instant()
    #: Calls begun, and how many of them were definitely refused; the second is part of the RequestId.
    attempts: int = 0
    refusals: int = 0
    lease_until: datetime | None = instant()
    #: Who took it, else who was asked last; and what that one said.
    provider: str = ""
    provider_ref: str = ""
    code: str = ""
    provider_message: str = Field(default="", sa_type=Text)
    #: When the call began by which it was taken, or may have been.
    sent_at: datetime | None = instant()
    settled_at: datetime | None = instant()
    #: The API key by which it was asked for, if it was by one, and where its events go beside the webhooks.
    api_key_id: UUID | None = None
    callback_url: str | None = Field(default=None, sa_type=Text)
    #: The network of the subscriber's address, where the caller told it.
    client_network: str | None = Field(default=None, sa_type=Text)

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Neither the number nor the text shows in a repr."""
        return [("id", self.id), ("state", self.state)]


class OtpCode(SQLModel, table=True):
    """A code that was made for a message: never the code itself."""

    __tablename__ = "otp_code"
    __table_args__ = (CheckConstraint("(hash IS NULL) = (length IS NOT NULL)", name="made"),)

    message_id: UUID = Field(foreign_key="message.id", primary_key=True, ondelete="CASCADE")
    #: HMAC under a key that is derived from LOA_SECRET_KEY, bound to the message; None: the provider makes it and checks it.
    hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    #: How long a code the provider is asked for; None: Loa made it.
    length: int | None = Field(default=None, sa_type=SmallInteger)
    #: Wrong ones so far; where the provider checks, those that it was asked about.
    tries: int = 0
    expires_at: datetime = instant(nullable=False)
    used_at: datetime | None = instant()
