"""One whole Loa for this folder: `loa up` on embedded servers, its workers with fault points in them, and a sandbox whose dates
agree with Loa's shifted clock, so that what the provider's record says of a time is evidence.

`make test` goes once through every fault with short lists. `make reliability` sets RELIABILITY_ROUNDS and RELIABILITY_NUMBERS.
"""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flows.conftest import Up, start_up, until
from tests.reliability import points
from tests.reliability.judge import Verdict, judge
from tests.world import ZALO_ACCOUNT, ZALO_TEMPLATE, Sandbox
from worker.config.accounts import FptSettings
from worker.domain.intake import Intake, parse_hours
from worker.domain.window import VIETNAM
from worker.engine import embedded
from worker.engine.embedded import Engines

ROOT = Path(__file__).parents[2]
FULL = "RELIABILITY_ROUNDS" in os.environ
ROUNDS = int(os.environ.get("RELIABILITY_ROUNDS", "1"))
#: Numbers of the largest campaign, and how often all workers are killed while it goes out.
NUMBERS = int(os.environ.get("RELIABILITY_NUMBERS", "800"))
MASSACRES = 10 if FULL else 2
AWAY_S = 30 if FULL else 6
#: Numbers of an order, so that a short list is many orders.
ORDER = 20
SENDER = ["--sender", "LOA"]
SEND_MODES = {
    "list": ["--provider", "esms", "--kind", "ads", *SENDER, "--text", "[QC] Giam gia 20%"],
    "single": ["--provider", "esms", "--kind", "care", *SENDER, "--text", "Don hang da gui"],
    "push": ["--provider", "fpt", "--kind", "ads", *SENDER, "--text", "[QC] Giam gia 20%"],
    "zalo": [
        *("--provider", "esms", "--kind", "care", "--channel", "zalo"),
        *("--oa", ZALO_ACCOUNT, "--template-id", ZALO_TEMPLATE),
    ],
}
SEND_MODES["zalo, then text"] = [
    *SEND_MODES["zalo"],
    *("--fallback-text", "Don hang da gui", "--fallback-sender", "LOA"),
]
#: Nothing more happens to a campaign in these, but what a person does.
OVER = ("done", "failed", "cancelled")

every_round = pytest.mark.parametrize("round_", range(ROUNDS), ids=lambda number: f"round-{number + 1}")


def to_a_monday_morning() -> float:
    """Seconds from now to the next Monday, 8:40 in Vietnam, on which FPT takes orders."""
    fpt = FptSettings()
    intake = Intake(parse_hours(fpt.order_hours), fpt.closed, timedelta(seconds=fpt.approval_lead_s))
    now = datetime.now(UTC).astimezone(VIETNAM)
    day = (now + timedelta(days=7 - now.weekday())).replace(hour=8, minute=40, second=0, microsecond=0)
    while not intake.is_open(day):
        day += timedelta(days=7)
    return round((day - now).total_seconds())


@dataclass
class Campaign:
    """A campaign under fire."""

    stage: "Stage"
    send_mode: str
    made: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.made["id"])

    def status(self) -> str:
        return self.stage.up.status(self.id)

    def is_over(self) -> bool:
        """Whether nothing is left to do for us: every number has its last state, or waits for a person."""
        return self.status() in OVER

    def said(self) -> dict[int, str]:
        """What its report says of each number."""
        path = self.stage.up.folder / f"{self.id}.csv"
        self.stage.up.run("campaign", "report", self.id, "--csv", path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            return {int("84" + line["phone"][1:]): line["state"] for line in csv.DictReader(file)}

    def unknowns(self) -> int:
        """Calls whose worker could not say what became of them."""
        calls = "SELECT count(*) FROM attempt JOIN batch ON batch.id = owner_id WHERE campaign_id = %s"
        return int(self.stage.up.ask(f"{calls} AND (outcome IS NULL OR outcome = 'unknown')", self.id)[0][0])

    def verdict(self, fault: str, strikes: int, timeout_s: float = 300) -> Verdict:
        """Wait for the end, and judge by the sandbox's ledger."""
        until(f"the campaign under {fault!r} is over", self.is_over, timeout_s)
        return judge(fault, self.send_mode, strikes, self.said(), self.stage.sandbox.phones())


@dataclass
class Stage:
    """A running Loa, the provider's emulator, and the places where workers can be made to die."""

    up: Up
    sandbox: Sandbox
    points: Path
    used: int = 0

    @property
    def engines(self) -> Engines:
        """The embedded servers, once both run."""

        def both() -> Engines | None:
            found = embedded.find(Path(self.up.env["LOA_DATA_DIR"]))
            return found if found and found.postgres and found.redis else None

        return until("the servers run", both, timeout_s=240)  # type: ignore[no-any-return]

    def campaign(self, count: int, send_mode: str = "list") -> Campaign:
        """Create a campaign to numbers that no other campaign has."""
        path = self.up.folder / f"list-{self.used}.csv"
        path.write_text("phone\n" + "".join(f"09{self.used + n:08d}\n" for n in range(count)))
        self.used += count
        made = self.up.json("campaign", "create", *SEND_MODES[send_mode], "--list", path, "--again")
        return Campaign(self, send_mode, made)

    def taken(self) -> int:
        """Orders on the provider's ledger."""
        return len(self.sandbox.orders())

    def until_more(self, orders: int = 3) -> None:
        """Wait until so many more orders were taken."""
        before = self.taken()
        until("more orders were taken", lambda: self.taken() >= before + orders, timeout_s=240)

    def arm(self, send_mode: str, line: points.Line, victim: points.Victim) -> None:
        points.arm(self.points, send_mode, line, victim)

    def survivors(self) -> list[str]:
        """The points where nobody died yet."""
        return points.armed(self.points)


@pytest.fixture(scope="package")
def dated_sandbox() -> Iterator[tuple[str, float]]:
    """The address of a sandbox, and the seconds by which its dates are shifted."""
    offset = to_a_monday_morning()
    at_once = json.dumps({"first_report_after_s": 0, "done_after_s": 0})
    words = ["--port", "0", "--clock-offset-s", str(offset), "--settings", at_once]
    process = subprocess.Popen(
        [sys.executable, "-m", "worker.sandbox.serve", *words], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())["url"], offset
    process.terminate()
    process.wait(60)
    process.stdout.close()


@pytest.fixture(scope="package")
def whole(dated_sandbox: tuple[str, float], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The Loa that all tests of the folder share."""
    url, offset = dated_sandbox
    folder = tmp_path_factory.mktemp("reliability")
    armed = folder / "points"
    armed.mkdir()
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        sandbox = Sandbox(url, client)
        up = start_up(
            folder,
            sandbox,
            PYTHONPATH=os.pathsep.join([str(Path(__file__).parent / "into_workers"), str(ROOT)]),
            **{points.FOLDER: armed},
            LOA_CLOCK_OFFSET_S=offset,
            LOA_FPT_BASE_URL=sandbox.fpt_url,
            LOA_FPT_CLIENT_ID="sandbox-client",
            LOA_FPT_CLIENT_SECRET="sandbox-secret",
            LOA_FPT_TIMEOUT_S=6,
            LOA_FPT_MAX_BATCH=2 * ORDER,
            LOA_ESMS_TIMEOUT_S=6,
            LOA_ESMS_OTT_BASE_URL=sandbox.esms_url,
            LOA_ESMS_MAX_BATCH=ORDER,
            LOA_ESMS_MIN_AD_RECIPIENTS=ORDER,
            LOA_LEASE_S=10,
            LOA_LOOKUP_DELAY_S=1,
            LOA_OTP_PROCESSES=1,
            LOA_POLL_FIRST_S=0.3,
        )
        yield Stage(up, sandbox, armed)
        if up.process.poll() is None:
            assert up.stop() == 0, "\n".join(up.output[-20:])


@pytest.fixture
def stage(whole: Stage) -> Iterator[Stage]:
    """Loa, with a sandbox as new that takes a little while over each answer."""
    whole.sandbox.client.post("/_sandbox/reset").raise_for_status()
    whole.sandbox.set(latency_s=0.3)
    yield whole
    for name in whole.survivors():
        (whole.points / name).unlink()
