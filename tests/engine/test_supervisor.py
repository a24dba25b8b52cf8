"""The supervisor keeps its processes alive, tells of their ends, stops them warmly and leaves none behind."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from worker.engine.redis import Redis
from worker.supervisor import OWN_NAME, Process, Supervisor, listening, taken_port
from worker.supervisor.supervise import _pause_s

ROOT = Path(__file__).parents[2]
ENV = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
WAIT_S = 10


class Lines:
    """What the processes wrote; sets `seen` once the wanted line came `times` times."""

    def __init__(self, wanted: str = "\0", times: int = 1):
        self.lines: list[tuple[str, str]] = []
        self.seen = threading.Event()
        self._wanted, self._times = wanted, times

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))
        if len([one for _, one in self.lines if self._wanted in one]) >= self._times:
            self.seen.set()

    def of(self, name: str) -> list[str]:
        return [line for one, line in self.lines if one == name]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):  # gone before it was opened, or before it was read
        return False


def gone(pid: int) -> bool:
    deadline = time.monotonic() + WAIT_S
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(pid)


def sh(script: str) -> str:
    return f"sh -c '{script}'"


def test_what_dies_starts_again_and_its_end_is_told_in_one_line():
    lines = Lines("here", times=3)
    dies = Process("dies", sh("echo here; echo why >&2; echo bye; exit 3"))
    lives = Process("lives", sh("echo started; exec sleep 60"))
    Supervisor([dies, lives], ENV, lines).run(lines.seen)
    assert lines.of("lives") == ["started"]
    first, second = lines.of(OWN_NAME)[:2]
    assert re.fullmatch(r"dies ended with exit code 3 after \d+\.\d s \(why\); it starts again in 0\.1 s\.", first)
    assert second.endswith("it starts again in 0.2 s.")


def test_one_that_was_killed_is_told_by_the_signal():
    lines = Lines("again")
    Supervisor([Process("killed", sh("kill -9 $$"))], ENV, lines).run(lines.seen)
    assert "killed was killed by SIGKILL after" in lines.of(OWN_NAME)[0]


def test_a_command_that_is_not_there_is_told_and_holds_up_nobody():
    lines = Lines("ended with")
    Supervisor([Process("wrong", "no-such-program"), Process("right", sh("echo up; exec sleep 60"))], ENV, lines).run(
        lines.seen
    )
    assert "no-such-program" in lines.of(OWN_NAME)[0]
    assert "exit code 127" in lines.of(OWN_NAME)[0]


def test_the_pauses_grow_to_two_seconds_and_no_further():
    assert [_pause_s(failures) for failures in (0, 1, 2, 3, 4, 5, 6, 500)] == [0.1, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]


def test_a_warm_stop_waits_for_the_work_in_hand():
    lines = Lines("working")
    script = 'trap "sleep 0.4; echo finished; exit 0" TERM; echo working; while :; do sleep 0.05; done'
    Supervisor([Process("worker", sh(script))], ENV, lines).run(lines.seen)
    assert lines.of("worker") == ["working", "finished"]
    assert lines.of(OWN_NAME) == []


def test_a_warm_stop_reaches_the_process_and_not_its_children():
    # Celery's children would die of SIGTERM in the middle of a call.
    lines = Lines("working")
    script = 'trap : TERM; (trap "echo hit" TERM; echo working; sleep 0.3; echo whole) & wait; wait'
    Supervisor([Process("worker", sh(script))], ENV, lines).run(lines.seen)
    assert lines.of("worker") == ["working", "whole"]


def test_one_that_does_not_stop_is_killed_with_all_that_it_started():
    lines = Lines("child")
    script = 'trap "" TERM; sh -c "sleep 60 & echo child \\$!; wait" & while :; do sleep 0.05; done'
    began = time.monotonic()
    Supervisor([Process("stubborn", sh(script))], ENV, lines).run(lines.seen, grace_s=0.4)
    assert time.monotonic() - began < 30
    assert lines.of(OWN_NAME) == ["stubborn did not stop in time and was killed."]
    assert gone(int(lines.of("stubborn")[0].split()[1]))


def test_what_a_dead_process_left_behind_does_not_work_on():
    lines = Lines("left", times=2)
    Supervisor([Process("leaves", sh("sleep 60 & echo left $!; exit 1"))], ENV, lines).run(lines.seen)
    assert all(gone(int(line.split()[1])) for line in lines.of("leaves"))


def test_commands_are_read_by_a_shell_with_our_programs_first():
    lines = Lines("end")
    command = sh("echo ${PORT:-8000} ${HOST:-none}; echo $PATH; echo end; exec sleep 60")
    Supervisor([Process("web", command)], {**ENV, "PORT": "81"}, lines).run(lines.seen)
    port, path, _ = lines.of("web")
    assert port == "81 none"
    assert path.split(":")[0] == str(Path(sys.executable).parent)


def test_long_half_and_broken_lines_are_handed_on():
    lines = Lines("again")
    script = "import sys; sys.stdout.buffer.write(b'x' * 200_000 + b'\\n\\xff\\nhalf')"
    Supervisor([Process("odd", f'python -c "{script}"'.replace("\n", "\\n"))], ENV, lines).run(lines.seen)
    written = lines.of("odd")
    assert sum(line.count("x") for line in written) == 200_000
    assert written[-2:] == ["�", "half"]


def test_one_whose_port_is_taken_is_left_out_with_one_sentence():
    lines = Lines()
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        sentence = f"Flower is left out: port {port} is taken; set LOA_FLOWER_PORT."
        flower = Process("flower", sh("echo never"), precheck=taken_port("127.0.0.1", port, sentence))
        web = Process("web", sh("echo up; exec sleep 60"), precheck=taken_port("127.0.0.1", 0, "never"))
        Supervisor([flower, web], ENV, lines).run(lines.seen, on_ready=lines.seen.set)
    assert lines.of(OWN_NAME) == [sentence]
    assert lines.of("flower") == []


def test_ready_means_that_all_serve_and_is_told_once():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = f"import socket, time; time.sleep(0.3); s = socket.create_server(('127.0.0.1', {port})); time.sleep(60)"
    lines, told, over = Lines(), [], threading.Event()

    def on_ready() -> None:
        with socket.socket() as caller:
            told.append(caller.connect_ex(("127.0.0.1", port)))
        threading.Timer(0.5, over.set).start()

    processes = [
        Process("web", f'python -c "{server}"', ready=listening("127.0.0.1", port)),
        Process("other", "sleep 60"),
    ]
    Supervisor(processes, ENV, lines).run(over, on_ready)
    assert told == [0]


def test_a_part_that_dies_is_started_where_it_was(tmp_path):
    redis = Redis(tmp_path)
    redis.start()
    url, former, over = redis.url, redis.pid, threading.Event()

    def watch() -> None:
        redis.kill()
        deadline = time.monotonic() + WAIT_S
        while redis.pid is None and time.monotonic() < deadline:
            time.sleep(0.02)
        over.set()

    lines = Lines()
    try:
        Supervisor([Process("worker", "sleep 60")], ENV, lines, {"Redis": redis}).run(
            over, on_ready=lambda: threading.Thread(target=watch).start()
        )
        assert redis.url == url
        assert redis.pid not in (None, former)
        assert lines.of(OWN_NAME) == ["Redis has died; it starts again."]
    finally:
        redis.stop()


# A supervisor in a process of its own, to be interrupted and killed.
PROGRAM = """
import sys
from worker.supervisor import Process, Supervisor
Supervisor([Process("child", sys.argv[1])], {"PATH": "/usr/bin:/bin"}, lambda name, line: print(name, line, flush=True)).run()
print("stopped", flush=True)
"""


@contextlib.contextmanager
def supervisor(script: str):
    program = [sys.executable, "-c", PROGRAM, sh(script)]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            yield process, int(process.stdout.readline().split()[-1])
        finally:
            process.kill()


def test_a_killed_supervisor_leaves_no_process_behind():
    with supervisor("echo $$; exec sleep 60") as (process, child):
        assert alive(child)
        process.kill()
        assert gone(child)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_and_returns(number):
    with supervisor('trap "echo warm; exit 0" TERM; echo $$; while :; do sleep 0.05; done') as (process, child):
        os.killpg(process.pid, number)  # as a terminal does: to the whole group
        assert process.stdout.read().split() == ["child", "warm", "stopped"]
        assert process.wait() == 0
        assert gone(child)


def test_a_second_ctrl_c_does_not_wait_for_the_whole_grace():
    with supervisor('trap "echo asked" TERM; echo $$; while :; do sleep 0.05; done') as (process, child):
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "child asked\n"
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "loa child did not stop in time and was killed.\n"
        assert 1.5 < time.monotonic() - began < 30
        assert gone(child)
