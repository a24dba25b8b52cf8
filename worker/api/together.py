"""Small questions that arrive together are asked of the database at once: what came while one was asked is the next.

Nothing is delayed: whoever comes alone is asked for at once. A thread of its own does the asking, so that it waits behind no
download and no long list.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Generic, TypeVar

Ask = TypeVar("Ask")
Got = TypeVar("Got")

#: So many are asked for together at most.
MOST: Final = 64


class Together(Generic[Ask, Got]):
    """Asks `answer` for all that wait, in their order; a fault of it is the fault of each of them."""

    def __init__(self, name: str, answer: Callable[[Sequence[Ask]], Sequence[Got]]) -> None:
        self._answer = answer
        self._waiting: list[tuple[Ask, asyncio.Future[Got]]] = []
        self._running: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def ask(self, one: Ask) -> Got:
        """What it came to; raises what `answer` raised."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Got] = loop.create_future()
        self._waiting.append((one, future))
        if self._running is None:
            self._running = loop.create_task(self._run())
        return await future

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                asked, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                try:
                    found = await loop.run_in_executor(self._thread, self._answer, [one for one, _ in asked])
                except Exception as fault:  # noqa: BLE001 - whatever it is, those who wait are to hear of it
                    for _, future in asked:
                        if not future.done():
                            future.set_exception(fault)
                    continue
                for (_, future), got in zip(asked, found, strict=True):
                    # Who went away meanwhile does not wait any more.
                    if not future.done():
                        future.set_result(got)
        finally:
            self._running = None

    def close(self) -> None:
        """End the thread, after what it is doing."""
        self._thread.shutdown()
