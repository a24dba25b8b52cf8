"""Checks for producers: tasks in lists that nobody reads, failed events, an old do-not-call list, plain http."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.exc import SQLAlchemyError

from worker import sentinel
from worker.cli import console
from worker.cli.doctor.check import Check
from worker.clock import Clock
from worker.config import Settings, on_loopback
from worker.domain.window import day_of
from worker.queues import PREFIX, Queue
from worker.storage.database import connect, sessions
from worker.storage.operations import suppression
from worker.storage.webhooks import deliveries, endpoints

#: The national list grows by thousands a day (6 of its 9.5 million numbers came in 2025).
OLD_DAYS: Final = 30
#: Where tasks without our prefix lie, those without the name of a queue (Celery's own), and those with neither.
UNREAD: Final = (Queue.OTP, Queue.PLAN, f"{PREFIX}celery", "celery")


def checks(settings: Settings, database_url: str, redis_url: str) -> Iterator[Check]:
    """All of them; what cannot be reached is said elsewhere."""
    yield from _lost_tasks(redis_url)
    engine = connect(database_url)
    try:
        with sessions(engine)() as session:
            last = suppression.last_import(session, suppression.DO_NOT_CALL)
            # Of a receiver that has ended nothing can be replayed: there is nothing to do.
            live = {one.id for one in endpoints.live(session, everyone=True)}
            counted = deliveries.counts(session).items()
            failed = sum(number for (owner, state), number in counted if state == deliveries.FAILED and owner in live)
    except SQLAlchemyError:
        return
    finally:
        engine.dispose()
    if failed:
        way_out = "look at `loa webhook deliveries --failed`; `--replay failed` tries them anew"
        yield Check("webhooks", f"{console.plural(failed, 'event')} could not be delivered in 24 hours", way_out)
    if last is None:
        yield Check("do-not-call list", "none is imported; `loa suppress import FILE --as-of DAY` does it")
        return
    age = (day_of(Clock(settings.clock_offset_s).now()) - last.as_of).days
    old = "import the newest: `loa suppress import FILE --as-of DAY`" if age > OLD_DAYS else ""
    yield Check("do-not-call list", f"of {last.as_of}, {console.plural(age, 'day')} old", old)


def addresses(settings: Settings) -> Iterator[Check]:
    """The addresses of providers that carry our keys in clear."""
    for variable, url in settings.provider_urls().items():
        if urlsplit(url).scheme == "http" and not on_loopback(url):
            found = f"{url} is plain http: keys and texts cross the net in clear"
            yield Check(variable, found, warning="take https where the provider speaks it, or a tunnel to it")


def _lost_tasks(redis_url: str) -> Iterator[Check]:
    """A producer that names the prefix as part of its queue, or no prefix, or no queue, fills a list that nobody reads."""
    client = sentinel.client(redis_url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0))
    try:
        with client:
            found = list(client.scan_iter(match=f"{PREFIX}{PREFIX}*", count=1000))
            found += [name for name in UNREAD if client.type(name) in (b"list", "list")]
    except RedisError:
        return
    for key in found:
        name = key.decode(errors="replace") if isinstance(key, bytes) else str(key)
        yield Check(
            "tasks of a producer",
            f"lie in {name}, which nobody reads",
            f"let the producer set {PREFIX} as its key prefix and name the queue, otp or plan, without it (docs/producers.md)",
        )
