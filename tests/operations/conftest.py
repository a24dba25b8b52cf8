"""Processes of Loa, started one by one over the servers of the run, as a production host starts them."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from tests import warm
from tests.environment import esms, plain_environment, servers
from tests.world import Sandbox
from worker.domain.window import VIETNAM
from worker.engine.redis import Redis as RedisServer
from worker.supervisor import procfile, read_procfile

ROOT = Path(__file__).parents[2]


def until(what: str, condition: Callable[[], Any], timeout_s: float = 90) -> Any:
    """Wait for a condition, and give back what made it true."""
    ends = time.monotonic() + timeout_s
    while time.monotonic() < ends:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(f"after {timeout_s} s still not: {what}")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Child:
    """A started process, and what it has said."""

    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)

    def listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
        self.process.stdout.close()

    def said(self, what: str) -> bool:
        return any(what in line for line in self.lines)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass
class Host:
    """A host of a production installation: an environment, and the processes started in it."""

    env: dict[str, str]
    children: list[Child] = field(default_factory=list)

    def start(self, *command: object, **env: str) -> Child:
        """Start a command in a session of its own."""
        process = subprocess.Popen(
            [str(word) for word in command],
            env=self.env | env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        child = Child(process)
        threading.Thread(target=child.listen, daemon=True).start()
        self.children.append(child)
        return child

    def procfile(self, name: str, **env: str) -> Child:
        """Start the Procfile's own line of that name."""
        return self.start("sh", "-c", f"exec {read_procfile(procfile())[name]}", **env)

    def run(self, *words: object, check: bool = True, **env: str) -> "subprocess.CompletedProcess[str]":
        """A command of `loa`, to its end."""
        done = warm.run([*map(str, words)], self.env | env, ROOT, timeout=120)
        assert not check or done.returncode == 0, done.stderr
        return done

    def stop(self) -> None:
        """End what was started here, by its own process group."""
        for child in self.children:
            if child.process.poll() is None:
                os.killpg(child.process.pid, signal.SIGTERM)
        for child in self.children:
            try:
                child.process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(child.process.pid, signal.SIGKILL)
                child.process.wait()


@pytest.fixture
def host(database_url: str, redis_server: RedisServer, tmp_path: Path) -> Iterator[Host]:
    """A host with PostgreSQL and Redis elsewhere."""
    with Redis.from_url(redis_server.url) as redis:
        redis.flushall()
    found = Host(
        plain_environment()
        | servers(database_url, redis_server.url, tmp_path / "var")
        | esms()
        | {"LOA_SECRET_KEY": "a-secret-key-for-the-tests"}
    )
    yield found
    found.stop()


@pytest.fixture(scope="session")
def sandbox_of_nine() -> Iterator[tuple[str, int]]:
    """The address of a sandbox for which it is nine in the morning in Vietnam, and by how many seconds its clock is shifted."""
    here = datetime.now(UTC).astimezone(VIETNAM)
    offset = round((here.replace(hour=9, minute=0, second=0, microsecond=0) - here).total_seconds())
    process = subprocess.Popen(
        [sys.executable, "-m", "worker.sandbox.serve", "--port", "0", "--clock-offset-s", str(offset)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())["url"], offset
    process.terminate()
    process.wait(60)
    process.stdout.close()


@pytest.fixture
def sandbox_by_day(sandbox_of_nine: tuple[str, int]) -> Iterator[tuple[Sandbox, int]]:
    """That sandbox, as new; `LOA_CLOCK_OFFSET_S` beside it."""
    url, offset = sandbox_of_nine
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        yield Sandbox(url, client), offset
