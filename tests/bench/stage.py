"""The stage of a benchmark: servers, emulator and workers in processes of their own, under a watch on their memory."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import httpx
import psycopg
from redis import Redis
from sqlalchemy import text

from tests.bench.watch import Watch, family
from tests.environment import esms, servers
from worker import config
from worker.clock import Clock
from worker.domain.window import VIETNAM
from worker.engine import embedded, plain_role
from worker.services.deps import Deps
from worker.storage import migrate
from worker.wiring import Loa

ROOT = Path(__file__).parents[2]
#: With which `nice` the Procfile starts the workers of these queues.
STANDS_BACK = {
    "worker send": 5,
    "worker report": 5,
    "worker plan": 5,
    "worker nightly": 5,
    "worker webhook": 10,
}
WORKER = "-A worker.app worker -Q {queue} -c {processes} -n {name}@%h --without-mingle --without-gossip"


def worker(queue: str, processes: int = 1) -> tuple[str, str]:
    """The name and the arguments of a worker, as in the Procfile."""
    name = queue.partition(".")[0]
    return f"worker {name}", WORKER.format(queue=queue, processes=processes, name=name)


@dataclass
class Emulator:
    """The sandbox of the providers, in a process of its own over TCP."""

    url: str

    def totals(self) -> dict[str, int]:
        """Its own book of what it took."""
        found: dict[str, int] = self._get("ledger?orders=no")["totals"]
        return found

    def orders(self) -> list[dict[str, Any]]:
        """Every order it took, oldest first."""
        found: list[dict[str, Any]] = self._get("ledger")["orders"]
        return found

    def phones(self) -> dict[str, int]:
        """How often each number was taken, in 84 form."""
        with httpx.Client(trust_env=False, timeout=60) as client:
            lines = client.get(f"{self.url}/_sandbox/ledger/phones").raise_for_status().text.split()
        return {phone: int(times) for phone, times, _ in (line.split(",") for line in lines)}

    def sends(self) -> list[int]:
        """When the last 100,000 calls that send arrived, microseconds on a clock of its own."""
        return [round(moment * 1e6) for moment in self._get("calls")["sends"]["monotonic"]]

    def _get(self, what: str) -> Any:
        with httpx.Client(trust_env=False, timeout=60) as client:
            return client.get(f"{self.url}/_sandbox/{what}").raise_for_status().json()


@dataclass
class Scene:
    """Loa with the settings of one part, on an empty database and an empty Redis."""

    stage: "Stage"
    loa: Loa
    environment: Mapping[str, str]

    @property
    def deps(self) -> Deps:
        """What its services are handed."""
        return self.loa.deps

    def one(self, sql: str, **values: Any) -> Any:
        """The first row of a query."""
        with self.deps.sessions() as session:
            return session.execute(text(sql), values).one()

    @contextmanager
    def workers(self, *workers: tuple[str, str], beat: bool = True) -> Iterator[dict[str, subprocess.Popen[str]]]:
        """Celery processes, ready to work; stopped warm at the end."""
        wanted = {**dict(workers), **({"beat": f"-A scheduler.app beat -s {self.stage.folder}/beat"} if beat else {})}
        with ExitStack() as stack:
            started = {
                name: stack.enter_context(self.stage.process(name, "celery", *arguments.split(), env=self.environment))
                for name, arguments in wanted.items()
            }
            wait_for(lambda: len(self.loa.carrier.control.ping(timeout=0.5)) >= len(workers), "workers", 60)
            # Their children import their world; nothing is measured before they idle.
            time.sleep(3)
            try:
                yield started
            finally:
                # All at once: each takes a second or two to end warm. Not beat: a second signal at its end may hang it.
                for name, process in started.items():
                    if name != "beat":
                        process.terminate()

    def start_again(self, name: str, arguments: str, stack: ExitStack) -> subprocess.Popen[str]:
        """A worker in place of one that was killed."""
        return stack.enter_context(self.stage.process(name, "celery", *arguments.split(), env=self.environment))


@dataclass
class Stage:
    """Embedded PostgreSQL and Redis, and a watch on the memory of all."""

    folder: Path
    database_url: str
    redis_url: str
    watch: Watch
    #: Added to the clock of Loa and of the emulator.
    clock_offset_s: int
    #: For databases besides the one of Loa.
    superuser_url: str

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of an empty database, which goes with the block."""
        name = f"bench_{uuid4().hex[:12]}"
        plain = self.superuser_url.replace("postgresql+psycopg://", "postgresql://", 1)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" OWNER {plain_role.ROLE}')
        try:
            yield urlunsplit(urlsplit(self.database_url)._replace(path=f"/{name}"))
        finally:
            with psycopg.connect(plain, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    @contextmanager
    def scene(self, provider_url: str, **settings: object) -> Iterator[Scene]:
        """Loa with its eSMS account at this address."""
        overrides = {
            **servers(self.database_url, self.redis_url, self.folder),
            **esms(f"{provider_url}/esms/MainService.svc"),
            "LOA_ESMS_OTP_SENDER": "LOA",
            "LOA_CLOCK_OFFSET_S": str(self.clock_offset_s),
            "LOA_LOG_LEVEL": "WARNING",
            **{name: str(value) for name, value in settings.items()},
        }
        before = dict(os.environ)
        os.environ.update(overrides)
        try:
            loa = Loa(config.load(), self.database_url, self.redis_url)
            environment = dict(os.environ)
        finally:
            os.environ.clear()
            os.environ.update(before)
        try:
            migrate.upgrade(loa.engine)
            self._empty(loa)
            self.watch.begin()
            yield Scene(self, loa, environment)
        finally:
            loa.close()

    @contextmanager
    def process(
        self, name: str, module: str, *arguments: str, env: Mapping[str, str] | None = None, **pipes: Any
    ) -> Iterator[subprocess.Popen[str]]:
        """`python -m module arguments`, watched; asked to end at the end."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **pipes}
        nice = ["nice", "-n", str(STANDS_BACK[name])] if name in STANDS_BACK else []
        process = subprocess.Popen(
            [*nice, sys.executable, "-m", module, *arguments], env=env, cwd=ROOT, text=True, **quiet
        )
        self.watch.processes[name] = process.pid
        try:
            yield process
        finally:
            process.terminate()
            process.wait(90)
            if process.stdout:
                process.stdout.close()

    @contextmanager
    def serving(self, name: str, module: str, *arguments: str) -> Iterator[str]:
        """A process that prints its `url` as one line of JSON as soon as it answers."""
        with self.process(name, module, *arguments, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["url"]

    @contextmanager
    def emulator(self, **settings: object) -> Iterator[Emulator]:
        """The providers' emulator; without latency and delays unless told so."""
        told = {"balance": 10**15, "first_report_after_s": 0.0, "done_after_s": 0.0, **settings}
        words = ("--port", "0", "--clock-offset-s", str(self.clock_offset_s), "--settings", json.dumps(told))
        with self.serving("emulator", "worker.sandbox.serve", *words) as url:
            yield Emulator(url)

    def _empty(self, loa: Loa) -> None:
        with loa.engine.begin() as connection:
            tables = connection.execute(
                text(
                    "SELECT string_agg(tablename, ', ') FROM pg_tables WHERE schemaname = 'public'"
                    " AND tablename NOT IN ('alembic_version', 'audit')"  # the second only grows
                )
            ).scalar_one()
            connection.execute(text(f"TRUNCATE {tables} CASCADE"))
        with Redis.from_url(self.redis_url) as redis:
            redis.flushall()


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Start the servers; they end with the block."""
    with embedded.attach(folder) as engines:
        assert engines.postgres is not None
        assert engines.redis is not None
        watch = Watch(engines.redis_url or "")
        watch.processes.update({"postgres": engines.postgres.pid or 0, "redis": engines.redis.pid or 0})
        thread = threading.Thread(target=watch.run, daemon=True)
        thread.start()
        try:
            urls = (engines.database_url or "", engines.redis_url or "")
            yield Stage(folder, *urls, watch, _to_nine_in_the_morning(), engines.postgres.superuser_url)
        finally:
            watch.stop()
            thread.join()


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL a process and all that it started."""
    for one in family(process.pid):
        one.kill()
    process.wait(10)


def wait_for(what: Any, name: str, within_s: float, every_s: float = 0.1) -> None:
    """Ask until it is so; SystemExit when it is not in time."""
    ends = time.monotonic() + within_s
    while not what():
        if time.monotonic() > ends:
            raise SystemExit(f"{name}: not within {within_s:g} s; this is a fault, not a figure")
        time.sleep(every_s)


def _to_nine_in_the_morning() -> int:
    """Seconds from now to 9:00 in Vietnam, so that the hours of ads are open whenever somebody measures."""
    here = Clock().now().astimezone(VIETNAM)
    return round((here.replace(hour=9, minute=0, second=0, microsecond=0) - here).total_seconds())
