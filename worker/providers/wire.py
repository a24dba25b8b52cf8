"""Requests of httpx reach a provider over kept-alive connections of ours: one try, and never a repeat.

What happens between a call and its socket is part of "nothing twice", so it stands here and in no client: aiohttp and libcurl
send a request again when a kept connection drops, httpx-aiohttp calls a lost answer a connect time-out, httpx's own pool
collapses above twenty calls at once (ARCHITECTURE, decision 10). httptools parses the answers; a whole call's limit of time is
its caller's.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Final

import httpx

from worker.providers.connection import Addresses, Connection, Origin, open_connection

#: Room for the calls that one process makes at once, and for questions beside them.
CONNECTIONS: Final = 128

#: The extension of a request under which its head is kept.
HEAD: Final = "head"
PORTS: Final = {b"http": 80, b"https": 443}


class Wire(httpx.AsyncBaseTransport):
    """Kept-alive connections of one event loop; takes none of the machine's proxies, credentials or cookies."""

    def __init__(self) -> None:
        self._kept: dict[Origin, deque[Connection]] = {}
        self._addresses = Addresses()
        self._room = asyncio.Semaphore(CONNECTIONS)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send once. Raises httpx's errors; one of UnsupportedProtocol, PoolTimeout, ConnectTimeout and ConnectError says
        that nothing has left.
        """
        within = request.extensions.get("timeout", {})
        stream = request.stream
        body = b"".join(stream) if isinstance(stream, httpx.ByteStream) else await request.aread()
        origin, written = _origin(request.url), _written(request, body)
        if self._room.locked():
            await self._wait_for_room(within.get("pool"))
        else:
            await self._room.acquire()
        connection = None
        try:
            connection = self._take(origin) or await open_connection(origin, self._addresses, within.get("connect"))
            answer = await connection.ask(written)
        except BaseException:
            self._leave(origin, connection)
            raise
        given = Body(connection, lambda: self._leave(origin, connection))
        return httpx.Response(answer.status, headers=answer.headers, stream=given)

    async def _wait_for_room(self, within_s: float | None) -> None:
        try:
            async with asyncio.timeout(within_s):
                await self._room.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("no free connection") from None

    def _take(self, origin: Origin) -> Connection | None:
        """The connection that was used last, if it can still be called over; whatever else was not used for long is closed."""
        kept = self._kept.get(origin)
        while kept:
            connection = kept.pop()
            if connection.is_quiet(time.monotonic()):
                return connection
            connection.close()
        return None

    def _leave(self, origin: Origin, connection: Connection | None) -> None:
        """Make room, and keep the connection of a call that was answered whole; of any other nothing can be known."""
        self._room.release()
        if connection is None:
            return
        if connection.is_reusable():
            self._kept.setdefault(origin, deque()).append(connection)
        else:
            connection.close()

    async def aclose(self) -> None:
        """Close all connections."""
        for kept in self._kept.values():
            while kept:
                kept.pop().close()


class Body(httpx.AsyncByteStream):
    """An answer's body as it comes."""

    def __init__(self, connection: Connection, leave: Callable[[], None]) -> None:
        self._connection, self._leave = connection, leave

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while part := await self._connection.read():
            yield part

    async def whole(self, max_bytes: int) -> bytes | None:
        """All of it; None: it is longer. Most come with their heads, and then this waits for nothing."""
        read = part = await self._connection.read()
        while part and len(read) <= max_bytes:
            read += (part := await self._connection.read())
        return read if len(read) <= max_bytes else None

    async def aclose(self) -> None:
        """End the call; once, whoever closes it again: two calls over one connection would get each other's answers."""
        leave, self._leave = self._leave, _left
        leave()


def _left() -> None:
    """Nothing: the connection was given back."""


def _origin(url: httpx.URL) -> Origin:
    scheme, host = url.raw_scheme, url.raw_host
    if scheme not in PORTS or not host:
        raise httpx.UnsupportedProtocol("the address is not http or https")
    return scheme, host, url.port or PORTS[scheme]


def _written(request: httpx.Request, body: bytes) -> bytes:
    """The request as bytes, its address as it was written: to quote it anew would change a text."""
    head = request.extensions.get(HEAD)
    if head is None:
        lines = b"".join(b"%b: %b\r\n" % pair for pair in request.headers.raw)
        if lines.count(b"\n") != len(request.headers.raw) or b"\0" in lines:
            raise httpx.LocalProtocolError("a header with a line break")
        head = b"%b %b HTTP/1.1\r\n%b\r\n" % (request.method.encode("ascii"), request.url.raw_path, lines)
        # Requests that differ in their bodies alone share it (`http.request`).
        request.extensions[HEAD] = head
    return head + body
