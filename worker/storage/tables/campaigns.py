"""The tables of campaigns, batches, provider campaigns, attempts, recipients; states are in `worker/domain/states.py`.

Times are aware and in UTC, money is VND, phones are integers in 84 form. No column has a default that asks the
database for the time: the clock is ours (worker/clock.py).
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    Index,
    Numeric,
    SmallInteger,
    String,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from worker.domain.attempts import CallKind
from worker.domain.outcome import Outcome
from worker.domain.policy import Channel
from worker.domain.send_mode import SendMode
from worker.domain.states import BatchState, CampaignStatus, NextCall, ProviderCampaignState
from worker.storage.columns import instant, nullable_state, state, with_default
from worker.storage.tables.approval import AUTHORED_INDEXES, Authored
from worker.storage.tables.messages import Message

__all__ = ["Attempt", "Batch", "Campaign", "Message", "ProviderCampaign", "Recipient"]


class Campaign(Authored, table=True):
    """One text to one list through one provider, by one sender."""

    __tablename__ = "campaign"
    __table_args__ = (
        Index("ix_campaign_open", "status", postgresql_where=text("status NOT IN ('done', 'cancelled', 'failed')")),
        Index("ix_campaign_repeat_key", "repeat_key", "created_at"),
        *AUTHORED_INDEXES,
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    name: str
    provider: str
    kind: str
    send_mode: SendMode = state(SendMode)
    #: By what it reaches people. By Zalo its sender is the official account, and its text is what fills the template.
    channel: Channel = with_default(Channel, Channel.SMS)
    #: Of a Zalo campaign: the official account, its template, and the values with the columns that fill them, in its order.
    oa_id: str | None = Field(default=None, sa_type=Text)
    template_id: str | None = Field(default=None, sa_type=Text)
    template_values: list[dict[str, str]] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    #: The text for those whom Zalo certainly did not reach, and by whom; when that was decided, and the campaign that sends it.
    fallback_text: str | None = Field(default=None, sa_type=Text)
    fallback_sender: str | None = Field(default=None, sa_type=Text)
    fell_back_at: datetime | None = instant()
    #: The last batch of which it was decided, while it is.
    fallback_seq: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    fallback_id: UUID | None = None
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
    #: Of a paused one: a HALT of the provider paused it, so somebody has to mend the cause.
    halted: bool = False
    rows: int = 0
    valid: int = 0
    duplicates: int = 0
    invalid: int = 0
    suppressed: int = 0
    #: How many rows get no message, by reason; None: planned by a release that did not count them.
    refused: dict[str, int] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    #: Old 11-digit numbers that were given their new prefix.
    converted: int = 0
    #: Numbers whose consent the list proves.
    consents: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    #: Parts of the longest filled text, and of all filled texts together.
    parts: int = 0
    parts_total: int = Field(default=0, sa_type=BigInteger)
    cost_estimate: Decimal | None = Field(default=None, sa_type=Numeric(16, 2))
    #: Which file, sheet, heading and column were read (`ListFile.description`), up to three filled texts, and sentences.
    list_read: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    samples: list[dict[str, Any]] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    notes: list[str] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    #: After this moment nothing of it leaves; None: no limit.
    until: datetime | None = instant()
    #: When its last call is expected, at the account's rate and in its hours.
    finish_estimate: datetime | None = instant()
    #: The same for the same numbers, values, text and sender: by it an accidental repetition is found.
    repeat_key: str | None = Field(default=None, max_length=64)
    #: The API key by which it was created, if it was by one, and where its events go beside the webhooks.
    api_key_id: UUID | None = None
    callback_url: str | None = Field(default=None, sa_type=Text)


class Batch(SQLModel, table=True):
    """The recipients that go to the provider in one order, or, where it takes one number a call, in one worker's turn."""

    __tablename__ = "batch"
    __table_args__ = (
        Index("uq_batch_campaign_id_seq", "campaign_id", "seq", unique=True),
        # What each sweep looks for, and nothing else: they stay small whatever the history.
        Index("ix_batch_due", "not_before", postgresql_where=text("state = 'planned'")),
        Index("ix_batch_claimed", "lease_until", postgresql_where=text("state = 'sending'")),
        Index("ix_batch_poll", "next_poll_at", postgresql_where=text("state = 'accepted'")),
        Index("ix_batch_unknown", "next_lookup_at", postgresql_where=text("state = 'unknown'")),
        # By these a callback is matched.
        Index("ix_batch_provider_ref", "provider_ref", postgresql_where=text("provider_ref <> ''")),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    campaign_id: UUID = Field(foreign_key="campaign.id")
    seq: int
    size: int
    #: The filled text, the same for all recipients; where each gets his own call, the text with its `{variables}`.
    text: str = Field(sa_type=Text)
    #: By what it reaches people.
    channel: Channel = with_default(Channel, Channel.SMS)
    #: The number of the provider campaign that it is pushed into, where the provider has such.
    provider_campaign: int | None = None
    state: BatchState = state(BatchState)
    not_before: datetime = instant(nullable=False)
    #: When its task was last put on the queue.
    enqueued_at: datetime | None = instant()
    #: Calls begun, and how many of them were definitely refused; the second is part of the RequestId.
    attempts: int = 0
    refusals: int = 0
    claimed_at: datetime | None = instant()
    lease_until: datetime | None = instant()
    provider_ref: str = ""
    code: str = ""
    provider_message: str = Field(default="", sa_type=Text)
    answered_at: datetime | None = instant()
    next_poll_at: datetime | None = instant()
    polls: int = 0
    #: Of an unknown batch: when it is looked up again in the provider's record (None: as soon as its last call is settled),
    #: how often it was, and whether evidence cannot settle it, so that it waits for a person.
    next_lookup_at: datetime | None = instant()
    lookups: int = 0
    needs_operator: bool = False
    #: How many recipients have a state of their own, by it; all others are where the batch is.
    accepted: int = 0
    rejected: int = 0
    unknown: int = 0
    delivered: int = 0
    failed: int = 0
    suppressed: int = 0
    cancelled: int = 0
    cost: Decimal | None = Field(default=None, sa_type=Numeric(16, 2))


class ProviderCampaign(SQLModel, table=True):
    """An advertising campaign of the provider's own, created with a quota, into which batches are pushed one at a time."""

    __tablename__ = "provider_campaign"

    campaign_id: UUID = Field(foreign_key="campaign.id", primary_key=True)
    number: int = Field(primary_key=True)
    #: Unique at the provider for ever; ends in our campaign's id.
    name: str = Field(unique=True)
    text: str = Field(sa_type=Text)
    #: Exactly the audience: with it the provider's counting is evidence.
    quota: int
    #: When its text goes to the phones.
    due: datetime = instant(nullable=False)
    #: No push begins at or after this.
    push_by: datetime = instant(nullable=False)
    state: ProviderCampaignState = state(ProviderCampaignState)
    #: The provider's code of it; empty until it is open.
    ref: str = ""
    #: Calls begun to create it.
    attempts: int = 0
    #: Room left by the provider's latest answer; None while it never said.
    remaining: int | None = None
    #: The batch whose push is in flight: the guard that there is only one.
    pushing: UUID | None = None
    #: After this a creation in flight is certainly over.
    lease_until: datetime | None = instant()
    code: str = ""
    provider_message: str = Field(default="", sa_type=Text)
    #: What the provider said when it was asked to cancel.
    cancel_words: str = Field(default="", sa_type=Text)
    cancelled_at: datetime | None = instant()


class Attempt(SQLModel, table=True):
    """One call that costs money or reaches a phone (or one run of single calls): written before it, completed after it."""

    __tablename__ = "attempt"

    #: The batch or message, the provider campaign (`domain.attempts.provider_campaign_owner`), or a command by hand.
    owner_id: UUID = Field(primary_key=True)
    #: Counts the owner's calls.
    number: int = Field(primary_key=True)
    call: CallKind = state(CallKind)
    provider: str
    #: The account by which it was called (`domain.attempts.fingerprint`); None: not known.
    account: str | None = None
    request_id: str
    began_at: datetime = instant(nullable=False)
    #: After this the call is certainly over.
    deadline: datetime = instant(nullable=False)
    ended_at: datetime | None = instant()
    #: None: the process died before it could say.
    outcome: Outcome | None = nullable_state(Outcome)
    code: str = ""
    provider_message: str = Field(default="", sa_type=Text)
    #: The provider's id of what it accepted, where an owner does not keep it: of a command by hand.
    ref: str = Field(default="", sa_column_kwargs={"server_default": ""})
    #: The provider's body, with keys, numbers and the texts of messages masked.
    raw: str = Field(default="", sa_type=Text)


class Recipient(SQLModel, table=True):
    """One number of one campaign; the key makes it unique in it.

    No foreign key: checking it costs more than storing the row (ARCHITECTURE, decision 4).
    """

    __tablename__ = "recipient"
    __table_args__ = (
        Index("ix_recipient_campaign_id_batch_seq", "campaign_id", "batch_seq"),
        Index("ix_recipient_ref", "ref", postgresql_where=text("ref IS NOT NULL")),
    )

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
    #: For people only; what may be sent is decided by `state` and `next_call`.
    reason: str | None = Field(default=None, sa_type=Text)
    next_call: NextCall | None = nullable_state(NextCall)
    #: Of its own call, where it gets one: the provider's id and code, and how often it was definitely refused.
    ref: str | None = Field(default=None, sa_type=Text)
    code: str | None = Field(default=None, sa_type=Text)
    refusals: int | None = Field(default=None, sa_type=SmallInteger)
    #: Where it gets a call of its own: the time at which its ad is counted; None: it is not.
    counted_at: datetime | None = instant()
