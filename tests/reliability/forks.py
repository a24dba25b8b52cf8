"""A process that has imported what every test needs, and runs pytest in a fork of itself for each line that it reads.

Most of a short test run is imports of libraries; `mutations` makes some hundred and fifty such runs. Nothing of Loa is imported
before the fork, for each run has other files to read. A line is a JSON list of pytest's words; the answer is its exit code.
"""

import json
import os
import signal
import sys
import time
from contextlib import suppress
from importlib import import_module

LIBRARIES = (
    "pytest", "hypothesis", "hypothesis.stateful", "sqlmodel", "psycopg", "alembic.command", "celery", "redis",
    "pydantic_settings", "httpx", "aiohttp", "starlette.applications", "fastapi", "uvicorn", "structlog", "phonenumbers",
    "dateutil.parser", "holidays", "defusedxml.ElementTree", "cryptography.hazmat.primitives.ciphers.aead", "psutil",
    "argon2", "openpyxl",
)  # fmt: skip
LONGEST_S = 3600.0


def run(words: list[str]) -> int:
    """One run of pytest in a child; its exit code, or 124 when it did not end."""
    child = os.fork()
    if not child:
        log = os.open(words.pop(0), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        code = 1
        with suppress(BaseException):
            code = int(import_module("pytest").main(words))
            sys.stdout.flush()
        os._exit(code)
    ends = time.monotonic() + LONGEST_S
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 124


if __name__ == "__main__":
    # Not the folder of this file, but the tree that is tested.
    sys.path[0] = ""
    for library in LIBRARIES:
        import_module(library)
    for line in sys.stdin:
        sys.stdout.write(f"{run(json.loads(line))}\n")
        sys.stdout.flush()
