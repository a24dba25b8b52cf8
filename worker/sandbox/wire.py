"""Lets an application close its own connection: uvicorn's HTTP protocol, with the transport in the ASGI scope."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_EXTENSION = "loa.transport"


class ClosableProtocol(H11Protocol):
    """Puts the connection's transport where `hang_up` finds it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})[_EXTENSION] = transport
            await app(scope, receive, send)

        self.app = with_transport


async def hang_up(scope: Scope, receive: Receive, *, reset: bool = False) -> None:
    """Close the connection after what was written, with a FIN, or at once with a RST; returns when it is closed."""
    transport: asyncio.Transport = scope["extensions"][_EXTENSION]
    if reset:
        # a linger of zero seconds is what makes the kernel send RST
        linger: socket.socket = transport.get_extra_info("socket")
        linger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
    # uvicorn takes an application that ends without an answer for broken, unless it knows that nobody listens any more
    await gone(receive)


async def gone(receive: Receive, within_s: float | None = None) -> bool:
    """Wait until the client is gone; False when it still listens after `within_s` seconds."""
    try:
        async with asyncio.timeout(within_s):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True
