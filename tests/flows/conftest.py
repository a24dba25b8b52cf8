"""A whole Loa for these tests: `loa up` with embedded servers, talking to the sandbox."""

import csv
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from tests import warm
from tests.environment import esms, plain_environment
from tests.world import Sandbox
from worker.domain.window import VIETNAM
from worker.engine import embedded

LOA = Path(sys.executable).parent / "loa"
READY_WITHIN_S = 300


def offset_to(hour: int, minute: int = 0) -> int:
    """Seconds from the real time to that time of the same day in Vietnam."""
    here = datetime.now(UTC).astimezone(VIETNAM)
    return round((here.replace(hour=hour, minute=minute, second=0, microsecond=0) - here).total_seconds())


def until(what: str, condition: Callable[[], Any], timeout_s: float = 180) -> Any:
    """Wait for a condition, and give back what made it true; it may cost a connection, so it is not asked without pause."""
    ends = time.monotonic() + timeout_s
    while time.monotonic() < ends:
        found = condition()
        if found:
            return found
        time.sleep(0.15)
    raise AssertionError(f"after {timeout_s} s still not: {what}")


@dataclass
class Up:
    """A running `loa up`."""

    process: "subprocess.Popen[str]"
    env: dict[str, str]
    folder: Path
    output: list[str]

    def run(self, *arguments: object, check: bool = True) -> "subprocess.CompletedProcess[str]":
        done = warm.run([*map(str, arguments)], self.env, Path.cwd())
        assert not check or done.returncode == 0, done.stderr
        return done

    def json(self, *arguments: object) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)

    def create(self, path: Path, *more: object) -> dict[str, Any]:
        words = [
            "--provider",
            "esms",
            "--sender",
            "LOA",
            "--kind",
            "ads",
            "--text",
            "[QC] Giam gia 20%",
            "--list",
            path,
        ]
        return self.json("campaign", "create", *words, "--again", *more)  # type: ignore[no-any-return]

    def show(self, made: dict[str, Any]) -> dict[str, Any]:
        return self.json("campaign", "show", made["id"])  # type: ignore[no-any-return]

    def ask(self, sql: str, *values: Any) -> list[Any]:
        """Ask the database, which may be starting at this moment; a `loa` to look with would cost a second of CPU."""

        def answer() -> Any:
            found = embedded.find(Path(self.env["LOA_DATA_DIR"]))
            if found is None or found.database_url is None:
                return None
            try:
                url = found.database_url.replace("+psycopg", "")
                with psycopg.connect(url, connect_timeout=5) as connection:
                    return [connection.execute(sql, values).fetchall()]  # type: ignore[call-overload]
            except psycopg.OperationalError:
                return None

        return until("the database answers", answer)[0]  # type: ignore[no-any-return]

    def status(self, campaign_id: str) -> str:
        return str(self.ask("SELECT status FROM campaign WHERE id = %s", campaign_id)[0][0])

    def children(self, mark: str) -> list[psutil.Process]:
        """The processes of `loa up` whose command has this mark, their children first."""
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if mark in " ".join(child.cmdline()):
                    found.append(child)
            except psutil.Error:
                continue
        return found

    def kill(self, mark: str) -> None:
        """SIGKILL all of them at once: no handler runs, nothing is flushed."""
        for child in self.children(mark):
            child.kill()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(180)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_up(folder: Path, sandbox: Sandbox, **settings: object) -> Up:
    """Start `loa up` and wait for its word that it is ready."""
    env = {
        **plain_environment(),
        **esms(sandbox.esms_url),
        "LOA_DATA_DIR": str(folder / "var"),
        "LOA_ESMS_TIMEOUT_S": "6",
        "LOA_ESMS_MIN_AD_RECIPIENTS": "20",
        "LOA_FLOWER_PORT": "0",
        "LOA_POLL_FIRST_S": "0.5",
        "LOA_LEASE_S": "9",
        # The tests of a file share an installation and use the same numbers again and again.
        "LOA_MAX_ADS_PER_24H": "0",
        "LOA_CLOCK_OFFSET_S": str(offset_to(9)),
        **{name: str(value) for name, value in settings.items()},
    }
    process = subprocess.Popen(
        [LOA, "up", "--port", str(free_port())], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    output: list[str] = []
    ready = threading.Event()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            output.append(line.rstrip())
            if line.strip() == "ready":
                ready.set()
        process.stdout.close()
        ready.set()

    threading.Thread(target=listen, daemon=True).start()
    up = Up(process, env, folder, output)
    # A dozen processes start, each of them with a second or two of CPU, on a machine that may be busy.
    if not (ready.wait(READY_WITHIN_S) and "ready" in output):
        if process.poll() is None:
            up.stop()
        raise AssertionError("\n".join(["`loa up` did not become ready:", *output]))
    return up


@pytest.fixture(scope="module")
def running(sandbox_process: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One `loa up` for a file of tests."""
    with httpx.Client(base_url=sandbox_process, timeout=60, trust_env=False) as client:
        up = start_up(tmp_path_factory.mktemp("up"), Sandbox(sandbox_process, client))
        yield up
        if up.process.poll() is None:
            assert up.stop() == 0, "\n".join(up.output[-20:])


def rows_of(report: Path) -> list[dict[str, str]]:
    """A report's lines."""
    with report.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
