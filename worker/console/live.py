"""Live pages: one look a second at the database for everybody who watches, whatever their number, and nothing while nobody does.

Each watcher has a queue of one answer: whoever is slow gets the newest, not all of them. What is the same as before is not
sent again.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import structlog
from starlette.concurrency import run_in_threadpool

from worker.errors import LoaError
from worker.services.operations.overview import Standing

log = structlog.get_logger(__name__)

EVERY_S: Final = 1.0
#: A comment so often keeps proxies from closing a silent connection.
SIGN_OF_LIFE_S: Final = 15.0

#: Reads what is watched, all of it at once.
Read = Callable[[frozenset[UUID]], Mapping[UUID, Standing]]
#: Makes of it the parts of one page, by their ids.
Draw = Callable[[Mapping[UUID, Standing]], Mapping[str, str]]


@dataclass(eq=False)
class Watcher:
    """One open page."""

    ids: frozenset[UUID]
    news: "asyncio.Queue[Mapping[UUID, Standing]]" = field(default_factory=lambda: asyncio.Queue(1))

    def tell(self, found: Mapping[UUID, Standing]) -> None:
        """Hand over the newest; what was not fetched before is out of date."""
        if self.news.full():
            self.news.get_nowait()
        self.news.put_nowait(found)


class Hub:
    """The looks of one process."""

    def __init__(self, read: Read, every_s: float = EVERY_S) -> None:
        self._read = read
        self._every_s = every_s
        self._watchers: set[Watcher] = set()
        self._looking: asyncio.Task[None] | None = None
        #: How often the database was asked; tests count it.
        self.looks = 0

    async def watch(self, ids: frozenset[UUID]) -> AsyncIterator[Mapping[UUID, Standing] | None]:
        """What these campaigns are, each second; None where there is nothing to say, so that the connection shows life."""
        watcher = Watcher(ids)
        self._watchers.add(watcher)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            while True:
                try:
                    yield await asyncio.wait_for(watcher.news.get(), SIGN_OF_LIFE_S)
                except TimeoutError:
                    yield None
        finally:
            self._watchers.discard(watcher)

    async def _look(self) -> None:
        while self._watchers:
            wanted = frozenset().union(*(one.ids for one in self._watchers))
            try:
                found = await run_in_threadpool(self._read, wanted)
                self.looks += 1
            except (LoaError, OSError) as fault:
                log.warning("live_look_failed", fault=type(fault).__name__)
                found = {}
            for watcher in list(self._watchers):
                watcher.tell({one: found[one] for one in watcher.ids if one in found})
            await asyncio.sleep(self._every_s)


def event(name: str, body: Any) -> str:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(body, ensure_ascii=False)}\n\n"


def shows(campaigns: Iterable[Standing]) -> str:
    """What a page shows of these campaigns' statuses, as a short word of its address: the same word, nothing has changed."""
    lines = sorted(f"{one.campaign.id} {one.campaign.status}" for one in campaigns)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


async def stream(
    hub: Hub,
    ids: frozenset[UUID],
    shown: str,
    draw: Draw,
    still: Callable[[], Awaitable[bool]],
) -> AsyncIterator[str]:
    """The events of one page: its parts when they change, `changed` when what may be done has, `gone` after a logout.

    `shown` is what the page was drawn with (`shows`), so that what changed between the page and its stream is not missed.
    """
    before: Mapping[str, str] = {}
    ticks = 0
    async for found in hub.watch(ids):
        ticks += 1
        # Not each second: a look at the session for each watcher would be a query for each.
        if ticks % 10 == 0 and not await still():
            yield event("gone", {})
            return
        # A look that failed has found nothing: that is no change.
        if found is None or (ids and not found):
            yield ": still here\n\n"
            continue
        if (now := shows(found.values())) != shown:
            yield event("changed", {})
        shown = now
        parts = draw(found)
        if news := {name: html for name, html in parts.items() if before.get(name) != html}:
            yield event("parts", news)
        before = parts
