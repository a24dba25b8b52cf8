#!/usr/bin/env bash
# httpx-aiohttp: a POST that the server read whole and did not answer is reported as ConnectTimeout, at once.
#
# Versions: httpx-aiohttp 0.2.0, httpx 0.28.1, aiohttp 3.14.5.
# One would guess: a transport for httpx raises httpx's errors with httpx's meaning. ConnectTimeout means that no connection was
# made in time, so nothing was sent and a repeat is safe; a server that hangs up is RemoteProtocolError, as in httpx itself.
# What happens: the server takes the request and closes the connection; the caller gets ConnectTimeout("Server disconnected")
# within milliseconds, though the connection stood and no time ran out. (aiohttp's ServerDisconnectedError is also a kind of its
# connection errors, and all of those are translated into that one.)
# Why it matters: senders repeat on connection errors because nothing left. Here everything left, so each repeat is a second paid
# message; changing the transport for its speed turns a right rule into a wrong one.
# Loa: it has a transport of its own, which tells "never connected" from "hung up" by the error itself
# (worker/providers/wire.py); the second is UNKNOWN and is never repeated blindly.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check httpx-aiohttp==0.2.0 httpx==0.28.1 aiohttp==3.14.5

"$work/venv/bin/python" - <<'PYTHON'
import asyncio
import time

import httpx
from httpx_aiohttp import AiohttpTransport

taken: list[bytes] = []


async def gateway(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads a whole message and hangs up."""
    await reader.readuntil(b"\r\n\r\n")
    taken.append(await reader.readexactly(len(b"to=84901234567")))
    writer.close()


async def main() -> dict[str, tuple[str, list[bytes]]]:
    seen = {}
    async with await asyncio.start_server(gateway, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/send"
        for name, transport in (("httpx", httpx.AsyncHTTPTransport()), ("httpx-aiohttp", AiohttpTransport())):
            taken.clear()
            async with httpx.AsyncClient(transport=transport, timeout=30) as client:
                began = time.monotonic()
                try:
                    await client.post(url, content=b"to=84901234567")
                except httpx.TransportError as error:
                    seen[name] = (type(error).__name__, list(taken))
                    print(f"{name:14} the gateway read {taken}; after {time.monotonic() - began:.2f} of 30 s: {error!r}")
    return seen


message = [b"to=84901234567"]
assert asyncio.run(main()) == {"httpx": ("RemoteProtocolError", message), "httpx-aiohttp": ("ConnectTimeout", message)}
PYTHON
