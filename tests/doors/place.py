"""An installation in a temporary folder, and the hands that try its doors: a web process, workers, commands, callers."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
import psutil

from tests.bench.kannel import free_ports
from tests.bench.stage import ROOT, Emulator, Scene, Stage, wait_for
from tests.world import RecordedTasks
from worker.services.deps import Deps
from worker.services.operations import api_keys
from worker.services.sending import dispatch, release

MIB = 1 << 20
LOA = Path(sys.executable).parent / "loa"


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ended."""

    code: int
    said: str
    seconds: float
    #: Of it and its children, in MiB.
    memory: float


@dataclass
class Place:
    """The installation that is tried."""

    stage: Stage
    scene: Scene
    emulator: Emulator
    url: str
    web: psutil.Process
    key: str

    def client(self, **changes: Any) -> httpx.Client:
        """A producer."""
        headers = {"Authorization": f"Bearer {self.key}"}
        given = {"base_url": self.url, "headers": headers, "timeout": 120, "trust_env": False, **changes}
        return httpx.Client(**given)

    def web_memory(self) -> float:
        """Of the web process, in MiB."""
        return float(self.web.memory_info().rss) / MIB

    def web_cpu(self) -> float:
        """Seconds of computing that it had so far."""
        used = self.web.cpu_times()
        return float(used.user + used.system)

    def loa(self, *words: object, **env: str) -> Ran:
        """A command of `loa` to its end, with its memory watched."""
        return run([str(LOA), *map(str, words)], {**self.scene.environment, **env})

    def send_all(self) -> None:
        """What sweep and workers do, here and now, until nothing is left that may go."""
        deps, tasks = self.deps_with_tasks()
        while release.release(deps):
            due, tasks.sends = tasks.sends, []
            for batch_id in due:
                dispatch.send_batch(deps, batch_id)

    def deps_with_tasks(self) -> tuple[Deps, RecordedTasks]:
        """The services' parts, with tasks that are noted instead of carried."""
        tasks = RecordedTasks()
        return replace(self.scene.deps, task_queue=tasks), tasks


@contextmanager
def opened(stage: Stage, **settings: object) -> Iterator[Place]:
    """Web and emulator on an empty database; workers are the rows' own business."""
    with ExitStack() as stack:
        emulator = stack.enter_context(stage.emulator())
        scene = stack.enter_context(stage.scene(emulator.url, LOA_ESMS_REQUESTS_PER_SECOND=1000, **settings))
        key = api_keys.create(scene.deps, ["admin"], "doors").key
        port = free_ports(1)[0]
        app = ("worker.api.app:create_app", "--factory", "--loop", "asyncio")
        app = (*app, "--http", "worker.api.guard:Guarded", "--host", "127.0.0.1")
        more = ("--port", str(port), "--no-access-log")
        web = stack.enter_context(stage.process("web", "uvicorn", *app, *more, env=scene.environment))
        place = Place(stage, scene, emulator, f"http://127.0.0.1:{port}", psutil.Process(web.pid), key)
        with place.client() as client:
            wait_for(lambda: answers(client), "web", 120)
        yield place


def answers(client: httpx.Client) -> bool:
    """Whether web can do its work."""
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def run(words: list[str], env: Any) -> Ran:
    """A command to its end; the largest memory that it and its children had together."""
    begun, most = time.monotonic(), 0.0
    process = subprocess.Popen(
        words, env=dict(env), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        most = max(most, _memory(watched))
        time.sleep(0.05)
    assert process.stdout is not None
    said = process.stdout.read()
    process.stdout.close()
    return Ran(process.returncode, said.strip(), time.monotonic() - begun, most)


def _memory(process: psutil.Process) -> float:
    total = 0.0
    for one in (process, *_children(process)):
        try:
            total += one.memory_info().rss / MIB
        except psutil.Error:
            continue
    return total


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def timed(ask: Callable[[], Any]) -> float:
    """Milliseconds of one call."""
    begun = time.perf_counter()
    ask()
    return (time.perf_counter() - begun) * 1000


def spread(times: list[float]) -> str:
    """Of milliseconds: the median, the 99th percentile, the longest."""
    cuts = quantiles(times, n=100, method="inclusive")
    return f"p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms, at most {max(times):.0f} ms"


def sentence(answer: httpx.Response) -> str:
    """The status, and what a problem says."""
    said = json.loads(answer.text).get("detail", "") if "json" in answer.headers.get("content-type", "") else ""
    return f"{answer.status_code} {said}".strip()[:200]


def cpu_count() -> int:
    """Cores that this machine has."""
    return os.cpu_count() or 1
