#!/usr/bin/env bash
# pydantic: a body that is parsed in a thread, so that the event loop goes on, stops the event loop all the same.
#
# Versions: Python 3.11 or newer, pydantic 2.14.3.
# You would expect: `asyncio.to_thread(model.model_validate_json, body)` takes a while, and meanwhile other requests are answered,
# as they are while a thread computes a SHA-256.
# What happens: the event loop stands still for nearly the whole of it. Parser and validator are compiled and never give up the
# interpreter's lock, so Python can switch threads only before and after. `json.loads` does the same.
# Why it matters: one body with a list of recipients holds up every one-time password of the process for as long as it is parsed
# (seen: 300,000 recipients, 14 MB, several seconds). A thread pool, which web frameworks use for such work, does not help; a
# limit does, or another process.
# Loa: bodies have a limit (LOA_MAX_REQUEST_BYTES, 16 kB for passwords), long lists go as files, which another process reads, and
# `web` may run in several processes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check pydantic==2.14.3
cat > "$work/stall.py" <<'PYTHON'
import asyncio
import hashlib
import json
import sys
import time

import pydantic


class Recipient(pydantic.BaseModel):
    phone: str
    name: str


class Body(pydantic.BaseModel):
    text: str
    recipients: list[Recipient]


people = [{"phone": f"09{n:08d}", "name": f"Name {n}"} for n in range(300_000)]
body = json.dumps({"text": "hello", "recipients": people}).encode()
plain = bytes(400_000_000)


async def longest_pause(work):
    """The longest time in which the event loop did nothing, and how long the work took."""
    longest, over = 0.0, False

    async def look():
        nonlocal longest
        while not over:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - began)

    looking = asyncio.create_task(look())
    await asyncio.sleep(0.05)
    longest, began = 0.0, time.perf_counter()
    await asyncio.to_thread(work)
    took, over = time.perf_counter() - began, True
    await looking
    return longest, took


async def main():
    shares = {}
    for name, work in (
        ("SHA-256", lambda: hashlib.sha256(plain).digest()),
        ("json.loads", lambda: json.loads(body)),
        ("model_validate_json", lambda: Body.model_validate_json(body)),
    ):
        pause, took = await longest_pause(work)
        shares[name] = pause / took
        print(f"{name}: {took * 1000:.0f} ms in a thread, the event loop stood still for {pause * 1000:.0f} ms of it")
    return shares


print(f"Python {sys.version.split()[0]}, pydantic {pydantic.VERSION}")
shares = asyncio.run(main())
sys.exit(not (shares["SHA-256"] < 0.4 and shares["json.loads"] > 0.5 and shares["model_validate_json"] > 0.5))
PYTHON
"$work/venv/bin/python" "$work/stall.py"
