"""The processes of the Procfile, their restarts, and a clock that is shifted."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from tests.bench.kannel import free_ports
from tests.bench.stage import ROOT, Emulator, Stage, kill, wait_for
from tests.environment import plain_environment, servers
from worker.clock import Clock
from worker.sandbox.esms import Esms
from worker.sandbox.fpt import Fpt
from worker.sandbox.world import World
from worker.supervisor import procfile, read_procfile

#: For a start or a warm end, on a machine that others keep busy.
PATIENCE_S: Final = 600
#: Not of this run: the one that is no process, and providers without an account here.
LEFT_OUT: Final = {"release", "worker-fibo", "worker-sandbox"}
#: The worker for which people wait.
FIRST: Final = "worker-otp"
#: What the emulated providers do: calls take a while, results come, a few fail, whatever the day orders are taken. Of a message
#: they call back its result and not each state before it, which would be three calls a message: they share the machine.
EMULATED: Final[Mapping[str, Any]] = {
    "latency_s": 0.02,
    "fail_share": 0.02,
    "first_report_after_s": 2.0,
    "done_after_s": 5.0,
    "balance": 10**15,
    "zalo_daily_quota": 10**9,
    "fpt_order_hours": "",
    "fpt_order_days": list(range(7)),
    "fpt_lead_s": 0.0,
}
#: Short, so that what a kill left unknown is settled within the run; the rules are the same.
SETTINGS: Final = {
    "LOA_ESMS_OTP_SENDER": "LOA",
    "LOA_FPT_OTP_SENDER": "LOA",
    "LOA_OTP_ROUTE": "esms",
    # For two cores (docs/otp.md).
    "LOA_OTP_PROCESSES": "2",
    "LOA_ESMS_REQUESTS_PER_SECOND": "400",
    "LOA_FPT_REQUESTS_PER_SECOND": "100",
    "LOA_ESMS_MAX_BATCH": "500",
    "LOA_FPT_MAX_BATCH": "300",
    "LOA_ESMS_TIMEOUT_S": "5",
    "LOA_FPT_TIMEOUT_S": "5",
    "LOA_LEASE_S": "15",
    "LOA_LOOKUP_DELAY_S": "15",
    "LOA_POLL_FIRST_S": "5",
    "LOA_POLL_LONGEST_S": "60",
    "LOA_FPT_ORDER_HOURS": "always",
    "LOA_FPT_APPROVAL_LEAD_S": "120",
    "LOA_AD_WINDOWS": "07:00-22:00",
    "LOA_SECRET_KEY": "only for a soak",
    "LOA_LOG_LEVEL": "WARNING",
    "LOA_FLOWER_BASIC_AUTH": "soak:soak",
}


@dataclass
class Place:
    """The installation under load."""

    stage: Stage
    emulator: Emulator
    environment: dict[str, str]
    key: str
    folder: Path
    commands: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    #: Seconds by which the clock of all of it is shifted against the one it began with.
    shifted_s: float = 0.0

    @property
    def url(self) -> str:
        """Where the web process is."""
        return f"http://127.0.0.1:{self.environment['PORT']}"

    @property
    def clock(self) -> Clock:
        """The clock of all of it, as it is shifted now."""
        return Clock(float(self.environment["LOA_CLOCK_OFFSET_S"]))

    def start(self, *names: str) -> None:
        """Start processes of the Procfile."""
        for name in names:
            log = (self.folder / f"{name}.log").open("ab")
            # `exec`, so that its number is the one of the process and not of a shell.
            self.running[name] = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {self.commands[name]}"],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            log.close()

    def stop(self, *names: str) -> None:
        """Ask them all to end warm, then wait."""
        for name in names:
            self.running[name].terminate()
        for name in names:
            try:
                self.running[name].wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                raise SystemExit(f"{name} did not end warm within {PATIENCE_S} s: a fault") from None

    def kill(self, *names: str) -> None:
        """SIGKILL to each and all that it started."""
        for name in names:
            kill(self.running[name])

    def workers(self) -> list[str]:
        """The processes that carry tasks."""
        return [name for name in self.commands if name.startswith("worker-")]

    def shift(self, seconds: float) -> None:
        """All of it, and the providers, from now on by a clock that is shifted by so many seconds more."""
        self.stop(*self.commands)
        self.shifted_s += seconds
        offset = float(self.environment["LOA_CLOCK_OFFSET_S"]) + seconds
        self.environment["LOA_CLOCK_OFFSET_S"] = str(offset)
        httpx.post(f"{self.emulator.url}/_sandbox/clock", json={"offset_s": offset}, trust_env=False).raise_for_status()
        self.start_all()

    def start_all(self) -> None:
        """The door first: the others are a dozen that begin at once."""
        self.start("web")
        wait_for(self._ready, "the web process", PATIENCE_S, 0.5)
        self.start(*(name for name in self.commands if name != "web"))
        wait_for(self._all_work, "the workers", PATIENCE_S, 0.5)

    def start_workers(self) -> None:
        """That of passwords first, until it has its processes: a dozen that import at once take the time from each other."""
        self.start(FIRST)
        first, processes = psutil.Process(self.running[FIRST].pid), int(self.environment["LOA_OTP_PROCESSES"])
        wait_for(lambda: len(first.children()) >= processes, "the worker of passwords", PATIENCE_S, 0.1)
        self.start(*(name for name in self.workers() if name != FIRST))

    def _all_work(self) -> bool:
        """Whether each worker answers."""
        asked = [sys.executable, "-m", "celery", "-A", "worker.app", "inspect", "ping", "--json", "--timeout", "5"]
        ran = subprocess.run(asked, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        return ran.returncode == 0 and len(json.loads(ran.stdout)) == len(self.workers())

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False, timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def processes(self) -> dict[str, int]:
        """Name and number of each, and of the servers."""
        return {
            **{name: one.pid for name, one in self.running.items() if one.poll() is None},
            "postgres": self.stage.watch.processes["postgres"],
            "redis": self.stage.watch.processes["redis"],
            "emulator": self.stage.watch.processes["emulator"],
        }

    def ended(self) -> list[str]:
        """Those that ended by themselves."""
        return [name for name, one in self.running.items() if one.poll() is not None]


@contextmanager
def opened(stage: Stage, folder: Path) -> Iterator[Place]:
    """Everything of the Procfile, on an empty database."""
    port, flower = free_ports(2)
    with stage.emulator(**EMULATED) as emulator:
        world = World(Clock())
        environment = {
            **plain_environment(),
            **servers(stage.database_url, stage.redis_url, stage.folder),
            "PYTHONUNBUFFERED": "1",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "LOA_FLOWER_PORT": str(flower),
            "LOA_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "LOA_CLOCK_OFFSET_S": str(stage.clock_offset_s),
            **Esms(world).variables(emulator.url),
            "LOA_ESMS_VOICE_BASE_URL": f"{emulator.url}/esms-voice/MainService.svc",
            "LOA_ESMS_OTT_BASE_URL": f"{emulator.url}/esms-ott/MainService.svc",
            **Fpt(world).variables(emulator.url),
            **SETTINGS,
        }
        _loa(environment, "migrate")
        made = _loa(environment, "key", "create", "--scope", "otp", "--scope", "campaigns", "--scope", "read", "--json")
        commands = {name: line for name, line in read_procfile(procfile()).items() if name not in LEFT_OUT}
        commands["scheduler"] += f" -s {folder}/beat"
        place = Place(stage, emulator, environment, json.loads(made)["key"], folder, commands)
        try:
            place.start_all()
            yield place
        finally:
            place.stop(*(name for name, one in place.running.items() if one.poll() is None))


def _loa(environment: Mapping[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "worker.cli", *words]
    ran = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"loa {' '.join(words)}: {ran.stdout}{ran.stderr}")
    return ran.stdout


#: A download is written by a process of its own, which lives as long as it: no growth of the process that began it.
DOWNLOAD: Final = "worker.api.export"


def family_memory(name: str, pid: int) -> dict[str, tuple[float, float]]:
    """Of a process and all below it, in MiB: what is resident (shared pages counted in each), and its share (PSS)."""
    found = {name: (0.0, 0.0)}
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return found
    for one in family:
        try:
            whose = f"{name}-downloads" if DOWNLOAD in one.cmdline() else name
            memory = one.memory_full_info()
        except psutil.Error:
            continue
        share = getattr(memory, "pss", memory.rss)
        # PostgreSQL's buffers fill up to the size that is configured; what its processes have of their own must not grow.
        common = _shared_share(one.pid) if name == "postgres" else 0
        _add(found, whose, memory.rss, share - common)
        if common:
            _add(found, f"{name}-buffers", 0, common)
    return found


def _add(found: dict[str, tuple[float, float]], name: str, resident: int, share: int) -> None:
    before = found.get(name, (0.0, 0.0))
    found[name] = (before[0] + resident / 2**20, before[1] + share / 2**20)


def _shared_share(pid: int) -> int:
    """Bytes of shared memory that are this process's share (`Pss_Shmem` of Linux's smaps_rollup)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss_Shmem:"))


def sleep_until(moment: float) -> None:
    """On the monotonic clock."""
    time.sleep(max(0.0, moment - time.monotonic()))
