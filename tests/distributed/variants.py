"""Tries Loa with several versions of PostgreSQL and Redis. Run by hand: python -m tests.distributed.variants

Each is tried by a campaign, two passwords and a kill: the embedded ones, and what this machine has beside them, by `--postgres
FOLDER` (with `initdb` and `postgres`) and `--redis PROGRAM`, each as often as you like; `--sentinel` adds a Redis with a replica
and three Sentinels, whose master is killed in mid-campaign. Written to variants.jsonl beside this file; `--table` prints it.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
from redis import Redis

from tests.distributed.servers import Servers, version
from tests.environment import esms, plain_environment, quick, servers
from tests.operations.conftest import Host, free_port, until
from tests.world import Sandbox
from worker.domain.window import VIETNAM
from worker.engine import binaries

ROOT: Final = Path(__file__).parents[2]
LEDGER: Final = Path(__file__).with_name("variants.jsonl")
NUMBERS: Final = 2000
PROCESSES: Final = ("worker-sweep", "worker-report", "worker-otp", "worker-esms", "scheduler")


def offset_to_nine() -> int:
    """Seconds from now to nine in the morning in Vietnam."""
    here = datetime.now(UTC).astimezone(VIETNAM)
    return round((here.replace(hour=9, minute=0, second=0, microsecond=0) - here).total_seconds())


class Trial:
    """One installation, one campaign, passwords before and after, and what is killed in the middle."""

    def __init__(self, folder: Path, sandbox: Sandbox, offset_s: int) -> None:
        self.folder, self.sandbox, self.offset_s = folder, sandbox, offset_s
        self.servers = Servers(folder)

    def run(self, database_url: str, redis_url: str, blow: Callable[[], Any] | None = None) -> dict[str, Any]:
        """The verdict of the provider's ledger."""
        self.sandbox.client.post("/_sandbox/reset").raise_for_status()
        self.sandbox.set(visible_after_s=0.0, first_report_after_s=0.0, done_after_s=0.0, latency_s=0.5)
        host = Host(
            plain_environment()
            | {
                **servers(database_url, redis_url, self.folder / "var"),
                **esms(self.sandbox.esms_url),
                "LOA_SECRET_KEY": "a-secret-key-for-the-variants",
                "LOA_ESMS_MIN_AD_RECIPIENTS": "20",
                **quick(timeout_s=3, lease_s=6),
                "LOA_CLOCK_OFFSET_S": str(self.offset_s),
                "LOA_OTP_PROCESSES": "1",
            }
        )
        try:
            host.run("migrate")
            running = {name: host.procfile(name) for name in PROCESSES}
            doctor = host.run("doctor", "--json", check=False).stdout
            numbers = self.folder / "numbers.csv"
            numbers.write_text("phone\n" + "".join(f"09{n:08d}\n" for n in range(NUMBERS)))
            words = (
                "--provider",
                "esms",
                "--sender",
                "LOA",
                "--kind",
                "ads",
                "--text",
                "[QC] Giam gia",
                "--list",
                numbers,
            )
            made = json.loads(host.run("campaign", "create", *words, "--again", "--json").stdout)
            self._otp(host, "0900999991")
            until("some orders are with the provider", lambda: len(self.sandbox.orders()) >= 6)
            if blow is not None:
                blow()
            os.killpg(running["worker-esms"].process.pid, signal.SIGKILL)
            host.procfile("worker-esms")
            waited = time.monotonic()
            over = host.run("campaign", "wait", made["id"], "--timeout", 110, check=False)
            self._otp(host, "0900999992")
            until("both passwords are with the provider", lambda: self._has(84900999991) and self._has(84900999992))
            taken = self.sandbox.phones()
        finally:
            host.stop()
        return {
            "done": over.returncode == 0,
            "seconds_after_the_kill": round(time.monotonic() - waited),
            "numbers": NUMBERS,
            "twice": sum(times > 1 for times in taken.values()),
            "lost": NUMBERS + 2 - len(taken),
            "passwords": int(self._has(84900999991)) + int(self._has(84900999992)),
            "doctor": [check["name"] for check in json.loads(doctor)["checks"] if not check["ok"]] if doctor else [],
        }

    def _otp(self, host: Host, phone: str) -> None:
        until(
            f"a password to {phone} is taken in",
            lambda: (
                host.run("otp", "send", "--phone", phone, "--text", "Ma 1", "--sender", "LOA", check=False).returncode
                == 0
            ),
        )

    def _has(self, phone: int) -> bool:
        return phone in self.sandbox.phones()


def sentinels(trial: Trial, program: Path) -> tuple[str, Callable[[], Any]]:
    """A master, a replica and three Sentinels; the URL, and what kills the master and waits for the failover."""
    at, (first, second) = "127.0.0.1", (free_port(), free_port())
    master_at = len(trial.servers.running)
    trial.servers.redis(program, at, first, password="a-password")
    trial.servers.redis(program, at, second, password="a-password", more=("--replicaof", at, str(first)))
    ports = [free_port() for _ in range(3)]
    for port in ports:
        conf = trial.folder / f"sentinel-{port}.conf"
        conf.write_text(
            f"port {port}\nbind {at}\nsentinel monitor loa {at} {first} 2\nsentinel auth-pass loa a-password\n"
            "sentinel down-after-milliseconds loa 2000\nsentinel failover-timeout loa 10000\n"
        )
        trial.servers.start(f"sentinel-{port}", program, conf, "--sentinel")
    url = f"sentinel://:a-password@{','.join(f'{at}:{port}' for port in ports)}/loa"

    def master() -> int:
        with Redis(at, ports[0], decode_responses=True) as asked:
            found = asked.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "loa")
            known = asked.execute_command("SENTINEL", "SENTINELS", "loa")
            replicas = asked.execute_command("SENTINEL", "REPLICAS", "loa")
        return int(found[1]) if len(known) == len(ports) - 1 and replicas else 0

    until("the Sentinels know each other and the replica", lambda: master() == first, 60)

    def blow() -> None:
        victim = trial.servers.running[master_at]
        victim.kill()
        victim.wait()
        until("the replica is the master", lambda: master() == second, 60)

    return url, blow


def main() -> int:
    """Try what was named; 1 where the promise was broken."""
    words = argparse.ArgumentParser(prog="python -m tests.distributed.variants", description=__doc__)
    words.add_argument("--postgres", type=Path, action="append", default=[], metavar="FOLDER")
    words.add_argument("--redis", type=Path, action="append", default=[], metavar="PROGRAM")
    words.add_argument(
        "--sentinel", action="store_true", help="the first Redis named (else the embedded Valkey), failing over"
    )
    words.add_argument("--beside", action="store_true", help="without the embedded pair")
    words.add_argument("--table", action="store_true")
    chosen = words.parse_args()
    if chosen.table:
        print(table())
        return 0
    own_postgres, own_redis = binaries.postgres().folder, binaries.redis()
    trials: list[tuple[Path, Path, bool]] = [(folder, own_redis, False) for folder in chosen.postgres]
    trials[:0] = [] if chosen.beside else [(own_postgres, own_redis, False)]
    trials += [(own_postgres, program, False) for program in chosen.redis]
    if chosen.sentinel:
        trials.append((own_postgres, (*chosen.redis, own_redis)[0], True))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    offset_s = offset_to_nine()
    emulator = subprocess.Popen(
        [sys.executable, "-m", "worker.sandbox.serve", "--port", "0", "--clock-offset-s", str(offset_s)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert emulator.stdout is not None
    url, good = json.loads(emulator.stdout.readline())["url"], True
    try:
        for postgres, redis, fails_over in trials:
            with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
                good &= once(Sandbox(url, client), offset_s, postgres, redis, fails_over=fails_over)
    finally:
        emulator.terminate()
        emulator.wait(30)
    return 0 if good else 1


def once(sandbox: Sandbox, offset_s: int, postgres: Path, redis: Path, *, fails_over: bool) -> bool:
    """One line of the ledger."""
    folder = Path(tempfile.mkdtemp(prefix="loa-variants-"))
    folder.chmod(0o755)
    trial = Trial(folder, sandbox, offset_s)
    try:
        database_url, _ = trial.servers.postgres(postgres, "127.0.0.1", free_port())
        if fails_over:
            redis_url, blow = sentinels(trial, redis)
        else:
            (redis_url, _), blow = trial.servers.redis(redis, "127.0.0.1", free_port()), None
        said = trial.run(database_url, redis_url, blow)
    finally:
        trial.servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
    line = {
        "postgres": version(postgres / "postgres"),
        "redis": version(redis) + (" and 3 Sentinels, failing over" if fails_over else ""),
        "python": platform.python_version(),
        **said,
    }
    print(json.dumps(line), flush=True)
    with LEDGER.open("a") as file:
        file.write(json.dumps(line) + "\n")
    return bool(said["done"]) and not said["twice"] and not said["lost"]


def table() -> str:
    """The ledger in Markdown; the last run of each pair counts."""
    last = {(line["postgres"], line["redis"]): line for line in map(json.loads, LEDGER.read_text().splitlines())}
    rows = [
        "| PostgreSQL | Redis | numbers | twice | lost | passwords | done after the kill |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for one in last.values():
        done = f"{one['seconds_after_the_kill']} s" if one["done"] else "never"
        cells = (
            one["postgres"],
            one["redis"],
            one["numbers"],
            one["twice"],
            one["lost"],
            f"{one['passwords']} of 2",
            done,
        )
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
