"""The Fibo adapter: one request a text, one account, nothing repeated.

Fibo wants its password in the URL of a GET over plain http. It is kept out of every answer, and nothing of ours logs an
address (httpx's own client and transports would); `send_by="form"` keeps it out of the servers' logs on the way too, where
the account's server takes forms.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

import httpx

from worker.domain.account import Balance, Reading, Totals
from worker.domain.attempts import fingerprint
from worker.domain.calls import Answer, TextMessage
from worker.domain.outcome import Outcome
from worker.errors import ConfigError
from worker.log import redact_words
from worker.providers import http
from worker.providers.base import MessageProvider
from worker.providers.fibo import account as about_account
from worker.providers.fibo import requests, sending
from worker.providers.fibo.codes import REPEATED

#: Every answer is a few lines.
MAX_ANSWER_BYTES: Final = 100_000


@dataclass(frozen=True, slots=True)
class FiboAccount:
    """Our account at Fibo; its passwords are in no repr."""

    #: Like CL0001.
    client_no: str
    #: The password for sending, which need not be the one for the website.
    client_pass: str = field(repr=False)
    #: The pages say `.aspx`; every public client calls `.asmx`.
    base_url: str = "http://center.fibosms.com/service.asmx"
    #: The totals page (section 2.3), or where `totals_by` "soap" is answered.
    status_url: str = "http://103.48.194.60/WebserivceFibo/PartnerMtTotal.aspx"
    #: The totals page's own user and password; empty: those for sending.
    status_username: str = ""
    status_password: str = field(default="", repr=False)
    #: For the whole call, from the connection to the last byte.
    timeout_s: float = 8.0
    #: "query" is the GET of the samples, "form" a POST of the same parameters ("POST/GET, SOAP" in the introduction).
    send_by: Literal["query", "form"] = "query"
    #: What smsGUID holds: the message's key, or the "0" that the pages call its default.
    sms_guid: Literal["key", "zero"] = "key"
    #: Of SendMaskedSMS: 0 by default; some accounts have a number of their own.
    service_type: int = 0
    #: What AccountBalance counts: money for a money package, otherwise messages (section 2.1).
    balance_unit: Literal["VND", "messages"] = "VND"
    totals_by: Literal["page", "soap"] = "page"


class Fibo(MessageProvider):
    """The Fibo adapter; raises only ConfigError, and only when it is made with an address that can never work.

    Fibo knows no key against repeats: a repeated text is sent, and paid, again. A `wire` that repeats requests by
    itself must not be given.
    """

    name = "fibo"
    duplicate_codes = frozenset({REPEATED})
    #: A text in which this is found is refused by the web server before Fibo sees it.
    refused_markup = r"<[A-Za-z!/?]|&#"

    def __init__(self, account: FiboAccount, wire: httpx.AsyncBaseTransport | None = None) -> None:
        urls = {"LOA_FIBO_BASE_URL": account.base_url, "LOA_FIBO_STATUS_URL": account.status_url}
        if bad := [
            f"{name}: {url!r} is not an http or https address"
            for name, url in urls.items()
            if not http.can_be_called(url)
        ]:
            raise ConfigError(bad)
        self.account = account
        self.fingerprint = fingerprint(self.name, account.client_no)
        self.wire = wire or http.new_wire()
        self._base = account.base_url.rstrip("/")
        redact_words(account.client_pass, account.status_password)

    async def send_message(self, message: TextMessage) -> Answer:
        """SendMaskedSMS (section 2.2): one text to one number; never raises, never repeats.

        The message's `key` goes as smsGUID, by which Fibo can be asked about it; it does not keep a repeat from being
        sent. Only code 6 tells that a text was taken before: `is_evidence`.
        """
        if fault := requests.unwritable(message):
            return Answer(Outcome.REJECTED, provider_message=fault)
        account = self.account
        guid = message.key if account.sms_guid == "key" else requests.NO_GUID
        pairs = requests.send_masked_sms(message, account.client_no, account.client_pass, guid, account.service_type)
        url = f"{self._base}/SendMaskedSMS"
        if account.send_by == "query":
            return sending.meaning(await self._get(url, pairs), guid, message.text)
        form = requests.encoded(pairs).encode()
        return sending.meaning(await self._post(url, form, {"Content-Type": requests.FORM}), guid, message.text)

    async def balance(self) -> Reading[Balance]:
        """GetClientBalance (section 2.1): messages, or money of a money package; never raises."""
        account = self.account
        pairs = requests.get_client_balance(account.client_no, account.client_pass)
        return about_account.balance(await self._get(f"{self._base}/GetClientBalance", pairs), account.balance_unit)

    async def totals(self) -> Reading[Totals]:
        """Messages of the whole account: ok, failed, waiting (section 2.3); never raises."""
        account = self.account
        if account.totals_by == "soap":
            headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": requests.SOAP_ACTION}
            envelope = requests.get_total_mt(account.client_no, account.client_pass)
            return about_account.totals(await self._post(account.status_url, envelope, headers))
        username, password = (
            account.status_username or account.client_no,
            account.status_password or account.client_pass,
        )
        return about_account.totals(await self._get(account.status_url, requests.partner_mt_total(username, password)))

    async def aclose(self) -> None:
        """Close the connections."""
        await self.wire.aclose()

    async def _get(self, url: str, pairs: requests.Pairs) -> http.Reply | http.Fault:
        return await self._call(
            http.request("GET", f"{url}?{requests.encoded(pairs)}", within_s=self.account.timeout_s)
        )

    async def _post(self, url: str, content: bytes, headers: dict[str, str]) -> http.Reply | http.Fault:
        return await self._call(
            http.request("POST", url, content=content, headers=headers, within_s=self.account.timeout_s)
        )

    async def _call(self, request: httpx.Request) -> http.Reply | http.Fault:
        return await http.call(self.wire, request, deadline_s=self.account.timeout_s, max_bytes=MAX_ANSWER_BYTES)
