"""The command `loa demo`: shows the main job on a bare machine, in an environment that is removed afterwards."""

import os
import shutil
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Final

import typer

from worker.cli import console, faults, log_filter, runtime
from worker.cli.demo import environment as stages
from worker.cli.demo.environment import Stage
from worker.cli.demo.run import Stopped, Story
from worker.cli.demo.ticking import ticking
from worker.clock import Clock
from worker.domain.roles import Role
from worker.domain.window import local
from worker.errors import Unavailable
from worker.services.people import users
from worker.supervisor import OWN_NAME, LogFiles, Supervisor, taken_port
from worker.wiring import Loa

INTERRUPTED = 130
#: Of a database that is gone when the demo ends, on loopback.
USER: Final = "demo"
PASSWORD: Final = "loa loa loa demo"  # noqa: S105


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Keep the folder with list, report, data and logs.")] = False,
    serve: Annotated[
        bool,
        typer.Option("--serve", help="Keep the console open afterwards, until Ctrl-C, to look at it in a browser."),
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the console on 127.0.0.1.")] = 8000,
) -> None:
    """Run the whole main job here: a campaign to 10,000 messy numbers, sent to an emulated provider.

    It needs nothing and touches nothing: servers, data and settings are its own, and are removed at the end.

    Example: loa demo
    """
    if serve and taken_port(stages.HOST, port, "taken")():
        raise Unavailable(f"Port {port} is in use: stop what listens there, or choose another by --port.")
    folder = Path(tempfile.mkdtemp(prefix="loa-demo-"))
    try:
        stage = stages.build(folder, port if serve else 0)
        if stage.offset_s:
            real, shown = local(Clock().now()), local(Clock(stage.offset_s).now())
            console.answer(f"It is {real} in Vietnam and ads may not leave, so the demo's clock is set to {shown}.")
        console.say("1 of 5  Starting PostgreSQL and Redis, which takes some seconds the first time …")
        with ExitStack() as stack:
            with ticking("starting PostgreSQL and Redis"):
                loa = stack.enter_context(runtime.opened(need_redis=True))
            code = _play(stage, loa)
        if not serve:
            console.answer(
                f"See it in a browser: `loa demo --serve` keeps the console open at http://{stages.HOST}:{port}, user {USER}, "
                f"password {PASSWORD}."
            )
    finally:
        if keep:
            console.answer(f"Everything is kept in {folder}.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    raise typer.Exit(code)


def _play(stage: Stage, loa: Loa) -> int:
    """The processes in this thread, as the supervisor wants it; the story in another. The exit code."""
    over, stop = threading.Event(), threading.Event()
    codes: list[int] = []

    def tell() -> None:
        try:
            if stage.console_port:
                users.add(loa.deps, USER, Role.ADMIN, PASSWORD)
            codes.append(0 if Story(stage, loa, stop).tell() else 1)
            if stage.console_port and not codes[-1]:
                console.answer(
                    f"The console is open at http://{stages.HOST}:{stage.console_port}, user {USER}, password {PASSWORD}. "
                    "Ctrl-C ends it.",
                    style="bold",
                )
                stop.wait()
        except Stopped:
            pass
        except Exception as fault:  # noqa: BLE001 - the processes must be stopped whatever happened here
            told = faults.tell(fault)
            faults.show(told, as_json=False)
            codes.append(told.exit_code)
        finally:
            over.set()

    with ExitStack() as stack:
        files = LogFiles(stage.folder / "log")
        stack.callback(files.close)

        def on_line(name: str, line: str) -> None:
            files(name, line)
            if name == OWN_NAME or log_filter.TROUBLE.search(line):
                console.say(f"{name}: {line}")

        environment = {**os.environ, "LOA_DATABASE_URL": loa.database_url, "LOA_REDIS_URL": loa.redis_url}
        supervisor = Supervisor(stage.processes(), environment, on_line)
        teller = threading.Thread(target=tell)
        teller.start()
        try:
            supervisor.run(until=over)
        finally:
            stop.set()
            teller.join()
    return codes[0] if codes else INTERRUPTED
