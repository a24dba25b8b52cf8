#!/usr/bin/env bash
# asyncio: a time limit of `asyncio.timeout` or of aiohttp throws away an answer that came in time, where the event loop was busy
# when the limit passed; httpx's own time limit gives the same answer.
#
# Versions: Python 3.11 or newer, aiohttp 3.14.5, httpx 0.28.1.
# You would expect: a server answers after 0.2 s, the limit is 1 s. The event loop is busy with something else from 0.1 to 2.1 s.
# Then it finds the whole answer in the socket, which came 0.8 s before the limit, so the call succeeds.
# What happens: the loop reads the socket first, but the task that waits for it runs only in the next round; the timer, which is
# over too, cancels the task before. `asyncio.timeout` and aiohttp's `total` raise TimeoutError. httpx returns 200.
# Why it matters: one blocking statement (a database that fails over) in a process with many calls in flight makes a time-out of
# each, although each was answered. Where a call costs money, that is an unknown call; and who repeats after a time-out sends twice.
# Loa: a call's time limit has a second step, 0.05 s after the first, in which what had come is read (`_within` in
# worker/providers/http.py).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check aiohttp==3.14.5 httpx==0.28.1
cat > "$work/limits.py" <<'PYTHON'
import asyncio
import http.server
import sys
import threading
import time

import aiohttp
import httpx


class Slow(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.2)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_address[1]}/"


async def busy():
    await asyncio.sleep(0.1)
    time.sleep(2)


async def by_asyncio():
    async with httpx.AsyncClient(trust_env=False, timeout=None) as client, asyncio.timeout(1):
        return (await client.get(url)).status_code


async def by_aiohttp():
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as client, client.get(url) as answer:
        return answer.status


async def by_httpx():
    async with httpx.AsyncClient(trust_env=False, timeout=1) as client:
        return (await client.get(url)).status_code


async def main():
    found = []
    for limit in (by_asyncio, by_aiohttp, by_httpx):
        other = asyncio.create_task(busy())
        try:
            found.append(str(await limit()))
        except TimeoutError:
            found.append("TimeoutError")
        await other
    return found


found = asyncio.run(main())
print(f"Python {sys.version.split()[0]}: asyncio.timeout {found[0]}, aiohttp's total {found[1]}, httpx's timeout {found[2]}")
sys.exit(found != ["TimeoutError", "TimeoutError", "200"])
PYTHON
"$work/venv/bin/python" "$work/limits.py"
