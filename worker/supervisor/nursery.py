"""A process that has imported the program already forks, so that a dozen of them share its memory and start at once.

A worker that is started by itself imports for two seconds and keeps 90 MB to itself; a fork shares all that it does not change.
The supervisor asks by a socket, with the pipes for the output; the fork becomes the supervisor's own child (its parent ends, and
the kernel hands it to the nearest subreaper), so that the nursery's end harms none of them: what is started later then starts by
itself (launch.py). Linux only. Run as `python -P nursery.py PARENT SOCKET PROGRAMS MODULE…`.
"""

import ctypes
import gc
import importlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NAME: Final = 15
_PR_SET_CHILD_SUBREAPER: Final = 36
#: Importing, on a machine that starts a dozen other things.
_PREPARED_WITHIN_S: Final = 90.0
_ANSWERS_WITHIN_S: Final = 10.0
_LONGEST_COMMAND: Final = 4096
#: What only a shell can do; a command with any of these is given to one.
_FOR_A_SHELL: Final = re.compile(r"[;|&<>()`\\\n]")
#: Room for the commands of forks in what `ps` shows.
_ROOM: Final = "." * 400


class Fork:
    """A process that was forked for the supervisor, as `subprocess.Popen` would show it."""

    def __init__(self, pid: int, stdout: IO[bytes], stderr: IO[bytes]) -> None:
        self.pid = pid
        self.stdout = stdout
        self.stderr = stderr
        self._code: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._waited(os.WNOHANG)

    def wait(self) -> int:
        """Wait for its end; the exit code."""
        code = self._waited(0)
        assert code is not None  # noqa: S101 - it was waited for
        return code

    def terminate(self) -> None:
        """SIGTERM, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)

    def _waited(self, how: int) -> int | None:
        if self._code is None:
            pid, status = os.waitpid(self.pid, how)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code


class Nursery:
    """The supervisor's side."""

    def __init__(self, modules: Sequence[str], programs: Mapping[str, str], env: Mapping[str, str]) -> None:
        """Begin to import `modules`; `programs` says which function is a program's (`celery` → `celery.__main__:main`)."""
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        words = [str(os.getpid()), str(theirs.fileno()), json.dumps(dict(programs)), *modules, _ROOM]
        with theirs:
            self._process: subprocess.Popen[bytes] | None = subprocess.Popen(
                [sys.executable, "-P", str(Path(__file__)), *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=env,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # out of Ctrl-C's reach
            )
        self._prepared = False
        self._late = time.monotonic() + _PREPARED_WITHIN_S

    def preparing(self) -> bool:
        """Whether it will be able to fork soon, but is not yet."""
        if self._process is None or self._prepared:
            return False
        self._socket.setblocking(False)
        try:
            self._prepared = self._socket.recv(1) == b"!"
        except BlockingIOError:
            if time.monotonic() < self._late:
                return True
        except OSError:
            pass
        if not self._prepared:
            self.close()
        return False

    def fork(self, command: str) -> Fork | None:
        """A process that runs this command; None where it cannot be had here."""
        if self._process is None or not self._prepared:
            return None
        out, err = os.pipe(), os.pipe()
        try:
            pid = self._ask(command, out[1], err[1])
        finally:
            os.close(out[1])
            os.close(err[1])
        if pid:
            return Fork(pid, os.fdopen(out[0], "rb"), os.fdopen(err[0], "rb"))
        os.close(out[0])
        os.close(err[0])
        self.close()
        return None

    def close(self) -> None:
        """It forks no more; what was forked runs on."""
        self._socket.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _ask(self, command: str, out: int, err: int) -> int:
        """The number of the new process, which is our child; 0: there is none."""
        self._socket.settimeout(_ANSWERS_WITHIN_S)
        # For this moment alone: what else loses its parent is not ours to wait for.
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        try:
            socket.send_fds(self._socket, [command.encode()], [out, err])
            return int(self._socket.recv(20) or b"0")
        except OSError:
            return 0
        finally:
            _prctl(_PR_SET_CHILD_SUBREAPER, 0)


def _prctl(option: int, value: Any) -> None:
    ctypes.CDLL(None).prctl(option, value)


def _serve(parent: int, asked: socket.socket) -> str:
    """Fork for each command; returns the command in the fork, and never in the nursery."""
    while True:
        message, pipes, _, _ = socket.recv_fds(asked, _LONGEST_COMMAND, 2)
        if not message:
            sys.exit()  # the supervisor has gone
        between = os.fork()
        if not between:
            _ended_between(os.getpid(), parent, asked, pipes)
            return message.decode()
        for pipe in pipes:
            os.close(pipe)
        os.waitpid(between, 0)


def _ended_between(between: int, parent: int, asked: socket.socket, pipes: Sequence[int]) -> None:
    """Fork once more and end, so that the fork is the supervisor's child; returns in the fork, tied to the life of `parent`."""
    if os.fork():
        os._exit(0)
    while os.getppid() == between:
        time.sleep(0.001)
    _prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))  # SIGTERM: celery ends warmly
    if os.getppid() != parent:
        asked.send(b"0")
        os._exit(1)
    os.setpgid(0, 0)
    for number, pipe in enumerate(pipes, start=1):
        os.dup2(pipe, number)
        os.close(pipe)
    asked.send(str(os.getpid()).encode())
    asked.close()


def _become(command: str, programs: Mapping[str, str]) -> None:
    """Run the command in this process."""
    if not _FOR_A_SHELL.search(command):
        # The shell is for ${NAME:-default}, as in launch.py.
        said = subprocess.run(["/bin/sh", "-c", f"printf '%s\\0' {command}"], capture_output=True, check=True)
        words = said.stdout.decode().split("\0")[:-1]
        if words[:2] == ["nice", "-n"]:
            os.nice(int(words[2]))
            words = words[3:]
        if function := programs.get(words[0]):
            module, _, name = function.partition(":")
            # A path: with SIGHUP celery starts its own program again.
            sys.argv = [shutil.which(words[0]) or words[0], *words[1:]]
            _entitle([sys.executable, *sys.argv])
            gc.enable()
            sys.exit(getattr(importlib.import_module(module), name)())
    os.execv("/bin/sh", ["sh", "-c", f"exec {command}"])  # noqa: S606 - the shell is for ${NAME:-default}


def _entitle(words: Sequence[str]) -> None:
    """What `ps` and `/proc` show of this process, written over the arguments with which the nursery was started."""
    _prctl(_PR_SET_NAME, Path(words[1]).name.encode()[:15])
    fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    begin, end = int(fields[45]), int(fields[46])
    if room := end - begin:
        ctypes.memmove(begin, "\0".join(words).encode()[: room - 1].ljust(room, b"\0"), room)


def _main() -> None:
    parent, asked = int(sys.argv[1]), socket.socket(fileno=int(sys.argv[2]))
    programs, modules = json.loads(sys.argv[3]), sys.argv[4:-1]
    _prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        return
    gc.disable()
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # what is imported never becomes garbage, and to look through it would make its pages each fork's own
    with suppress(ValueError, OSError):
        _entitle([sys.executable, str(Path(__file__))])
    asked.send(b"!")
    _become(_serve(parent, asked), programs)


if __name__ == "__main__":
    _main()
