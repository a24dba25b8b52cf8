"""Turns a case file into a conversation with Fibo: with whom, what is asked, and a wire that answers."""

from functools import partial
from typing import Any

import httpx

from tests.providers import conversation
from worker.domain.calls import TextMessage
from worker.providers.fibo import Fibo, FiboAccount

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


load, params = partial(conversation.load, "fibo"), partial(conversation.params, "fibo")


class Wire(httpx.MockTransport):
    """Answers every request with the case's answer, and keeps the requests."""

    def __init__(self, answer: dict[str, Any] | None = None) -> None:
        super().__init__(self._answer)
        self.answer = answer or {"status": 200, "text": ACCEPTED}
        self.requests: list[httpx.Request] = []

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        echoes = {"{url}": str(request.url), "{text}": MESSAGE.text, "{password}": CLIENT_PASS}
        return conversation.response(self.answer, request, CLIENT_PASS, echoes)


def fibo(wire: httpx.AsyncBaseTransport, **changes: Any) -> Fibo:
    """The adapter with its own code and httpx's, but for the socket."""
    return Fibo(account(**changes), wire)
