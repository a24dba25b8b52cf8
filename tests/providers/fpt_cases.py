"""Turns a case file into a conversation with FPT: with whom, what is asked, a wire that answers tokens and steps."""

import json
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx
from dateutil.parser import isoparse

from tests.providers import conversation
from worker.domain.calls import TextMessage
from worker.providers.fpt import AdCampaign, Fpt, FptAccount, LocalTokens, TokenStore
from worker.providers.fpt.tokens import Token

CLIENT_ID = "CLIENT-ID-0123456789abcdef"
CLIENT_SECRET = "CLIENT/SECRET+0123456789abcdef"
ACCESS_TOKEN = "wVc5M1pwcU5wNE9OVzVYaw9kOXFUOUFa"
SESSION_ID = "abcde"
PASSWORD = "473829"
NOW = isoparse("2026-03-02T09:00:00+07:00")

MESSAGE = TextMessage(
    request_id="3b1f0c1e-51a4-4a8e-9d55-0e3b8f1f7a10-0",
    key="3b1f0c1e-51a4-4a8e-9d55-0e3b8f1f7a10",
    sender="FTI",
    text=f"Mã xác thực của bạn là {PASSWORD}, hết hạn sau 2 phút",
    phone=84949000000,
)
ORDER = AdCampaign(
    name="Chuong trinh khuyen mai 3b1f0c1e-51a4-4a8e-9d55-0e3b8f1f7a10",
    sender="FTI",
    text="[QC] Giảm 50% từ 8h, chi tiết: loa.example/a?b=1&c=2",
    quota=3,
    at=isoparse("2026-03-02T10:30:00+07:00"),
)
CODE = "NjM1575fbf9aa0929"
PHONES = [84949000000, 84949000001, 84330000000]

#: Each function that calls FPT, with arguments that any test may use; all come to an Answer.
CALLS = {
    "message": lambda fpt: fpt.send_message(MESSAGE),
    "campaign": lambda fpt: fpt.create_campaign(ORDER),
    "push": lambda fpt: fpt.push(CODE, PHONES),
    "cancel": lambda fpt: fpt.cancel(CODE),
}
GRANTED = {"status": 200, "json": {"access_token": ACCESS_TOKEN, "expires_in": 3600, "token_type": "Bearer"}}
TAKEN = {"MessageId": "34379086", "CampaignCode": CODE, "BatchId": "qc.1464073279.8175", "success": [], "fail": []}


def account(**changes: Any) -> FptAccount:
    """An account with fake keys, one of which must be escaped in URLs."""
    return FptAccount(CLIENT_ID, CLIENT_SECRET, **changes)


load, params = partial(conversation.load, "fpt"), partial(conversation.params, "fpt")


class Wire(httpx.MockTransport):
    """Answers the nth request for a token, and the nth step, with the nth of their answers; keeps the requests."""

    def __init__(self, *answers: dict[str, Any], tokens: Any = (GRANTED,)) -> None:
        super().__init__(self._answer)
        self.answers = answers or ({"status": 200, "json": TAKEN},)
        self.token_answers = tokens
        self.tokens: list[httpx.Request] = []
        self.steps: list[httpx.Request] = []

    @classmethod
    def of(cls, case: dict[str, Any]) -> "Wire":
        """The wire of a case file: `answer` or `answers`, and `token` or `tokens` where the usual one will not do."""
        answers = case.get("answers", [case["answer"]] if "answer" in case else [])
        return cls(*answers, tokens=case.get("tokens", [case.get("token", GRANTED)]))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        asks_token = request.url.path.endswith("/oauth2/token")
        kept, answers = (self.tokens, self.token_answers) if asks_token else (self.steps, self.answers)
        kept.append(request)
        return response(answers[min(len(kept), len(answers)) - 1], request)


def response(answer: dict[str, Any], request: httpx.Request) -> httpx.Response:
    """The answer as a file describes it, with what it echoes of the request."""
    sent = json.loads(request.content)
    names = ("access_token", "session_id", "client_secret", "Message")
    return conversation.response(
        answer, request, CLIENT_SECRET, {f"<{name} as sent>": sent.get(name, "") for name in names}
    )


class Now:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment

    def tick(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


def fpt(wire: httpx.AsyncBaseTransport, tokens: TokenStore | None = None, now: Any = None, **changes: Any) -> Fpt:
    """The adapter with its own code and httpx's, but for the socket."""
    return Fpt(account(**changes), tokens or LocalTokens(), now or Now(), wire)


async def signed_in(owner: FptAccount) -> LocalTokens:
    """A store that already holds a token, with the session of the manual's samples."""
    tokens = LocalTokens()
    token = Token(ACCESS_TOKEN, SESSION_ID, NOW + timedelta(hours=1))
    await tokens.put(owner.key, token.record(), 3600)
    return tokens


def answer_of(result: Any) -> Any:
    """The Answer inside whatever a function returns."""
    return getattr(result, "answer", result)


SECRETS = (
    CLIENT_ID,
    CLIENT_SECRET,
    ACCESS_TOKEN,
    PASSWORD,
    "hết hạn sau",
    "0901234567",
    "84901234567",
    "0949000000",
    "84949000000",
)


def assert_silent(text: str) -> None:
    """No key, token, password, text or full number."""
    for secret in SECRETS:
        assert secret not in text
