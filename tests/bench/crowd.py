"""One-time passwords that a web process takes in from 200 clients, beside the build of 3817865 in the same run."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil

from tests.bench.figures import Row, say
from tests.bench.kannel import free_ports
from tests.bench.reading import BEFORE, checked_out
from tests.bench.stage import ROOT, Stage, wait_for
from tests.environment import esms, servers

CLIENTS, SECONDS, TURNS = 200, 5.0, 3
GUARDED = ("--http", "worker.api.guard:Guarded")


def run(stage: Stage, scale: float) -> list[Row]:
    """The builds take turns, so that what else the machine does falls on both."""
    before = checked_out(stage.folder)
    seconds = SECONDS if scale >= 0.05 else 3.0
    builds = {"today": (ROOT, GUARDED), **({BEFORE: (before, ())} if before else {})}
    found: dict[str, list[Mapping[str, Any]]] = {name: [] for name in builds}
    for turn in range(TURNS):
        for name, (build, words) in builds.items():
            with _web(stage, build, words) as (port, key, web):
                _call(port, key, 8, 1, 0)  # first connections, first imports
                cpu = sum(web.cpu_times()[:2])
                told = _call(port, key, CLIENTS, seconds, 1_000_000)
                told["cpu_ms"] = 1000 * (sum(web.cpu_times()[:2]) - cpu) / max(1, told["accepted"])
            found[name].append(told)
            say(f"{turn + 1}: {name}: {_told(told)}")
    ours = _middle(found["today"])
    theirs = _middle(found[BEFORE]) if before else None
    faults = sum(one["cut_off"] + sum(one["refused"].values()) for one in found["today"])
    return [
        Row(
            "crowd",
            f"{CLIENTS} clients on POST /v1/otp, one web process",
            _told(ours),
            f"{BEFORE}: {_told(theirs)}" if theirs else "",
            f"{ours['per_second'] / theirs['per_second']:.1f}×, p99 {ours['p99_s'] / theirs['p99_s']:.2f}×"
            if theirs
            else "",
            "≥ 3×, p99 ≤ 0.33×, 0 errors",
            f"Accepted (202) a second; each client asks again once it was answered, for {seconds:g} s, on the cores of what it "
            f"measures. The middle of {TURNS} turns by rate; errors of today's build in all turns: {faults}. No worker "
            "runs: it is the door alone. Both builds with the libraries of today, each on a database of its own; ms are of "
            "the computing of the web process for one request.",
            {"today": found["today"], "before": found.get(BEFORE), "errors": faults},
        )
    ]


def _told(found: Mapping[str, Any]) -> str:
    return (
        f"{found['per_second']:.0f}/s, p50 {found['p50_s']:.2f} s, p99 {found['p99_s']:.2f} s, {found['cpu_ms']:.1f} ms"
    )


def _middle(turns: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return sorted(turns, key=lambda one: float(one["per_second"]))[len(turns) // 2]


def _call(port: int, key: str, clients: int, seconds: float, first: int) -> dict[str, Any]:
    callers = str(Path(__file__).parent / "callers.py")
    words = [sys.executable, "-P", callers, str(port), key, str(clients), str(seconds), str(first)]
    told: dict[str, Any] = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    return told


@contextmanager
def _web(stage: Stage, build: Path, words: tuple[str, ...]) -> Iterator[tuple[int, str, psutil.Process]]:
    """The web process of a build, and a key to its doors."""
    with stage.database() as url:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(build),
            **servers(url, stage.redis_url, stage.folder / uuid4().hex[:8]),
            **esms(),
            "LOA_SECRET_KEY": "only for a benchmark",
            "LOA_ESMS_OTP_SENDER": "LOA",
            "LOA_LOG_LEVEL": "WARNING",
            # No worker takes from the queue, which all turns share.
            "LOA_OTP_LONGEST_WAIT_S": "0",
        }

        def loa(*command: str) -> str:
            asked = [sys.executable, "-P", "-m", "worker.cli", *command]
            ran = subprocess.run(asked, env=environment, cwd=build, capture_output=True, text=True, check=True)
            return ran.stdout

        loa("migrate")
        key = json.loads(loa("key", "create", "--scope", "otp", "--json"))["key"]
        port = free_ports(1)[0]
        app = (
            "worker.api.app:create_app",
            "--factory",
            "--loop",
            "asyncio",
            "--port",
            str(port),
            "--no-access-log",
            *words,
        )
        with subprocess.Popen(
            [sys.executable, "-P", "-m", "uvicorn", *app],
            env=environment,
            cwd=build,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                wait_for(lambda: _ready(port), "the web", 60)
                yield port, key, psutil.Process(process.pid)
            finally:
                process.terminate()


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
