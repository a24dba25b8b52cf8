"""Ten thousand events a minute to a receiver that is well, while another hangs: their delay, and that of passwords."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text

from tests.bench import otp
from tests.bench.figures import Row, say
from tests.bench.stage import Scene, Stage, wait_for, worker
from worker.domain.webhook import TRIED_FOR
from worker.services import webhooks

#: Passwords: as many as come in that time.
EVENTS, SECONDS, PASSWORDS = 10_000, 60.0, 240
#: So many portions of events are written in a second, each in a transaction of its own.
PORTIONS = 10

#: A receiver: it answers each post at once, or never. When it is ended it says how many came, and in how many seconds.
RECEIVER = """
import asyncio, json, os, re, signal, sys, time
LENGTH = re.compile(rb"content-length: *(\\d+)", re.IGNORECASE)
hangs, ids, first, last = sys.argv[1] == "hang", set(), 0.0, 0.0
posts = 0
async def serve(reader, writer):
    global posts, first, last
    try:
        while head := await reader.readuntil(b"\\r\\n\\r\\n"):
            await reader.readexactly(int(LENGTH.search(head)[1]))
            posts, last = posts + 1, time.monotonic()
            first = first or last
            ids.add(re.search(rb"webhook-id: *(\\S+)", head, re.IGNORECASE)[1])
            if hangs:
                await asyncio.sleep(3600)
            writer.write(b"HTTP/1.1 204 No Content\\r\\nContent-Length: 0\\r\\n\\r\\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
    await asyncio.sleep(36000)
def end():
    print(json.dumps({"posts": posts, "ids": len(ids), "seconds": last - first}), flush=True)
    os._exit(0)
asyncio.run(main())
"""

#: Events as a change writes them, each of a message of its own, in the same number for each receiver.
WRITE = """INSERT INTO webhook_delivery
  (event_id, webhook_id, url, host, type, subject, body, state, at, not_before, give_up_at, tries, detail)
SELECT gen_random_uuid(), w.id, w.url, lower(substring(w.url FROM '^[^:]+://([^/?#]+)')), 'otp.delivered', gen_random_uuid(),
  json_build_object('type', 'otp.delivered', 'timestamp', CAST(:now AS text), 'data', json_build_object('id', gen_random_uuid(),
    'state', 'delivered', 'provider', 'esms', 'attempts', 1, 'code', '100', 'route', json_build_array('esms'))),
  'pending', :now, :now, :give_up, 0, ''
FROM webhook w, generate_series(1, :number)"""


def run(stage: Stage, scale: float) -> list[Row]:
    """Passwords with no event about, then while both receivers are told of as many events."""
    seconds, events = (SECONDS, EVENTS) if scale >= 0.05 else (10.0, EVENTS // 6)
    passwords = PASSWORDS if scale >= 0.05 else 20
    with (
        stage.emulator(latency_s=otp.LATENCY_S) as emulator,
        stage.scene(emulator.url, LOA_ESMS_REQUESTS_PER_SECOND=otp.RATE, LOA_WEBHOOK_ALLOW_PRIVATE="true") as scene,
        scene.workers(worker("sweep"), worker("otp", 4), worker("webhook")),
        otp.doors(scene) as ways,
        _receiver("well") as (healthy, well),
        _receiver("hang") as (hanging, _),
    ):
        say(f"{passwords} one-time passwords by each door, without events …")
        otp.measure(emulator, scene.loa.clock, ways, 16)
        idle = otp.measure(emulator, scene.loa.clock, ways, passwords)
        urls = {name: f"http://127.0.0.1:{port}/hook" for name, port in (("well", healthy), ("hangs", hanging))}
        for url in urls.values():
            webhooks.add(scene.deps, url, ["campaign.done"])
        say(f"… and while {events:,} events in {seconds:g} s go to each of two receivers, one of which hangs …")
        writer = threading.Thread(target=_write, args=(scene, events, seconds))
        writer.start()
        under = otp.measure(emulator, scene.loa.clock, ways, passwords)
        writer.join()
        done = "SELECT count(*) AS n FROM webhook_delivery WHERE url = :url AND state = 'delivered'"
        wait_for(lambda: scene.one(done, url=urls["well"]).n >= events, "the events", 600, 0.25)
        late = scene.one(
            "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ended_at - at)) AS p50,"
            " percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM ended_at - at)) AS p99,"
            " extract(epoch FROM max(ended_at) - min(at)) AS whole"
            " FROM webhook_delivery WHERE url = :url",
            url=urls["well"],
        )
        waiting = scene.one("SELECT count(*) AS n FROM webhook_delivery WHERE state = 'pending'").n
        well.terminate()
        came: dict[str, Any] = json.loads(well.communicate(timeout=30)[0])
    if came["ids"] != events:
        raise SystemExit(f"{came['ids']} of {events} events came; this is a fault, not a figure")
    values = {"came": came, "p50_s": float(late.p50), "p99_s": float(late.p99), "idle_ms": idle, "under_ms": under}
    rows = [
        Row(
            "hooks",
            f"{events:,} events in {seconds:g} s to a receiver that answers, while one that hangs is told of as many",
            f"{events / float(late.whole) * 60:,.0f} a minute, p50 {float(late.p50):.2f} s and p99 {float(late.p99):.2f} s late",
            aim="≥ 10,000 a minute",
            how=f"From the event's time to the record of the answer; written in {PORTIONS} transactions a second by the process "
            f"that measures, posted by one worker-webhook process. {came['posts'] - came['ids']} were posted twice. The one "
            f"that hangs holds 20 posts at most, each for LOA_WEBHOOK_TIMEOUT_S; {waiting:,} of its events waited at the end.",
            values=values,
        )
    ]
    return rows + [
        Row(
            "hooks",
            f"one-time password by {door}: call → request at the provider, under those events",
            f"p50 {under[door][0]:.1f} ms, p99 {under[door][1]:.1f} ms",
            f"without events: p50 {idle[door][0]:.1f} ms, p99 {idle[door][1]:.1f} ms",
            f"{under[door][1] / idle[door][1]:.2f}×",
            "unchanged",
            f"{passwords} passwords, {otp.PER_SECOND} a second by each door, before and while the events go out.",
            {"door": door},
        )
        for door in ways
    ]


def _write(scene: Scene, events: int, seconds: float) -> None:
    """The events, evenly over the time."""
    portions = round(seconds * PORTIONS)
    began = time.monotonic()
    for portion in range(portions):
        time.sleep(max(0.0, began + portion / PORTIONS - time.monotonic()))
        number = events * (portion + 1) // portions - events * portion // portions
        now = scene.loa.clock.now()
        with scene.deps.sessions.begin() as session:
            session.execute(text(WRITE), {"now": now, "give_up": now + TRIED_FOR, "number": number})


@contextmanager
def _receiver(kind: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    with subprocess.Popen([sys.executable, "-c", RECEIVER, kind], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), process
        finally:
            process.kill()
