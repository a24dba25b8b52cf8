"""The application that the sandbox serves: the emulators, their control and a page, put together."""

from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Mount

from worker.clock import Clock
from worker.errors import Misuse
from worker.sandbox.control import Control, explain
from worker.sandbox.emulator import Emulator
from worker.sandbox.esms import Esms, OttEndpoint, VoiceEndpoint
from worker.sandbox.example import Own
from worker.sandbox.fibo import Fibo
from worker.sandbox.fpt import Fpt
from worker.sandbox.gateway import Gateway
from worker.sandbox.page import page_routes
from worker.sandbox.world import World


def create_app(clock: Clock | None = None, settings: Mapping[str, Any] | None = None) -> Starlette:
    """The ASGI application; serve it with `wire.ClosableProtocol`, without which faults cannot close connections.

    Raises:
        Misuse: `settings` names a switch that does not exist, or gives one a value that it cannot have.
    """
    world = World(clock or Clock(), settings)
    served = emulators(world)
    routes = [
        *page_routes(world, served),
        *Control(world, served).routes(),
        *(route for one in served if isinstance(one, Fpt) for route in one.routes()),
        Mount("/", app=Gateway(world, served)),
    ]
    return Starlette(routes=routes, exception_handlers={Misuse: explain})


def emulators(world: World) -> list[Emulator]:
    """Every provider that is emulated; eSMS stands at three addresses."""
    esms = Esms(world)
    return [esms, VoiceEndpoint(esms), OttEndpoint(esms), Fpt(world), Fibo(world), Own(world)]
