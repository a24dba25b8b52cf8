"""Measures what a hundred open pages cost a running campaign: the same million ads with and without them, in turns."""

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.bench import lists
from tests.bench.ads import LEFT, RATE, WORKERS
from tests.bench.figures import Row, say
from tests.bench.kannel import free_ports
from tests.bench.stage import Scene, Stage, wait_for
from worker.services.people import users
from worker.services.planning import plan
from worker.services.planning.request import CampaignRequest

#: An even number of turns, so that what a growing database costs is shared evenly.
WATCHERS, TURNS = 100, 4
#: The list is planned and the pages are opened before the first order: a page that is opened is not yet one that is watched.
READY_WITHIN_S = 45
PASSWORD = "correct horse battery"

#: Opens so many streams, says so, and reads until it is ended; how many events came is its last line.
READER = """
import asyncio, signal, sys
port, path, cookie, many = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
events = opened = 0
async def watch():
    global events, opened
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = ["GET " + path + " HTTP/1.1", "Host: 127.0.0.1", "Cookie: " + cookie, "Accept: text/event-stream", "", ""]
    writer.write("\\r\\n".join(head).encode())
    assert b" 200 " in await reader.readline()
    while line := await reader.readline():
        if line.startswith(b"event: parts"):
            events += 1
            if events == many and not opened:
                opened = 1
                print("open", flush=True)
async def main():
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    await asyncio.gather(*(watch() for _ in range(many)))
try:
    asyncio.run(main())
except asyncio.CancelledError:
    pass
print(events, flush=True)
"""


def run(stage: Stage, scale: float) -> list[Row]:
    """One campaign after the other; on every second one a hundred look. The web process runs all the time."""
    numbers = max(2000, round(1_000_000 * scale))
    path = lists.messy(stage.folder / "onlookers.csv", numbers)
    alone, watched = [], []
    with (
        stage.emulator() as emulator,
        # Without the cap, or the same people could not get one campaign after the other.
        stage.scene(emulator.url, LOA_ESMS_REQUESTS_PER_SECOND=RATE, LOA_MAX_ADS_PER_24H=0) as scene,
        scene.workers(*WORKERS),
        web_process(scene) as (port, web),
    ):
        users.add(scene.deps, "boss", "admin", PASSWORD)
        for turn in range(TURNS):
            for many, found in (
                ((0, alone), (WATCHERS, watched)) if turn % 2 == 0 else ((WATCHERS, watched), (0, alone))
            ):
                found.append(_campaign(scene, path, port, web, many))
                say(f"{many} look: {found[-1]['seconds']:.1f} s, the web process computed {found[-1]['cpu']:.1f} s")
    bare, seen = (statistics.median(one["seconds"] for one in found) for found in (alone, watched))
    most = max(watched, key=lambda one: float(one["cpu"]))
    return [
        Row(
            "onlookers",
            f"{WATCHERS} browsers on the live page of a campaign of {alone[0]['valid']:,} numbers, first order to last",
            f"{seen:.1f} s",
            f"nobody looks: {bare:.1f} s",
            f"{seen / bare:.3f}×",
            "≤ 1.05×",
            f"The middle of {TURNS} turns; each: {_each(alone)} without, {_each(watched)} with. The web process computed "
            f"{most['cpu']:.1f} s at most while they looked ({most['cpu'] / most['seconds']:.1%} of one core), after "
            f"{most['opening']:.1f} s to open the pages; {most['events']} events were sent in that turn. The readers compute on "
            "the same cores.",
            {"alone": alone, "watched": watched},
        )
    ]


def _each(found: list[dict[str, Any]]) -> str:
    return ", ".join(f"{one['seconds']:.1f} s" for one in found)


def _campaign(scene: Scene, path: Path, port: int, web: psutil.Process, many: int) -> dict[str, Any]:
    begins = scene.loa.clock.now() + timedelta(seconds=READY_WITHIN_S)
    wish = CampaignRequest("esms", "LOA", "ads", "[QC] Giam gia 20%", path, again=True, at=begins.isoformat())
    made = plan.create(scene.deps, wish)
    with ExitStack() as stack:
        opening = sum(web.cpu_times()[:2])
        reader = stack.enter_context(_reader(port, f"/campaigns/{made.campaign.id}", many)) if many else None
        if scene.loa.clock.now() >= begins:
            raise SystemExit("the pages were not open before the first order; this is a fault, not a figure")
        opening = sum(web.cpu_times()[:2]) - opening
        wait_for(lambda: scene.loa.clock.now() >= begins, "the beginning", 60, 0.05)
        cpu = sum(web.cpu_times()[:2])
        wait_for(lambda: scene.one(LEFT).left == 0, "the orders", 900, 0.25)
        spent, events = sum(web.cpu_times()[:2]) - cpu, 0
        if reader is not None:
            reader.terminate()
            events = int((reader.communicate(timeout=30)[0] or "0").split()[-1])
    found = scene.one(
        "SELECT min(a.began_at) AS first, max(a.ended_at) AS last FROM attempt a JOIN batch b ON b.id = a.owner_id"
        " WHERE b.campaign_id = :campaign",
        campaign=made.campaign.id,
    )
    seconds = (found.last - found.first).total_seconds()
    return {"valid": made.campaign.valid, "seconds": seconds, "cpu": spent, "opening": opening, "events": events}


@contextmanager
def web_process(scene: Scene) -> Iterator[tuple[int, psutil.Process]]:
    """The web process of the Procfile."""
    port = free_ports(1)[0]
    words = ("worker.api.app:create_app", "--factory", "--loop", "asyncio", "--http", "worker.api.guard:Guarded")
    words = (*words, "--port", str(port))
    with scene.stage.process("web", "uvicorn", *words, "--no-access-log", env=scene.environment) as process:
        wait_for(lambda: _answers(port), "the web process", 60)
        yield port, psutil.Process(process.pid)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).is_success
    except httpx.TransportError:
        return False


@contextmanager
def _reader(port: int, page: str, many: int) -> Iterator[subprocess.Popen[str]]:
    """So many open streams of a page, all of them in one process."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
        client.post("/login", data={"username": "boss", "password": PASSWORD})
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        source = re.search(r'data-live="([^"]+)"', client.get(page).text)
    if source is None:
        raise SystemExit("the page has no live part; this is a fault, not a figure")
    words = [sys.executable, "-c", READER, str(port), source[1], cookie, str(many)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        began = time.monotonic()
        if reader.stdout.readline().strip() != "open" or time.monotonic() - began > 60:
            raise SystemExit("the streams did not open; this is a fault, not a figure")
        try:
            yield reader
        finally:
            reader.kill()
