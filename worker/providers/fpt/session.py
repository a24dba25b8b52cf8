"""The token by which FPT is called: one for all workers, renewed before it ends, asked for by one of them at a time."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import httpx

from worker.domain.calls import Answer
from worker.domain.outcome import Outcome
from worker.providers import body, http
from worker.providers.codes import closed
from worker.providers.fpt.account import FptAccount
from worker.providers.fpt.codes import TOKEN_LATER
from worker.providers.fpt.parsing import CLOSED, describe, error_of, masked
from worker.providers.fpt.tokens import Token, TokenStore

PATH: Final = "/oauth2/token"
MAX_ANSWER_BYTES: Final = 100_000
#: What can be a token: anything else would only break the next request.
TOKEN: Final = re.compile(r"[!-~]{1,10000}")

#: A request for a token sends nothing to phones, so a broken one is made again.
ATTEMPTS: Final = 2

#: When FPT does not say how long a token lives; the manual's sample says 3600.
LIFETIME_UNSAID_S: Final = 300
LONGEST_LIFETIME_S: Final = 86_400
#: How long before its end a token is renewed: this many seconds, but never more than a tenth of its life.
MARGIN_S: Final = 60


class Session:
    """Finds or asks for the account's token."""

    def __init__(
        self, account: FptAccount, store: TokenStore, now: Callable[[], datetime], wire: httpx.AsyncBaseTransport
    ) -> None:
        self._account = account
        self._store = store
        self._now = now
        self._wire = wire

    async def token(self, within_s: float, refused: Token | None = None) -> Token | Answer:
        """The token to call with, other than the `refused` one; or, after `within_s` at most, why there is none.

        Such an answer is RETRY or HALT, never UNKNOWN: without a token no step was taken. Never raises.
        """
        try:
            async with asyncio.timeout(within_s):
                return await self._shared(within_s, refused)
        except TimeoutError:
            return Answer(Outcome.RETRY, provider_message=f"no token within {within_s:.3g} s")
        except Exception as error:  # noqa: BLE001 - whatever a store raises, no message may fall with it
            words = f"no token: the store of tokens failed ({type(error).__name__})"
            return Answer(Outcome.RETRY, provider_message=words)

    async def forget(self, token: Token) -> None:
        """Use a token no longer that lacks a right, so that what FPT grants since does not wait for its end. Never raises."""
        with suppress(Exception):
            if await self._stored(None) == token:
                await self._store.put(self._account.key, "", keep_s=1)

    async def _shared(self, within_s: float, refused: Token | None) -> Token | Answer:
        if token := await self._stored(refused):
            return token
        key = self._account.key
        async with self._store.lock(key, lease_s=within_s):
            # Whoever held the lock before us has most likely put a new one.
            if token := await self._stored(refused):
                return token
            asked_at = self._now()
            got = await self._ask(within_s)
            if isinstance(got, Token):
                await self._store.put(key, got.record(), keep_s=(got.expires_at - asked_at).total_seconds())
            return got

    async def _stored(self, refused: Token | None) -> Token | None:
        token = Token.of_record(await self._store.get(self._account.key))
        return token if token and token != refused and self._now() < token.expires_at else None

    async def _ask(self, within_s: float) -> Token | Answer:
        """Ask FPT for a token; once more if the first request came to nothing and FPT asked for no pause."""
        found: Token | Answer = Answer(Outcome.RETRY)
        for _ in range(ATTEMPTS):
            # A session of its own for every token, so that an old token can never be taken for the new session's.
            session_id = uuid4().hex
            asked_at = self._now()
            url, fields = self._account.address + PATH, _fields(self._account, session_id)
            got = await post_json(self._wire, url, fields, within_s, MAX_ANSWER_BYTES)
            found = _read(got, session_id, asked_at, self._account)
            if isinstance(found, Token) or found.outcome is not Outcome.RETRY or found.retry_after_s is not None:
                break
        return found


async def post_json(
    wire: httpx.AsyncBaseTransport, url: str, fields: Mapping[str, str], within_s: float, max_bytes: int
) -> http.Reply | http.Fault:
    """Call FPT once, as each of its functions wants it."""
    content = json.dumps(fields, ensure_ascii=False).encode("utf-8")
    headers = {"Content-Type": "application/json; charset=utf-8"}
    request = http.request("POST", url, content=content, headers=headers, within_s=within_s)
    return await http.call(wire, request, deadline_s=within_s, max_bytes=max_bytes)


def _fields(account: FptAccount, session_id: str) -> dict[str, str]:
    """The body of oauth2/token (manual 1); several scopes stand with blanks between them."""
    return {
        "grant_type": "client_credentials",
        "client_id": account.client_id,
        "client_secret": account.client_secret,
        "scope": " ".join(account.scopes),
        "session_id": session_id,
    }


def _read(got: http.Reply | http.Fault, session_id: str, asked_at: datetime, account: FptAccount) -> Token | Answer:
    """The token, or why there is none: RETRY what may pass by itself, HALT what FPT refuses and codes nobody knows."""
    if isinstance(got, http.Fault):
        return Answer(Outcome.RETRY, provider_message=f"no token: {got.provider_message}", unreached=True)
    text, fields = body.read(got.body)
    told, code = error_of(fields)
    access_token = body.scalar(fields, "access_token")
    secrets = (access_token, session_id, account.client_secret)
    if not told and 200 <= got.status < 300 and TOKEN.fullmatch(access_token):
        return Token(access_token, session_id, asked_at + _use(fields))
    if told:
        outcome, words = Outcome.RETRY if code in TOKEN_LATER else Outcome.HALT, describe(code, fields, secrets)
    else:
        outcome, words = closed(got.status, *CLOSED) or (Outcome.RETRY, f"HTTP {got.status} and no access_token")
    return Answer(
        outcome,
        code=code,
        provider_message=f"no token: {words}",
        # A body that may hold a token in any shape is not kept.
        raw="" if "access_token" in text.lower() else body.raw(masked(text, secrets)),
        **http.hints(got, code, outcome),
    )


def _use(fields: body.Fields) -> timedelta:
    """How long the token is used: its life, as FPT says it, less a margin."""
    lifetime = min(body.count(fields, "expires_in") or LIFETIME_UNSAID_S, LONGEST_LIFETIME_S)
    return timedelta(seconds=lifetime - min(MARGIN_S, lifetime / 10))
