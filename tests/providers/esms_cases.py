"""Turns a case file into a conversation with eSMS: with whom, what is asked, and a wire that answers."""

from functools import partial
from typing import Any

import httpx

from tests.providers import conversation
from worker.domain.calls import AdOrder
from worker.providers.esms import Esms, EsmsAccount

API_KEY = "API-KEY-0123456789abcdef"
SECRET_KEY = "SECRET/KEY+0123456789abcdef"
REF = "cc955fb8-3c74-4851-ac69-9a2aa0a7cd26134"
FORMS = ("brandname_json", "v4_xml")

ORDER = AdOrder(
    request_id="3b1f0c1e-51a4-4a8e-9d55-0e3b8f1f7a10-0",
    key="3b1f0c1e-51a4-4a8e-9d55-0e3b8f1f7a10",
    sender="Baotrixemay",
    text="[QC] Giảm 50% từ 8h, chi tiết: loa.example/a?b=1&c=2",
    phones=[84900000000, 84900000001, 84330000000],
)


def account(ads_api: str = "brandname_json", **changes: Any) -> EsmsAccount:
    """An account with fake keys, one of which must be escaped in URLs."""
    return EsmsAccount(API_KEY, SECRET_KEY, ads_api=ads_api, **changes)


load, params = partial(conversation.load, "esms"), partial(conversation.params, "esms")


class Wire(httpx.MockTransport):
    """Answers every request with the case's answer, and keeps the requests."""

    def __init__(self, answer: dict[str, Any] | None = None) -> None:
        super().__init__(self._answer)
        self.answer = answer or {"status": 200, "json": {"CodeResult": "100", "SMSID": REF}}
        self.requests: list[httpx.Request] = []

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return conversation.response(self.answer, request, API_KEY, {})


def esms(wire: httpx.AsyncBaseTransport, ads_api: str = "brandname_json", **changes: Any) -> Esms:
    """The adapter with its own code and httpx's, but for the socket."""
    return Esms(account(ads_api, **changes), wire)
