"""The control interface of the sandbox: `/_sandbox/...`, in JSON; faults of the asker are 400 with one sentence.

What only reads is a plain function, so that it runs beside the event loop: a ledger of a million numbers does not hold
up the sends. What changes something runs on the loop, between two sends.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from worker.errors import Misuse
from worker.sandbox import verdicts
from worker.sandbox.emulator import Emulator, json_object
from worker.sandbox.world import World


class Control:
    """The functions under `/_sandbox`."""

    def __init__(self, world: World, emulators: Sequence[Emulator]) -> None:
        self._world = world
        self._emulators = emulators

    def routes(self) -> list[Route]:
        """Where they stand."""
        return [
            Route("/_sandbox/ledger", self.ledger),
            Route("/_sandbox/ledger/phones", self.phones),
            Route("/_sandbox/calls", self.calls),
            Route("/_sandbox/callbacks", self.callbacks),
            Route("/_sandbox/reset", self.reset, methods=["POST"]),
            Route("/_sandbox/advance", self.advance, methods=["POST"]),
            Route("/_sandbox/clock", self.clock, methods=["POST"]),
            Route("/_sandbox/settings", self.settings, methods=["GET", "PATCH"]),
            Route("/_sandbox/faults", self.faults, methods=["GET"]),
            Route("/_sandbox/faults", self.arm, methods=["POST"]),
            Route("/_sandbox/faults", self.disarm, methods=["DELETE"]),
        ]

    def ledger(self, request: Request) -> Response:
        """`totals`, `channels` and `orders`; `?orders=no` leaves the orders out, of which there may be a million."""
        shown: dict[str, Any] = {"totals": verdicts.totals(self._world), "channels": verdicts.channels(self._world)}
        if request.query_params.get("orders") != "no":
            shown["orders"] = verdicts.orders(self._world)
        return JSONResponse(shown)

    def phones(self, request: Request) -> Response:
        """Lines `phone,times_accepted,times_delivered`; `?channel=zalo` for that channel alone."""
        lines = verdicts.phone_lines(self._world, request.query_params.get("channel", ""))
        return StreamingResponse(lines, media_type="text/plain")

    async def calls(self, _: Request) -> Response:
        """Requests by function, and the times of the last sends."""
        return JSONResponse(self._world.calls.as_dict())

    async def callbacks(self, _: Request) -> Response:
        """The last letters to the customer: `method`, `url`, `body`, and `answers` (a status or a fault each turn)."""
        return JSONResponse({"callbacks": list(self._world.callbacks.sent)})

    async def reset(self, _: Request) -> Response:
        """Everything as at the start, settings too."""
        self._world.reset()
        for emulator in self._emulators:
            emulator.reset()
        return JSONResponse({"reset": True})

    async def advance(self, request: Request) -> Response:
        """Let `seconds` pass for orders and RequestIds."""
        seconds = (await _object(request)).get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            raise Misuse('Time goes forward: {"seconds": 3600}.')
        self._world.advance(seconds)
        return JSONResponse({"seconds": seconds})

    async def clock(self, request: Request) -> Response:
        """Shift dates to `offset_s` from now on, as LOA_CLOCK_OFFSET_S does; ages stay as they are."""
        offset = (await _object(request)).get("offset_s")
        if isinstance(offset, bool) or not isinstance(offset, int | float):
            raise Misuse('The clock is shifted by seconds: {"offset_s": 3600}.')
        self._world.clock.offset = timedelta(seconds=offset)
        return JSONResponse({"offset_s": offset})

    async def settings(self, request: Request) -> Response:
        """All switches, after a change of those in the body."""
        if request.method == "PATCH":
            self._world.settings.change(await _object(request))
        return JSONResponse(self._world.settings.as_dict())

    async def faults(self, _: Request) -> Response:
        """What is armed, and what has struck."""
        return JSONResponse({"faults": self._world.faults.as_list()})

    async def arm(self, request: Request) -> Response:
        """Arm one fault (`faults.Fault`); its id comes back."""
        names = {name: function.name for emulator in self._emulators for name, function in emulator.functions.items()}
        return JSONResponse({"id": self._world.faults.arm(await _object(request), names).id}, 201)

    async def disarm(self, request: Request) -> Response:
        """Disarm all of them."""
        self._world.faults.clear()
        return await self.faults(request)


async def explain(_: Request, fault: Exception) -> Response:
    """The answer to a `Misuse`."""
    return PlainTextResponse(f"{fault}\n", 400)


async def _object(request: Request) -> dict[str, Any]:
    return json_object(await request.body(), lambda fault: Misuse(f"The body {fault}."))
