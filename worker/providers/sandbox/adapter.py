"""The adapter of the sandbox's own provider: one JSON object a call, one account, nothing repeated."""

import json
import re
from dataclasses import dataclass, field
from typing import Final

import httpx

from worker.domain import phone
from worker.domain.account import Balance, Reading
from worker.domain.calls import Answer, TextMessage
from worker.domain.outcome import Outcome
from worker.errors import ConfigError
from worker.log import redact_words
from worker.providers import http
from worker.providers.base import MessageProvider
from worker.providers.sandbox import parsing

#: Every answer is one line.
MAX_ANSWER_BYTES: Final = 100_000
#: Half a character has no bytes in any encoding.
UNWRITABLE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """Our account; its secret is in no repr."""

    secret: str = field(repr=False)
    #: As `loa sandbox` prints it.
    base_url: str
    #: For the whole call, from the connection to the last byte.
    timeout_s: float = 8.0


class Sandbox(MessageProvider):
    """The adapter; raises only ConfigError, and only when it is made with an address that can never work.

    An unknown text may be repeated under its own request_id within 24 hours (section 2). A `wire` that repeats
    requests by itself must not be given.
    """

    name = "sandbox"

    def __init__(self, account: SandboxAccount, wire: httpx.AsyncBaseTransport | None = None) -> None:
        if not http.can_be_called(account.base_url):
            raise ConfigError([f"LOA_SANDBOX_BASE_URL: {account.base_url!r} is not an http or https address"])
        self.account = account
        self.wire = wire or http.new_wire()
        redact_words(account.secret)

    async def send_message(self, message: TextMessage) -> Answer:
        """POST messages (section 1): one text to one number; never raises, never repeats."""
        fields = {
            "secret": self.account.secret,
            "request_id": message.request_id,
            "key": message.key,
            "sender": message.sender,
            "text": message.text,
            "to": phone.local(message.phone),
        }
        for name, value in fields.items():
            if found := UNWRITABLE.search(value):
                where = f"at position {found.start() + 1} of the {name}"
                words = f"character U+{ord(found[0]):04X} {where} cannot be sent: remove it"
                return Answer(Outcome.REJECTED, provider_message=words)
        return parsing.meaning(await self._post("messages", fields), message.text)

    async def balance(self) -> Reading[Balance]:
        """POST balance (section 3): VND; never raises."""
        return parsing.balance(await self._post("balance", {"secret": self.account.secret}))

    async def aclose(self) -> None:
        """Close the connections."""
        await self.wire.aclose()

    async def _post(self, function: str, fields: dict[str, str]) -> http.Reply | http.Fault:
        limit_s = self.account.timeout_s
        request = http.request(
            "POST",
            f"{self.account.base_url.rstrip('/')}/{function}",
            content=json.dumps(fields).encode(),
            headers={"Content-Type": "application/json"},
            within_s=limit_s,
        )
        return await http.call(self.wire, request, deadline_s=limit_s, max_bytes=MAX_ANSWER_BYTES)
