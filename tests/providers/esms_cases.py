"""How does a case file become a conversation? Loads `says / answer / expect`, and answers as the file says."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from worker.providers.base import AdOrder
from worker.providers.esms import Esms, EsmsAccount

CASES = Path(__file__).parent / "cases" / "esms"
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


def load(folder: str) -> dict[str, dict[str, Any]]:
    """Every case of a folder by its name."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((CASES / folder).glob("*.json"))}


def params(folder: str) -> list[Any]:
    """The cases of a folder as parameters named by their files."""
    return [pytest.param(case, id=name) for name, case in load(folder).items()]


class Wire(httpx.MockTransport):
    """Answers every request with the case's answer, and keeps the requests."""

    def __init__(self, answer: dict[str, Any] | None = None) -> None:
        super().__init__(self._answer)
        self.answer = answer or {"status": 200, "json": {"CodeResult": "100", "SMSID": REF}}
        self.requests: list[httpx.Request] = []

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if name := self.answer.get("raise"):
            text = f"something about {request.url} with {API_KEY} and 0901234567"
            raise getattr(httpx, name)(text) if hasattr(httpx, name) else OSError(text)
        text = self.answer["text"] if "text" in self.answer else json.dumps(self.answer.get("json", ""))
        body = text.encode(self.answer.get("encoding", "utf-8")) + b" " * self.answer.get("padding", 0)
        # Handed over as a stream, as a socket would: the client must read it, decode it and count it.
        return httpx.Response(self.answer["status"], headers=self.answer.get("headers"), stream=Chunks(body))


class Chunks(httpx.AsyncByteStream):
    """A body that arrives in pieces."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def __aiter__(self) -> Any:
        for start in range(0, len(self.body), 65_536):
            yield self.body[start : start + 65_536]


def esms(wire: httpx.AsyncBaseTransport, ads_api: str = "brandname_json", **changes: Any) -> Esms:
    """The adapter with its own code and httpx's, but for the socket."""
    return Esms(account(ads_api, **changes), httpx.AsyncClient(transport=wire))
