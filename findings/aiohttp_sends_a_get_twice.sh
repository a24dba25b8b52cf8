#!/usr/bin/env bash
# aiohttp: it sends a GET a second time, silently, when the connection drops after the server received it.
#
# Versions: aiohttp 3.14.5; httpx 0.28.1 for comparison.
# You would expect: a client without a retry option sends each request once. At most it retries when a kept connection turns out
# to be closed.
# What happens: aiohttp also repeats the very first request of a new session. The server reads all of it and hangs up. aiohttp
# opens a new connection and asks again. The caller sees one good answer. A POST of the same session is sent once and raises
# ServerDisconnectedError. httpx sends both once.
# Why it matters: several Vietnamese SMS gateways accept messages by GET. A gateway or its load balancer that restarts hangs up
# after it accepted the text. The person gets the text twice, you pay twice, and no log of the sender shows a second call.
# Loa: its calls to providers use its own connections (worker/providers/wire.py). tests/providers/test_no_repeats.py tests every
# function.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check aiohttp==3.14.5 httpx==0.28.1

"$work/venv/bin/python" - <<'PYTHON'
import asyncio

import aiohttp
import httpx

taken: list[str] = []


async def gateway(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the first message and hangs up without an answer, as a server that is being restarted; answers the next."""
    head = await reader.readuntil(b"\r\n\r\n")
    taken.append(head.decode().split(" HTTP")[0])
    if len(taken) > 1:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await writer.drain()
    writer.close()


async def with_aiohttp(method: str, url: str) -> str:
    async with aiohttp.ClientSession() as session, session.request(method, url) as answer:
        return await answer.text()


async def with_httpx(method: str, url: str) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.request(method, url)).text


async def main() -> dict[str, tuple[int, str]]:
    seen = {}
    async with await asyncio.start_server(gateway, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/send?to=1"
        for name, ask in (("aiohttp", with_aiohttp), ("httpx", with_httpx)):
            for method in ("GET", "POST"):
                taken.clear()
                try:
                    answer = await ask(method, url)
                except (aiohttp.ClientError, httpx.HTTPError) as error:
                    answer = type(error).__name__
                seen[f"{name} {method}"] = (len(taken), answer)
                print(f"{name:8}{method:5}asked once; the gateway took {len(taken)}: {taken}; the caller saw: {answer}")
    return seen


assert asyncio.run(main()) == {
    "aiohttp GET": (2, "ok"),
    "aiohttp POST": (1, "ServerDisconnectedError"),
    "httpx GET": (1, "RemoteProtocolError"),
    "httpx POST": (1, "RemoteProtocolError"),
}
PYTHON
