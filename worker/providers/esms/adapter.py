"""The eSMS adapter: one request a question, one account, nothing repeated."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import httpx

from worker.domain.account import Balance, Reading, Sender
from worker.domain.attempts import fingerprint
from worker.domain.callback import Callback
from worker.domain.calls import AdOrder, Answer, CodeCheck, Purpose, TextMessage
from worker.domain.delivery import OrderStatus, Receiver, SentPage
from worker.domain.outcome import Outcome
from worker.errors import ConfigError
from worker.log import redact_words
from worker.providers import http
from worker.providers.base import AdsProvider, MessageProvider, RecordsProvider, SendersProvider
from worker.providers.callback import CallbackProvider
from worker.providers.esms import (
    account_info,
    ads,
    callbacks,
    calls,
    made_codes,
    messages,
    reports,
    sent_data,
    viber,
    voice,
    zalo,
    zalo_bulk,
)
from worker.providers.esms.account import EsmsAccount
from worker.providers.esms.codes import (
    BLOCKED,
    CODES,
    MESSAGE_CODES,
    NUMBER_BLOCKED,
    OTT_CODES,
    SEEN_BEFORE,
    VOICE_CODES,
)
from worker.providers.esms.parsing import Codes, meaning
from worker.providers.esms.questions import Questions
from worker.providers.esms.writing import RequestSpec, Unwritable

#: Answers to an order or a status question are a few lines; a list of 5,000 receivers is about half a megabyte.
MAX_ANSWER_BYTES: Final = 1_000_000
MAX_RECEIVERS_BYTES: Final = 20_000_000
#: V1 answers with all rows of its days at once.
MAX_SENT_DATA_BYTES: Final = 50_000_000


class Esms(Questions, AdsProvider, MessageProvider, RecordsProvider, SendersProvider, CallbackProvider):
    """The eSMS adapter; raises only ConfigError, and only when it is made with an account that can never work."""

    name = "esms"
    duplicate_codes = SEEN_BEFORE
    receipt = callbacks.RECEIPT

    def __init__(self, account: EsmsAccount, wire: httpx.AsyncBaseTransport | None = None) -> None:
        if problems := account.problems():
            raise ConfigError(problems)
        self.account = account
        self.fingerprint = fingerprint(self.name, account.api_key)
        self.wire = wire or http.new_wire()
        redact_words(account.api_key, account.secret_key, account.callback_url)

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
        return await self._send(write, self._of_one_number(MESSAGE_CODES), secrets=[message.text])

    async def send_viber(self, message: viber.ViberMessage, *, callback_url: str = "") -> Answer:
        """Send one Viber message; a combination that eSMS does not permit is refused without a call."""
        callback = callback_url or self.account.callback_url
        write = partial(viber.wanted, message, self.account, callback_url=callback)
        return await self._send(write, self._of_one_number(OTT_CODES), secrets=[message.text])

    async def send_zalo(
        self, message: zalo.ZaloMessage, *, send_date: datetime | None = None, callback_url: str = ""
    ) -> Answer:
        """Send one Zalo message by template (SendZaloMessage_V4_post_json); by V4 it is `send_message` with 24 or 25."""
        callback = callback_url or self.account.callback_url
        write = partial(zalo.wanted, message, self.account, send_date=send_date, callback_url=callback)
        codes = self._of_one_number(OTT_CODES)
        return await self._send(write, codes, setting="LOA_ESMS_OTT_BASE_URL", secrets=message.params)

    async def send_zalo_bulk(
        self, messages: Sequence[zalo.ZaloMessage], *, send_date: datetime | None = None, callback_url: str = ""
    ) -> zalo_bulk.BulkAnswer:
        """Send up to 500 Zalo messages of one template in one request (Send_zns_bulk_v4_post_json); part may be refused."""
        callback = callback_url or self.account.callback_url
        try:
            request = self._request(
                zalo_bulk.wanted(messages, self.account, send_date=send_date, callback_url=callback)
            )
        except Unwritable as fault:
            refused = Answer(Outcome.REJECTED, provider_message=str(fault))
            return zalo_bulk.BulkAnswer(refused, tuple(refused for _ in messages))
        got = await self._carry(request, MAX_ANSWER_BYTES)
        return zalo_bulk.read(got, messages, self._of_one_number(OTT_CODES))

    async def send_multichannel(
        self, first: zalo.ZaloMessage, second: TextMessage, *, sms_type: str = "2", callback_url: str = ""
    ) -> Answer:
        """Send by Zalo, and by text when that fails (MultiChannelMessage); each way has its own RequestId."""
        callback = callback_url or self.account.callback_url
        write = partial(zalo.multichannel, first, second, self.account, sms_type=sms_type, callback_url=callback)
        secrets = [*first.params, second.text]
        codes = self._of_one_number(OTT_CODES)
        return await self._send(write, codes, setting="LOA_ESMS_OTT_BASE_URL", secrets=secrets)

    async def call_template(self, call: voice.TemplateCall) -> Answer:
        """Call one number and read a template to it; `ref` is what `call_status` asks with."""
        return await self._enqueue(partial(voice.template_call, call, self.account), call.variables)

    async def call_record(self, call: voice.RecordCall) -> Answer:
        """Call one number and play a recording to it."""
        return await self._enqueue(partial(voice.record_call, call, self.account), ())

    async def call_otp(self, call: voice.OtpCall) -> Answer:
        """Call one number and read a code to it; eSMS has no key against repeats here."""
        return await self._enqueue(partial(voice.otp_call, call, self.account), [call.code], keyed=False)

    async def send_code(self, message: TextMessage) -> Answer:
        """Send a text with a code that eSMS makes (SendMessageAutoGenCode_V4_get); it has no key against repeats."""
        codes = self._of_one_number(MESSAGE_CODES)
        answer = await self._send(partial(made_codes.wanted, message, self.account), codes, keyed=False)
        return made_codes.hidden(answer, message)

    async def check_code(self, check: CodeCheck) -> Answer:
        """Whether a code that eSMS made for a number is right (CheckCodeGen_V4_get): a right one is used by that."""
        return made_codes.verdict(await self._ask(partial(made_codes.asked, check, self.account)), check)

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
        return account_info.balance(await self._ask(partial(account_info.ask_balance, self.account)))

    async def senders(self) -> Reading[list[Sender]]:
        """GetListBrandname; never raises."""
        return account_info.senders(await self._ask(partial(account_info.ask_senders, self.account)))

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

    async def _enqueue(self, write: Callable[[], RequestSpec], secrets: Sequence[str], *, keyed: bool = True) -> Answer:
        codes = self._of_one_number(VOICE_CODES)
        return await self._send(write, codes, setting="LOA_ESMS_VOICE_BASE_URL", secrets=secrets, keyed=keyed)

    def _of_one_number(self, codes: Codes) -> Codes:
        """The codes of a send to one number: what 99 says of it is a setting, for the documents differ."""
        return {**codes, BLOCKED: NUMBER_BLOCKED} if self.account.code_99 == "blocked" else codes

    async def _send(
        self,
        write: Callable[[], RequestSpec],
        codes: Codes,
        *,
        setting: str = "LOA_ESMS_BASE_URL",
        secrets: Sequence[str] = (),
        keyed: bool = True,
    ) -> Answer:
        try:
            request = self._request(write())
        except Unwritable as fault:
            return Answer(Outcome.REJECTED, provider_message=str(fault))
        except httpx.InvalidURL:
            return Answer(Outcome.REJECTED, provider_message="the request is too long for an address: shorten the text")
        got = await self._carry(request, MAX_ANSWER_BYTES)
        return meaning(got, codes, setting=setting, secrets=secrets, keyed=keyed)

    async def _ask(
        self, write: Callable[[], RequestSpec], max_bytes: int = MAX_ANSWER_BYTES
    ) -> http.Reply | http.Fault:
        try:
            request = self._request(write())
        except (Unwritable, httpx.InvalidURL) as fault:
            return http.Fault(
                never_left=True, provider_message=str(fault) if isinstance(fault, Unwritable) else "too long"
            )
        return await self._carry(request, max_bytes)

    def _request(self, wanted: RequestSpec) -> httpx.Request:
        return http.request(
            wanted.method,
            wanted.url,
            content=wanted.content or None,
            headers={"Content-Type": wanted.content_type} if wanted.content_type else None,
            within_s=self.account.timeout_s,
        )

    async def _carry(self, request: httpx.Request, max_bytes: int) -> http.Reply | http.Fault:
        return await http.call(self.wire, request, deadline_s=self.account.timeout_s, max_bytes=max_bytes)
