"""Work in a fork: its answer and its fault come back, and it ends with its parent."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.flows.conftest import until
from worker.errors import Refused
from worker.supervisor import apart

SLEEPS = """
import os, sys, time
from pathlib import Path
from worker.supervisor import apart
def work(path):
    Path(path).write_text(str(os.getpid()))
    time.sleep(600)
apart(work, sys.argv[1])
"""


def double(number: int) -> int:
    return 2 * number


def refuse() -> None:
    raise Refused("one_rule", "Not like that.")


def test_its_answer_and_its_fault_come_back():
    assert apart(double, 21) == 42
    with pytest.raises(Refused, match="Not like that") as fault:
        apart(refuse)
    assert fault.value.rule == "one_rule"


@pytest.mark.skipif(sys.platform != "linux", reason="there are no forks elsewhere")
def test_it_ends_when_its_parent_is_killed(tmp_path):
    told = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", SLEEPS, str(told)]) as parent:
        until("the fork works", lambda: told.exists() and told.read_text())
        fork = psutil.Process(int(Path(told).read_text()))
        assert fork.ppid() == parent.pid
        parent.kill()
    fork.wait(60)
