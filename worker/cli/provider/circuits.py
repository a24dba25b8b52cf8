"""The state of each provider's circuit, read from the Redis that runs; unknown where none does."""

from collections.abc import Iterable, Mapping

from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker import sentinel
from worker.cli import console
from worker.cli.provider.known import Known
from worker.clock import Clock
from worker.config import Settings
from worker.engine import embedded
from worker.throttle import Breaker, Circuit, Gate


def circuits(settings: Settings, providers: Iterable[Known]) -> Mapping[str, Circuit]:
    """The circuit of each provider by name; empty when there is no Redis to ask. Starts nothing."""
    running = None if settings.redis_url.get_secret_value() else embedded.find(settings.data_dir)
    url = settings.redis_url.get_secret_value() or (running and running.redis_url)
    if not url:
        return {}
    with sentinel.client(url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)) as redis:
        try:
            redis.ping()
        except RedisError:
            return {}
        breaker = Breaker(redis, Clock(settings.clock_offset_s))
        return {one.name: breaker.look(one.name, settings.accounts[one.name].timeout_s) for one in providers}


def words(circuit: Circuit | None) -> str:
    """A circuit as a person reads it; empty when nobody knows."""
    if circuit is None:
        return ""
    if circuit.gate is Gate.CLOSED or circuit.since is None:
        return str(circuit.gate)
    return f"{circuit.gate} since {console.moment(circuit.since)}"
