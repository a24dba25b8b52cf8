"""Small questions that arrive together are asked of the database at once: what came while one was asked is the next.

Nothing is delayed: whoever comes alone is asked for at once. A thread of its own does the asking, so that it waits behind no
download and no long list. Where a server hangs, those who wait behind the question that it holds up are not kept for ever: who
was not asked for in time hears so, and nothing of it was begun.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final, Generic, TypeVar

from worker.errors import Unavailable

Ask = TypeVar("Ask")
Got = TypeVar("Got")

#: So many are asked for together at most.
MOST: Final = 64
#: Nobody waits longer for his turn.
LONGEST_S: Final = 10.0
HUNG: Final = "A server that Loa needs does not answer: nothing was done. Ask again soon."


class Together(Generic[Ask, Got]):
    """Asks `answer` for all that wait, in their order; a fault of it is the fault of each of them."""

    def __init__(
        self, name: str, answer: Callable[[Sequence[Ask]], Sequence[Got]], *, longest_s: float = LONGEST_S
    ) -> None:
        self._answer = answer
        self._longest_s = longest_s
        #: In their order.
        self._waiting: dict[asyncio.Future[Got], Ask] = {}
        self._running: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def ask(self, one: Ask) -> Got:
        """What it came to; raises what `answer` raised."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Got] = loop.create_future()
        self._waiting[future] = one
        if self._running is None:
            self._running = loop.create_task(self._run())
        late = loop.call_later(self._longest_s, self._give_up, future)
        try:
            return await future
        finally:
            late.cancel()

    def _give_up(self, future: asyncio.Future[Got]) -> None:
        """Unless it is being asked for: what comes of that is not known before it is there."""
        if self._waiting.pop(future, None) is not None:
            future.set_exception(Unavailable(HUNG))

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                asked = dict(islice(self._waiting.items(), MOST))
                for future in asked:
                    del self._waiting[future]
                try:
                    found = await loop.run_in_executor(self._thread, self._answer, [*asked.values()])
                except Exception as fault:  # noqa: BLE001 - whatever it is, those who wait are to hear of it
                    for future in asked:
                        if not future.done():
                            future.set_exception(fault)
                    continue
                for future, got in zip(asked, found, strict=True):
                    # Who went away meanwhile does not wait any more.
                    if not future.done():
                        future.set_result(got)
        finally:
            self._running = None

    def close(self) -> None:
        """End the thread, after what it is doing."""
        self._thread.shutdown()
