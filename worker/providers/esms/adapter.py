"""How does Loa call eSMS? One request a question, one account, nothing repeated."""

from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

import httpx

from worker.domain.outcome import Outcome
from worker.errors import ConfigError
from worker.log import hide
from worker.providers import http
from worker.providers.base import AdOrder, AdsProvider, Answer, OrderStatus, Receiver
from worker.providers.esms import ads, reports

#: Answers to an order or a status question are a few lines; a list of 5,000 receivers is about half a megabyte.
MAX_ANSWER_BYTES: Final = 1_000_000
MAX_RECEIVERS_BYTES: Final = 20_000_000


@dataclass(frozen=True, slots=True)
class EsmsAccount:
    """Our account at eSMS; its keys are in no repr."""

    api_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    #: Configurable, because the same service also runs under resellers' names.
    base_url: str = "https://rest.esms.vn/MainService.svc"
    ads_api: Literal["brandname_json", "v4_xml"] = "brandname_json"
    #: For the whole call, from the connection to the last byte.
    timeout_s: float = 8.0


class Esms(AdsProvider):
    """The eSMS adapter; raises only ConfigError, and only when it is made with an address that can never work."""

    name = "esms"

    def __init__(self, account: EsmsAccount, client: httpx.AsyncClient | None = None) -> None:
        if not _callable(account.base_url):
            raise ConfigError([f"LOA_ESMS_BASE_URL: {account.base_url!r} is not an http or https address"])
        self.account = account
        self.client = client or http.new_client()
        self._base = account.base_url.rstrip("/")
        hide(account.api_key, account.secret_key)

    async def send_ads(self, order: AdOrder) -> Answer:
        """Place one order with the account's `ads_api`; never raises, never repeats."""
        account = self.account
        as_json = account.ads_api == "brandname_json"
        if fault := ads.unwritable(order, ads.NOT_JSON if as_json else ads.NOT_XML):
            return Answer(Outcome.REJECTED, words=fault)
        write, path, content_type = (
            (ads.as_json, "/json/SendMultipleSMSBrandname_json/", "application/json; charset=utf-8")
            if as_json
            # WCF reads a raw body only as text; as application/xml it would refuse it unread.
            else (ads.as_xml, "/xml/SendMultipleMessage_V4/", "text/plain; charset=utf-8")
        )
        request = self.client.build_request(
            "POST",
            self._base + path,
            content=write(order, account.api_key, account.secret_key),
            headers={"Content-Type": content_type},
            timeout=http.phases(account.timeout_s),
        )
        return ads.meaning(await self._call(request, MAX_ANSWER_BYTES))

    async def order_status(self, ref: str) -> OrderStatus:
        """GetSendStatus: known for seven days after sending (web), and not at once; never raises."""
        return reports.order_status(await self._ask("GetSendStatus", ref, MAX_ANSWER_BYTES))

    async def receivers(self, ref: str) -> list[Receiver] | None:
        """GetSmsReceiverStatus_get; numbers that eSMS dropped are missing from the list. Never raises."""
        return reports.receivers(await self._ask("GetSmsReceiverStatus_get", ref, MAX_RECEIVERS_BYTES), ref)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.client.aclose()

    async def _ask(self, function: str, ref: str, max_bytes: int) -> http.Reply | http.Fault:
        account = self.account
        request = self.client.build_request(
            "GET",
            f"{self._base}/json/{function}",
            params={"RefId": ref, "ApiKey": account.api_key, "SecretKey": account.secret_key},
            timeout=http.phases(account.timeout_s),
        )
        return await self._call(request, max_bytes)

    async def _call(self, request: httpx.Request, max_bytes: int) -> http.Reply | http.Fault:
        return await http.call(self.client, request, deadline_s=self.account.timeout_s, max_bytes=max_bytes)


def _callable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except (ValueError, httpx.InvalidURL):
        return False
