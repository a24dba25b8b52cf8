"""What the nursery forks is the supervisor's own child, shares the memory of what was imported, and outlives the nursery."""

import json
import os
import re
import sys
import threading
from pathlib import Path

import psutil
import pytest

from tests.engine.test_supervisor import ENV, Lines, alive, gone, sh
from worker.supervisor import OWN_NAME, Nursery, Process, Supervisor, environment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are handed on by Linux alone")

MIB = 2**20
#: Imported once: 60 MB of objects and more, and a program over them.
PLAYER = """
import gc, json, os, signal, sys, time
HEAP = [str(number) * 3 for number in range(800_000)]

def main():
    if "fails" in sys.argv:
        print("why", file=sys.stderr)
        sys.exit(3)
    signal.signal(signal.SIGTERM, lambda *_: (print("warm"), sys.exit(0)))
    memory = dict(line.split()[:2] for line in open("/proc/self/smaps_rollup") if ":" in line and "kB" in line)
    group = os.getpgid(0) == os.getpid()
    print(json.dumps([sys.argv[1:], os.getpid(), os.getppid(), os.nice(0), group, gc.isenabled(), memory]))
    print("ready")
    time.sleep(120)
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "player.py").write_text(PLAYER)
    return {**ENV, "PYTHONPATH": str(tmp_path), "WHO": "them"}


@pytest.fixture
def nursery(env: dict[str, str]):
    made = Nursery(["player"], {"player": "player:main"}, environment(env))
    yield made
    made.close()


def test_a_fork_is_our_child_as_its_line_says_and_shares_what_was_imported(nursery, env):
    lines = Lines("ready")
    seen = {}

    def on_line(name: str, line: str) -> None:
        if line.startswith("[["):
            words = json.loads(line)
            seen["said"], seen["command"] = words, psutil.Process(words[1]).cmdline()
        lines(name, line)

    forked = Process("forked", "nice -n 3 player ${WHO:-us} ${NOBODY:-none} 'two words'")
    Supervisor([forked], env, on_line, nursery=nursery).run(lines.seen)
    argv, pid, parent, nice, leads, collects, memory = seen["said"]
    assert argv == ["them", "none", "two words"]
    assert (parent, nice, leads, collects) == (os.getpid(), os.nice(0) + 3, True, True)
    assert [word for word in seen["command"] if word][1:] == ["player", "them", "none", "two words"]
    assert int(memory["Rss:"]) * 1024 > 60 * MIB
    assert int(memory["Private_Dirty:"]) * 1024 < 20 * MIB
    assert lines.of("forked")[-1] == "warm", "it was asked to end, and did so warm"
    assert lines.of(OWN_NAME) == []
    assert not alive(pid)


def test_the_end_of_a_fork_is_told_and_it_starts_again(nursery, env):
    lines = Lines("why", times=2)
    Supervisor([Process("forked", "player fails")], env, lines, nursery=nursery).run(lines.seen)
    first = lines.of(OWN_NAME)[0]
    assert re.fullmatch(r"forked ended with exit code 3 after \d+\.\d s \(why\); it starts again in 0\.1 s\.", first)


def test_what_is_no_program_of_ours_runs_by_the_shell(nursery, env):
    lines = Lines("ready")
    other = sh("echo $$ $PPID; echo ready; exec sleep 60")
    Supervisor([Process("other", other)], env, lines, nursery=nursery).run(lines.seen)
    pid, parent = map(int, lines.of("other")[0].split())
    assert parent == os.getpid()
    assert gone(pid)


def test_the_death_of_the_nursery_harms_nobody_and_what_starts_later_starts_by_itself(nursery, env):
    lines, again = Lines("ready"), threading.Event()
    pids: list[int] = []
    parent = os.getpid()

    def on_line(name: str, line: str) -> None:
        lines(name, line)
        if line.startswith("pid") and len(pids) < 2:
            pids.append(int(line.split()[1]))
            if len(pids) == 1:
                nursery._process.kill()
                os.kill(pids[0], 9)  # the next one is not forked
            else:
                again.set()

    keeps = Process("keeps", "player on")
    dies = Process("dies", sh("echo pid $$ $PPID; exec sleep 60"))
    Supervisor([keeps, dies], env, on_line, nursery=nursery).run(again)
    assert [line.split()[2] for line in lines.of("dies")] == [str(parent)] * 2
    assert lines.of("keeps")[-1] == "warm", "it ran on"
    assert [line for line in lines.of(OWN_NAME) if "keeps" in line] == []


def test_where_nothing_can_be_imported_all_start_by_themselves(env):
    broken = Nursery(["no_such_module"], {"player": "player:main"}, environment(env))
    lines = Lines("up")
    Supervisor([Process("alone", sh("echo up; exec sleep 60"))], env, lines, nursery=broken).run(lines.seen)
    assert lines.of("alone") == ["up"]


def test_a_fork_ends_with_its_supervisor(env, tmp_path):
    script = """
import sys, threading
from worker.supervisor import Nursery, Process, Supervisor, environment
env = dict(PATH=sys.argv[1], PYTHONPATH=sys.argv[2])
nursery = Nursery(["player"], {"player": "player:main"}, environment(env))
Supervisor([Process("p", "player on")], env, lambda name, line: print(line, flush=True), nursery=nursery).run()
"""
    with psutil.Popen(
        [sys.executable, "-c", script, env["PATH"], str(tmp_path)], stdout=-1, text=True, start_new_session=True
    ) as process:
        pid = json.loads(process.stdout.readline())[1]
        helpers = process.children()
        assert pid in [one.pid for one in helpers]
        process.kill()
        assert all(gone(one.pid) for one in helpers)
