"""Today's emulators with the memory of a recording (`recorded/`): what they took then they know now, on a test's own clock."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from dateutil.parser import isoparse
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.world import FixedClock, Sandbox
from worker.sandbox.app import emulators
from worker.sandbox.control import Control
from worker.sandbox.esms import Esms
from worker.sandbox.esms.repeats import First
from worker.sandbox.fpt import Fpt
from worker.sandbox.fpt.campaigns import Campaign
from worker.sandbox.gateway import Gateway
from worker.sandbox.ledger import Order, compact
from worker.sandbox.wire import ClosableProtocol
from worker.sandbox.world import World


@dataclass(frozen=True)
class Recording:
    """An installation of an older commit, stopped in the middle of its work."""

    #: Its database, as statements.
    sql: str
    #: What the emulators took and remember.
    memory: dict[str, Any]

    @property
    def stopped_at(self) -> datetime:
        return isoparse(self.memory["stopped_at"])

    @property
    def secret_key(self) -> str:
        return str(self.memory["secret_key"])


def recording(commit: str) -> Recording:
    """The recording of that commit."""
    path = Path(__file__).parent / "recorded" / commit
    return Recording(path.with_suffix(".sql").read_text(), json.loads(path.with_suffix(".json").read_text()))


@contextmanager
def served(memory: dict[str, Any], clock: FixedClock) -> Iterator[Sandbox]:
    """The emulators at an address of their own, with that memory."""
    world = World(clock)
    providers = emulators(world)
    esms, fpt = (next(one for one in providers if isinstance(one, kind)) for kind in (Esms, Fpt))
    app = Starlette(
        routes=[*Control(world, providers).routes(), *fpt.routes(), Mount("/", app=Gateway(world, providers))]
    )
    config = uvicorn.Config(
        app, http=ClosableProtocol, ws="none", lifespan="off", access_log=False, log_level="critical"
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
                sandbox = Sandbox(url, client)
                _remember(memory, world, esms, fpt)
                yield sandbox
        finally:
            server.should_exit = True
            thread.join(60)


def _remember(memory: dict[str, Any], world: World, esms: Esms, fpt: Fpt) -> None:
    for kept in memory["orders"]:
        fields = {**kept, "at": isoparse(kept["at"])}
        taken = world.seconds() - (world.now() - fields["at"]).total_seconds()
        fields |= {"phones": compact(kept["phones"]), "dropped": compact(kept["dropped"]), "taken": taken}
        fields |= {"starts": taken + fields.pop("starts_after_s"), "first_row": world.ledger.rows}
        world.ledger.add(Order(**fields))
    request_ids = esms._sending._request_ids
    for function, request_id, sms_id in memory["request_ids"]:
        order = world.ledger.find(sms_id) if sms_id else None
        since = order.taken if order else world.seconds()
        request_ids._firsts[function, request_id] = First(since, order)
    for kept in memory["fpt"]:
        fields = {name: kept[name] for name in ("code", "name", "brandname", "text", "quota", "remaining", "cancelled")}
        lists = [world.ledger.find(one["id"]) for one in kept["batches"]]
        campaign = Campaign(
            **fields, due=isoparse(kept["due"]), batches=[order for order in lists if order is not None]
        )
        assert len(campaign.batches) == len(lists)
        fpt._campaigns._campaigns[campaign.code] = campaign
        fpt._campaigns._names.add(campaign.name)
