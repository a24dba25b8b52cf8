"""An installation of Loa on several hosts: who runs where, under which settings, by which clock."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg

from tests.distributed import network
from tests.distributed.servers import Servers, wait
from tests.environment import esms, plain_environment
from tests.environment import servers as servers_of
from worker.domain.window import VIETNAM
from worker.engine import binaries
from worker.supervisor import procfile, read_procfile

ROOT: Final = Path(__file__).parents[2]
CLOCK: Final = Path(__file__).with_name("clock.c")
#: How far the clock of the second worker host is ahead of all others.
AHEAD_S: Final = 5
#: Each worker host has all of these; what one of them cannot do while it is cut off, the other does.
PROCESSES: Final = ("worker-esms", "worker-sweep", "worker-report", "scheduler")


def offset() -> int:
    """Seconds from the real time to 8:59:30 of the same day in Vietnam."""
    here = datetime.now(UTC).astimezone(VIETNAM)
    return round((here.replace(hour=8, minute=59, second=30, microsecond=0) - here).total_seconds())


@dataclass
class Installation:
    """The servers, the provider and the worker hosts."""

    folder: Path
    settings: dict[str, str]
    offset_s: int = field(default_factory=offset)
    ahead_s: int = AHEAD_S
    workers: dict[tuple[str, str], "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.servers = Servers(self.folder)

    def start(self) -> None:
        """Servers, provider, tables; no worker yet."""
        at = network.address
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", self.folder / "clock.so", CLOCK], check=True)
        programs = binaries.postgres().folder
        self.database_url, _ = self.servers.postgres(programs, at("database"), 5432, network.on("database"))
        redis_url, _ = self.servers.redis(binaries.redis(), at("redis"), 6379, network.on("redis"))
        words = ["-m", "worker.sandbox.serve", "--host", at("provider"), "--port", "9090"]
        self.servers.start(
            "provider",
            *network.on("provider"),
            *("env", f"PYTHONPATH={ROOT}", sys.executable, *words, "--clock-offset-s", self.offset_s),
        )
        self.provider = httpx.Client(base_url=f"http://{at('provider')}:9090", timeout=120, trust_env=False)
        wait("the provider answers", self._provider_answers)
        self.env = plain_environment() | {
            **servers_of(self.database_url, redis_url),
            **esms(f"http://{at('provider')}:9090/esms/MainService.svc"),
            "LOA_SECRET_KEY": "a-secret-key-for-several-hosts",
            "LOA_MAX_ADS_PER_24H": "0",
            **self.settings,
        }
        self.loa("migrate")

    def _provider_answers(self) -> bool:
        try:
            return self.provider.get("/_sandbox/settings").is_success
        except httpx.TransportError:
            return False

    def _by_clock(self, ahead_s: int = 0) -> dict[str, str]:
        """Every process of a host takes this for the time of day; how long something lasts stays true."""
        return {"LD_PRELOAD": str(self.folder / "clock.so"), "CLOCK_SHIFT_S": str(self.offset_s + ahead_s)}

    def loa(self, *words: object) -> str:
        """A command of the operator's, with the right time."""
        done = subprocess.run(
            [Path(sys.executable).parent / "loa", *map(str, words)],
            env=self.env | self._by_clock() | {"LOA_DATA_DIR": str(self.folder / "operator")},
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def work(self, host: str, *names: str, **env: str) -> None:
        """Start lines of the Procfile on a host."""
        ahead = self.ahead_s if host == network.WORKERS[1] else 0
        for name in names:
            home = self.folder / host
            home.mkdir(exist_ok=True)
            with (self.folder / f"{host}-{name}.log").open("ab") as log:
                words = " ".join(f"{key}={value}" for key, value in self._by_clock(ahead).items())
                command = read_procfile(procfile())[name].replace("%h", host)
                self.workers[host, name] = subprocess.Popen(
                    [*network.on(host), "sh", "-c", f"exec env {words} {command}"],
                    env=self.env | {"LOA_DATA_DIR": str(home), **env},
                    stdout=log,
                    stderr=log,
                    stdin=subprocess.DEVNULL,
                    cwd=home,
                    start_new_session=True,
                )

    def rest(self) -> None:
        """End all workers."""
        for child in self.workers.values():
            if child.poll() is None:
                child.terminate()
        for child in self.workers.values():
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        self.workers.clear()

    def stop(self) -> None:
        """End everything."""
        self.rest()
        self.servers.stop()

    def create(self, numbers: range, *words: str) -> dict[str, Any]:
        """A campaign to these numbers."""
        path = self.folder / f"list-{numbers.start}.csv"
        with path.open("w") as file:
            file.write("phone\n")
            file.writelines(f"09{number:08d}\n" for number in numbers)
        always = ("--provider", "esms", "--sender", "LOA", "--list", path, "--again", "--json")
        return json.loads(self.loa("campaign", "create", *always, *words))  # type: ignore[no-any-return]

    def ask(self, sql: str, *values: object) -> list[Any]:
        """Ask the database, from the bridge, which no cut reaches."""
        with psycopg.connect(self.database_url.replace("+psycopg", ""), connect_timeout=5) as connection:
            return connection.execute(sql, values).fetchall()  # type: ignore[call-overload]

    def status(self, campaign: str) -> str:
        """The campaign's."""
        return str(self.ask("SELECT status FROM campaign WHERE id = %s", campaign)[0][0])

    def accepted(self, campaign: str) -> int:
        """Single numbers that it counts as accepted."""
        return int(self.ask("SELECT coalesce(sum(accepted), 0) FROM batch WHERE campaign_id = %s", campaign)[0][0])

    def taken(self) -> int:
        """Orders on the provider's ledger."""
        return int(self.provider.get("/_sandbox/ledger?orders=no").json()["totals"]["orders"])

    def orders(self) -> list[dict[str, Any]]:
        """The provider's ledger."""
        return self.provider.get("/_sandbox/ledger").json()["orders"]  # type: ignore[no-any-return]

    def phones(self) -> dict[int, int]:
        """How often the provider took each number."""
        lines = self.provider.get("/_sandbox/ledger/phones").text.split()
        return {int(line.split(",")[0]): int(line.split(",")[1]) for line in lines}

    def now(self) -> datetime:
        """By the right clock."""
        return datetime.fromtimestamp(time.time() + self.offset_s, VIETNAM)
