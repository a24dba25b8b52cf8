"""Attempts: calls that cost money or reach a phone. Their kinds, their keys, and how long a call may be repeated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid5

from worker.domain.outcome import DEFINITE_REFUSALS, Outcome


class CallKind(StrEnum):
    """What is called for; each attempt is of one kind."""

    #: A batch as one order of ads (eSMS).
    ORDER = "order"
    #: A batch pushed into a campaign of the provider's own (FPT).
    PUSH = "push"
    #: One worker's run over the numbers of a batch, each a call of its own.
    SINGLE = "single"
    #: A campaign created at the provider; it messages nobody by itself.
    CREATE = "create"
    #: What the provider has of a campaign is to be stopped.
    CANCEL = "cancel"
    #: A one-time password.
    OTP = "otp"
    #: Commands given by hand: a phone call, or a message by another channel.
    DIRECT = "direct"


_BY_HAND: Final = UUID("4f0c3c0e-6d1b-4c83-9f0e-0d6a3a7c2b51")

#: eSMS remembers a RequestId for 24 hours (web, error 124); a repeat stays well inside.
REPEAT_WITHIN: Final = timedelta(hours=20)

#: A process that slept between its claim and its call (a stopped machine, a full swap) must not wake up and send:
#: a pause may have returned, a window may have closed, nobody waits for the code any more.
CALL_WITHIN: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Terms:
    """By which account a claim is made and when, how long its call may take, and how long it is believed."""

    provider: str
    #: The account's `fingerprint`; empty where nothing names it to the provider.
    account: str
    now: datetime
    #: No call begins after this.
    last_call: datetime
    deadline: datetime
    lease_until: datetime

    def in_time(self, now: datetime) -> bool:
        """Whether a call of this claim may begin at `now`."""
        return now <= self.now + CALL_WITHIN


def may_repeat(first_call: datetime, now: datetime) -> bool:
    """Whether the provider surely still remembers a call that began at `first_call`, should it have taken it."""
    return now - first_call < REPEAT_WITHIN


def maybe_taken(outcome: str | None) -> bool:
    """Whether a call with this outcome may be with the provider; None: its process died before it could say."""
    return outcome is None or Outcome(outcome) not in DEFINITE_REFUSALS


def fingerprint(provider: str, account: str) -> str:
    """What an attempt keeps of the account by which it was called: it tells another one apart, and shows nobody the key.

    `account` is what names it to the provider; empty where nothing does, and then so is this.
    """
    return sha256(f"{provider} {account}".encode()).hexdigest()[:16] if account else ""


def request_id(owner: UUID, refusals: int) -> str:
    """The idempotency key of a batch's or a message's call: at most 50 characters.

    It changes with definite refusals alone, so that an unknown call is only ever repeated under its own key.
    """
    return f"{owner}-{refusals}"


def number_request_id(campaign: UUID, row: int, refusals: int) -> str:
    """The idempotency key of the call for one number, which its row in the list stands for."""
    return str(uuid5(campaign, f"{row}-{refusals}"))


def provider_campaign_owner(campaign: UUID, number: int) -> UUID:
    """Under which id the calls for a campaign of the provider's own are kept, which has a number and no id."""
    return uuid5(campaign, f"provider campaign {number}")


def ad_by_hand_owner(provider: str, request_id: str, phone: int, channels: Sequence[str]) -> UUID:
    """Under which id the calls of one ad by hand are kept: the same when the command is given again under its request id."""
    return uuid5(_BY_HAND, f"{provider} {request_id} {phone} {' '.join(channels)}")
