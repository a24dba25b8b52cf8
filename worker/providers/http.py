"""How is a provider called once, and never twice by accident?

One request, one deadline over all of it, no redirects, no repeats. What comes back is a whole `Reply` or a `Fault` that
says whether the request can have left. An error's own text is never passed on: it may hold the URL, and that our keys.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache, partial
from typing import Final, TypedDict
from urllib.parse import urlsplit

import httpx

from worker.domain.outcome import Outcome

# The request never left, so a later one cannot be a second one. LocalProtocolError is not here: h11 also raises it with
# half a request sent.
NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

WORDS: Final[dict[type[Exception], str]] = {
    httpx.ConnectError: "no connection",
    httpx.ConnectTimeout: "no connection in time",
    httpx.PoolTimeout: "no free connection in time",
    httpx.UnsupportedProtocol: "the address is not http or https",
    httpx.ReadTimeout: "read timeout",
    httpx.WriteTimeout: "write timeout",
    httpx.RemoteProtocolError: "the connection ended before a whole answer",
    httpx.DecodingError: "the answer's compression is broken",
}

#: "You call too fast" (RFC 6585): turned away unread.
TOO_MANY: Final = 429
#: "Not now". 503 is also what gateways say of a call that they had passed on, so without a code it is a refusal only where
#: a repeat under the same key does no harm.
NOT_NOW: Final = frozenset({TOO_MANY, 503})

#: Connections of one pool, and pools: room for the 50 calls that a worker makes at once, and for questions beside them.
SHARD: Final = 10
SHARDS: Final = 6

#: A wrong clock over there must not park a campaign for years.
LONGEST_RETRY_AFTER_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that was read to its end."""

    status: int
    body: bytes
    #: How long to stay away, by the Retry-After header.
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A call without a whole answer."""

    #: Not one byte of the request can have reached the provider.
    never_left: bool
    words: str


class Signs(TypedDict):
    """What an answer to a send tells beside its outcome, as fields of an Answer."""

    slow_down: bool
    unreached: bool


def signs(got: Reply | Fault, code: str, outcome: Outcome, too_fast: AbstractSet[str] = frozenset()) -> Signs:
    """The signs in an answer; `code` is what the provider wrote in it, `too_fast` its codes for "you call too fast"."""
    if isinstance(got, Fault):
        return {"slow_down": False, "unreached": True}
    nobody = not code and (got.status >= 500 or outcome is Outcome.UNKNOWN)
    return {"slow_down": code in too_fast or (not code and got.status in NOT_NOW), "unreached": nobody}


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted; read once, since that takes a while in which a loop stands still."""
    return httpx.create_ssl_context(trust_env=False)


class Shards(httpx.AsyncBaseTransport):
    """Several small pools of connections as one: a call goes to the first that has one free, so few calls open few.

    One pool of httpx collapses above 10 to 20 connections (measured: 1,280 requests a second at 10, 190 at 50).
    """

    def __init__(self) -> None:
        limits = httpx.Limits(max_connections=SHARD, max_keepalive_connections=SHARD, keepalive_expiry=5.0)
        self._pools = [httpx.AsyncHTTPTransport(trust_env=False, limits=limits, verify=_trust()) for _ in range(SHARDS)]
        self._busy = [0] * SHARDS

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send by one pool; its connection is free again when the answer is closed."""
        at = next((at for at, busy in enumerate(self._busy) if busy < SHARD), self._busy.index(min(self._busy)))
        self._busy[at] += 1
        try:
            response = await self._pools[at].handle_async_request(request)
        except BaseException:
            self._busy[at] -= 1
            raise
        response.stream = _Counted(response.stream, partial(self._free, at))
        return response

    def _free(self, at: int) -> None:
        self._busy[at] -= 1

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools:
            await pool.aclose()


class _Counted(httpx.AsyncByteStream):
    """An answer that says when it was closed, once."""

    def __init__(self, stream: httpx.SyncByteStream | httpx.AsyncByteStream, closed: Callable[[], None]) -> None:
        self._stream, self._closed = stream, closed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if isinstance(self._stream, httpx.AsyncByteStream):
            async for chunk in self._stream:
                yield chunk

    async def aclose(self) -> None:
        closed, self._closed = self._closed, _nothing
        closed()
        if isinstance(self._stream, httpx.AsyncByteStream):
            await self._stream.aclose()


def _nothing() -> None:
    """Whoever closes a second time."""


def new_client() -> httpx.AsyncClient:
    """A client that does nothing by itself: no redirects, no proxies or credentials of the machine, no repeats."""
    return httpx.AsyncClient(follow_redirects=False, trust_env=False, transport=Shards())


def can_be_called(url: str) -> bool:
    """Whether an address is one that could ever work."""
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except (ValueError, httpx.InvalidURL):
        return False


def phases(timeout_s: float) -> httpx.Timeout:
    """Limits of each phase of a call; those before the request leaves end before the whole does, to be told apart.

    Three of them come first, one after the other: a free connection, TCP, TLS.
    """
    return httpx.Timeout(timeout_s, connect=min(timeout_s * 0.3, 5.0), pool=min(timeout_s * 0.3, 5.0))


async def call(
    client: httpx.AsyncClient, request: httpx.Request, *, deadline_s: float, max_bytes: int
) -> Reply | Fault:
    """Send the request once and read the whole answer within `deadline_s` seconds, slow drip included; never raises."""
    try:
        async with asyncio.timeout(deadline_s):
            response = await client.send(request, stream=True, follow_redirects=False)
            try:
                body = await _read(response, max_bytes)
            finally:
                await response.aclose()
    except NEVER_LEFT as error:
        return Fault(never_left=True, words=_words(error))
    except TimeoutError:
        return Fault(never_left=False, words=f"no whole answer within {deadline_s:g} s")
    except Exception as error:  # noqa: BLE001 - ssl and anyio let errors through that httpx does not know; money may be spent
        return Fault(never_left=False, words=_words(error))
    if body is None:
        return Fault(never_left=False, words=f"the answer is larger than {max_bytes} bytes")
    return Reply(response.status_code, body, retry_after_s(response.headers))


async def _read(response: httpx.Response, max_bytes: int) -> bytes | None:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > max_bytes:
            return None
    return bytes(body)


def _words(error: Exception) -> str:
    return f"{WORDS.get(type(error), 'the call broke off')} ({type(error).__name__})"


def retry_after_s(headers: httpx.Headers) -> float | None:
    """Seconds of Retry-After, at most a day; a date counts from the answer's own Date, so both clocks are theirs."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,12}", value):
        return min(float(value), LONGEST_RETRY_AFTER_S)
    try:
        until, since = (parsedate_to_datetime(text) for text in (value, headers.get("Date", "")))
        wait_s = (until.replace(tzinfo=until.tzinfo or UTC) - since.replace(tzinfo=since.tzinfo or UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait_s, 0.0), LONGEST_RETRY_AFTER_S)
