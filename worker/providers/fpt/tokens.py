"""FPT's access tokens, and the store in which all workers find the same one."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Token:
    """A token and the session it was asked for: FPT refuses one with another's session, so they are one thing."""

    access_token: str = field(repr=False)
    session_id: str = field(repr=False)
    #: When we stop using it, some time before FPT stops taking it; aware.
    expires_at: datetime

    def record(self) -> str:
        """As it is kept in a store."""
        return json.dumps([self.access_token, self.session_id, self.expires_at.isoformat()])

    @classmethod
    def of_record(cls, record: str | None) -> "Token | None":
        """As it was kept; None when there is none, or it is not one."""
        try:
            access_token, session_id, expires_at = json.loads(record or "")
            token = cls(str(access_token), str(session_id), datetime.fromisoformat(expires_at))
        except (ValueError, TypeError):
            return None
        return token if token.expires_at.tzinfo else None


class TokenStore(Protocol):
    """Keeps the current token of each account as one record; knows neither FPT nor the time.

    `key` is an account's. The methods may raise whatever their server makes them: the adapter takes that for "no token".
    """

    async def get(self, key: str) -> str | None:
        """The record as it was put, or None."""
        ...

    async def put(self, key: str, record: str, keep_s: float) -> None:
        """Replace the record as a whole; it may be forgotten after `keep_s` seconds."""
        ...

    def lock(self, key: str, lease_s: float) -> AbstractAsyncContextManager[None]:
        """Only one holder at a time asks for a new record; waits its turn. A holder that died holds it `lease_s` at most."""
        ...


class LocalTokens(TokenStore):
    """The tokens of one process that shares them with none."""

    def __init__(self) -> None:
        self._records: dict[str, str] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, key: str) -> str | None:
        """The record as it was put, or None."""
        return self._records.get(key)

    async def put(self, key: str, record: str, keep_s: float) -> None:  # noqa: ARG002 - the record says when it ends
        """Replace the record as a whole."""
        self._records[key] = record

    @asynccontextmanager
    async def lock(self, key: str, lease_s: float) -> AsyncIterator[None]:  # noqa: ARG002 - nobody dies alone in one process
        """One holder at a time."""
        async with self._turns[key]:
            yield
