"""Our account at FPT, and where it is called."""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

#: "Scope yêu cầu" of push-brandname-otp (manual 2), and of create-campaign, push-brandname-ads, cancel-ads (3.3 to 3.5).
SCOPES = ("send_brandname_otp", "send_brandname")


@dataclass(frozen=True, slots=True)
class FptAccount:
    """Our account at FPT; its keys are in no repr."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    #: The manual's live address; newer contracts name others, and its sandbox is http://sandbox.sms.fpt.net.
    base_url: str = "http://app.sms.fpt.net"
    #: What one token is asked to allow; an account for one-time passwords alone may not ask for both.
    scopes: tuple[str, ...] = SCOPES
    #: How create-campaign's text is written: the manual's sample is plain, some clients of the live API encode it. The wrong
    #: choice sends letters of base64 to everybody, so try one campaign on the sandbox first.
    campaign_message_encoding: Literal["plain", "base64"] = "plain"
    #: For one whole function, from the token to the last byte of the answer.
    timeout_s: float = 8.0

    @property
    def address(self) -> str:
        """The base address without a slash at its end."""
        return self.base_url.rstrip("/")

    @property
    def key(self) -> str:
        """Under which name this account's token is kept: tokens of other accounts, hosts or scopes are not ours."""
        return hashlib.sha256("\n".join([self.address, self.client_id, *self.scopes]).encode()).hexdigest()[:32]
