"""Events that producers can be told of: their names, and how often a receiver that does not answer is tried.

The form is that of the Standard Webhooks specification (standardwebhooks.com): `webhook-id`, `webhook-timestamp`,
`webhook-signature`, a body of `type`, `timestamp` and `data`.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import urlsplit

from worker.domain.message import MessageState
from worker.domain.states import CampaignStatus
from worker.errors import Misuse

LONGEST_URL: Final = 500

#: A message that gets into one of these states is told of.
OTP_EVENTS: Final[Mapping[MessageState, str]] = {
    state: f"otp.{state}"
    for state in (
        MessageState.ACCEPTED,
        MessageState.DELIVERED,
        MessageState.FAILED,
        MessageState.REJECTED,
        MessageState.EXPIRED,
        MessageState.UNKNOWN,
    )
}
APPROVED: Final = "campaign.approved"
STARTED: Final = "campaign.started"
NEEDS_OPERATOR: Final = "campaign.needs_operator"
#: A campaign that gets into one of these statuses is told of, wherever it came from.
CAMPAIGN_EVENTS: Final[Mapping[CampaignStatus, str]] = {
    CampaignStatus.AWAITING_APPROVAL: "campaign.awaiting_approval",
    CampaignStatus.PAUSED: "campaign.paused",
    CampaignStatus.DONE: "campaign.done",
    CampaignStatus.FAILED: "campaign.failed",
    CampaignStatus.CANCELLED: "campaign.cancelled",
}
EVENTS: Final = (
    *OTP_EVENTS.values(),
    "campaign.awaiting_approval",
    APPROVED,
    STARTED,
    "campaign.paused",
    NEEDS_OPERATOR,
    "campaign.done",
    "campaign.failed",
    "campaign.cancelled",
)
#: What `loa webhook test` sends; to every receiver, whatever it asked for.
TEST: Final = "webhook.test"

#: A receiver that never answers well is given up after this.
TRIED_FOR: Final = timedelta(hours=24)
#: Pauses after the first failed try, the second, and so on; the last one repeats.
PAUSES: Final = tuple(
    timedelta(seconds=s) for s in (5, 15, 60, 300, 600, 1200, 1800, 3600, 7200, 7200, 10_800, 10_800, 14_400)
)
#: A receiver may ask for a longer pause (Retry-After), up to this.
LONGEST_PAUSE: Final = timedelta(hours=4)


def pause_after(tries: int, spread: int, asked_s: float | None = None) -> timedelta:
    """How long to wait after so many failed tries. `spread` (any number) moves it by up to a tenth, so that a receiver that
    comes back is not met by all at the same moment; `asked_s` is what the receiver asked for.
    """
    planned = PAUSES[min(tries, len(PAUSES)) - 1] * (1 + (spread % 11) / 100)
    return max(planned, min(timedelta(seconds=asked_s or 0), LONGEST_PAUSE))


def parse_events(written: Sequence[str]) -> list[str]:
    """Types of events from names and patterns (`otp.*,campaign.done`); none: all. Misuse names what does not exist."""
    names = [name.strip() for one in written for name in one.split(",") if name.strip()]
    for name in names:
        if not any(fnmatchcase(event, name) for event in EVENTS):
            raise Misuse(f"There is no event {name!r}; take from {', '.join(EVENTS)}, or a pattern such as otp.*.")
    return [event for event in EVENTS if not names or any(fnmatchcase(event, name) for name in names)]


def check_url(url: str, what: str = "address of a webhook") -> str:
    """An address that events can be posted to; Misuse says what is wrong with it. Where it leads is not looked at here."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or not url.isascii() or not url.isprintable() or " " in url:
        raise Misuse(f"The {what} must begin with https:// or http:// and name a host; other letters are %-encoded.")
    if len(url) > LONGEST_URL:
        raise Misuse(f"The {what} has {len(url)} characters; {LONGEST_URL} are the most.")
    if parts.username is not None or parts.password is not None:
        raise Misuse(f"The {what} holds a user name or password: the signature says who calls.")
    return url
