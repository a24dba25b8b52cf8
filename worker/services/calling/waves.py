"""Waves of calls without a barrier: while calls are in flight, the next ones are claimed and those that ended are recorded.

Each call is begun and recorded by the functions of `call`, in the same order. One thread does it all: the event loop runs
while there is nothing else to do, and while a rate limit or a database that restarts is waited for. In between, calls in
flight go on at the provider.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from worker.services.calling import call
from worker.services.calling.call import Begun, Pause
from worker.services.deps import Deps

#: After the claim of a wave its first calls leave, before another is claimed.
LEAVING_S: Final = 0.005
#: Calls whose slots are closer than this leave together, at the last of them.
TOGETHER_S: Final = 0.002


class Source(Protocol):
    """What waves are taken from."""

    #: How often it is asked for more while calls are in flight; None: only when some have ended.
    look_every_s: float | None

    def has_more(self, in_flight: int) -> bool:
        """Whether to ask for a wave now, beside `in_flight` calls."""
        ...

    def begin(self, in_flight: int, pause: Pause, /) -> Begun[Any, Any] | None:
        """Claim a wave to be called beside `in_flight` calls; None: nothing now."""
        ...


def make_all(deps: Deps, source: Source, gather_s: float, *, otp: bool = False) -> None:
    """Make waves until the source has none and all calls are recorded.

    A call is recorded at most `gather_s` seconds after its end, with those that ended by then, whatever the others of its wave
    do. What the database refuses, or a call raises, is raised when no call is in flight any more.
    """
    run = _Run(deps, source, gather_s, otp=otp)
    while run.goes_on():
        pass
    if run.fault is not None:
        raise run.fault


class _Run:
    """The waves that one process has in flight."""

    def __init__(self, deps: Deps, source: Source, gather_s: float, *, otp: bool) -> None:
        self._deps, self._source, self._gather_s, self._otp = deps, source, gather_s, otp
        self._waves: list[_InFlight] = []
        self._ends = _Ends()
        #: What ended it; the calls in flight are recorded first.
        self.fault: BaseException | None = None

    def goes_on(self) -> bool:
        """Begin another wave, let calls go on for a moment, record those that ended; False: nothing is left to do."""
        begun = self._begin() if self._has_more() else None
        if begun is not None:
            self._waves.append(_InFlight(begun))
        if not self._waves:
            return False
        within_s = LEAVING_S if self._has_more() else self._source.look_every_s
        if begun_in_time := [one for one in self._waves if not one.late]:
            self._deps.run(self._some_end(begun_in_time, within_s))
        for wave in self._waves:
            self._record(wave)
        self._waves = [one for one in self._waves if one.in_flight]
        return True

    async def _some_end(self, waves: "Sequence[_InFlight]", within_s: float | None) -> None:
        """Let calls go on until some have ended, and with them those that end at about the same moment."""
        ends, in_flight = self._ends, sum(one.in_flight for one in waves)
        for wave in waves:
            wave.begin(ends)
        if ends.going_on == in_flight:
            await ends.until(in_flight - 1, within_s)
        # With one that ended, others of its wave end soon; those of later waves are not waited for.
        later = sum(one.in_flight for one in waves if not one.has_ended())
        if later < ends.going_on < in_flight:
            await ends.until(later, self._gather_s)

    def _has_more(self) -> bool:
        return self.fault is None and self._source.has_more(self._in_flight())

    def _in_flight(self) -> int:
        return sum(one.in_flight for one in self._waves)

    def _begin(self) -> Begun[Any, Any] | None:
        try:
            return self._source.begin(self._in_flight(), self._pause)
        except Exception as fault:  # noqa: BLE001 - raised when nothing is in flight
            self.fault = fault
            return None

    def _record(self, wave: "_InFlight") -> None:
        try:
            if came := wave.ended():
                call.finish(wave.begun, came, self._pause, otp=self._otp)
        except Exception as fault:  # noqa: BLE001 - raised when nothing is in flight
            self.fault = self.fault or fault
        self.fault = self.fault or wave.fault

    def _pause(self, seconds: float) -> None:
        if self._waves:
            self._deps.run(asyncio.sleep(seconds))
        else:
            time.sleep(seconds)


class _InFlight:
    """A wave whose calls were begun and are not all recorded."""

    def __init__(self, begun: Begun[Any, Any]) -> None:
        self.begun = begun
        # What was not there to be claimed leaves its slot unused.
        self.in_flight = min(len(begun.requests), len(begun.offsets))
        #: A process that slept since its claim begins nothing; each call is asked once more, at its own slot.
        self.late = not begun.in_time()
        self._calls: dict[int, asyncio.Task[Any]] = {}
        self._begins: asyncio.Task[None] | None = None
        #: What a call raised in place of a reply: whether it left is unknown, and the others have theirs.
        self.fault: BaseException | None = None

    def begin(self, ends: "_Ends") -> None:
        """Have its calls begin, each at its slot, where they have not; in the event loop."""
        if self._begins is None:
            ends.going_on += self.in_flight
            self._begins = asyncio.get_running_loop().create_task(self._begin(self.in_flight, ends))

    async def _begin(self, number: int, ends: "_Ends") -> None:
        # One sleeps for all, in place of a timer for each call.
        loop, began = asyncio.get_running_loop(), time.monotonic()
        for nth, slot in enumerate(self.begun.offsets[:number]):
            # A loop's own time stands still while it works, and its timers may come a little early.
            while (wait_s := began + slot - time.monotonic()) > 0:  # noqa: ASYNC110 - a moment has no event
                await asyncio.sleep(max(wait_s, TOGETHER_S))
            self._calls[nth] = loop.create_task(self.begun.call(nth))
            self._calls[nth].add_done_callback(ends.count)

    def has_ended(self) -> bool:
        """Whether any of its calls has ended that is not recorded."""
        return any(one.done() for one in self._calls.values())

    def ended(self) -> Mapping[int, Any]:
        """The replies that came; they are out of flight from here on."""
        if self.late:
            late, self.in_flight = range(self.in_flight), 0
            return dict.fromkeys(late, self.begun.paid.not_begun)
        done = {nth: one for nth, one in self._calls.items() if one.done()}
        for nth in done:
            del self._calls[nth]
        self.in_flight -= len(done)
        self.fault = next(filter(None, (one.exception() for one in done.values())), None)
        return {nth: one.result() for nth, one in done.items() if one.exception() is None}


class _Ends:
    """How many calls go on, and where to wait for their ends."""

    def __init__(self) -> None:
        self.going_on = 0
        self._enough = 0
        self._reached: asyncio.Future[None] | None = None

    def count(self, _: asyncio.Task[Any]) -> None:
        """One has ended."""
        self.going_on -= 1
        if self._reached is not None and self.going_on <= self._enough and not self._reached.done():
            self._reached.set_result(None)

    async def until(self, going_on: int, within_s: float | None) -> None:
        """Wait until no more than `going_on` go on, for at most `within_s` seconds."""
        self._enough, self._reached = going_on, asyncio.get_running_loop().create_future()
        await asyncio.wait([self._reached], timeout=within_s)
        self._reached = None
