"""Runs everything on one machine: embedded servers where none are set, and the Procfile's processes.

It only watches for the rest of its life. So what prepares the database runs in a fork, whose imports go with it.
"""

# ruff: noqa: PLC0415

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from typing import Annotated, Final

import typer

from worker import config, flower_defaults
from worker.cli import console, log_filter, runtime
from worker.cli.runtime import Addresses
from worker.clock import Clock
from worker.config import Settings
from worker.errors import Unavailable
from worker.supervisor import (
    OWN_NAME,
    Guardian,
    LogFiles,
    Nursery,
    Process,
    Supervisor,
    Terminal,
    apart,
    environment,
    procfile,
    read_procfile,
    taken_port,
)

HOST: Final = "127.0.0.1"
#: What the Procfile has for deployments: `up` migrates by itself.
NOT_HERE: Final = {"release"}
#: The programs of the Procfile, by their functions; and what their processes import, in the nursery and for all of them once.
PROGRAMS: Final = {"celery": "celery.__main__:main", "uvicorn": "uvicorn.main:main"}
SHARED: Final = (
    *("worker.tasks", "scheduler.tasks", "worker.api.app"),
    *("celery.bin.celery", "celery.apps.worker", "celery.apps.beat", "celery.concurrency.prefork"),
    *("celery.worker.consumer", "kombu.transport.redis", "uvicorn.main"),
)


def up(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the web process on 127.0.0.1.")] = 8000,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show every line of every process.")] = False,
) -> None:
    """Start PostgreSQL and Redis (unless their URLs are set), workers, scheduler, web and Flower; restart what dies.

    Prints `ready` when all of it works. Ctrl-C stops everything in order. What the processes write is kept under
    LOA_DATA_DIR/log; troubles, and what Loa itself says, are shown here too.

    Example: LOA_DATA_DIR=/srv/loa loa up --port 8000
    """
    settings = config.load()
    runtime.configure_log(settings)
    if taken_port(HOST, port, "taken")():
        raise Unavailable(f"Port {port} is in use: stop what listens there, or choose another by --port.")
    _warn_of_missing_keys(settings)
    with runtime.attached(settings, need_redis=True) as servers, ExitStack() as stack:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        link = apart(_prepared, settings, servers.database_url, servers.redis_url)
        flower = _flower(settings)
        processes = [
            process for name, command in _commands() if (process := _process(name, command, settings, servers, port))
        ]
        files = LogFiles(settings.data_dir / "log")
        stack.callback(files.close)
        terminal = Terminal([process.name for process in processes], sys.stderr)

        def on_line(name: str, line: str) -> None:
            files(name, line)
            if verbose or settings.log_json or name == OWN_NAME or log_filter.WORTH_SEEING.search(line):
                terminal(name, line)

        guardian = Guardian(settings.data_dir, servers=bool(servers.embedded))
        stack.callback(guardian.dismiss)
        env = _environment(settings, servers, port, flower)
        nursery = Nursery(SHARED, PROGRAMS, environment(env)) if sys.platform == "linux" else None
        if nursery is not None:
            stack.callback(nursery.close)
        supervisor = Supervisor(processes, env, on_line, servers.embedded, guardian, nursery)
        with_flower = bool(settings.flower_port) and not taken_port(HOST, settings.flower_port, "taken")()
        supervisor.run(on_ready=lambda: _announce(settings, port, link, with_flower=with_flower))


def _commands() -> list[tuple[str, str]]:
    return [(name, command) for name, command in read_procfile(procfile()).items() if name not in NOT_HERE]


def _process(name: str, command: str, settings: Settings, servers: Addresses, port: int) -> Process | None:
    match name:
        case "web":
            return Process(name, command, ready=lambda: _answers(port, "/readyz"))
        case "scheduler":
            return Process(name, command, ready=_ticked_since_now(settings, servers.redis_url))
        case "flower":
            taken = f"Port {settings.flower_port} is in use, so Flower is left out; LOA_FLOWER_PORT chooses another."
            return (
                Process(name, command, taken_port(HOST, settings.flower_port, taken)) if settings.flower_port else None
            )
        case _ if _without_account(name, settings):
            return None
        case _:
            return Process(name, command)


def _without_account(name: str, settings: Settings) -> bool:
    """Whether this is the worker of a provider where we have no account; eSMS has one always, and its words say what is wrong."""
    account = settings.accounts.get(name.removeprefix("worker-"))
    return name != "worker-esms" and account is not None and bool(account.missing())


def _answers(port: int, path: str) -> bool:
    asked = HTTPConnection(HOST, port, timeout=0.5)
    try:
        asked.request("GET", path)
        return asked.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        asked.close()


def _ticked_since_now(settings: Settings, redis_url: str) -> Callable[[], bool]:
    """Whether a heartbeat went all the way round (scheduler, queue, worker, database) after this was called."""
    clock = Clock(settings.clock_offset_s)
    began = clock.now()

    def check() -> bool:
        last = runtime.heartbeat(redis_url)
        return last is not None and last > began

    return check


def _environment(settings: Settings, servers: Addresses, port: int, flower: str) -> dict[str, str]:
    return {
        **os.environ,
        "LOA_DATABASE_URL": servers.database_url,
        "LOA_REDIS_URL": servers.redis_url,
        "LOA_DATA_DIR": str(settings.data_dir.resolve()),
        "LOA_FLOWER_PORT": str(settings.flower_port),
        "HOST": HOST,
        "PORT": str(port),
        "LOA_FLOWER_BASIC_AUTH": flower,
    }


def _flower(settings: Settings) -> str:
    """Flower's `user:password`: as set, else as kept, else a new one, which is shown this once."""
    if not settings.flower_port:
        return settings.flower_basic_auth.get_secret_value()
    credentials, made = flower_defaults.password(settings)
    if made:
        user, _, word = credentials.partition(":")
        path = flower_defaults.kept_in(settings)
        console.answer(f"Flower's user is {user}, its password {word} (shown this once, kept in {path}).")
    return credentials


def _prepared(settings: Settings, database_url: str, redis_url: str) -> str | None:
    """Bring the database to this code; the path of the link that makes the first admin, None once there is a user."""
    from worker import wiring
    from worker.services.people import first

    loa = wiring.build(settings, database_url, redis_url)
    try:
        # The Procfile's `release`, which the one who starts everything here means too.
        runtime.shape(loa.engine, given=False)
        token = first.new_link(loa.deps)
    finally:
        loa.close()
    return None if token is None else first.PATH + token


def _announce(settings: Settings, port: int, link: str | None, *, with_flower: bool) -> None:
    console.answer(f"web     http://{HOST}:{port}")
    if link is not None:
        console.answer(
            f"There is no user yet: http://{HOST}:{port}{link} makes the first admin, once and within a day."
        )
    if with_flower:
        console.answer(f"flower  http://{HOST}:{settings.flower_port}")
    console.answer("ready")
    sys.stdout.flush()


def _warn_of_missing_keys(settings: Settings) -> None:
    if not (settings.esms.api_key.get_secret_value() and settings.esms.secret_key.get_secret_value()):
        console.say(
            "LOA_ESMS_API_KEY and LOA_ESMS_SECRET_KEY are not both set, so eSMS will refuse; `loa doctor` tells more."
        )
