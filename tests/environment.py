"""The environment of child processes: nothing of this machine's settings, and those of an installation of the tests."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

#: Where nobody answers: a refused connection at once.
NOWHERE: Final = "http://127.0.0.1:9/esms/MainService.svc"


def plain_environment() -> dict[str, str]:
    """Our own, without any setting of Loa, Celery and Flower, and with the commands of this environment first."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("LOA_", "CELERY_", "FLOWER_"))}
    return env | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', os.defpath)}"}


def servers(database_url: object, redis_url: object, folder: object = None) -> dict[str, str]:
    """Where the database and Redis are, and the data folder if it is to be another than the user's."""
    found = {"LOA_DATABASE_URL": str(database_url), "LOA_REDIS_URL": str(redis_url)}
    return found | ({} if folder is None else {"LOA_DATA_DIR": str(folder)})


def esms(url: str = NOWHERE) -> dict[str, str]:
    """The account of the sandbox, at this address."""
    return {"LOA_ESMS_BASE_URL": url, "LOA_ESMS_API_KEY": "sandbox-key", "LOA_ESMS_SECRET_KEY": "sandbox-secret"}


#: Neither a database nor a Redis.
AWAY: Final = servers("postgresql+psycopg://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0")


def quick(timeout_s: float, lease_s: float) -> dict[str, str]:
    """Orders of 50, and what is unknown or awaited is asked for within seconds."""
    return {
        "LOA_ESMS_MAX_BATCH": "50",
        "LOA_ESMS_TIMEOUT_S": str(timeout_s),
        "LOA_LEASE_S": str(lease_s),
        "LOA_LOOKUP_DELAY_S": "0",
        "LOA_POLL_FIRST_S": "0.5",
    }


@contextmanager
def closed(*paths: Path) -> Iterator[None]:
    """Folders that nobody may enter, for a user who is not root."""
    we = os.geteuid()
    for path in paths:
        path.chmod(0o000)
    try:
        if we == 0:
            os.seteuid(65_534)
        yield
    finally:
        os.seteuid(we)
        for path in paths:
            path.chmod(0o700)
