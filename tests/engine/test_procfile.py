"""The Procfile is one list of plain commands, and what the processes write is told apart."""

import io
import subprocess
from pathlib import Path

import pytest

from worker.errors import Misuse
from worker.supervisor import LogFiles, Terminal, procfile, read_procfile

ROOT = Path(__file__).parents[2]


def test_the_processes_of_loa():
    assert procfile() == ROOT / "Procfile"
    senders = ["worker-esms", "worker-fpt", "worker-fibo", "worker-sandbox", "worker-otp", "worker-plan"]
    names = [
        "release",
        "web",
        *senders,
        "worker-report",
        "worker-webhook",
        "worker-sweep",
        "worker-nightly",
        "scheduler",
        "flower",
    ]
    assert list(read_procfile(procfile())) == names


@pytest.mark.parametrize("name", read_procfile(ROOT / "Procfile"))
def test_a_command_can_be_run_by_exec_and_carries_no_secret(name):
    command = read_procfile(ROOT / "Procfile")[name]
    assert subprocess.run(["sh", "-n", "-c", f"exec {command}"], check=False).returncode == 0
    assert not any(sign in command for sign in ("&&", "||", ";", "|", "basic_auth", "KEY", "SECRET", "PASS"))


def test_flower_reads_only_and_listens_here_only():
    flower = read_procfile(procfile())["flower"]
    assert "--read_only=True" in flower
    assert "--address=${FLOWER_ADDRESS:-127.0.0.1}" in flower


def test_comments_and_empty_lines_are_left_out(tmp_path):
    path = tmp_path / "Procfile"
    path.write_text("# why\n\nweb:  serve --port ${PORT:-8000} # not a comment\n  a_b-1: run\n")
    assert read_procfile(path) == {"web": "serve --port ${PORT:-8000} # not a comment", "a_b-1": "run"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("web: a\nno command\n", "line 2: not of the form `name: command`"),
        ("web:\n", "line 1: not of the form"),
        ("web: a\nweb: b\n", "line 2: the name web is there twice"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path, text, sentence):
    path = tmp_path / "Procfile"
    path.write_text(text)
    with pytest.raises(Misuse, match=sentence):
        read_procfile(path)


def test_lines_stand_under_their_names():
    stream = io.StringIO()
    terminal = Terminal(["web", "worker"], stream)
    terminal("web", "up")
    terminal("worker", "ready")
    assert stream.getvalue() == "web    | up\nworker | ready\n"


def test_a_terminal_gets_a_colour_for_each_name():
    stream = io.StringIO()
    terminal = Terminal(["web", "worker"], stream, colour=True)
    terminal("web", "up")
    terminal("worker", "ready")
    assert stream.getvalue() == "\x1b[36mweb    |\x1b[0m up\n\x1b[33mworker |\x1b[0m ready\n"


def test_a_reader_who_went_away_stops_nothing():
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    Terminal(["web"], Gone())("web", "up")


def test_each_process_has_a_log_file_of_bounded_size(tmp_path):
    files = LogFiles(tmp_path / "log", limit=20)
    for number in range(5):
        files("web", f"line {number}")
    files("worker", "one")
    files.close()
    kept = {path.name: path.read_text() for path in (tmp_path / "log").iterdir()}
    assert kept == {
        "web.log": "line 3\nline 4\n",
        "web.log.before": "line 0\nline 1\nline 2\n",
        "worker.log": "one\n",
    }


def test_log_files_are_for_their_owner_alone_also_old_ones(tmp_path):
    folder = tmp_path / "log"
    folder.mkdir(mode=0o755)
    old = folder / "web.log"
    old.write_text("before\n")
    old.chmod(0o644)
    files = LogFiles(folder)
    files("beat", "a line")
    files.close()
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert modes == {"log": 0o700, "web.log": 0o600, "beat.log": 0o600}
