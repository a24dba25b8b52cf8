"""Loa's web process over real HTTP, with the hands of a test on its world."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import text

from tests.world import UNUSED_TLS, World
from worker.api.app import doors
from worker.api.guard import Guarded
from worker.services.operations import api_keys
from worker.services.planning import drafts

MANY = 64


@dataclass
class Api:
    """The doors of one Loa, and keys to them."""

    world: World
    url: str
    app: FastAPI
    clients: list[httpx.Client] = field(default_factory=list)

    def client(self, *scopes: str, key: str = "") -> httpx.Client:
        """A producer whose key has these scopes; none: without a key."""
        bearer = key or (api_keys.create(self.world.deps, scopes).key if scopes else "")
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        limits = httpx.Limits(max_connections=MANY, max_keepalive_connections=MANY)
        made = httpx.Client(
            base_url=self.url, headers=headers, timeout=60, trust_env=False, verify=UNUSED_TLS, limits=limits
        )
        self.clients.append(made)
        return made

    def plan(self) -> list[Any]:
        """A planning worker comes by."""
        enqueued, self.world.task_queue.plans = self.world.task_queue.plans, []
        # In a thread of its own, as in a process of its own: whoever drives a browser has a running loop in this one.
        with ThreadPoolExecutor(1) as pool:
            return [pool.submit(drafts.plan, self.world.deps, campaign_id).result() for campaign_id in enqueued]

    def uploads(self) -> list[str]:
        """What lies in the folder of uploads, and the lists that wait in the database."""
        folder = self.world.deps.uploads
        with self.world.deps.sessions() as session:
            waiting = session.execute(text("SELECT DISTINCT campaign_id::text FROM upload_piece")).scalars().all()
        return [*waiting, *([path.name for path in folder.iterdir()] if folder.exists() else [])]


@contextmanager
def served(world: World) -> Iterator[Api]:
    """The whole application at an address, as uvicorn serves it, for as long as the block lasts."""
    # The clock that stands still and the tasks that are only noted.
    world.loa.__dict__["deps"] = world.deps
    world.loa.__dict__["clock"] = world.clock
    app = doors(lambda: nullcontext(world.loa))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, access_log=False, loop="asyncio", ws="none", http=Guarded)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        api = Api(world, f"http://127.0.0.1:{listener.getsockname()[1]}", app)
        try:
            _until_started(server)
            yield api
        finally:
            for client in api.clients:
                client.close()
            server.should_exit = True
            thread.join(60)


def _until_started(server: uvicorn.Server) -> None:
    ends = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < ends, "the application did not start"
        time.sleep(0.01)
