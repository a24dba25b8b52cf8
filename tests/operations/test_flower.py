"""Flower asks for a password however it is started, shows ids only, and keeps a day of orders."""

import sys
from uuid import uuid4

import httpx
import pytest
from celery import Celery
from redis import Redis

from scheduler.app import app as with_sweeps
from scheduler.sweeps import SWEEPS
from tests.operations.conftest import Host, free_port, until
from worker.ids_only import shown
from worker.queues import PREFIX

AUTH = "watcher:a-long-password"

#: Started by hand from Python, as somebody may do who embeds it.
BY_HAND = """
import sys
from tornado.options import options
from worker.app import app
from flower.app import Flower
from flower.urls import settings
options.port = int(sys.argv[1])
flower = Flower(capp=app, options=options, **settings)
flower.start_http_server()
flower.start()
"""


def celery_flower(host: Host, port: int, *more: str, **env: str):
    return host.start(
        sys.executable,
        "-m",
        "celery",
        "-A",
        "worker.app",
        "flower",
        f"--port={port}",
        "--address=127.0.0.1",
        *more,
        **env,
    )


def ticks_left(host: Host) -> int:
    with Redis.from_url(host.env["LOA_REDIS_URL"]) as redis:
        return redis.llen(f"{PREFIX}sweep") + redis.zcard(f"{PREFIX}unacked_index")


WAYS = {
    "the Procfile": lambda host, port, **env: host.procfile("flower", LOA_FLOWER_PORT=str(port), **env),
    "the bare command": celery_flower,
    "an empty FLOWER_BASIC_AUTH": lambda host, port, **env: celery_flower(host, port, FLOWER_BASIC_AUTH="", **env),
    "by hand": lambda host, port, **env: host.start(sys.executable, "-c", BY_HAND, port, **env),
}


@pytest.fixture
def asked():
    """Asks Flower, waiting until it listens."""
    with httpx.Client(timeout=10, trust_env=False) as client:

        def ask(port: int, path: str, auth: str | None = None) -> httpx.Response:
            def answer() -> httpx.Response | None:
                try:
                    return client.get(
                        f"http://127.0.0.1:{port}{path}",
                        auth=tuple(auth.split(":")) if auth else None,  # type: ignore[arg-type]
                    )
                except httpx.TransportError:
                    return None

            return until(f"Flower answers {path}", answer)  # type: ignore[no-any-return]

        yield ask


@pytest.mark.parametrize("way", WAYS)
def test_it_asks_for_the_password_that_is_set(host, asked, way):
    port = free_port()
    flower = WAYS[way](host, port, LOA_FLOWER_BASIC_AUTH=AUTH)
    for path in ("/", "/workers", "/tasks", "/broker", "/api/workers", "/api/tasks", "/tasks/datatable"):
        assert asked(port, path).status_code == 401, path
        assert asked(port, path, "watcher:wrong").status_code == 401, path
    assert asked(port, "/workers", AUTH).status_code == 200
    assert asked(port, "/healthcheck").status_code == 200
    with httpx.Client(auth=tuple(AUTH.split(":")), trust_env=False) as client:
        assert client.post(f"http://127.0.0.1:{port}/api/worker/shutdown/x").status_code == 403, "it reads only"
    assert not flower.said("a-long-password")


def test_where_no_password_is_set_one_is_made_shown_once_and_kept(host, asked, tmp_path):
    port = free_port()
    flower = celery_flower(host, port)
    assert asked(port, "/workers").status_code == 401
    kept = (tmp_path / "var/flower.auth").read_text()
    assert flower.said(kept.partition(":")[2])
    assert asked(port, "/workers", kept).status_code == 200
    again = free_port()
    second = celery_flower(host, again)
    assert asked(again, "/workers", kept).status_code == 200
    assert not second.said(kept.partition(":")[2])


def test_where_none_can_be_kept_it_does_not_start(host, tmp_path):
    (tmp_path / "file").write_text("")
    flower = celery_flower(host, free_port(), LOA_DATA_DIR=str(tmp_path / "file/var"))
    assert flower.process.wait(60) == 1
    until("it says why", lambda: flower.said("set LOA_FLOWER_BASIC_AUTH to user:password"), 10)


def test_it_shows_orders_by_their_ids_and_neither_ticks_nor_what_producers_write(host, asked):
    port, row = free_port(), str(uuid4())
    host.procfile("worker-otp", LOA_OTP_PROCESSES="1")
    sweeps = host.procfile("worker-sweep")
    host.procfile("flower", LOA_FLOWER_PORT=str(port), LOA_FLOWER_BASIC_AUTH=AUTH)
    until("Flower knows the workers", lambda: len(asked(port, "/api/workers?refresh=1", AUTH).json()) == 2)
    producer = Celery(broker=host.env["LOA_REDIS_URL"], set_as_current=False)
    producer.conf.broker_transport_options = with_sweeps.conf.broker_transport_options
    for sweep in SWEEPS:
        producer.send_task(sweep.task, queue="sweep")
    plain = producer.send_task("loa.send_otp", ["0900012345"], {"text": "Ma cua ban 777123"}, queue="otp")
    producer.send_task("loa.deliver_otp", [row], queue="otp")

    def tasks():
        found = asked(port, "/api/tasks", AUTH).json()
        return found if len(found) >= 2 and all(one["state"] != "RECEIVED" for one in found.values()) else None

    seen = until("both tasks are shown", tasks)
    until("the ticks were done", lambda: sweeps.process.poll() is None and not ticks_left(host))
    seen = asked(port, "/api/tasks", AUTH).json()
    assert {one["name"] for one in seen.values()} == {"loa.send_otp", "loa.deliver_otp"}
    assert [one["args"] for one in seen.values() if one["name"] == "loa.deliver_otp"] == [f"['{row}']"]
    everything = asked(port, "/api/tasks", AUTH).text + asked(port, f"/task/{plain.id}", AUTH).text
    assert "0900012345" not in everything
    assert "777123" not in everything
    assert {
        one["name"]: one["messages"] for one in asked(port, "/api/queues/length", AUTH).json()["active_queues"]
    } == {
        "otp": 0,
        "sweep": 0,
    }


ID = "3f0e6c1a-9a52-4b1e-8d43-0d9b7e2f4a11"


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (f"('{ID}',)", True),
        (f"['{ID}']", True),
        (f"('{ID}', '{ID}')", True),
        ("()", True),
        ("('0900012345',)", False),
        (f"('{ID}', 'Ma 123456')", False),
        (f"('{ID} 0900012345',)", False),
        ("", False),
    ],
)
def test_only_ids_are_shown(arguments, allowed):
    assert shown(arguments) == (arguments if allowed else "(not shown)")
