"""Who is told of events, and what is still to be told: webhooks and the outbox of their deliveries; part of METADATA."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, BigInteger, Column, Identity, Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from worker.storage.columns import instant


class Webhook(SQLModel, table=True):
    """A receiver of events, with the secret that signs what it gets."""

    __tablename__ = "webhook"
    __table_args__ = (Index("ix_webhook_live", "api_key_id", postgresql_where=text("ended_at IS NULL")),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    #: None: it signs what goes to the `callback_url` of single requests.
    url: str | None = Field(default=None, sa_type=Text)
    #: The types of events that it gets; empty where it has no address of its own.
    events: list[str] = Field(sa_type=ARRAY(Text))
    #: Whose requests it hears of; None: everybody's. For callbacks: whose they sign (None: requests without a key).
    api_key_id: UUID | None = None
    #: The secret, sealed under LOA_SECRET_KEY, and the one before it for as long as both sign.
    secret: bytes = Field(sa_type=LargeBinary)
    former_secret: bytes | None = Field(default=None, sa_type=LargeBinary)
    former_until: datetime | None = instant()
    created_at: datetime = instant(nullable=False)
    ended_at: datetime | None = instant()
    #: Why it ended: a sentence.
    end_reason: str = Field(default="", sa_type=Text)


class WebhookDelivery(SQLModel, table=True):
    """One event for one receiver: written in the transaction of the change that it tells of."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("ix_webhook_delivery_due", "host", "not_before", postgresql_where=text("state = 'pending'")),
        Index("ix_webhook_delivery_order", "webhook_id", "subject", "id", postgresql_where=text("state = 'pending'")),
        Index("ix_webhook_delivery_failed", "id", postgresql_where=text("state = 'failed'")),
        Index("ix_webhook_delivery_at", "at", postgresql_using="brin"),
    )

    #: In the order in which the events of one subject happened.
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    #: The `webhook-id`: the same for every try, by which a receiver knows a repeat.
    event_id: UUID
    webhook_id: UUID = Field(foreign_key="webhook.id")
    url: str = Field(sa_type=Text)
    #: Host and port of the address, and the beginning of the webhook's id: what one receiver can hold up.
    host: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    #: The message or campaign that it is about.
    subject: UUID
    #: The JSON, exactly as it is signed and sent.
    body: str = Field(sa_type=Text)
    #: `pending`, `delivered` or `failed`.
    state: str = Field(sa_type=Text)
    at: datetime = instant(nullable=False)
    not_before: datetime = instant(nullable=False)
    #: A try that fails at or after this is the last.
    give_up_at: datetime = instant(nullable=False)
    lease_until: datetime | None = instant()
    tries: int = 0
    #: What the latest try came to: the HTTP status, if there was an answer, and a sentence.
    status: int | None = None
    detail: str = Field(default="", sa_type=Text)
    ended_at: datetime | None = instant()
