"""Measures which alert fires for which fault, after how many seconds. Run by hand: python -m tests.operations.drill

A whole installation (PostgreSQL, Valkey, web, scheduler, workers, emulators) is started here, and a real Prometheus
that scrapes it each 5 s and evaluates deploy/prometheus/rules.yaml. Then one fault after the other; each is written to
tests/operations/drill.jsonl: the fault, the alert, the seconds until it fired, what repaired it, the seconds until it was silent.
Takes about half an hour. `--table` prints the ledger as the table of docs/runbook.md.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.environment import esms, plain_environment, servers
from tests.operations.conftest import ROOT, Child, Host, free_port, until
from tests.world import Sandbox
from worker.domain.window import VIETNAM
from worker.engine import embedded

LEDGER = Path(__file__).with_name("drill.jsonl")
FIRES_WITHIN_S = 420
SILENT_WITHIN_S = 420
PROCESSES = (
    "web",
    "scheduler",
    "worker-esms",
    "worker-otp",
    "worker-plan",
    "worker-report",
    "worker-sweep",
    "worker-nightly",
)


class Drill:
    """A running installation, its faults and its Prometheus."""

    def __init__(self, host: Host, engines: embedded.Engines, sandbox: Sandbox, folder: Path) -> None:
        self.host, self.engines, self.sandbox, self.folder = host, engines, sandbox, folder
        self.web, self.prometheus = free_port(), free_port()
        host.env["PORT"] = str(self.web)
        self.running: dict[str, Child] = {name: host.procfile(name) for name in PROCESSES}
        self.client = httpx.Client(timeout=10, trust_env=False)
        self._start_prometheus()

    def _start_prometheus(self) -> None:
        program = shutil.which("prometheus")
        assert program, "Prometheus is missing (Debian: apt-get install prometheus)"
        config = self.folder / "prometheus.yaml"
        config.write_text(
            f"global: {{ scrape_interval: 5s, evaluation_interval: 5s }}\nrule_files: [{ROOT}/deploy/prometheus/rules.yaml]\n"
            f'scrape_configs: [{{ job_name: loa, static_configs: [{{ targets: ["127.0.0.1:{self.web}"] }}] }}]\n'
        )
        self.host.start(
            program,
            f"--config.file={config}",
            f"--storage.tsdb.path={self.folder}/tsdb",
            f"--web.listen-address=127.0.0.1:{self.prometheus}",
        )

    def firing(self) -> set[str]:
        try:
            alerts = self.client.get(f"http://127.0.0.1:{self.prometheus}/api/v1/alerts").json()["data"]["alerts"]
        except (httpx.TransportError, KeyError, ValueError):
            return set()
        return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}

    def kill(self, name: str) -> None:
        os.killpg(self.running[name].process.pid, signal.SIGKILL)

    def start(self, name: str, **env: str) -> None:
        self.running[name] = self.host.procfile(name, **env)

    def stop(self, name: str) -> None:
        """Frozen: it holds its connections, and answers nothing."""
        os.killpg(self.running[name].process.pid, signal.SIGSTOP)

    def go_on(self, name: str) -> None:
        os.killpg(self.running[name].process.pid, signal.SIGCONT)

    def otp(self) -> None:
        self.host.run(
            "otp", "send", "--phone", f"09{time.time_ns() % 10**8:08d}", "--text", "Ma LOA: 1", "--sender", "LOA", check=False
        )  # fmt: skip

    def campaign(self) -> None:
        path = self.folder / "list.csv"
        path.write_text("phone\n" + "".join(f"09{n:08d}\n" for n in range(200)))
        words = [
            "--provider",
            "esms",
            "--sender",
            "LOA",
            "--kind",
            "ads",
            "--text",
            "[QC] Giam gia",
            "--list",
            path,
            "--again",
        ]
        made = self.host.run("campaign", "create", *words, "--json")
        self.last = str(json.loads(made.stdout)["id"])

    def top_up(self) -> None:
        """As an operator: money first, then the campaign."""
        self.sandbox.set(balance=10_000_000)
        self.host.run("campaign", "resume", self.last, check=False)


def faults(drill: Drill) -> list[tuple[str, str, Callable[[], None], str, Callable[[], None]]]:
    """Fault, alert, how it is made, what repairs it, how that is done."""
    sandbox, redis, postgres = drill.sandbox, drill.engines.redis, drill.engines.postgres
    assert redis is not None
    assert postgres is not None

    def outage() -> None:
        sandbox.fault(function="*", do="drop", times=-1)
        for _ in range(6):
            drill.otp()

    def fill() -> None:
        """A small disk of its own under LOA_DATA_DIR, full: nothing of this machine's is."""
        drill.kill("web")
        small = drill.folder / "small"
        small.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", small], check=True)
        (small / "filler").write_bytes(b"0" * 12_000_000)
        drill.start("web", LOA_DATA_DIR=str(small))

    def empty() -> None:
        drill.kill("web")
        drill.start("web")
        subprocess.run(["umount", "-l", drill.folder / "small"], check=False)

    again = "it is started again"
    return [
        ("web killed", "LoaDown", lambda: drill.kill("web"), again, lambda: drill.start("web")),
        (
            "scheduler killed",
            "LoaSchedulerStopped",
            lambda: drill.kill("scheduler"),
            again,
            lambda: drill.start("scheduler"),
        ),
        (
            "worker-sweep killed",
            "LoaSweepsStopped",
            lambda: drill.kill("worker-sweep"),
            again,
            lambda: drill.start("worker-sweep"),
        ),
        (
            "worker-otp killed",
            "LoaQueueNotConsumed",
            lambda: drill.kill("worker-otp"),
            again,
            lambda: drill.start("worker-otp"),
        ),
        (
            "worker-report frozen (SIGSTOP)",
            "LoaQueueNotConsumed",
            lambda: drill.stop("worker-report"),
            "it goes on (SIGCONT)",
            lambda: drill.go_on("worker-report"),
        ),
        (
            "worker-esms killed, a campaign due",
            "LoaCampaignStuck",
            lambda: both(drill.kill("worker-esms"), drill.campaign()),
            again,
            lambda: drill.start("worker-esms"),
        ),
        ("Redis killed", "LoaRedisAway", redis.kill, again, redis.start),
        ("PostgreSQL killed", "LoaDatabaseAway", postgres.kill, again, postgres.start),
        (
            "provider drops every call",
            "LoaProviderDown",
            outage,
            "the provider is back; one call closes the circuit",
            lambda: both(sandbox.heal(), drill.otp()),
        ),
        (
            "balance empty (eSMS says 103)",
            "LoaAccountRefused",
            lambda: both(sandbox.set(balance=0), drill.campaign(), drill.otp()),
            "a top-up, then `loa campaign resume`",
            drill.top_up,
        ),
        ("disk full under LOA_DATA_DIR", "LoaDiskFull", fill, "room is made", empty),
    ]


def both(*_: object) -> None:
    """Two steps, one after the other."""


def run(only: str) -> None:
    """The whole drill, or the faults whose name holds `only`."""
    from datetime import UTC, datetime  # noqa: PLC0415 - a drill looks at the real clock

    here = datetime.now(UTC).astimezone(VIETNAM)
    offset = round((here.replace(hour=9, minute=0, second=0, microsecond=0) - here).total_seconds())
    folder = Path(tempfile.mkdtemp(prefix="loa-drill-"))
    emulator = subprocess.Popen(
        [sys.executable, "-m", "worker.sandbox.serve", "--port", "0", "--clock-offset-s", str(offset)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert emulator.stdout is not None
    url = json.loads(emulator.stdout.readline())["url"]
    host = Host(plain_environment())
    try:
        with (
            embedded.attach(folder / "servers") as engines,
            httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
        ):
            host.env |= {
                **servers(engines.database_url, engines.redis_url, folder / "servers"),
                **esms(Sandbox(url, client).esms_url),
                "LOA_SECRET_KEY": "a-secret-key-for-the-drill",
                "LOA_CLOCK_OFFSET_S": str(offset),
                "LOA_OTP_PROCESSES": "1",
                "LOA_SEND_PROCESSES": "1",
                "LOA_MAX_ADS_PER_24H": "0",
            }
            host.run("migrate")
            drill = Drill(host, engines, Sandbox(url, client), folder)
            until("all is well", lambda: not drill.firing() and httpx_ok(drill), 180)
            for fault, alert, make, repair, mend in faults(drill):
                if only not in fault:
                    continue
                until("silence before the next fault", lambda: not drill.firing(), SILENT_WITHIN_S)
                write(drill, fault, alert, make, repair, mend)
    finally:
        host.stop()
        emulator.terminate()
        emulator.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def httpx_ok(drill: Drill) -> bool:
    """Whether web is ready, and canaries went round."""
    try:
        return drill.client.get(f"http://127.0.0.1:{drill.web}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def write(
    drill: Drill, fault: str, alert: str, make: Callable[[], None], repair: str, mend: Callable[[], None]
) -> None:
    """One fault from its making to silence."""
    began = time.monotonic()
    make()
    line: dict[str, object] = {"fault": fault, "alert": alert, "repair": repair, "seconds": None, "silent_after": None}
    try:
        until(f"{alert} fires", lambda: alert in drill.firing(), FIRES_WITHIN_S)
        line["seconds"] = round(time.monotonic() - began)
        line["also"] = sorted(drill.firing() - {alert})
    except AssertionError:
        line["also"] = sorted(drill.firing())
    mend()
    began = time.monotonic()
    try:
        until(f"{alert} is silent", lambda: alert not in drill.firing(), SILENT_WITHIN_S)
        line["silent_after"] = round(time.monotonic() - began)
    except AssertionError:
        pass
    with LEDGER.open("a") as file:
        file.write(json.dumps(line) + "\n")
    print(line, flush=True)


def table() -> str:
    """The ledger in Markdown; the last run of each fault counts."""
    last = {line["fault"]: line for line in map(json.loads, LEDGER.read_text().splitlines())}
    rows = ["| fault | alert | fires after | repaired by | silent after |", "|---|---|---|---|---|"]
    for line in last.values():
        fires = "never" if line["seconds"] is None else f"{line['seconds']} s"
        silent = "not within 7 min" if line["silent_after"] is None else f"{line['silent_after']} s"
        rows.append(f"| {line['fault']} | `{line['alert']}` | {fires} | {line['repair']} | {silent} |")
    return "\n".join(rows)


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--table", action="store_true", help="print the ledger as a table")
    words.add_argument("--only", default="", help="only faults whose name holds this")
    chosen = words.parse_args()
    if chosen.table:
        print(table())
    else:
        run(chosen.only)
