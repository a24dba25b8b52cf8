"""The FPT adapter: one account, one shared token, nothing repeated but what was refused for its token."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import httpx

from worker.domain.attempts import fingerprint
from worker.domain.callback import Callback
from worker.domain.calls import AdCampaign, Answer, Cancellation, Push, TextMessage
from worker.domain.outcome import Outcome
from worker.errors import ConfigError
from worker.log import redact_words
from worker.providers import body, http
from worker.providers.base import AdCampaignProvider, MessageProvider
from worker.providers.callback import CallbackProvider
from worker.providers.fpt import callbacks, campaigns, messages, reports
from worker.providers.fpt.account import FptAccount
from worker.providers.fpt.codes import LACKS_SCOPE, SEEN_BEFORE, TOKEN_REFUSED
from worker.providers.fpt.parsing import Function, meaning
from worker.providers.fpt.session import Session, post_json
from worker.providers.fpt.tokens import Token, TokenStore

#: The longest answer lists the pushes of a cancelled campaign.
MAX_ANSWER_BYTES: Final = 1_000_000


class Fpt(MessageProvider, AdCampaignProvider, CallbackProvider):
    """The FPT adapter; raises only ConfigError, and only when it is made with an address that can never work.

    `tokens` is shared by all processes of an account; `now` says what time it is, for the life of tokens.
    Every function ends within the account's `timeout_s`, a new token included.
    """

    name = "fpt"
    duplicate_codes = SEEN_BEFORE
    receipt = callbacks.RECEIPT

    def __init__(
        self,
        account: FptAccount,
        tokens: TokenStore,
        now: Callable[[], datetime],
        wire: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if not http.can_be_called(account.base_url):
            raise ConfigError([f"LOA_FPT_BASE_URL: {account.base_url!r} is not an http or https address"])
        self.account = account
        self.fingerprint = fingerprint(self.name, account.client_id)
        self.wire = wire or http.new_wire()
        self._session = Session(account, tokens, now, self.wire)
        redact_words(account.client_id, account.client_secret)

    async def send_message(self, message: TextMessage) -> Answer:
        """push-brandname-otp: one text to one number; FPT has no key against repeats. Never raises, never repeats.

        A taken message whose echo differs from what was sent stays ACCEPTED; its words warn.
        """
        if fault := messages.unwritable(text=message.text, sender=message.sender):
            return Answer(Outcome.REJECTED, provider_message=fault)
        fields, secrets = messages.fields_of(message), messages.secrets_of(message.text)
        return messages.compared(*await self._step(messages.PUSH_OTP, fields, secrets), message.text)

    async def create_campaign(self, order: AdCampaign) -> Answer:
        """create-campaign: accepted, `ref` is the CampaignCode; `name_taken` knows a name that is there already.

        Never raises, never repeats; a lost answer is UNKNOWN.
        """
        if fault := messages.unwritable(text=order.text, sender=order.sender, name=order.name):
            return Answer(Outcome.REJECTED, provider_message=fault)
        fields = campaigns.fields_of(order, self.account.campaign_message_encoding)
        return (await self._step(campaigns.CREATE, fields))[0]

    async def push(self, campaign_code: str, phones: Sequence[int]) -> Push:
        """push-brandname-ads: numbers into a campaign; accepted, `answer.ref` is the BatchId. Never raises, never repeats.

        FPT may take fewer than were pushed: `taken` and `remaining` are its own counting, on refusals too.
        """
        if fault := messages.unwritable(campaign=campaign_code) or ("" if phones else "there is no number to push"):
            return Push(Answer(Outcome.REJECTED, provider_message=fault))
        fields = {"CampaignCode": campaign_code, "PhoneList": campaigns.phone_list(phones)}
        return campaigns.pushed(*await self._step(campaigns.PUSH_ADS, fields), len(phones))

    async def cancel(self, campaign_code: str) -> Cancellation:
        """cancel-ads: says push by push what it stopped; never raises. A caller may repeat it."""
        if fault := messages.unwritable(campaign=campaign_code):
            return Cancellation(Answer(Outcome.REJECTED, provider_message=fault))
        return campaigns.cancelled(*await self._step(campaigns.CANCEL, {"CampaignCode": campaign_code}))

    def name_taken(self, answer: Answer, *, after_unknown: bool = False) -> bool:
        """Whether create-campaign was refused because the name is there already."""
        return campaigns.name_taken(answer, after_unknown=after_unknown)

    def parse_report(self, received: bytes) -> reports.Report | None:
        """Read the body of a delivery callback; None when it is no report that names a message."""
        return reports.parse_report(received)

    def read_callback(self, query: bytes, received: bytes) -> Callback | None:
        """What a delivery report says; None when it names no message."""
        return callbacks.read(query, received)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.wire.aclose()

    async def _step(
        self, function: Function, fields: Mapping[str, str], secrets: Collection[str] = ()
    ) -> tuple[Answer, body.Fields]:
        """One call with the shared token; once more with a new one if this one was refused: then nothing was taken.

        No request leaves with too little time to be answered, which would make an unknown call out of nothing: a token may cost
        half of what is left, and the second call begins with a quarter of the whole or not at all.
        """
        ends = time.monotonic() + self.account.timeout_s
        refused: Token | None = None
        while True:
            token = await self._session.token((ends - time.monotonic()) / 2, refused)
            if isinstance(token, Answer):
                return token, {}
            answer, found = await self._call(function, fields, token, ends - time.monotonic(), secrets)
            if answer.code == LACKS_SCOPE:
                await self._session.forget(token)
            if refused is not None or answer.outcome is not Outcome.HALT or answer.code not in TOKEN_REFUSED:
                return answer, found
            if ends - time.monotonic() < self.account.timeout_s / 2:
                words = "the token ran out, and the time for a new one"
                return replace(answer, outcome=Outcome.RETRY, provider_message=words), found
            refused = token

    async def _call(
        self, function: Function, fields: Mapping[str, str], token: Token, within_s: float, secrets: Collection[str]
    ) -> tuple[Answer, body.Fields]:
        content = {"access_token": token.access_token, "session_id": token.session_id, **fields}
        url = self.account.address + function.path
        got = await post_json(self.wire, url, content, within_s, MAX_ANSWER_BYTES)
        return meaning(got, function, (token.access_token, token.session_id, *secrets))
