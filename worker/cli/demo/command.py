"""How is the main job shown on a bare machine? On a stage of its own, which is struck afterwards."""

import os
import shutil
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from worker.cli import faults, lines, parts, screen
from worker.cli.demo import stage as stages
from worker.cli.demo.stage import Stage
from worker.cli.demo.story import Stopped, Story
from worker.clock import Clock
from worker.domain.window import local
from worker.supervisor import OWN_NAME, LogFiles, Supervisor
from worker.wiring import Loa

INTERRUPTED = 130


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Keep the folder with list, report, data and logs.")] = False,
) -> None:
    """Run the whole main job here: a campaign to 10,000 messy numbers, sent to an emulated provider.

    It needs nothing and touches nothing: servers, data and settings are its own, and are removed at the end.

    Example: loa demo
    """
    folder = Path(tempfile.mkdtemp(prefix="loa-demo-"))
    try:
        stage = stages.build(folder)
        if stage.offset_s:
            real, shown = local(Clock().now()), local(Clock(stage.offset_s).now())
            screen.answer(f"It is {real} in Vietnam and ads may not leave, so the demo's clock is set to {shown}.")
        screen.say("Starting PostgreSQL, Redis, the workers, the scheduler and an emulated eSMS …")
        with parts.opened(need_redis=True) as loa:
            code = _play(stage, loa)
    finally:
        if keep:
            screen.answer(f"Everything is kept in {folder}.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    raise typer.Exit(code)


def _play(stage: Stage, loa: Loa) -> int:
    """The processes in this thread, as the supervisor wants it; the story in another. The exit code."""
    over, stop = threading.Event(), threading.Event()
    codes: list[int] = []

    def tell() -> None:
        try:
            codes.append(0 if Story(stage, loa, stop).tell() else 1)
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
            if name == OWN_NAME or lines.TROUBLE.search(line):
                screen.say(f"{name}: {line}")

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
