"""The disk of a whole installation is full: every door says so at once, names the path, loses nothing, and works again after."""

import json
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from redis import Redis, RedisError

from tests.environment import esms, plain_environment
from tests.full_disk import BALLAST
from tests.operations.conftest import Host, free_port, until
from worker.engine import embedded
from worker.engine.redis import Redis as RedisServer

#: Far less than the two minutes that a server may take to start.
AT_ONCE_S = 30
ASK = {"phone": "0900000001", "text": "Ma xac thuc LOA: 482913", "sender": "LOA"}
FORM = {"provider": "esms", "sender": "LOA", "kind": "care", "text": "Cam on quy khach", "again": "true"}


@dataclass
class Installed:
    """An installation on a small disk, and what fills it."""

    host: Host
    client: httpx.Client
    folder: Path
    fill: Callable[[], None]
    redis: RedisServer


@pytest.fixture
def installed(full_disk, sandbox):
    """A host with embedded servers on a small disk, and its web process."""
    with full_disk() as (folder, fill):
        host = Host(
            plain_environment() | esms(sandbox.esms_url) | {"LOA_DATA_DIR": str(folder), "LOA_FLOWER_PORT": "0"}
        )
        with embedded.attach(folder) as servers:
            assert servers.redis is not None
            try:
                made = _opened(host, folder, fill, servers.redis)
                with closing(made.client):
                    yield made
            finally:
                host.stop()
                (folder / BALLAST).unlink(missing_ok=True)  # so that the servers end in order


def _opened(host: Host, folder: Path, fill: Callable[[], None], redis: RedisServer) -> Installed:
    made = json.loads(
        host.run("key", "create", "--scope", "campaigns", "--scope", "otp", "--scope", "read", "--json").stdout
    )
    port = free_port()
    host.procfile("web", PORT=str(port))
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)
    client.headers["Authorization"] = f"Bearer {made['key']}"
    until("web answers", lambda: _ready(client))
    return Installed(host, client, folder, fill, redis)


def _ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.HTTPError:
        return False


def _until_redis(redis: RedisServer, *, writes: bool) -> None:
    with Redis.from_url(redis.url) as client:

        def tried() -> bool:
            try:
                client.set("tests:full", "1")
            except RedisError:
                return not writes
            return writes

        until("Redis notices", tried, 30)


def _upload(client: httpx.Client, path: Path, **headers: str) -> httpx.Response:
    return client.post("/v1/campaigns", data=FORM, files={"list": ("people.csv", path.read_bytes())}, headers=headers)


def test_a_full_disk_is_said_at_every_door_and_loses_nothing(installed, numbers):
    host, client, folder, redis = installed.host, installed.client, installed.folder, installed.redis
    people = numbers(200_000)
    installed.fill()
    _until_redis(redis, writes=False)

    sent = client.post("/v1/otp", json=ASK, headers={"Idempotency-Key": "one"})
    assert (sent.status_code, sent.json()["rule"]) == (503, "disk_full"), sent.text
    assert "has no room left on its disk" in sent.json()["detail"]

    uploaded = _upload(client, people, **{"Idempotency-Key": "two"})
    assert (uploaded.status_code, uploaded.json()["rule"]) == (507, "disk_full"), uploaded.text
    assert str(folder) in uploaded.json()["detail"]

    begun = time.monotonic()
    made = host.run(
        *("campaign", "create", "--provider", "esms", "--kind", "care", "--sender", "LOA"),
        *("--text", "Cam on quy khach", "--list", people),
        check=False,
    )
    assert made.returncode == 1
    assert str(folder) in made.stderr
    assert "room" in made.stderr
    assert len([line for line in made.stderr.splitlines() if line.strip()]) == 1, made.stderr

    looked = host.run("doctor", check=False)
    assert looked.returncode == 1
    assert f"No room is left on the disk of {folder}: make room there." in looked.stdout
    assert f"Redis under {folder} has no room left on its disk" in looked.stdout
    assert time.monotonic() - begun < AT_ONCE_S

    (folder / BALLAST).unlink()
    _until_redis(redis, writes=True)
    again = client.post("/v1/otp", json=ASK, headers={"Idempotency-Key": "one"})
    assert again.status_code == 202
    assert "idempotent-replayed" not in again.headers
    taken = _upload(client, numbers(1000), **{"Idempotency-Key": "two"})
    assert taken.status_code == 202, taken.text
    listed = client.get("/v1/campaigns").json()
    assert len(listed["campaigns"] if isinstance(listed, dict) else listed) == 1
