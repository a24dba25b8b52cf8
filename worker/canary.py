"""Shows which queues have a worker that takes: a task without work is put on each, and notes when it was taken.

A worker may answer a ping and consume nothing (after a lost connection, or frozen); its queue then looks merely busy. Whoever
waits in front of a canary waits as long as it does.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, cast

from redis import Redis

TAKEN: Final = "loa:canary:taken"
#: When the one that is on its way was first sent, and when last.
SENT: Final = "loa:canary:sent"
REPEATED: Final = "loa:canary:repeated"
EVERY: Final = timedelta(seconds=30)
#: One that was not taken within this may be lost: another is sent, so that a dead queue fills with six an hour.
LOST_AFTER: Final = timedelta(minutes=10)


def send(redis: "Redis", queues: Iterable[str], now: datetime, enqueue: Callable[[str], None]) -> None:
    """Put a canary on each queue where none is on its way."""
    sent, taken, repeated = _times(redis, SENT), _times(redis, TAKEN), _times(redis, REPEATED)
    for queue in queues:
        on_its_way = queue in sent and (queue not in taken or taken[queue] < sent[queue])
        if on_its_way and now - repeated.get(queue, sent[queue]) < LOST_AFTER:
            continue
        if not on_its_way:
            redis.hset(SENT, queue, now.isoformat())
        redis.hset(REPEATED, queue, now.isoformat())
        enqueue(queue)


def note(redis: "Redis", queue: str, now: datetime) -> None:
    """It was taken."""
    redis.hset(TAKEN, queue, now.isoformat())


def waiting_s(redis: "Redis", now: datetime) -> dict[str, float]:
    """For how many seconds the canary of each queue has been on its way; 0: the last one was taken."""
    sent, taken = _times(redis, SENT), _times(redis, TAKEN)
    return {
        queue: max((now - at).total_seconds(), 0.0) if queue not in taken or taken[queue] < at else 0.0
        for queue, at in sent.items()
    }


def _times(redis: "Redis", key: str) -> dict[str, datetime]:
    found = cast("dict[bytes, bytes]", redis.hgetall(key))
    return {queue.decode(): datetime.fromisoformat(at.decode()) for queue, at in found.items()}
