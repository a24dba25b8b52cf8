"""After `kill -9` of `loa up` nothing of it runs on: processes and servers end within seconds, unless a command uses them."""

import os
from pathlib import Path

import httpx
import psutil
import pytest

from tests.flows.conftest import start_up, until
from tests.world import Sandbox
from worker.engine import embedded

#: The call in hand hangs for longer than that: a warm stop, which waits for it, would be seen.
CALL_HANGS_S = 90
ENDS_WITHIN_S = 45


@pytest.fixture
def up(sandbox_process, tmp_path):
    with httpx.Client(base_url=sandbox_process, timeout=60, trust_env=False) as client:
        made = start_up(tmp_path, Sandbox(sandbox_process, client))
        yield made, Sandbox(sandbox_process, client)
        if made.process.poll() is None:
            made.stop()


def left(folder: Path) -> list[str]:
    """The commands of the processes that know this data folder."""
    found = []
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline())
            mine = str(folder) in command or process.environ().get("LOA_DATA_DIR") == str(folder)
            if mine and process.status() != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
                found.append(command)
        except psutil.Error:
            continue
    return found


def test_nothing_runs_on_after_a_kill_in_mid_call(up, numbers):
    running, sandbox = up
    folder = Path(running.env["LOA_DATA_DIR"])
    sandbox.fault(nth=1, times=1, when="after", do="hang", seconds=CALL_HANGS_S)
    running.create(numbers(20))
    until("the order is with the provider", sandbox.orders)
    assert len(left(folder)) > 10
    running.process.kill()
    running.process.wait()
    until("all of it has ended", lambda: not left(folder), ENDS_WITHIN_S)
    assert embedded.find(folder) is None


def test_servers_that_another_command_uses_stay(up):
    running, _ = up
    folder = Path(running.env["LOA_DATA_DIR"])
    with embedded.attach(folder):
        running.process.kill()
        running.process.wait()
        until("the workers have ended", lambda: not any("celery" in one for one in left(folder)), 30)
        until(
            "the guardian has gone",
            lambda: not any("guardian.py" in one for one in left(folder)),
            30,
        )
        assert embedded.find(folder) is not None
    assert embedded.find(folder) is None
