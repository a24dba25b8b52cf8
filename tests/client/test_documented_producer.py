"""The documents' producer runs as it stands: it ends, it waits when it is told to, and takes another way when Loa is away."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.api.served import Api, served
from tests.client.gateway import Gateway, gateway
from worker.services import otp
from worker.services.operations import api_keys

PAGE = (Path(__file__).parents[2] / "docs/http.md").read_text()
(PRODUCER,) = re.findall(r'```python\n("""Send a one-time password and a campaign.*?)```', PAGE, re.DOTALL)
ANOTHER_WAY = "offer another way"
NOT_NOW = {"type": "urn:loa:problem:unavailable", "status": 503, "detail": "A part is away.", "rule": "unavailable"}
AWAY = json.dumps(NOT_NOW).encode()


@pytest.fixture
def api(loa):
    with served(loa) as made:
        yield made


@pytest.fixture
def between(api: Api):
    with gateway(api.url) as made:
        yield made


@pytest.fixture
def produce(api: Api, between: Gateway, tmp_path: Path):
    """Starts it, as it stands or with something else in a place of it."""
    made: list[Producer] = []

    def start(old: str = "", new: str = "") -> "Producer":
        assert old in PRODUCER
        made.append(Producer(api, between, tmp_path, PRODUCER.replace(old, new) if old else PRODUCER))
        return made[-1]

    yield start
    for one in made:
        one.process.kill()
        one.process.communicate()


class Producer:
    """A run of it, with the workers of Loa played by the hands of this test."""

    def __init__(self, api: Api, between: Gateway, folder: Path, program: str) -> None:
        self.api, self.world, self.planned = api, api.world, False
        (folder / "customers.csv").write_text("phone\n" + "".join(f"09{n:08d}\n" for n in range(100, 140)))
        key = api_keys.create(self.world.deps, ["otp", "campaigns"]).key
        plain = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        env = {**plain, "LOA_URL": between.url, "LOA_KEY": key}
        self.process = subprocess.Popen(
            [sys.executable, "-c", program],
            env=env,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ends(self, *, passwords: bool = True) -> tuple[str, str]:
        """What it prints, once it has ended by itself."""
        ends = time.monotonic() + 90
        while self.process.poll() is None:
            if time.monotonic() > ends:
                self.process.kill()
            self.work(passwords=passwords)
            time.sleep(0.05)
        said, wrong = self.process.communicate()
        return said, wrong

    def work(self, *, passwords: bool) -> None:
        """Workers come by."""
        while passwords and self.world.task_queue.otps:
            otp.deliver(self.world.deps, self.world.task_queue.otps.pop())
        self.planned = self.planned or bool(self.api.plan())
        if self.planned:
            self.world.go(1)
            self.world.poll()
            self.world.clock.tick(seconds=20)


def test_it_runs_as_it_stands_and_ends(produce):
    said, wrong = produce().ends()
    assert said.startswith("accepted done "), (said, wrong)
    assert "'delivered': 40" in said
    assert ANOTHER_WAY not in said


def test_it_waits_as_long_as_it_is_told(api, between, produce):
    between.answer("POST /v1/otp", 429, retry_after="2", body=AWAY)
    between.answer("POST /v1/campaigns", 503, retry_after="2", body=AWAY)
    between.answer("POST /v1/campaigns", 502)
    # A fault has a `status` of its own, which says nothing of the campaign.
    between.answer("GET /v1/campaigns", 503, retry_after="1", body=AWAY)
    said, wrong = produce().ends()
    assert said.startswith("accepted done "), (said, wrong)
    first, second = between.times("POST /v1/otp")
    assert second - first >= 2
    first, second, third = between.times("POST /v1/campaigns")
    assert second - first >= 2
    assert third - second >= 1
    assert len(api.client("campaigns").get("/v1/campaigns").json()["campaigns"]) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_password_that_cannot_wait_takes_another_way(between, produce, status):
    between.answer("POST /v1/otp", status, retry_after="600", body=AWAY)
    said, wrong = produce().ends()
    assert said.startswith(f"A part is away.: {ANOTHER_WAY}"), (said, wrong)
    assert "done" in said
    assert len(between.times("POST /v1/otp")) == 1


def test_it_stops_waiting_when_the_password_is_dead(produce):
    said, wrong = produce("TTL_S = 120", "TTL_S = 2").ends(passwords=False)
    assert said.startswith(f"queued: {ANOTHER_WAY}"), (said, wrong)


def test_a_password_that_expired_takes_another_way(api, produce):
    producer = produce()
    while not api.world.task_queue.otps:
        time.sleep(0.02)
    api.world.clock.tick(seconds=121)
    otp.sweep(api.world.deps)
    said, wrong = producer.ends(passwords=False)
    assert said.startswith(f"expired: {ANOTHER_WAY}"), (said, wrong)


def test_what_is_refused_ends_it(produce):
    said, wrong = produce("0900000001", "0241234567").ends()
    assert (said, wrong[:8]) == ("", "refused:")
