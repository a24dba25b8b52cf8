"""Limits of what one client may hold: uvicorn's protocol with time limits for header, body and answer.

uvicorn itself limits only how long a connection may be idle after an answer. A client that sends half a header, or does not read,
would hold its connection for ever. `uvicorn --http worker.api.guard:Guarded` (the Procfile) closes it in time. With as many
connections as there may be, the one that has waited longest with its request makes room, so that a request that comes whole is
answered whatever the others do.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from worker.config import Settings

#: Under which the limits lie in the state of the lifespan.
STATE: Final = "guard"
#: A body may be so slow, in bytes a second, once its time limit is over: a list of 500 MB needs its time.
SLOWEST: Final = 10_000
TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
FULL: Final = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@dataclass(slots=True)
class Guard:
    """The limits of a server's connections, by the settings."""

    most: int = 600
    #: Seconds for the header; for a body, before it may be called slow; for a reader that takes nothing.
    header_s: float = 10
    body_s: float = 30
    reader_s: float = 60
    #: Of all connections those without a whole request, the one that has waited longest first.
    waiting: "OrderedDict[Guarded, None]" = field(default_factory=OrderedDict)
    #: The server ends: uvicorn asks the connections that it knows to close, and waits until there are none.
    ends: bool = False


def of(settings: Settings) -> Guard:
    """As the settings say."""
    return Guard(settings.max_connections, settings.header_timeout_s, settings.body_timeout_s)


class Guarded(H11Protocol):
    """One connection under guard."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._guard: Guard = app_state.setdefault(STATE, Guard())
        self._timer: asyncio.TimerHandle | None = None
        self._reader: asyncio.TimerHandle | None = None
        #: What is being waited for, since when, and how much of it came.
        self._part, self._since, self._came = "", 0.0, 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Make room for it, or refuse it."""
        if len(self.connections) >= self._guard.most:
            if not self._guard.waiting:
                transport.write(FULL)
                transport.close()
            else:
                next(iter(self._guard.waiting)).end()
        super().connection_made(transport)
        if self._guard.ends:
            # It was accepted before the server was asked to end and came here after: nobody will ask it to close.
            transport.close()
        if not transport.is_closing():
            self._wait("header")

    def data_received(self, data: bytes) -> None:
        """Pass it on, and see what is waited for now."""
        self._came += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            self._closing()
        elif self.conn.their_state is h11.IDLE:
            self._wait("header")
        elif self.conn.their_state is h11.SEND_BODY:
            self._wait("body")
        else:
            self._done()

    def on_response_complete(self) -> None:
        """Between two requests uvicorn's own limit holds, and the connection may have to make room."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._closing()
        elif self.conn.their_state is h11.IDLE:
            self._guard.waiting[self] = None
        elif self.conn.their_state is h11.SEND_BODY and not self.cycle.response_complete:
            # The header of the next request came with the one before.
            self._wait("body")

    def pause_writing(self) -> None:
        """The client does not read: not for ever."""
        super().pause_writing()
        self._reader = self._reader or self.loop.call_later(self._guard.reader_s, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        self._reads()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._done()
        self._reads()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server ends; so do connections that are just being made."""
        self._guard.ends = True
        super().shutdown()

    def end(self) -> None:
        """Close it at once: somebody else needs its place."""
        self._done()
        self.connections.discard(self)
        self.transport.abort()

    def _wait(self, part: str) -> None:
        if self._part == part:
            return
        self._done()
        self._part, self._since, self._came = part, self.loop.time(), 0
        if part == "header":
            self._guard.waiting[self] = None
        self._timer = self.loop.call_later(getattr(self._guard, f"{part}_s"), self._late)

    def _late(self) -> None:
        """Too slow; but of a body only what it has fallen behind by itself, and not because nobody here reads on."""
        if self._part == "body":
            if self.flow.read_paused:
                # Ours is the delay: its time begins anew.
                self._since, self._came = self.loop.time(), 0
            left = self._since + self._guard.body_s + self._came / SLOWEST - self.loop.time()
            if left > 0:
                self._timer = self.loop.call_later(left, self._late)
                return
        if self._part == "header":
            self.transport.write(TOO_SLOW)
            self.transport.close()
        else:
            # What waits for the rest of the body hears that the client is gone.
            self.transport.abort()
        self._closing()

    def _closing(self) -> None:
        """No more is read of it; what it does not take of its last answer is not kept for ever."""
        self._done()
        if self.transport.get_write_buffer_size() and self._reader is None:
            self._reader = self.loop.call_later(self._guard.reader_s, self.transport.abort)

    def _done(self) -> None:
        """The request is whole, or will never be."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._part = ""
        self._guard.waiting.pop(self, None)

    def _reads(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None
