"""Sends the callbacks of the providers: letters about an order, one after another, to this machine only.

A letter that is not taken is repeated as often as the settings say, and then never again. Letters of one order keep
their order, the orders run beside each other.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import httpx

from worker.sandbox.ledger import Order
from worker.sandbox.loopback import on_loopback
from worker.sandbox.settings import Settings

#: Letters that are remembered for whoever asks what was sent.
KEPT = 10_000
_AT_ONCE = 16


def answered_200(answer: httpx.Response) -> bool:
    """Whether the customer has answered 200."""
    return answer.status_code == 200


@dataclass(frozen=True, slots=True)
class Letter:
    """One call of a provider to its customer."""

    order: Order
    #: When, on the sandbox's own scale (`World.seconds`).
    due: float
    url: str
    method: str = "GET"
    body: Mapping[str, Any] | None = None
    #: Whether the answer says that the letter was taken.
    taken: Callable[[httpx.Response], bool] = answered_200


class Callbacks:
    """Sends letters in the background of the event loop."""

    def __init__(self, settings: Callable[[], Settings], seconds: Callable[[], float]) -> None:
        self._settings = settings
        self._seconds = seconds
        self._idle: list[httpx.AsyncClient] = []
        self._walks: set[asyncio.Task[None]] = set()
        self._moved = asyncio.Event()
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self.sent: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def plan(self, letters: Sequence[Letter]) -> None:
        """Send these letters of one order when they are due; those to other machines are noted and never sent."""
        settings = self._settings()
        here = []
        for letter in letters:
            if on_loopback(letter.url):
                here.append(letter)
            else:
                self.sent.append({"method": letter.method, "url": letter.url, "answers": ["not on loopback"]})
        if settings.callbacks_reversed and here:
            last = max(letter.due for letter in here)
            here = [replace(letter, due=last) for letter in reversed(here)]
        here = [letter for letter in here for _ in range(settings.callback_copies)]
        if here:
            walk = asyncio.get_running_loop().create_task(self._walk(here))
            self._walks.add(walk)
            walk.add_done_callback(self._walks.discard)

    def time_moved(self) -> None:
        """Look again at what is due."""
        self._moved.set()
        self._moved = asyncio.Event()

    def clear(self) -> None:
        """Forget what was sent, and send nothing of what is planned."""
        for walk in self._walks:
            walk.cancel()
        self.sent.clear()

    async def _walk(self, letters: Sequence[Letter]) -> None:
        for letter in letters:
            await self._until(letter.due)
            if not letter.order.cancelled:
                await self._deliver(letter)

    async def _deliver(self, letter: Letter) -> None:
        answers: list[int | str] = []
        self.sent.append({"method": letter.method, "url": letter.url, "body": letter.body, "answers": answers})
        settings = self._settings()
        for turn in range(1 + settings.callback_retries):
            if turn:
                await self._until(self._seconds() + settings.callback_pause_s)
            try:
                async with self._gate:
                    answer = await self._send(letter, settings.callback_timeout_s)
            except (httpx.HTTPError, httpx.InvalidURL) as fault:
                answers.append(type(fault).__name__)
                continue
            answers.append(answer.status_code)
            if letter.taken(answer):
                return

    async def _until(self, due: float) -> None:
        while (rest := due - self._seconds()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._moved.wait()

    async def _send(self, letter: Letter, timeout_s: float) -> httpx.Response:
        # A client each, the last used first: httpx looks at all connections of a client for each request, which for a hundred
        # letters a second was more work than all else that a sandbox does. A proxy of the surroundings would take a letter off
        # this machine, and so would a redirect.
        http = self._idle.pop() if self._idle else httpx.AsyncClient(trust_env=False, follow_redirects=False)
        try:
            return await http.request(letter.method, letter.url, json=letter.body, timeout=timeout_s)
        finally:
            self._idle.append(http)
