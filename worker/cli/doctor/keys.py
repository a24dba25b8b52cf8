"""The check that hosts have the same LOA_SECRET_KEY: the doctor of each leaves a seal in Redis, which that of the next opens."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker import sentinel
from worker.cli.doctor.check import Check
from worker.config import Settings
from worker.errors import Refused
from worker.sealing import Sealer

LEFT: Final = "loa:doctor:seal"
#: As long as somebody needs to go from host to host; then what was left tells nothing of a key that was changed since.
KEPT: Final = timedelta(hours=1)


def checks(settings: Settings, redis_url: str) -> Iterator[Check]:
    """One line where the seal was left under another key."""
    key = settings.secret_key.get_secret_value()
    if not key:
        return
    sealer = Sealer(key, settings.secret_key_old.get_secret_value())
    client = sentinel.client(redis_url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0))
    try:
        with client:
            if _opens(sealer, client.get(LEFT)):
                client.set(LEFT, sealer.seal_request({}), ex=KEPT)
                return
    except RedisError:
        return  # said by the check of Redis
    yield Check(
        "secret key of the hosts",
        "another doctor, within the hour, had another LOA_SECRET_KEY",
        "set the same one on every host (where it was changed since, ask again in an hour)",
    )


def _opens(sealer: Sealer, left: object) -> bool:
    """Whether what was left is ours to read; nothing was left is as good."""
    if not isinstance(left, bytes):
        return True
    try:
        sealer.open_request(left.decode(errors="replace"))
    except Refused:
        return False
    return True
