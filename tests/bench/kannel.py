"""Kannel beside us: bearerbox and smsbox with an HTTP SMSC on our sink, what it delivers, what a SIGKILL costs.

Kannel is Debian's package, used as it is found: on PATH, or unpacked below LOA_BENCH_KANNEL (default ~/.cache/loa-bench/kannel),
where apt-get's download of it is unpacked at the first need. Nothing is installed.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import lists, sink
from tests.bench.stage import Stage, wait_for

PACKAGES = ("kannel", "libct4", "libhiredis0.14", "libmariadb3", "libpcre3")
CACHE = Path(os.environ.get("LOA_BENCH_KANNEL") or Path.home() / ".cache" / "loa-bench" / "kannel")
PUSHING = 50
#: Nothing came for so long: whatever was kept has been delivered.
QUIET_S = 4.0

CONFIG = """
group = core
admin-port = {admin}
admin-password = bench
smsbox-port = {box}
box-allow-ip = "127.0.0.1"
sms-outgoing-queue-limit = 1000000
log-level = 4
{store}

group = smsc
smsc = http
smsc-id = sink
system-type = generic
port = {smsc}
connect-allow-ip = "127.0.0.1"
send-url = "{url}/s?to=%p&from=%P&text=%a"
status-success-regex = "100"
max-pending-submits = {pending}

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
log-level = 4

group = sendsms-user
username = bench
password = bench
"""


@dataclass(frozen=True)
class Programs:
    """Where its two programs are, and the environment that they need."""

    bearerbox: str
    smsbox: str
    environment: Mapping[str, str]


@dataclass
class Kannel:
    """Its two processes."""

    stage: Stage
    programs: Programs
    config: Path
    ports: Mapping[str, int]
    _stack: ExitStack = field(default_factory=ExitStack)
    bearerbox: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start both and wait until texts are taken."""
        self.bearerbox = self._run("kannel bearerbox", self.programs.bearerbox, "box")
        self._run("kannel smsbox", self.programs.smsbox, "send")

    def stop(self, *, kill: bool = False) -> None:
        """End both; `kill` the one that holds the texts."""
        if kill and self.bearerbox is not None:
            self.bearerbox.kill()
        self._stack.close()

    def _run(self, name: str, program: str, port: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [program, str(self.config)],
            env=self.programs.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.config.parent,
        )
        self.stage.watch.processes[name] = process.pid
        self._stack.callback(_end, process)
        wait_for(lambda: _listens(self.ports[port]), name, 20, 0.05)
        return process


def find() -> Programs | str:
    """The programs, or why there are none."""
    if shutil.which("bearerbox") and shutil.which("smsbox"):
        return Programs("bearerbox", "smsbox", os.environ)
    if not (CACHE / "usr/sbin/bearerbox").exists() and (why := _unpack()):
        return why
    libraries = {str(library.parent) for library in CACHE.rglob("*.so.*")}
    environment = {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(sorted(libraries))}
    bearerbox, smsbox = (str(CACHE / "usr/sbin" / name) for name in ("bearerbox", "smsbox"))
    tried = subprocess.run([bearerbox, "--version"], env=environment, capture_output=True, check=False, timeout=20)
    return (
        Programs(bearerbox, smsbox, environment)
        if b"version" in tried.stdout + tried.stderr
        else "it does not run here"
    )


def _unpack() -> str:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return "no Debian packages on this machine"
    packages = CACHE / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["apt-get", "download", *PACKAGES], cwd=packages, check=True, capture_output=True, timeout=120)
        for package in packages.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", str(package), str(CACHE)], check=True, capture_output=True, timeout=60)
    except (subprocess.SubprocessError, OSError) as fault:
        return f"its packages cannot be had ({type(fault).__name__})"
    return ""


@contextmanager
def running(stage: Stage, programs: Programs, url: str, pending: int, store: str = "memory") -> Iterator[Kannel]:
    """Kannel, delivering to the sink; `store` is where accepted texts are kept: memory, file or spool."""
    folder = stage.folder / f"kannel-{store}-{time.monotonic_ns()}"
    (folder / "store").mkdir(parents=True)
    where = folder / "store" if store == "spool" else folder / "store" / "texts"
    kept = "" if store == "memory" else f'store-type = {store}\nstore-location = "{where}"'
    ports = dict(zip(("admin", "box", "smsc", "send"), free_ports(4), strict=True))
    config = folder / "kannel.conf"
    config.write_text(CONFIG.format(url=url, pending=pending, store=kept, **ports))
    kannel = Kannel(stage, programs, config, ports)
    try:
        kannel.start()
        yield kannel
    finally:
        kannel.stop()


def throughput(stage: Stage, programs: Programs, url: str, latency_s: float, numbers: int, pending: int) -> float:
    """Texts a second from the first to the last that reached the sink."""
    sink.reset(url, latency_s)
    with running(stage, programs, url, pending) as kannel:
        accepted = asyncio.run(push(kannel.ports["send"], lists.phones(numbers)))
        wait_for(lambda: sink.report(url)["requests"] >= accepted, "Kannel's deliveries", 120)
        return float(accepted / sink.report(url)["seconds"])


def killed(
    stage: Stage, programs: Programs, url: str, latency_s: float, numbers: int, pending: int, store: str
) -> tuple[int, int, int]:
    """Texts that it accepted, lost and repeated where bearerbox is killed (SIGKILL) at a third of them and started again."""
    sink.reset(url, latency_s)
    with running(stage, programs, url, pending, store) as kannel:
        accepted = asyncio.run(push(kannel.ports["send"], lists.phones(numbers)))
        wait_for(lambda: sink.report(url)["requests"] >= numbers / 3, "Kannel's deliveries", 120, 0.02)
        kannel.stop(kill=True)
        kannel.start()
        last, since = -1.0, time.monotonic()
        while time.monotonic() - since < QUIET_S:
            time.sleep(0.2)
            if (now := sink.report(url)["requests"]) != last:
                last, since = now, time.monotonic()
        came = sink.report(url)
    return accepted, accepted - int(came["numbers"]), int(came["requests"] - came["numbers"])


async def push(port: int, phones: list[str]) -> int:
    """Hand texts to smsbox as fast as it takes them; how many it accepted (202)."""
    left, accepted = iter(phones), 0

    async def one() -> None:
        nonlocal accepted
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for phone in left:
            address = f"/cgi-bin/sendsms?username=bench&password=bench&from=LOA&to={phone}&text=Don+hang+dang+duoc+giao"
            writer.write(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(length)
            accepted += b" 202 " in head[:20]
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(one() for _ in range(PUSHING)))
    return accepted


def free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [one.getsockname()[1] for one in sockets]


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
    except OSError:
        return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
