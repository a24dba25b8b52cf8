"""Measures each minute: memory of each process, tables and their dead rows, queues, how long passwords take."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import quantiles
from typing import Any, Final

import psutil
import psycopg
from redis import Redis

from tests.soak.place import Place, family_memory
from tests.soak.producers import Minute
from worker.queues import PREFIX

MIB: Final = 2**20
TABLES: Final = """SELECT relname, n_live_tup, n_dead_tup, pg_total_relation_size(relid) FROM pg_stat_user_tables
    WHERE pg_total_relation_size(relid) > 65536"""
WAITING: Final = """SELECT
    (SELECT count(*) FROM message WHERE state IN ('queued', 'sending')) AS passwords,
    (SELECT count(*) FROM message WHERE state = 'unknown') AS unknown_passwords,
    (SELECT count(*) FROM message WHERE state = 'expired') AS expired_passwords,
    (SELECT count(*) FROM batch WHERE state IN ('planned', 'sending')) AS batches,
    (SELECT count(*) FROM batch WHERE state = 'unknown') AS unknown_batches,
    (SELECT count(*) FROM callback WHERE handled_at IS NULL) AS callbacks"""
#: Of the passwords that came in during a minute: from there to the call that was taken.
TOOK: Final = """SELECT count(*),
    percentile_cont(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY extract(epoch FROM sent_at - queued_at))
    FROM message WHERE queued_at >= %s AND queued_at < %s AND sent_at IS NOT NULL"""


def look(place: Place, minute: Minute) -> dict[str, Any]:
    """One line of the ledger, without its moment."""
    memory: dict[str, tuple[float, float]] = {}
    for name, pid in sorted(place.processes().items()):
        memory |= family_memory(name, pid)
    url = place.stage.superuser_url.replace("+psycopg", "")
    url = url.rsplit("/", 1)[0] + "/" + place.stage.database_url.rsplit("/", 1)[1]
    with psycopg.connect(url) as database, Redis.from_url(place.stage.redis_url) as redis:
        tables = {name: [live, dead, size] for name, live, dead, size in database.execute(TABLES)}
        cursor = database.execute(WAITING)
        names = [column.name for column in cursor.description or ()]
        waiting = dict(zip(names, cursor.fetchone() or (), strict=True))
        # Those of the last half minute may still be under way.
        ends = place.clock.now() - timedelta(seconds=30)
        sent, took = database.execute(TOOK, (ends - timedelta(minutes=1), ends)).fetchone() or (0, None)
        size = (database.execute("SELECT pg_database_size(current_database())").fetchone() or (0,))[0]
        buffers = (
            database.execute("SELECT setting FROM pg_settings WHERE name = 'shared_memory_size'").fetchone() or (0,)
        )[0]
        queues = {key.decode().removeprefix(PREFIX): redis.llen(key) for key in _lists(redis)}
        unacked = redis.hlen(f"{PREFIX}unacked") + redis.hlen(f"{PREFIX}otp.unacked")
        used = redis.info("memory")["used_memory"] / MIB
        keys = redis.dbsize()
    return {
        "rss": {name: round(found[0], 1) for name, found in memory.items()},
        "pss": {name: round(found[1], 1) for name, found in memory.items()},
        "redis_used": round(used, 2),
        "redis_keys": keys,
        "tables": tables,
        # MiB that PostgreSQL may share among its processes, by its configuration.
        "buffers_mib": int(buffers),
        "database_mib": round(size / MIB, 1),
        "queues": {**queues, "unacked": unacked},
        "waiting": waiting,
        "otp_answer_ms": spread([1000 * one for one in minute.waits]),
        "otp_to_provider_ms": [sent, *(round(1000 * one, 1) for one in took or ())],
        "download_ms": spread([1000 * one for one in minute.downloads]),
        "answers": dict(minute.answers),
        "load": psutil.getloadavg()[0],
        "ended": place.ended(),
    }


def spread(times: Sequence[float]) -> list[float]:
    """How many, the median, the 99th percentile, the longest."""
    if len(times) < 2:
        return [len(times), *(round(one, 1) for one in times * 3)]
    cuts = quantiles(times, n=100, method="inclusive")
    return [len(times), round(cuts[49], 1), round(cuts[98], 1), round(max(times), 1)]


def _lists(redis: "Redis") -> list[bytes]:
    found = [key for key in redis.scan_iter(f"{PREFIX}*", count=1000) if redis.type(key) == b"list"]
    return sorted(found)
