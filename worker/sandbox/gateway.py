"""Handles a call of a provider's function: it is found, noted, read, taken, answered; or spoilt by a fault."""

import asyncio
from collections.abc import Sequence

from starlette.requests import ClientDisconnect, Request

from worker.sandbox.emulator import Answer, Call, Emulator, Place, parameters
from worker.sandbox.fault_injection import inject_fault, respond
from worker.sandbox.faults import Fault
from worker.sandbox.wire import Receive, Scope, Send
from worker.sandbox.world import World

#: What the providers' servers say of a path or a method that they do not have.
_NO_ENDPOINT = Answer(b"<html><body><p>Endpoint not found.</p></body></html>", 404, "text/html; charset=utf-8")
_NO_METHOD = Answer(b"<html><body><p>Method not allowed.</p></body></html>", 405, "text/html; charset=utf-8")
_NOT_TAKEN = Answer(b"")


class Gateway:
    """The ASGI application of all emulated providers."""

    def __init__(self, world: World, emulators: Sequence[Emulator]) -> None:
        self.world = world
        self.emulators = emulators

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        place = next(filter(None, (emulator.locate(scope["path"]) for emulator in self.emulators)), None)
        if place is None:
            await respond(send, _NO_ENDPOINT)
            return
        function = place.function
        if request.method not in function.method.split("|"):
            await respond(send, _NO_METHOD)
            return
        self.world.calls.note(function.name, sends=function.sends, clock=self.world.clock)
        try:
            body = await request.body()
        except ClientDisconnect:
            return  # half a request is no request
        call = Call(function.name, place.form, place.rest, parameters(scope["query_string"]), body)
        fault = self.world.faults.strike(function.name)
        answer = await self._take(place, call, fault)
        if self.world.settings.latency_s:
            await asyncio.sleep(self.world.settings.latency_s)
        if fault is None or fault.do in ("code", "delay"):
            await respond(send, answer)
        else:
            await inject_fault(fault, answer, scope, receive, send)

    async def _take(self, place: Place, call: Call, fault: Fault | None) -> Answer:
        """Let the provider act, unless a fault comes first; then wait or refuse, where the fault says so."""
        if fault is None:
            return place.function.run(call)
        if fault.do == "delay":
            if fault.when == "after":
                answer = place.function.run(call)
                await asyncio.sleep(fault.seconds)
                return answer
            await asyncio.sleep(fault.seconds)
            return place.function.run(call)
        answer = place.function.run(call) if fault.when == "after" else _NOT_TAKEN
        return place.emulator.refusal(call.function, call.form, fault.code) if fault.do == "code" else answer
