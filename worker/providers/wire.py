"""How do requests reach a provider? httpx speaks, aiohttp's connections carry: one connection, one try, no repeat.

httpx's own pool costs three times as much a call, and collapses above twenty calls at once (ARCHITECTURE, decision 10).
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from functools import cache
from typing import Final

import aiohttp
import httpx
from yarl import URL

#: Room for the calls that one process makes at once, and for questions beside them.
CONNECTIONS: Final = 128
#: Servers close what nobody uses, many after 5 s and some after 2. A call that crosses such an end is an unknown call, so ours
#: comes first.
KEEPALIVE_S: Final = 1.5
#: Turns of the loop in which it reads that a server has closed a connection, and closes it here, TLS included.
TURNS: Final = 4

#: What aiohttp's errors are in httpx's words, the first that fits. Only the first three say that nothing has left; of
#: whatever is not listed it cannot be known.
TRANSLATED: Final[tuple[tuple[type[Exception], type[httpx.TransportError]], ...]] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.SocketTimeoutError, httpx.ReadTimeout),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (aiohttp.ClientPayloadError, httpx.RemoteProtocolError),
)


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted; read once, since that takes a while in which a loop stands still."""
    return httpx.create_ssl_context(trust_env=False)


class Wire(httpx.AsyncBaseTransport):
    """Kept-alive connections of one event loop; takes none of the machine's proxies, credentials or cookies."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send once. Raises httpx's errors; a ConnectError or ConnectTimeout says that nothing has left."""
        within = request.extensions.get("timeout", {})
        await _hear_of_ends()
        try:
            answer = await self._opened().request(
                request.method,
                # As it was written: to quote it anew would change a text.
                URL(str(request.url), encoded=True),
                data=await request.aread() or None,
                headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw],
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=None,
                    # It counts the wait for a free connection too.
                    connect=(within.get("pool") or 0) + (within.get("connect") or 0) or None,
                    sock_connect=within.get("connect"),
                    sock_read=within.get("read"),
                ),
            )
        except aiohttp.InvalidURL as error:
            raise _translated(error) from None
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=_Body(answer))

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEEPALIVE_S, ssl=_trust()),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                middlewares=[_once],
            )
        return self._session

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()


async def _hear_of_ends() -> None:
    """Let the loop read what came while it stood still, between two calls: else a connection that its server has closed
    would be taken for a live one, and a call over it be an unknown call.
    """
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """One try. aiohttp sends a GET again when its connection drops, a new one too, by its own errors; httpx's it does not know.

    eSMS and Fibo take texts by GET. tests/providers/test_no_repeats.py takes and drops on warm and new connections for every
    function; findings/aiohttp_sends_a_get_twice.sh shows what aiohttp does by itself.
    """
    try:
        return await send(request)
    except Exception as error:  # noqa: BLE001 - whatever it was, aiohttp must not take it for a reason to repeat
        raise _translated(error) from None


class _Body(httpx.AsyncByteStream):
    """The answer's body as it comes; its connection is kept only when it was read to its end."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._answer.content.iter_any():
                yield chunk
        except Exception as error:  # noqa: BLE001 - an answer that ends in an error is no answer, whichever it was
            raise _translated(error) from None

    async def aclose(self) -> None:
        self._answer.close()


def _translated(error: Exception) -> httpx.TransportError:
    """The same error as httpx would raise it, without its own text: that may hold the URL, and that our keys."""
    found = next((ours for theirs, ours in TRANSLATED if isinstance(error, theirs)), httpx.ReadError)
    return found(type(error).__name__)
