#!/usr/bin/env bash
# httpx-aiohttp: it reports ConnectTimeout, at once, for a POST that the server read completely and did not answer.
#
# Versions: httpx-aiohttp 0.2.0, httpx 0.28.1, aiohttp 3.14.5.
# You would expect: a transport for httpx raises httpx's errors with httpx's meaning. ConnectTimeout means that no connection was
# made in time: nothing was sent, and a retry is safe. A server that hangs up is RemoteProtocolError, as in httpx itself.
# What happens: the server reads the request and closes the connection. The caller gets ConnectTimeout("Server disconnected")
# within milliseconds, although the connection existed and no time ran out. (aiohttp's ServerDisconnectedError is a subclass of
# its connection errors, and the transport translates all of those into ConnectTimeout.)
# Why it matters: senders retry connection errors because nothing was sent. Here everything was sent, so each retry is a second
# paid message. Changing the transport for speed makes a correct rule wrong.
# Loa: its own transport distinguishes "never connected" from "hung up" by the error itself (worker/providers/wire.py). The second
# is UNKNOWN and is never retried blindly.
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
