"""A case file as a conversation with the sandbox's own provider: an account, a message, a wire that answers."""

from functools import partial
from typing import Any

import httpx

from tests.providers import conversation
from worker.domain.calls import TextMessage
from worker.providers.sandbox import Sandbox, SandboxAccount

SECRET = "SECRET/0123+456=789"
KEY = "3b1f0c1e-51a4-4a8e-9d55-0e3b8f1f7a10"
MESSAGE = TextMessage(f"{KEY}-0", KEY, "LOA & CO", "Mã của bạn: 482913 + 5% #1\n😀", 84900000000)

load, params = partial(conversation.load, "sandbox"), partial(conversation.params, "sandbox")


class Wire(httpx.MockTransport):
    """Answers every request with the case's answer, and keeps the requests."""

    def __init__(self, answer: dict[str, Any] | None = None) -> None:
        super().__init__(self._answer)
        self.answer = answer or {"status": 200, "text": '{"code": "accepted", "id": 7000000001}'}
        self.requests: list[httpx.Request] = []

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return conversation.response(
            self.answer, request, SECRET, {"{text}": as_json(MESSAGE.text), "{secret}": SECRET}
        )


def as_json(text: str) -> str:
    """The text as it stands inside a JSON string."""
    return text.replace("\n", "\\n")


def own(wire: httpx.AsyncBaseTransport, **changes: Any) -> Sandbox:
    """The adapter with its own code and httpx's, but for the socket."""
    account = SandboxAccount(SECRET, **{"base_url": "http://127.0.0.1:9090/sandbox", **changes})
    return Sandbox(account, wire)
