"""Make the recording anew: an installation of commit 3817865, stopped in the middle of its work, and its providers' memory.

Runs that commit's own code, so it is started in a work tree of it, with that commit's own environment:

    git worktree add --detach ../loa-3817865 3817865 && cd ../loa-3817865
    python3 -m venv .venv && .venv/bin/pip install --require-hashes -r requirements.lock && .venv/bin/pip install --no-deps -e .
    PYTHONPATH=. .venv/bin/python .../tests/reliability/recorded/record.py

Writes `3817865.sql` (pg_dump with inserts) and `3817865.json` (what the emulators took and remember, and when it was stopped)
beside itself. All numbers are made up. A worker that is killed is an exception that nothing catches: what it had committed is
there, and nothing else. `tests/reliability/test_upgrade.py` goes on from there with today's code.
"""

import json
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
from dateutil.parser import isoparse

from tests.world import FixedClock, RecordedBells, Sandbox, World
from worker import config
from worker.config.accounts import EsmsSettings, FiboSettings, FptSettings
from worker.engine import binaries
from worker.engine.postgres import Postgres
from worker.engine.redis import Redis
from worker.sandbox import app, serve
from worker.services import control, creation, lookup, push, send, singles
from worker.services import otp as passwords
from worker.services.otp import record as otp_record
from worker.storage import database, migrate
from worker.wiring import Loa

COMMIT = "3817865"
BESIDE = Path(__file__).parent
#: A Monday on which FPT takes orders.
CLOCK = FixedClock(isoparse("2026-11-30T09:00:00+07:00"))
#: Under which the passwords are sealed; as made up as the numbers.
SECRET = "the made-up secret key of a recorded installation"
ADS, CARE, FIBO = "SendMultipleSMSBrandname_json", "SendMultipleMessage_V4_post_json", "SendMaskedSMS"
KINDS = {
    "list": {"provider": "esms", "kind": "ads", "text": "[QC] Giam gia 20%"},
    "single": {"provider": "esms", "kind": "care", "text": "Don hang da gui"},
    "push": {"provider": "fpt", "kind": "ads", "text": "[QC] Giam gia 20%"},
    "keyless": {"provider": "fibo", "kind": "care", "text": "Don hang da gui"},
}


class Killed(BaseException):
    """The process ends here and now."""


@contextmanager
def killed(where, name, nth=1, *, before=False):
    """Whoever calls this function for the `nth` time dies: before it, or with its result in hand."""
    original, calls = getattr(where, name), []

    def struck(*given, **named):
        calls.append(name)
        if before and len(calls) == nth:
            raise Killed
        result = original(*given, **named)
        if len(calls) == nth:
            raise Killed
        return result

    setattr(where, name, struck)
    try:
        yield
    except Killed:
        pass
    else:
        raise AssertionError(f"nobody died at {name}")
    finally:
        setattr(where, name, original)


class Recording:
    """What happens in the old installation."""

    def __init__(self, loa: World) -> None:
        self.loa, self.used = loa, 0

    def create(self, kind: str, count: int, name: str):
        path = self.loa.folder / f"{name}.csv"
        path.write_text("phone\n" + "".join(f"09{self.used + n:08d}\n" for n in range(count)))
        self.used += count
        # Small orders, so that a short list is many; single numbers in one batch.
        self.loa.limits("esms", maximum=5 if kind == "list" else 500)
        self.loa.bells.sends.clear()
        return self.loa.create(path, name=name, **KINDS[kind])

    def work(self, tasks: int = 1) -> None:
        """A worker answers so many of the tasks that are due."""
        if not self.loa.bells.sends:
            self.loa.release()
        rest = self.loa.bells.sends[tasks:]
        del self.loa.bells.sends[tasks:]
        try:
            self.loa.answer_bells()
        finally:
            self.loa.bells.sends[:] = rest

    def look_up(self) -> None:
        """Later, by the record that lags behind."""
        CLOCK.tick(minutes=10)
        lookup.look_up(self.loa.deps)

    def lost_and_looked_up(self) -> None:
        """What may be done next with a number stands in sentences."""
        box, deps = self.loa.sandbox, self.loa.deps
        box.set(sent_data_after_s=7200.0)
        absent = self.create("single", 30, "absent")
        box.fault(function=CARE, when="after", do="drop", nth=5, times=4)
        self.work()
        self.look_up()
        control.pause(deps, absent.campaign.id)
        box.heal()
        turned_away = self.create("single", 30, "turned away")
        box.fault(function=CARE, do="status", status=429, nth=3, times=3)
        self.work()
        control.pause(deps, turned_away.campaign.id)
        box.heal()
        lost = self.create("list", 60, "lost orders")
        box.fault(function=ADS, when="after", do="drop", nth=2)
        box.fault(function=ADS, when="before", do="drop", nth=4)
        self.work(6)
        self.look_up()
        # Under its key again: one is refused as a repeat and waits for a person, the other is taken.
        self.loa.bells.sends.clear()
        self.work(3)
        self.look_up()
        control.pause(deps, lost.campaign.id)
        box.heal()
        self.loa.poll()

    def killed_on_their_lines(self) -> None:
        """Each way, right after the claim and right before the answer is written down."""
        self.create("list", 40, "killed list")
        self.work(2)
        with killed(send, "_claim"):
            self.work()
        with killed(send, "_write", before=True):
            self.work()
        self.loa.bells.sends.clear()
        for name, strike in (("marked", ("begin_wave", 2, False)), ("unwritten", ("_write", 2, True))):
            self.create("single", 40, f"killed single, {name}")
            where, nth, before = strike
            with killed(singles._Turn, where, nth, before=before):
                self.work()
        self.create("keyless", 30, "killed keyless")
        with killed(singles._Turn, "_write", 2, before=True):
            self.work()
        for name, where, before in (("claimed", "_claim", False), ("unwritten", "_write", True)):
            self.create("push", 60, f"killed push, {name}")
            self.work()
            with killed(push, where, before=before):
                self.work()
            self.loa.bells.sends.clear()
        self.create("push", 30, "killed creation")
        with killed(creation, "_write", before=True):
            self.work()
        self.loa.bells.sends.clear()

    def passwords_under_way(self) -> None:
        """One is with its provider, one in a call whose worker died, one still waits."""
        taken, unwritten, _ = (
            passwords.enqueue(
                self.loa.deps,
                passwords.Wish(
                    phone=f"09990000{n:02d}", text=f"Ma {48290 + n}", ttl_s=120, route=("esms",), sender="LOA"
                ),
            ).id
            for n in range(3)
        )
        passwords.deliver(self.loa.deps, taken)
        with killed(otp_record, "write", before=True):
            passwords.deliver(self.loa.deps, unwritten)


def memory(world, served) -> dict:
    """What the emulators took, and what they remember."""
    now, seconds = world.now(), world.seconds()

    def date(moment: float) -> str:
        return (now + timedelta(seconds=moment - seconds)).isoformat()

    orders = []
    for order in world.ledger.orders:
        kept = {
            name: getattr(order, name) for name in type(order).__slots__ if name not in ("taken", "starts", "first_row")
        }
        kept |= {"phones": list(order.phones), "dropped": list(order.dropped), "at": order.at.isoformat()}
        orders.append(
            {**kept, "starts_after_s": round(order.starts - order.taken), "details": dict(order.details or {})}
        )
    esms = next(one for one in served if one.name == "esms")
    fpt = next(one for one in served if one.name == "fpt")
    seen = esms._sending._request_ids._firsts
    return {
        "stopped_at": now.isoformat(),
        "secret_key": SECRET,
        "orders": orders,
        "request_ids": [
            [function, request_id, first.order.sms_id if first.order else None]
            for (function, request_id), first in seen.items()
        ],
        "fpt": fpt._campaigns.as_list(),
    }


def dumped(url: str) -> str:
    """The database as statements that a server reads; what only psql would is left out."""
    pg_dump = binaries.postgres(None).folder / "pg_dump"
    words = ["--inserts", "--no-owner", "--no-privileges", "--no-comments"]
    done = subprocess.run([pg_dump, *words, url.replace("+psycopg", "")], capture_output=True, text=True, check=True)
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith(("\\", "--"))]
    return "\n".join(lines) + "\n"


@contextmanager
def emulators(told: list):
    """Today's emulators of that commit, on the recording's clock; `told` is their world and they themselves."""
    put_together = app.emulators

    def noted(world):
        told[:] = [world, put_together(world)]
        return told[1]

    app.emulators = noted
    ready, address = threading.Event(), []

    def announce(url: str) -> None:
        address.append(url)
        ready.set()

    threading.Thread(target=serve.serve, kwargs={"announce": announce, "clock": CLOCK}, daemon=True).start()
    assert ready.wait(60)
    with httpx.Client(base_url=address[0], timeout=60, trust_env=False) as client:
        yield Sandbox(address[0], client)


def accounts(sandbox: Sandbox) -> dict:
    """The emulators as three accounts."""
    return {
        "esms": EsmsSettings(
            api_key="sandbox-key", secret_key="sandbox-secret", base_url=sandbox.esms_url, requests_per_second=1000,
            timeout_s=6, min_ad_recipients=5,
        ),
        "fpt": FptSettings(
            client_id="sandbox-client", client_secret="sandbox-secret", base_url=sandbox.fpt_url, requests_per_second=1000,
            timeout_s=6, min_ad_recipients=4, max_batch=8,
        ),
        "fibo": FiboSettings(
            client_no="CL0000000001", client_pass="sandbox-pass", base_url=sandbox.fibo_url, requests_per_second=1000,
            timeout_s=6,
        ),
    }  # fmt: skip


def record() -> None:
    """Play all of it, and write the two files."""
    # Waves of ten numbers, and turns that do not end because this machine is busy.
    singles.CONCURRENCY, singles.TURN_S = 10, 600.0
    told: list = []
    with tempfile.TemporaryDirectory(prefix="recording-") as temporary, emulators(told) as sandbox:
        folder = Path(temporary)
        postgres, redis = Postgres(folder), Redis(folder)
        postgres.start()
        redis.start()
        engine = database.connect(postgres.url)
        migrate.upgrade(engine)
        engine.dispose()
        sandbox.set(min_recipients=5)
        settings = config.Settings(**accounts(sandbox), data_dir=folder, secret_key=SECRET)
        loa = World(Loa(settings, postgres.url, redis.url), CLOCK, RecordedBells(), sandbox, folder)
        recording = Recording(loa)
        recording.lost_and_looked_up()
        recording.killed_on_their_lines()
        recording.passwords_under_way()
        (BESIDE / f"{COMMIT}.json").write_text(json.dumps(memory(*told), indent=1) + "\n")
        (BESIDE / f"{COMMIT}.sql").write_text(dumped(postgres.url))
        postgres.stop()
        redis.stop()


if __name__ == "__main__":
    record()
