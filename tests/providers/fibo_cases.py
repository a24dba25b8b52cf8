"""How does a case file become a conversation with Fibo? Loads `says / answer / expect`, and answers as the file says."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from worker.providers.base import TextMessage
from worker.providers.fibo import Fibo, FiboAccount

CASES = Path(__file__).parent / "cases" / "fibo"
CLIENT_NO = "CL0000000000"
CLIENT_PASS = "PASS/0123+456=789"
STATUS_PASS = "PAGE&0123 456"
GUID = "3b1f0c1e-51a4-4a8e-9d55-0e3b8f1f7a10"

MESSAGE = TextMessage(
    request_id=f"{GUID}-0",
    key=GUID,
    sender="LOA & CO",
    text="Mã của bạn: 482913 + 5% #1\n😀",
    phone=84900000000,
)
ACCEPTED = (
    '<?xml version="1.0" encoding="utf-8"?>\r\n<string xmlns="http://tempuri.org/">'
    "&lt;SMS&gt; &lt;Code&gt;200&lt;/Code&gt; &lt;Message&gt;Sending...&lt;/Message&gt;&lt;Time&gt;&lt;/Time&gt;&lt;/SMS&gt;"
    "</string>"
)


def account(**changes: Any) -> FiboAccount:
    """An account with fake passwords that must be escaped in URLs."""
    return FiboAccount(CLIENT_NO, CLIENT_PASS, status_password=STATUS_PASS, **changes)


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
        self.answer = answer or {"status": 200, "text": ACCEPTED}
        self.requests: list[httpx.Request] = []

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if name := self.answer.get("raise"):
            text = f"something about {request.url} with {CLIENT_PASS} and 0901234567"
            raise getattr(httpx, name)(text) if hasattr(httpx, name) else OSError(text)
        echoes = {"{url}": str(request.url), "{text}": MESSAGE.text, "{password}": CLIENT_PASS}
        text = self.answer["text"]
        for mark, echo in echoes.items():
            text = text.replace(mark, echo)
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


def fibo(wire: httpx.AsyncBaseTransport, **changes: Any) -> Fibo:
    """The adapter with its own code and httpx's, but for the socket."""
    return Fibo(account(**changes), httpx.AsyncClient(transport=wire))
