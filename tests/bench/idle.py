"""Measures what `loa up` costs while nothing is to do: CPU time and memory of all its processes, by name."""

import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
from pydantic import TypeAdapter

from tests.bench.figures import Row, say
from tests.bench.kannel import free_ports
from tests.bench.stage import ROOT, Stage, wait_for
from tests.bench.watch import MIB, family
from tests.environment import esms, plain_environment

#: After the start, until children have been started and have connected.
SETTLE_S = 30.0
MEASURED_S = 120.0
QUEUE = re.compile(r" -n (\w+)@")


@dataclass(frozen=True)
class Cost:
    """Of the processes of one name."""

    processes: int
    #: Of one core.
    cpu_percent: float
    #: Shared pages counted once, and in each process.
    pss: float
    rss: float


def run(stage: Stage, scale: float) -> list[Row]:
    """Everything of the Procfile with one account and nothing to do."""
    seconds = max(10.0, MEASURED_S * min(1.0, scale))
    folder = stage.folder / "idle"
    folder.mkdir(exist_ok=True)
    with stage.emulator() as emulator:
        found = measure(folder, emulator.url, seconds)
    for name, cost in sorted(found.items(), key=lambda one: -one[1].cpu_percent):
        say(
            f"{name:<12} {cost.processes:3} processes  {cost.cpu_percent:5.2f} % of one core  "
            f"{cost.pss / MIB:5.0f} MiB PSS  {cost.rss / MIB:5.0f} MiB RSS"
        )
    cpu, pss, rss = (sum(getattr(one, what) for one in found.values()) for what in ("cpu_percent", "pss", "rss"))
    processes = sum(one.processes for one in found.values())
    return [
        Row(
            "idle",
            f"`loa up` with nothing to do: {processes} processes, {seconds:g} s",
            f"{cpu:.1f} % of one core, {pss / 1e6:.0f} MB (PSS)",
            f"{rss / 1e6:.0f} MB where shared pages count in each process (RSS)",
            "",
            "< 3 %, < 900 MB",
            "CPU time of every process of the tree over the time, servers included; memory at its end, from smaps.",
            {"cpu_percent": cpu, "pss": pss, "rss": rss, "by_name": TypeAdapter(dict[str, Cost]).dump_python(found)},
        )
    ]


def measure(folder: Path, provider_url: str, seconds: float) -> Mapping[str, Cost]:
    """Start `loa up`, let it settle, look, look again."""
    web, flower = free_ports(2)
    env = {
        **plain_environment(),
        **esms(f"{provider_url}/esms/MainService.svc"),
        "LOA_DATA_DIR": str(folder),
        "LOA_FLOWER_PORT": str(flower),
    }
    out = folder / "up.log"
    with out.open("w") as file:
        up = subprocess.Popen(
            [sys.executable, "-m", "worker.cli", "up", "--port", str(web)], env=env, cwd=ROOT, stdout=file, stderr=file
        )
    try:
        began = time.monotonic()
        wait_for(lambda: "\nready" in out.read_text(), "loa up", 120)
        say(f"ready after {time.monotonic() - began:.1f} s; it settles for {SETTLE_S:.0f} s …")
        time.sleep(SETTLE_S)
        before, looked = _cpu(up.pid), time.monotonic()
        time.sleep(seconds)
        after, took = _cpu(up.pid), time.monotonic() - looked
        return _costs(up.pid, {pid: (used - before.get(pid, 0.0)) / took * 100 for pid, used in after.items()})
    finally:
        up.terminate()
        up.wait(90)


def _cpu(pid: int) -> dict[int, float]:
    """Seconds that each process has computed."""
    found = {}
    for process in family(pid):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        found[process.pid] = times.user + times.system
    return found


def _costs(pid: int, percent: Mapping[int, float]) -> dict[str, Cost]:
    found: dict[str, list[Cost]] = defaultdict(list)
    for process in family(pid):
        try:
            memory, command = process.memory_full_info(), " ".join(process.cmdline())
        except psutil.Error:
            continue
        cost = Cost(1, percent.get(process.pid, 0.0), getattr(memory, "pss", memory.rss), memory.rss)
        found[_name(command)].append(cost)
    return {
        name: Cost(len(costs), *(sum(getattr(one, what) for one in costs) for what in ("cpu_percent", "pss", "rss")))
        for name, costs in found.items()
    }


def _name(command: str) -> str:
    """What a process is to Loa."""
    if queue := QUEUE.search(command):
        return f"worker {queue[1]}"
    marks = {
        "postgres": "postgres",
        "valkey": "valkey",
        "uvicorn": "web",
        "app beat": "scheduler",
        "app flower": "flower",
        "guardian.py": "guardian",
        "nursery.py": "nursery",
        "worker.cli up": "loa up",
    }
    return next((name for mark, name in marks.items() if mark in command), "other")
