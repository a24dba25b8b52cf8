"""Why a server or a disk cannot be used, and whether waiting helps: its own words, where it is, and the way out.

What a restart or a moment mends (nobody listens, "is starting up", LOADING) is nobody's news here: whoever can wait, waits.
Everything else is said at once. PostgreSQL tells no SQLSTATE of a connection that it refuses, so words are read too.
"""

import errno
import os
import re
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from worker import sentinel
from worker.errors import DiskFull, Refusing, Unavailable

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
#: With less than this a server cannot work, whatever is left: PostgreSQL's log grows by pieces of 16 MB.
LEAST_ROOM: Final = 1 << 20
LONGEST_WORDS: Final = 300


class Trouble(StrEnum):
    """What a server says no for."""

    DISK = "has no room left on its disk"
    CONNECTIONS = "takes no more connections"
    ENTRY = "does not let us in"
    DATABASE = "has no such database"
    RIGHTS = "gives our role too few rights"
    READ_ONLY = "takes no writes, for it is a copy of another"
    MEMORY = "has no memory left for more"
    WRITES = "refuses writes"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the servers are, as a sentence names them, and the folder in which we write ourselves."""

    postgres: str = "PostgreSQL"
    redis: str = "Redis"
    folder: Path | None = None

    @classmethod
    def of(cls, folder: Path, database_url: str = "", redis_url: str = "") -> "Places":
        """The servers at these addresses; an empty one is the embedded server under `folder`."""
        postgres = f"PostgreSQL at {_host(database_url)}" if database_url else f"PostgreSQL under {folder}"
        return cls(postgres, f"Redis at {_host(redis_url)}" if redis_url else f"Redis under {folder}", folder)


#: PostgreSQL's (and PgBouncer's) words and SQLSTATEs.
_POSTGRES: Final = (
    (Trouble.DISK, {"53100"}, r"no space left on device|disk quota exceeded"),
    (
        Trouble.CONNECTIONS,
        {"53300"},
        r"too many clients already|remaining connection slots|too many connections|no more connections allowed",
    ),
    (
        Trouble.ENTRY,
        {"28P01", "28000"},
        r"authentication failed|no password supplied|no pg_hba\.conf entry|role \S+ does not exist|not permitted to log in",
    ),
    (Trouble.DATABASE, {"3D000"}, r"database \S+ does not exist|no such database"),
    (Trouble.RIGHTS, {"42501"}, r"permission denied for"),
    (Trouble.READ_ONLY, {"25006"}, r"in a read-only transaction"),
)
#: No answer yet, or a fault of the system below (58030, XX000): the words tell more.
_SAYS_LITTLE: Final = frozenset({None, "58030", "XX000"})
#: Redis' and Valkey's words; its client takes the code of some away.
_REDIS: Final = (
    (Trouble.DISK, r"no space left on device|disk quota exceeded"),
    (Trouble.MEMORY, r"\bOOM |used memory > 'maxmemory'"),
    (Trouble.READ_ONLY, r"\bREADONLY |read only replica"),
    (
        Trouble.ENTRY,
        r"\b(NOAUTH|WRONGPASS|NOPERM) |invalid username-password|already authenticated|authentication required|no permissions",
    ),
    (Trouble.DATABASE, r"DB index is out of range"),
    (Trouble.CONNECTIONS, r"max number of clients"),
    (Trouble.WRITES, r"\b(MISCONF|NOREPLICAS) "),
)
_WAYS_OUT: Final = {
    Trouble.DISK: "make room there",
    Trouble.CONNECTIONS: "end what holds them, or raise its limit",
    Trouble.ENTRY: "correct {setting}",
    Trouble.DATABASE: "make it, or correct {setting}",
    Trouble.RIGHTS: "let it own the database, or name the owner in {setting}",
    Trouble.READ_ONLY: "name the one that takes writes in {setting}",
    Trouble.MEMORY: "raise its maxmemory",
    Trouble.WRITES: "mend what it names",
}


def explain(fault: BaseException | None, places: Places) -> Unavailable | None:
    """What a fault says of a server or a disk where waiting does not help; None for every other fault."""
    while fault is not None:
        if isinstance(fault, Unavailable):
            return fault
        if isinstance(fault, OSError) and fault.errno in NO_ROOM:
            return no_room(_path_of(fault, places))
        maker = type(fault).__module__.partition(".")[0]
        said = str(fault)
        if maker == "psycopg" and (trouble := postgres_trouble(said, getattr(fault, "sqlstate", None))):
            return _unavailable(trouble, places.postgres, said, "LOA_DATABASE_URL")
        if maker == "redis" and (trouble := redis_trouble(said)):
            return _unavailable(trouble, places.redis, said, "LOA_REDIS_URL")
        fault = getattr(fault, "orig", None) or fault.__cause__
    return None


def no_room(path: Path | str) -> DiskFull:
    """A disk of this host that is full."""
    return DiskFull(f"No room is left on the disk of {path}: make room there.")


def is_full(folder: Path) -> bool:
    """Whether nothing can be written there any more."""
    return _free(folder) < LEAST_ROOM


def check_room(folder: Path) -> None:
    """Raises DiskFull where nothing can be written any more."""
    if is_full(folder):
        raise no_room(folder)


def postgres_trouble(said: str, sqlstate: str | None = None) -> Trouble | None:
    """What PostgreSQL says no for; None where waiting may help, or it says something else."""
    for trouble, states, words in _POSTGRES:
        if sqlstate in states or (sqlstate in _SAYS_LITTLE and re.search(words, said, re.IGNORECASE)):
            return trouble
    return None


def redis_trouble(said: str) -> Trouble | None:
    """The same of Redis."""
    return next((trouble for trouble, words in _REDIS if re.search(words, said, re.IGNORECASE)), None)


def _unavailable(trouble: Trouble, place: str, said: str, setting: str) -> Unavailable:
    out = _WAYS_OUT[trouble].format(setting=setting)
    sentence = f"{place} {trouble} ({_words(said)}): {out}."
    if trouble is Trouble.DISK:
        return DiskFull(sentence)
    return Refusing(sentence, f"{place.partition(' ')[0]} {trouble}")


def _words(said: str) -> str:
    """The line that speaks, without our own address before it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["it does not say why"]
    line = next((one for one in lines if "FATAL:" in one), lines[0])
    for before in ("FATAL:", "caused error: "):
        line = line.rpartition(before)[2]
    return " ".join(line.split())[:LONGEST_WORDS].rstrip(".")


def _host(url: str) -> str:
    if found := sentinel.read(url):
        return ", ".join(f"{host}:{port}" for host, port in found.hosts) + f" (Sentinels of {found.master})"
    parts = urlsplit(url)
    if not parts.hostname:
        return parts.path or "its socket"
    return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname


def _path_of(fault: OSError, places: Places) -> Path | str:
    """Where it was: as the system says, else which of the places where we write is full."""
    if fault.filename:
        return str(fault.filename)
    mine = [folder for folder in (places.folder, Path(tempfile.gettempdir())) if folder is not None]
    return next((folder for folder in mine if is_full(folder)), mine[0])


def _free(folder: Path) -> int:
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    found = os.statvfs(there)
    return found.f_bavail * found.f_frsize
