"""Provider tokens for all workers: one record per account in Redis, renewed by one worker at a time.

A store for `worker.providers.fpt.TokenStore`: what a record holds, and when it ends, is the adapter's business.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final
from uuid import uuid4

from redis import Redis
from redis.exceptions import RedisError
from redis.lock import Lock

#: How often a process looks whether another has given the lock back.
LOOK_AGAIN_S: Final = 0.02


class RedisTokens:
    """Tokens shared by all processes. Raises `redis.RedisError` when Redis is away.

    Redis is called in threads, so that a slow one stops no call of the loop's other messages.
    """

    def __init__(self, redis: "Redis", prefix: str = "loa:token:") -> None:
        self._redis = redis
        self._prefix = prefix
        # The first queue is inside the process: a hundred waiting messages must not be a hundred questions to Redis.
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, key: str) -> str | None:
        """The record as it was put, or None."""
        found = await asyncio.to_thread(self._redis.get, self._prefix + key)
        return found.decode("utf-8") if isinstance(found, bytes) else found

    async def put(self, key: str, record: str, keep_s: float) -> None:
        """Replace the record as a whole; Redis forgets it after `keep_s` seconds."""
        await asyncio.to_thread(self._redis.set, self._prefix + key, record, px=max(1, round(keep_s * 1000)))

    @asynccontextmanager
    async def lock(self, key: str, lease_s: float) -> AsyncIterator[None]:
        """Wait for the lock, as long as the caller lets us; a holder that died loses it after `lease_s` seconds."""
        async with self._turns[key]:
            # Not bound to a thread: it is taken in one and given back in another.
            lock = self._redis.lock(f"{self._prefix}{key}:lock", timeout=lease_s, thread_local=False)
            lock.local.token = uuid4().hex.encode()
            while not await asyncio.to_thread(_take, lock):  # noqa: ASYNC110 - Redis sets no events
                await asyncio.sleep(LOOK_AGAIN_S)
            try:
                yield
            finally:
                # It ends by itself if it cannot be given back, or has ended already; what was put stays put.
                with suppress(RedisError):
                    await asyncio.to_thread(lock.release)


def _take(lock: Lock) -> bool:
    """Whether the lock is ours now.

    The client repeats a SET whose answer was lost, and the repeat is told that the lock is taken: by us. So it is looked at
    whose it is, else nobody would have it until its lease ends.
    """
    return bool(lock.acquire(blocking=False, token=lock.local.token) or lock.owned())
