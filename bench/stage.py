"""What a benchmark stands on: servers, sandbox and workers in processes of their own, and a watch on their memory."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from worker import config
from worker.domain.window import VIETNAM
from worker.engine import embedded
from worker.storage import migrate
from worker.wiring import Loa

ROOT = Path(__file__).parent.parent


@dataclass
class Memory:
    """The largest resident memory of each process, sampled four times a second."""

    processes: dict[str, int]
    peaks: dict[str, int] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self._stop.wait(0.25):
            for name, pid in list(self.processes.items()):
                for place, process in enumerate(_family(pid)):
                    label = name if place == 0 else f"{name}, largest child"
                    try:
                        resident = process.memory_info().rss
                    except psutil.Error:
                        continue
                    self.peaks[label] = max(self.peaks.get(label, 0), resident)

    def stop(self) -> None:
        self._stop.set()


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return []


@dataclass
class Stage:
    """Loa wired to embedded servers and a sandbox of its own."""

    loa: Loa
    sandbox_url: str
    memory: Memory
    environment: dict[str, str]

    @contextmanager
    def workers(self, *commands: tuple[str, str]) -> Iterator[None]:
        """Celery processes, as (name, arguments); stopped warm at the end."""
        started = []
        for name, arguments in commands:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", *arguments.split()],
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
            )
            self.memory.processes[name] = process.pid
            started.append(process)
        try:
            yield
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(90)


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Embedded PostgreSQL and Redis, a sandbox without latency, and Loa's settings for them."""
    with ExitStack() as stack:
        engines = stack.enter_context(embedded.attach(folder))
        sandbox = stack.enter_context(_sandbox())
        overrides = {
            "LOA_DATA_DIR": str(folder),
            "LOA_DATABASE_URL": engines.database_url or "",
            "LOA_REDIS_URL": engines.redis_url or "",
            "LOA_ESMS_BASE_URL": f"{sandbox[0]}/esms/MainService.svc",
            "LOA_ESMS_API_KEY": "sandbox-key",
            "LOA_ESMS_SECRET_KEY": "sandbox-secret",
            "LOA_ESMS_REQUESTS_PER_SECOND": "1000",
            "LOA_CLOCK_OFFSET_S": str(_to_nine_in_the_morning()),
            "LOA_LOG_LEVEL": "WARNING",
        }
        os.environ.update(overrides)
        loa = Loa(config.load(), engines.database_url or "", engines.redis_url or "")
        stack.callback(loa.close)
        migrate.upgrade(loa.engine)
        assert engines.postgres is not None
        assert engines.redis is not None
        memory = Memory(
            {
                "postgres": engines.postgres.pid or 0,
                "redis": engines.redis.pid or 0,
                "sandbox": sandbox[1],
            }
        )
        watch = threading.Thread(target=memory.watch, daemon=True)
        watch.start()
        stack.callback(memory.stop)
        yield Stage(loa, sandbox[0], memory, {**os.environ})


@contextmanager
def _sandbox() -> Iterator[tuple[str, int]]:
    settings = {
        "latency_s": 0.0,
        "balance": 10**15,
        "visible_after_s": 0.0,
        "first_report_after_s": 0.0,
        "done_after_s": 0.0,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "worker.sandbox.serve", "--port", "0", "--settings", json.dumps(settings)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["url"], process.pid
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def _to_nine_in_the_morning() -> int:
    """Seconds from now to 9:00 in Vietnam, so that the hours of ads are open whenever somebody measures."""
    from worker.clock import Clock

    here = Clock().now().astimezone(VIETNAM)
    return round((here.replace(hour=9, minute=0, second=0, microsecond=0) - here).total_seconds())
