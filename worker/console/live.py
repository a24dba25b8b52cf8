"""Live pages: one look a second at the database for everybody who watches, whatever their number, and nothing while nobody does.

Each watcher has a queue of one answer: whoever is slow gets the newest, not all of them. What is the same as before is not
sent again.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Collection, Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet
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

#: So many looks apart it is asked whose session is over, once for all who watch.
CHECK_EVERY: Final = 10

#: Reads what is watched, all of it at once.
Read = Callable[[frozenset[UUID]], Mapping[UUID, Standing]]
#: Those of the tokens whose session goes on.
GoingOn = Callable[[Collection[str]], AbstractSet[str]]
#: Makes of it the parts of one page, by their ids.
Draw = Callable[[Mapping[UUID, Standing]], Mapping[str, str]]


@dataclass(eq=False)
class Look:
    """What one look has found, for all who watch; what is drawn of it is drawn once for all who see the same."""

    found: Mapping[UUID, Standing]
    #: The tokens of sessions that are over.
    over: Collection[str] = ()
    _drawn: dict[Hashable, Mapping[str, str]] = field(default_factory=dict)

    def of(self, ids: Iterable[UUID]) -> Mapping[UUID, Standing]:
        """These campaigns, as far as they were found."""
        return {one: self.found[one] for one in ids if one in self.found}

    def parts(self, page: Hashable, found: Mapping[UUID, Standing], draw: Draw) -> Mapping[str, str]:
        """The parts of a page; `page` says by what they differ."""
        if page not in self._drawn:
            self._drawn[page] = draw(found)
        return self._drawn[page]


@dataclass(eq=False)
class Watcher:
    """One open page, and the token of the session that it belongs to."""

    ids: frozenset[UUID]
    token: str
    news: "asyncio.Queue[Look]" = field(default_factory=lambda: asyncio.Queue(1))

    def tell(self, look: Look) -> None:
        """Hand over the newest; what was not fetched before is out of date."""
        if self.news.full():
            self.news.get_nowait()
        self.news.put_nowait(look)


class Hub:
    """The looks of one process."""

    def __init__(self, read: Read, going_on: GoingOn, every_s: float = EVERY_S) -> None:
        self._read = read
        self._going_on = going_on
        self._every_s = every_s
        self._watchers: set[Watcher] = set()
        self._looking: asyncio.Task[None] | None = None
        #: How often the database was asked for campaigns, and for sessions; tests count it.
        self.looks = self.checks = 0

    async def watch(self, ids: frozenset[UUID], token: str) -> AsyncIterator[Look | None]:
        """What these campaigns are, each second; None where there is nothing to say, so that the connection shows life."""
        watcher = Watcher(ids, token)
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
        rounds = 0
        while self._watchers:
            rounds += 1
            wanted = frozenset().union(*(one.ids for one in self._watchers))
            over: Collection[str] = ()
            try:
                found = await run_in_threadpool(self._read, wanted)
                self.looks += 1
                if rounds % CHECK_EVERY == 0:
                    tokens = {one.token for one in self._watchers}
                    over = tokens - await run_in_threadpool(self._going_on, tokens)
                    self.checks += 1
            except (LoaError, OSError) as fault:
                log.warning("live_look_failed", fault=type(fault).__name__)
                found = {}
            look = Look(found, over)
            for watcher in list(self._watchers):
                watcher.tell(look)
            await asyncio.sleep(self._every_s)


def event(name: str, body: Any) -> str:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(body, ensure_ascii=False)}\n\n"


def shows(campaigns: Iterable[Standing]) -> str:
    """What a page shows of these campaigns but for their numbers, as a short word: the same word, nothing has changed."""
    lines = sorted(
        f"{one.campaign.id} {one.campaign.status} {one.needs_operator} {one.finding_out}" for one in campaigns
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


async def stream(
    hub: Hub, ids: frozenset[UUID], token: str, shown: str, page: Hashable, draw: Draw
) -> AsyncIterator[str]:
    """The events of one page: its parts when they change, `changed` when what may be done has, `gone` after a logout.

    `shown` is what the page was drawn with (`shows`), so that what changed between the page and its stream is not missed.
    """
    before: Mapping[str, str] = {}
    async for look in hub.watch(ids, token):
        if look is not None and token in look.over:
            yield event("gone", {})
            return
        found = {} if look is None else look.of(ids)
        # A look that failed has found nothing: that is no change.
        if look is None or (ids and not found):
            yield ": still here\n\n"
            continue
        if (now := shows(found.values())) != shown:
            yield event("changed", {})
        shown = now
        parts = look.parts((ids, page), found, draw)
        if news := {name: html for name, html in parts.items() if before.get(name) != html}:
            yield event("parts", news)
        before = parts
