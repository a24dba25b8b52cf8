"""How is Redis reached: at one address, or wherever its Sentinels say that the master is?

`sentinel://:PASSWORD@HOST:PORT,HOST:PORT/MASTER?db=0` names the Sentinels and the name by which they know the master; user and
password are the master's. Every client of ours is made here, so that after a failover all of them find the new master.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, quote, unquote, urlsplit

if TYPE_CHECKING:
    from redis import Redis

SCHEME: Final = "sentinel://"
_PORT: Final = 26379


@dataclass(frozen=True, slots=True)
class Sentinels:
    """What such an address says."""

    hosts: tuple[tuple[str, int], ...]
    master: str
    username: str | None
    password: str | None
    db: int


def read(url: str) -> Sentinels | None:
    """The Sentinels of an address; None for one of another scheme. ValueError says what is missing in it."""
    if not url.startswith(SCHEME):
        return None
    parts = urlsplit(url)
    account, _, places = parts.netloc.rpartition("@")
    username, _, password = account.partition(":")
    hosts = tuple(_host(place) for place in places.split(",") if place)
    master = parts.path.strip("/")
    if not hosts or not master:
        raise ValueError("write sentinel://:PASSWORD@HOST:PORT,HOST:PORT/MASTER, the master by the name that they know")
    db = parse_qs(parts.query).get("db", ["0"])[0]
    if not db.isdigit():
        raise ValueError(f"the number of the database is {db!r}: write ?db=0")
    return Sentinels(hosts, master, unquote(username) or None, unquote(password) or None, int(db))


def _host(place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":") if ":" in place else (place, "", str(_PORT))
    if not host or not port.isdigit():
        raise ValueError(f"{place!r} is not the address of a Sentinel: write HOST:PORT")
    return host, int(port)


def client(url: str, **options: Any) -> "Redis":
    """A client of the Redis at that address; `options` as redis-py has them."""
    # Most commands only read an address, and redis-py takes long to import.
    from redis import Redis  # noqa: PLC0415
    from redis.sentinel import Sentinel  # noqa: PLC0415

    found = read(url)
    if found is None:
        return Redis.from_url(url, **options)
    waits = {name: options[name] for name in ("socket_timeout", "socket_connect_timeout") if name in options}
    sentinels = Sentinel(list(found.hosts), sentinel_kwargs=waits)  # type: ignore[no-untyped-call]
    account = {"username": found.username, "password": found.password, "db": found.db}
    return sentinels.master_for(found.master, **account, **options)  # type: ignore[no-any-return,no-untyped-call]


def broker(url: str) -> tuple[str, dict[str, Any]]:
    """The same for Celery: its broker URL, and its transport options beside ours."""
    found = read(url)
    if found is None:
        return url, {}
    account = f"{quote(found.username or '', safe='')}:{quote(found.password, safe='')}@" if found.password else ""
    places = ";".join(f"sentinel://{account}{host}:{port}/{found.db}" for host, port in found.hosts)
    waits = {"socket_timeout": 5, "socket_connect_timeout": 5}
    return places, {"master_name": found.master, "sentinel_kwargs": waits}
