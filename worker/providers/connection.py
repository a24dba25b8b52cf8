"""One connection to a provider: opened once, one request at a time, written once, and one answer read to it.

Whatever is raised before a request is written says that nothing has left; after that nothing can say so.
"""

import asyncio
import math
import select
import socket
import ssl
import time
from collections import deque
from functools import cache
from typing import Any, Final, TypeAlias, cast

import httptools
import httpx
from aiohappyeyeballs import AddrInfoType, start_connection

#: Servers close what nobody uses, many after 5 s and some after 2. A call that crosses such an end is an unknown call, so ours
#: comes first.
KEEPALIVE_S: Final = 1.5
#: No answer's head is longer.
LONGEST_HEAD: Final = 65_536
#: Of a body so much may wait for its reader.
READ_AHEAD: Final = 1_000_000
#: The other of a name's addresses is tried after this (RFC 8305).
SECOND_ADDRESS_S: Final = 0.25
#: A name is looked up anew after this: a provider that moved is called where it is now.
ADDRESSES_S: Final = 10.0

#: Scheme, host and port.
Origin: TypeAlias = tuple[bytes, bytes, int]


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted; read once, since that takes a while in which a loop stands still."""
    return httpx.create_ssl_context(trust_env=False)


class Answer:
    """An answer as it comes."""

    __slots__ = ("body", "ended", "goes_on", "headers", "size", "status")

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body: deque[bytes] = deque()
        #: Bytes so far: of the head until it is whole, then of the body that waits for its reader.
        self.size = 0
        self.ended = False
        #: Whether its connection stays open after it.
        self.goes_on = False


class Connection(asyncio.Protocol):
    """One connection; one request at a time, which is written at once and never again."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._lost = False
        self._used = 0.0
        self._news: asyncio.Future[None] | None = None
        self._fault: httpx.TransportError | None = None
        self._ears = select.poll()
        self._parser = httptools.HttpResponseParser(self)
        #: None is awaited yet, so that whatever comes before the first request is one too many.
        self._answer = Answer()
        self._answer.ended = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self._transport = cast("asyncio.Transport", transport)
        self._ears.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    async def ask(self, written: bytes) -> Answer:
        """Write a request; its answer, of which the body may still be coming.

        Raises ConnectError where nothing was written. Whatever else it raises, the request may have been taken.
        """
        if self._lost or self._fault:
            raise httpx.ConnectError("closed before the request")
        self._answer, self._parser = Answer(), httptools.HttpResponseParser(self)
        # As browsers do: a blank after the size of a chunk, a line that ends without its CR.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )
        self._transport.write(written)
        while not self._answer.status:
            await self._wait()
        return self._answer

    async def read(self) -> bytes:
        """What has come of the body since; empty at its end."""
        answer = self._answer
        while not answer.body:
            if answer.ended:
                return b""
            await self._wait()
        read = b"".join(answer.body)
        answer.body.clear()
        answer.size = 0
        if not self._lost:
            self._transport.resume_reading()
        return read

    def is_quiet(self, now: float) -> bool:
        """Whether it can be called over: used lately, and neither closed over there nor spoken into.

        A loop that stood still between two calls has heard of nothing, so the socket itself is asked.
        """
        lately = now - self._used < KEEPALIVE_S
        return lately and not self._lost and self._fault is None and not self._ears.poll(0)

    def is_reusable(self) -> bool:
        """Whether its answer came whole, not before the request had left, and did not say that it was the last."""
        return self._answer.goes_on and not self._lost and not self._transport.get_write_buffer_size()

    def close(self) -> None:
        """End it, without another byte."""
        self._transport.abort()

    async def _wait(self) -> None:
        if self._fault is not None:
            raise self._fault
        self._news = asyncio.get_running_loop().create_future()
        await self._news

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(httpx.RemoteProtocolError("not an answer"))
        if not self._answer.status:
            self._answer.size += len(data)
            if self._answer.size > LONGEST_HEAD:
                self._fail(httpx.RemoteProtocolError("its head has no end"))
        elif self._answer.size > READ_AHEAD and not self._lost:
            self._transport.pause_reading()

    def connection_lost(self, fault: Exception | None) -> None:
        """It is closed; an answer that says nothing of its length ends here, any other is cut off."""
        self._lost, answer = True, self._answer
        unmeasured = {name.lower() for name, _ in answer.headers}.isdisjoint({b"content-length", b"transfer-encoding"})
        if fault is None and answer.status and unmeasured:
            answer.ended = True
            self._tell()
        elif not answer.ended:
            self._fail(httpx.ReadError("broken off") if fault else httpx.RemoteProtocolError("closed"))

    def _fail(self, fault: httpx.TransportError) -> None:
        self._fault = self._fault or fault
        self._tell()

    # What httptools calls while it parses.

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or one of the trailer."""
        if not self._answer.status:
            self._answer.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is whole; of an answer before the answer (100, 103) nothing is kept."""
        if (status := self._parser.get_status_code()) >= 200:
            self._answer.status, self._answer.size = status, 0
            self._tell()
        else:
            self._answer.headers.clear()

    def on_body(self, part: bytes) -> None:
        """A part of the body."""
        self._answer.body.append(part)
        self._answer.size += len(part)
        self._tell()

    def on_message_begin(self) -> None:
        """Nothing may follow a whole answer: the next caller would be told what is not for him."""
        if self._answer.ended:
            raise ValueError

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if self._answer.status:
            self._answer.ended, self._used = True, time.monotonic()
            self._answer.goes_on = self._parser.should_keep_alive()
            self._tell()


class Addresses:
    """What names stand for: looked up once for all who ask at the same time, and anew after a while.

    A wave of a hundred calls opens a hundred connections at once; each on its own would ask the name server, six at a time.
    """

    def __init__(self) -> None:
        self._lookups: dict[tuple[str, int], tuple[float, asyncio.Task[list[AddrInfoType]]]] = {}

    async def of(self, host: str, port: int) -> list[AddrInfoType]:
        """Where to connect to; raises OSError."""
        since, lookup = self._lookups.get((host, port), (-math.inf, None))
        now = time.monotonic()
        if lookup is None or now - since > ADDRESSES_S or _failed(lookup):
            lookup = asyncio.create_task(_look_up(host, port))
            # Whoever asked may have given up by then.
            lookup.add_done_callback(_failed)
            self._lookups[host, port] = now, lookup
        # One that gives up takes nothing from the others.
        return await asyncio.shield(lookup)


async def _look_up(host: str, port: int) -> list[AddrInfoType]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return cast("list[AddrInfoType]", found)


def _failed(lookup: asyncio.Task[Any]) -> bool:
    return lookup.done() and (lookup.cancelled() or lookup.exception() is not None)


async def open_connection(origin: Origin, addresses: Addresses, within_s: float | None) -> Connection:
    """A new connection; raises ConnectTimeout or ConnectError."""
    scheme, host, port = origin[0], origin[1].decode("ascii"), origin[2]
    tls, loop = scheme == b"https", asyncio.get_running_loop()
    try:
        async with asyncio.timeout(within_s):
            found = await addresses.of(host, port)
            line = await start_connection(found, happy_eyeballs_delay=SECOND_ADDRESS_S)
            _, connection = await loop.create_connection(
                Connection, sock=line, ssl=_trust() if tls else None, server_hostname=host if tls else None
            )
    except TimeoutError:
        raise httpx.ConnectTimeout("no connection in time") from None
    except (OSError, ValueError) as error:
        raise httpx.ConnectError(type(error).__name__) from None
    return connection
