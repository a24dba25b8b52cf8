"""The states and which may follow which: one table each, from which the SQL's WHERE clauses are built.

A state only moves along its arrows; an UPDATE whose guard hits no row is a repeated or late event, which is normal.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import TypeVar


class CampaignStatus(StrEnum):
    """Where a campaign is, in the words of the contract."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    #: Nothing is left to send, but at least one batch is UNKNOWN.
    RECONCILING = "reconciling"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class BatchState(StrEnum):
    """Where a batch is; its recipients are there with it until results per number arrive."""

    #: Not yet with the provider; `not_before` says from when it may go.
    PLANNED = "planned"
    #: Claimed by one worker, which is about to call or is calling.
    SENDING = "sending"
    #: The provider has it; reports are awaited.
    ACCEPTED = "accepted"
    #: The last report that the provider can give is in.
    REPORTED = "reported"
    #: The provider may have it; only evidence or an operator moves it on.
    UNKNOWN = "unknown"
    #: The provider will never take it.
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class ProviderCampaignState(StrEnum):
    """Where a campaign of the provider's own is, into which batches are pushed."""

    PLANNED = "planned"
    #: One worker is about to create it or is creating it.
    CREATING = "creating"
    #: It exists, and takes numbers.
    OPEN = "open"
    #: It may exist; it holds no number of ours, so it may be created again.
    UNKNOWN = "unknown"
    #: Its name is taken by an unknown creation of ours whose code we never learnt: it stays empty for ever.
    ORPHAN = "orphan"
    #: The provider was asked to cancel it, and answered.
    CANCELLED = "cancelled"


class RecipientState(StrEnum):
    """What is known of one number beyond the state of its batch."""

    #: Its own call is about to be made or is being made.
    SENDING = "sending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"


class NextCall(StrEnum):
    """What may be done next with a number that was called before; a number without one was never called, or is settled."""

    #: The provider's record does not show the lost call: the same key once more, while the provider remembers it.
    RETRY_SAME_KEY = "retry_same_key"
    #: A gateway turned the call away, or it never left: the same key while it is remembered, else a look-up first.
    TURNED_AWAY = "turned_away"
    #: An operator said that the lost call was not taken: a new key.
    RETRY_NEW_KEY = "retry_new_key"
    #: Of a Zalo campaign that is over: it certainly did not arrive, so the campaign that follows it sends a text.
    FALL_BACK = "fall_back"


C, B, P = CampaignStatus, BatchState, ProviderCampaignState

CAMPAIGN_NEXT: Mapping[CampaignStatus, AbstractSet[CampaignStatus]] = {
    C.DRAFT: {C.AWAITING_APPROVAL, C.SCHEDULED, C.FAILED, C.CANCELLED},
    # Back to a draft when it is declined, or its author takes it back.
    C.AWAITING_APPROVAL: {C.SCHEDULED, C.DRAFT, C.FAILED, C.CANCELLED},
    # To be approved anew when it is changed after it was approved.
    C.SCHEDULED: {C.SENDING, C.PAUSED, C.AWAITING_APPROVAL, C.CANCELLED},
    C.SENDING: {C.PAUSED, C.RECONCILING, C.DONE, C.FAILED, C.CANCELLED},
    C.PAUSED: {C.SCHEDULED, C.SENDING, C.DONE, C.FAILED, C.CANCELLED},
    # What it left unknown may have to go again, and a pause holds that up too.
    C.RECONCILING: {C.SENDING, C.PAUSED, C.DONE, C.FAILED, C.CANCELLED},
    # FPT can cancel an order that it took, until its text is due.
    C.DONE: {C.CANCELLED},
    C.CANCELLED: set(),
    C.FAILED: set(),
}

BATCH_NEXT: Mapping[BatchState, AbstractSet[BatchState]] = {
    # To ACCEPTED and UNKNOWN where the numbers were called one by one and what was left of them is cancelled.
    B.PLANNED: {B.SENDING, B.CANCELLED, B.REJECTED, B.ACCEPTED, B.UNKNOWN},
    # Back to PLANNED only after a definite refusal (RETRY, HALT).
    B.SENDING: {B.ACCEPTED, B.PLANNED, B.REJECTED, B.UNKNOWN},
    # People review ads: an order that was taken may be refused an hour later (eSMS status 4).
    B.ACCEPTED: {B.REPORTED, B.REJECTED, B.CANCELLED},
    B.REPORTED: set(),
    # By evidence or by an operator's word, never by a second send.
    B.UNKNOWN: {B.ACCEPTED, B.REJECTED, B.PLANNED, B.CANCELLED},
    B.REJECTED: set(),
    # The answer of a call that was given up came after all, or the record shows that it was taken.
    B.CANCELLED: {B.ACCEPTED},
}

PROVIDER_CAMPAIGN_NEXT: Mapping[ProviderCampaignState, AbstractSet[ProviderCampaignState]] = {
    P.PLANNED: {P.CREATING},
    P.CREATING: {P.OPEN, P.PLANNED, P.UNKNOWN, P.ORPHAN},
    # A creation messages nobody, so an unknown one is tried again under its name.
    P.UNKNOWN: {P.CREATING},
    P.OPEN: {P.CANCELLED},
    P.ORPHAN: set(),
    P.CANCELLED: set(),
}

#: A campaign in these may be released; only once it is SENDING may its batches be claimed.
RUNNING = frozenset({C.SCHEDULED, C.SENDING})
#: Nothing more happens to a campaign in these, but for corrections by late reports.
ENDED = frozenset({C.DONE, C.CANCELLED, C.FAILED})

S = TypeVar("S", CampaignStatus, BatchState, ProviderCampaignState)


def sources(table: Mapping[S, AbstractSet[S]], to: S) -> list[S]:
    """Every state that may become `to`: the WHERE clause of the update."""
    return [state for state, targets in table.items() if to in targets]
