#!/usr/bin/env bash
# httpx: each request asks every kept connection of its client whether it is still there, not only the one that it takes.
#
# Versions: httpx 0.28.1, httpcore 1.0.9, anyio 4.16.0.
# You would expect: a request takes one idle connection of the pool and looks at that one, so a client with a hundred kept connections
# costs a request no more than a client with one.
# What happens: before a connection is chosen, and once more when it is given back, the pool goes through all of them, and each asks the
# operating system about its socket. One request with 100 idle connections makes 18 times the function calls of one with a single
# connection (2,900 and 52,000), and asks poll() 198 times more.
# Why it matters: whoever calls back, or sends, with one client for everything pays for each call by the number of calls that were once
# under way at the same time. Here an emulator of providers spent half of its time on that, at 100 callbacks a second over 16 connections.
# Loa: the emulator has a client for each call that is under way (worker/sandbox/callbacks.py); the calls of adapters go over connections
# of our own (worker/providers/connection.py).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check httpx==0.28.1 httpcore==1.0.9 anyio==4.16.0

"$work/venv/bin/python" - <<'PYTHON'
import asyncio
import sys
from collections import Counter

import httpx

MANY = 100


async def main():
    together, arrived = asyncio.Event(), Counter()

    async def serve(reader, writer):
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
                break
            if head.startswith(b"GET /together"):
                arrived["n"] += 1
                if arrived["n"] == MANY:
                    together.set()
                await together.wait()  # so that each has a connection of its own
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    limits = httpx.Limits(max_connections=MANY, max_keepalive_connections=MANY)
    async with httpx.AsyncClient(trust_env=False, limits=limits, timeout=30) as few, httpx.AsyncClient(
        trust_env=False, limits=limits, timeout=30
    ) as many:
        await few.get(f"{url}/")
        await asyncio.gather(*(many.get(f"{url}/together") for _ in range(MANY)))
        print(f"connections of the second client: {arrived['n']}")
        calls = {}
        for name, client in (("one connection", few), (f"{MANY} connections", many)):
            await client.get(f"{url}/")  # what is done once only
            counted = Counter()

            def count(_frame, event, argument, counted=counted):
                if event in ("call", "c_call"):
                    counted["calls"] += 1
                if event == "c_call" and getattr(argument, "__name__", "") == "poll" and "select" in repr(argument):
                    counted["polls"] += 1

            sys.setprofile(count)
            await client.get(f"{url}/")
            sys.setprofile(None)
            calls[name] = counted
            print(f"one request, {name}: {counted['calls']} function calls, {counted['polls']} questions to poll()")
    server.close()
    one, hundred = calls.values()
    ratio = hundred["calls"] / one["calls"]
    print(f"{ratio:.1f} times the calls")
    if ratio < 4:
        sys.exit("changed: a request does not ask all connections any more")


asyncio.run(main())
PYTHON
