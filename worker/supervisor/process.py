"""One supervised process: a command, and each run of it, which is a process group with two pipes."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from worker.supervisor.nursery import Fork, Nursery

#: A line longer than this is handed on in pieces.
_LONGEST_LINE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Process:
    """A line of the Procfile.

    `precheck` is asked before each start: a sentence means that the process is left out, the others run on.
    `ready` says, without waiting, whether it serves; None: as soon as it is started.
    """

    name: str
    command: str
    precheck: Callable[[], str | None] | None = None
    ready: Callable[[], bool] | None = None


class Run:
    """One run of a process, from its start to its end."""

    def __init__(self, process: Process, env: Mapping[str, str], nursery: Nursery | None = None) -> None:
        """Start it: as a fork of the nursery where there is one, else as a program of its own."""
        forked = nursery.fork(process.command) if nursery is not None else None
        self._child: subprocess.Popen[bytes] | Fork = forked or _launched(process.command, env)
        self._started = time.monotonic()
        self._rest: dict[IO[bytes], bytes] = {}
        self._last: dict[IO[bytes], str] = {}
        for pipe in self.pipes():
            os.set_blocking(pipe.fileno(), False)
            self._rest[pipe] = b""

    @property
    def pid(self) -> int:
        """Its number, and that of its group."""
        return self._child.pid

    def pipes(self) -> list[IO[bytes]]:
        """Standard output and standard error, as long as they are open."""
        return [pipe for pipe in (self._child.stdout, self._child.stderr) if pipe is not None and not pipe.closed]

    def read(self, pipe: IO[bytes]) -> Iterator[str]:
        """The whole lines that wait in the pipe, which is closed at its end.

        A megabyte at most, so that one that never pauses does not keep us from the others.
        """
        for _ in range(16):
            try:
                got = os.read(pipe.fileno(), _LONGEST_LINE)
            except BlockingIOError:
                return
            *lines, rest = (self._rest[pipe] + got).split(b"\n")
            if rest and (not got or len(rest) >= _LONGEST_LINE):
                lines, rest = [*lines, rest], b""
            self._rest[pipe] = rest
            for line in lines:
                text = line.decode(errors="replace").rstrip()
                if text:
                    self._last[pipe] = text
                yield text
            if not got:
                pipe.close()
                return

    def ended(self) -> bool:
        """Whether the process is dead."""
        return self._child.poll() is not None

    def lived_s(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self._started

    def terminate(self) -> None:
        """Ask for a warm stop. To the process alone: a signal to the group would end Celery's children in mid-call."""
        self._child.terminate()

    def kill(self) -> None:
        """SIGKILL to the process and whatever it left in its group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let go of the pipes, which a grandchild may still hold."""
        for pipe in self.pipes():
            pipe.close()

    def epitaph(self) -> str:
        """`ended with exit code 1 after 3.2 s` and its last words on stderr, else on stdout."""
        code = self._child.wait()
        how = f"ended with exit code {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"
        last = (self._child.stderr and self._last.get(self._child.stderr)) or (
            self._child.stdout and self._last.get(self._child.stdout)
        )
        return f"{how} after {self.lived_s():.1f} s" + (f" ({last})" if last else "")


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """The same with our programs first, and with nobody's lines kept back."""
    programs = str(Path(sys.executable).parent)
    return {**env, "PATH": f"{programs}{os.pathsep}{env.get('PATH', os.defpath)}", "PYTHONUNBUFFERED": "1"}


def _launched(command: str, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    launcher = [sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py"))]
    return subprocess.Popen(
        [*launcher, str(os.getpid()), command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(env),
        process_group=0,  # Ctrl-C in the terminal is for the supervisor, which stops warmly
    )


def taken_port(host: str, port: int, sentence: str) -> Callable[[], str | None]:
    """A precheck that gives `sentence` when somebody listens on that port already."""

    def check() -> str | None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return sentence
        return None

    return check


def listening(host: str, port: int) -> Callable[[], bool]:
    """A `ready` that is true once somebody accepts connections on that port."""

    def check() -> bool:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex((host, port)) == 0

    return check
