"""How does Loa call eSMS? One request a question, one account, nothing repeated."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import httpx

from worker.domain.outcome import Outcome
from worker.errors import ConfigError
from worker.log import hide
from worker.providers import http
from worker.providers.base import (
    AdOrder,
    AdsProvider,
    Answer,
    Balance,
    MessageProvider,
    OrderStatus,
    Purpose,
    Reading,
    Receiver,
    RecordsProvider,
    Sender,
    SentPage,
    TextMessage,
)
from worker.providers.callback import Callback, CallbackProvider
from worker.providers.esms import ads, callbacks, calls, messages, reports, sent_data, standing, viber, voice, zalo
from worker.providers.esms.account import EsmsAccount
from worker.providers.esms.answers import Codes, meaning
from worker.providers.esms.codes import CODES, MESSAGE_CODES, OTT_CODES, SEEN_BEFORE, VOICE_CODES
from worker.providers.esms.writing import Unwritable, Wanted

#: Answers to an order or a status question are a few lines; a list of 5,000 receivers is about half a megabyte.
MAX_ANSWER_BYTES: Final = 1_000_000
MAX_RECEIVERS_BYTES: Final = 20_000_000
#: V1 answers with all rows of its days at once.
MAX_SENT_DATA_BYTES: Final = 50_000_000


class Esms(AdsProvider, MessageProvider, RecordsProvider, CallbackProvider):
    """The eSMS adapter; raises only ConfigError, and only when it is made with an account that can never work."""

    name = "esms"
    seen_before = SEEN_BEFORE
    receipt = callbacks.RECEIPT

    def __init__(self, account: EsmsAccount, wire: httpx.AsyncBaseTransport | None = None) -> None:
        if problems := account.problems():
            raise ConfigError(problems)
        self.account = account
        self.wire = wire or http.new_wire()
        hide(account.api_key, account.secret_key, account.callback_url)

    async def send_ads(self, order: AdOrder) -> Answer:
        """Place one order with the account's `ads_api`; never raises, never repeats."""
        return await self._send(partial(ads.wanted, order, self.account), CODES)

    async def send_message(
        self, message: TextMessage, *, sms_type: str = "", send_date: datetime | None = None, callback_url: str = ""
    ) -> Answer:
        """Send one text by SendMultipleMessage_V4 in the account's `message_api`; never raises, never repeats.

        Without `sms_type` it is 2 for customer care, and the account's `otp_sms_type` for a one-time password. `send_date` is
        aware, and written in Vietnam's time.
        """
        write = partial(
            messages.wanted,
            message,
            self.account,
            sms_type=sms_type or self._sms_type(message.purpose),
            send_date=send_date,
            callback_url=callback_url or self.account.callback_url,
        )
        return await self._send(write, MESSAGE_CODES, secrets=[message.text])

    async def send_viber(self, message: viber.ViberMessage, *, callback_url: str = "") -> Answer:
        """Send one Viber message; a combination that eSMS does not permit is refused without a call."""
        callback = callback_url or self.account.callback_url
        write = partial(viber.wanted, message, self.account, callback_url=callback)
        return await self._send(write, OTT_CODES, secrets=[message.text])

    async def send_zalo(
        self, message: zalo.ZaloMessage, *, send_date: datetime | None = None, callback_url: str = ""
    ) -> Answer:
        """Send one Zalo message by template (SendZaloMessage_V4_post_json); by V4 it is `send_message` with 24 or 25."""
        callback = callback_url or self.account.callback_url
        write = partial(zalo.wanted, message, self.account, send_date=send_date, callback_url=callback)
        return await self._send(write, OTT_CODES, setting="LOA_ESMS_OTT_BASE_URL", secrets=message.params)

    async def send_multichannel(
        self, first: zalo.ZaloMessage, second: TextMessage, *, sms_type: str = "2", callback_url: str = ""
    ) -> Answer:
        """Send by Zalo, and by text when that fails (MultiChannelMessage); each way has its own RequestId."""
        callback = callback_url or self.account.callback_url
        write = partial(zalo.multichannel, first, second, self.account, sms_type=sms_type, callback_url=callback)
        secrets = [*first.params, second.text]
        return await self._send(write, OTT_CODES, setting="LOA_ESMS_OTT_BASE_URL", secrets=secrets)

    async def call_template(self, call: voice.TemplateCall) -> Answer:
        """Call one number and read a template to it; `ref` is what `call_status` asks with."""
        return await self._ring(partial(voice.template_call, call, self.account), call.variables)

    async def call_record(self, call: voice.RecordCall) -> Answer:
        """Call one number and play a recording to it."""
        return await self._ring(partial(voice.record_call, call, self.account), ())

    async def call_otp(self, call: voice.OtpCall) -> Answer:
        """Call one number and read a code to it; eSMS has no key against repeats here."""
        return await self._ring(partial(voice.otp_call, call, self.account), [call.code])

    async def order_status(self, ref: str) -> OrderStatus:
        """GetSendStatus: known for seven days after sending (web), and not at once; never raises."""
        return reports.order_status(await self._ask(partial(reports.ask_status, self.account, ref)))

    async def receivers(self, ref: str) -> list[Receiver] | None:
        """GetSmsReceiverStatus_get; numbers that eSMS dropped are missing from the list. Never raises."""
        got = await self._ask(partial(reports.ask_receivers, self.account, ref), MAX_RECEIVERS_BYTES)
        return reports.receivers(got, ref)

    async def call_status(self, ref: str) -> Reading[calls.CallResult]:
        """GetSendStatus of a call; never raises."""
        return calls.status(await self._ask(partial(calls.ask, self.account, ref)), ref)

    async def balance(self) -> Reading[Balance]:
        """GetBalance; never raises."""
        return standing.balance(await self._ask(partial(standing.ask_balance, self.account)))

    async def senders(self) -> Reading[list[Sender]]:
        """GetListBrandname; never raises."""
        return standing.senders(await self._ask(partial(standing.ask_senders, self.account)))

    async def sent_data(
        self, start: datetime, end: datetime, page: int = 1, *, sms_type: str = "1"
    ) -> Reading[SentPage]:
        """GetSmsSentData in the account's generation: what was made between two aware times, one page; never raises.

        Only V2 looks for one `sms_type` (1 ads, 2 care, 8, 23, 24, 25); V1 answers with all of them.
        """
        write = partial(sent_data.wanted, self.account, start, end, page, sms_type)
        got = await self._ask(write, MAX_SENT_DATA_BYTES)
        return sent_data.read(got, page, paged=self.account.sent_data == "v2")

    async def records(self, start: datetime, end: datetime, page: int, purpose: Purpose) -> Reading[SentPage]:
        """`sent_data` of the type in which texts for this purpose go."""
        return await self.sent_data(start, end, page, sms_type=self._sms_type(purpose))

    def read_callback(self, query: bytes, received: bytes) -> Callback | None:
        """What a callback of a message or of a call says; None when it names neither."""
        return callbacks.read(query, received)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.wire.aclose()

    def _sms_type(self, purpose: Purpose) -> str:
        match purpose:
            case Purpose.ADS:
                return "1"
            case Purpose.CARE:
                return "2"
            case Purpose.OTP:
                return self.account.otp_sms_type

    async def _ring(self, write: Callable[[], Wanted], secrets: Sequence[str]) -> Answer:
        return await self._send(write, VOICE_CODES, setting="LOA_ESMS_VOICE_BASE_URL", secrets=secrets)

    async def _send(
        self,
        write: Callable[[], Wanted],
        codes: Codes,
        *,
        setting: str = "LOA_ESMS_BASE_URL",
        secrets: Sequence[str] = (),
    ) -> Answer:
        try:
            request = self._request(write())
        except Unwritable as fault:
            return Answer(Outcome.REJECTED, words=str(fault))
        except httpx.InvalidURL:
            return Answer(Outcome.REJECTED, words="the request is too long for an address: shorten the text")
        return meaning(await self._carry(request, MAX_ANSWER_BYTES), codes, setting=setting, secrets=secrets)

    async def _ask(self, write: Callable[[], Wanted], max_bytes: int = MAX_ANSWER_BYTES) -> http.Reply | http.Fault:
        try:
            request = self._request(write())
        except (Unwritable, httpx.InvalidURL) as fault:
            return http.Fault(never_left=True, words=str(fault) if isinstance(fault, Unwritable) else "too long")
        return await self._carry(request, max_bytes)

    def _request(self, wanted: Wanted) -> httpx.Request:
        return http.request(
            wanted.method,
            wanted.url,
            content=wanted.content or None,
            headers={"Content-Type": wanted.content_type} if wanted.content_type else None,
            within_s=self.account.timeout_s,
        )

    async def _carry(self, request: httpx.Request, max_bytes: int) -> http.Reply | http.Fault:
        return await http.call(self.wire, request, deadline_s=self.account.timeout_s, max_bytes=max_bytes)
