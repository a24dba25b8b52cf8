"""What an address in a setting must be, so that a slip in one is named at the start and not where it is first used."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from worker import sentinel


def postgres(url: str) -> str:
    """The address of PostgreSQL as SQLAlchemy wants it; ValueError says what is wrong with it."""
    scheme, _, rest = url.partition("://")
    if scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise ValueError("it must begin with postgresql+psycopg:// (PostgreSQL is the only database)")
    _server(url)
    return f"postgresql+psycopg://{rest}"


def redis(url: str) -> str:
    """The address of Redis, Valkey or their Sentinels; ValueError says what is wrong with it."""
    if sentinel.read(url) is not None:
        return url
    if not url.startswith(("redis://", "rediss://")):
        raise ValueError("it must begin with redis://, rediss:// or sentinel://")
    number = _server(url).path.strip("/")
    if number and not (number.isascii() and number.isdigit()):
        raise ValueError(f"behind the host stands the number of a database, like /0, and not /{number}")
    return url


def is_web(url: str) -> bool:
    """Whether it is an http:// or https:// address that can be called."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(one.isspace() for one in url)


def on_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _server(url: str) -> SplitResult:
    """The parts of a server's address. A password with an @ or / in it is cut there, and what follows is taken for the host."""
    written = "write @ : / ? # of a password as %40 %3A %2F %3F %23"
    if "#" in url or url.partition("?")[0].count("@") > 1:
        raise ValueError(f"it cannot be read: {written}")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError(f"its port is no number of a port; {written}") from None
    return parts
