"""Events are posted: claimed in small portions, many at once, each receiver with its own room, and settled one by one.

At least once: a process that dies between a post and its record repeats it under the same `webhook-id`. Nothing here is paid
for and nobody is messaged, so unlike a call to a provider a post that may have arrived is simply made again.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.webhook import pause_after
from worker.errors import LoaError, NotFound
from worker.services.deps import Deps
from worker.storage.tables.webhooks import Webhook, WebhookDelivery
from worker.storage.webhooks import deliveries, endpoints
from worker.storage.webhooks.deliveries import FAILED, Taken

if TYPE_CHECKING:
    from worker.receivers import Posted, Poster

log = structlog.get_logger(__name__)

#: Posts at once, of one process to one receiver at one host, and to all.
MOST_OF_HOST: Final = 20
MOST: Final = 150
#: Of the room that is free nobody takes more than this part: many that hang together leave some to those that do not.
SHARE: Final = 4
#: A run goes on for so long while there is work; then that of the next sweep begins, and a worker that is to stop can.
RUN_S: Final = 30.0
LOOK_EVERY_S: Final = 0.2
#: So long after one post has ended those that end with it are waited for.
GATHERED_S: Final = 0.02
#: From the end of a post to the end of its claim.
LEASE_MARGIN: Final = timedelta(seconds=30)
GONE: Final = "it answered 410: it wants no more"


def deliver_due(deps: Deps) -> int:
    """Post what is due until nothing is; how many posts were made. Safe when several run."""
    return deps.run(_Run(deps).go())


def deliver_one(deps: Deps, delivery_id: int) -> WebhookDelivery:
    """Post one delivery now, whatever its turn, and say what came of it; NotFound for none."""

    async def go() -> None:
        run, now = _Run(deps), deps.clock.now()
        with deps.sessions.begin() as session:
            taken = deliveries.claim_one(session, delivery_id, now + run.lease)
        if taken is not None:
            run.settle([(taken, await run.post(taken))])

    deps.run(go())
    with deps.sessions() as session:
        found = deliveries.get(session, delivery_id)
    if found is None:
        raise NotFound("delivery", str(delivery_id))
    return found


class _Run:
    """One round of posts in this process."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self.lease = timedelta(seconds=deps.receivers.timeout_s) + LEASE_MARGIN
        self._signers: dict[UUID, _Signer] = {}
        self._posts: dict[asyncio.Task[Posted], Taken] = {}
        self._made = 0

    async def go(self) -> int:
        """Claim, post, settle, as long as there is something to do."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + RUN_S
        #: Posts that had begun when the time was up, those of a receiver that hangs among them. While they last, the others get
        #: their events: nobody waits for one that hangs.
        last: set[asyncio.Task[Posted]] | None = None
        while True:
            if last is None and loop.time() >= ends:
                last = set(self._posts)
            taken = self._claim(last or ()) if last is None or not last.isdisjoint(self._posts) else []
            for one in taken:
                self._posts[asyncio.create_task(self.post(one))] = one
            self._made += len(taken)
            if not self._posts:
                return self._made
            done, _ = await asyncio.wait(self._posts, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
            if done:
                # Those that end at about the same moment are settled together: a transaction for each would be the limit.
                await asyncio.sleep(GATHERED_S)
                done = {task for task in self._posts if task.done()}
                self.settle([(self._posts.pop(task), task.result()) for task in done])

    def _claim(self, last: "Collection[asyncio.Task[Posted]]") -> Sequence[Taken]:
        """Take what is due; nothing for the hosts of the `last` posts that still go on."""
        busy = Counter(one.host for one in self._posts.values())
        busy.update({self._posts[one].host: MOST_OF_HOST for one in last if one in self._posts})
        now, free = self._deps.clock.now(), MOST - len(self._posts)
        with self._deps.sessions.begin() as session:
            taken = deliveries.claim(
                session,
                busy=busy,
                most=max(1, min(MOST_OF_HOST, free // SHARE)),
                # Half of what is free: the next claim follows at once, and sees who answers.
                limit=(free + 1) // 2,
                now=now,
                lease_until=now + self.lease,
            )
            # Read with every claim: from the moment of `rotate` on, nothing that is claimed lacks the new signature.
            owners = {one.webhook_id for one in taken}
            for webhook_id, row in (endpoints.among(session, [*owners]) if owners else {}).items():
                self._signers[webhook_id] = _Signer(self._deps, row)
        return taken

    async def post(self, one: Taken) -> "Posted":
        """Make one post."""
        from worker.receivers import Posted  # noqa: PLC0415 - with aiohttp, which most processes do not need

        if one.webhook_id not in self._signers:
            with self._deps.sessions() as session:
                self._signers[one.webhook_id] = _Signer(
                    self._deps, endpoints.among(session, [one.webhook_id])[one.webhook_id]
                )
        try:
            headers = self._signers[one.webhook_id].headers(one)
        except LoaError as fault:
            return Posted(None, str(fault))
        return await self._poster().post(one.url, one.body.encode(), headers)

    def _poster(self) -> "Poster":
        assert self._deps.receivers.poster is not None  # noqa: S101 - wiring gave one to whoever posts
        return self._deps.receivers.poster()

    def settle(self, ended: Sequence[tuple[Taken, "Posted"]]) -> None:
        """Write down what posts came to."""
        now = self._deps.clock.now()
        with self._deps.sessions.begin() as session:
            taken = [(one.id, came.status, came.words) for one, came in ended if came.taken]
            deliveries.settle_delivered(session, taken, now)
            for one, came in ended:
                if not came.taken:
                    self._not_taken(session, one, came, now)

    def _not_taken(self, session: Session, one: Taken, came: "Posted", now: datetime) -> None:
        if came.gone:
            self._gone(session, one, now, came.status)
        elif now >= one.give_up_at:
            deliveries.settle(session, one.id, state=FAILED, ended_at=now, status=came.status, detail=came.words)
            log.warning("webhook_failed", delivery=one.id, tries=one.tries, detail=came.words)
        else:
            pause = pause_after(one.tries, one.id, came.retry_after_s)
            # The last try is at the very end, however long the pauses have grown.
            deliveries.settle(
                session, one.id, not_before=min(now + pause, one.give_up_at), status=came.status, detail=came.words
            )

    def _gone(self, session: Session, one: Taken, now: datetime, status: int | None) -> None:
        """A receiver of its own is ended by its word; of callbacks only this one is."""
        row = endpoints.get(session, one.webhook_id)
        deliveries.settle(session, one.id, state=FAILED, ended_at=now, status=status, detail=GONE)
        if row is not None and row.url is not None and endpoints.end(session, row.id, GONE, now):
            deliveries.give_up_all(session, row.id, GONE, now)
            log.warning("webhook_ended", webhook=str(row.id), detail=GONE)


class _Signer:
    """Signs for one receiver: by its secret, and for a while by the one before too."""

    def __init__(self, deps: Deps, row: Webhook) -> None:
        self._deps, self._row = deps, row

    def headers(self, one: Taken) -> Mapping[str, str]:
        """The headers of one post; the time in them is that of this try, by the machine's own clock."""
        from standardwebhooks import Webhook as Signature  # noqa: PLC0415 - most processes sign nothing

        clock = self._deps.clock
        shifted = clock.now()
        moment = (shifted - clock.offset).astimezone(UTC)
        signatures = [Signature(secret).sign(str(one.event_id), moment, one.body) for secret in self._secrets()]
        return {
            "Content-Type": "application/json",
            "User-Agent": "loa",
            "webhook-id": str(one.event_id),
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": " ".join(signatures),
        }

    def _secrets(self) -> list[str]:
        row, sealer = self._row, self._deps.sealer()
        found = [sealer.open_secret(row.secret, row.id)]
        if row.former_secret is not None and row.former_until is not None and row.former_until > self._deps.clock.now():
            found.append(sealer.open_secret(row.former_secret, row.id))
        return found
