"""The life of one embedded server: it starts, is found by other processes, is stopped or killed, starts again.

A server keeps, for as long as one of its processes lives, a lock on `<folder>/alive.lock` that it inherits when it is
started. That lock, not a process id, says whether it lives: ids are reused after a reboot, the lock is gone with its
holder. `<folder>/server.json` (0600) remembers port, password and process id between lives.
"""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from worker import outages
from worker.engine import lock
from worker.engine.account import Account
from worker.errors import Unavailable

#: Long enough for PostgreSQL to replay `max_wal_size` of log after a kill.
START_S = 120.0
STOP_S = 30.0
#: Below the ports that systems lend to outgoing connections, which could sit on ours while the server is down.
_PORTS = range(20000, 30000)

#: The servers that this process started: asking them for their end leaves no zombie, keeping them warns of none.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of a server: TCP port on 127.0.0.1, password, and the id of its latest process."""

    port: int
    password: str = field(repr=False)
    pid: int | None = None


@dataclass(frozen=True, slots=True)
class Launch:
    """The words that start the server in the foreground, and under which account."""

    command: Sequence[str | Path]
    account: Account


class Server(ABC):
    """One server under `folder`. Objects are handles: any process may hold one for the same server."""

    name: ClassVar[str]
    setting: ClassVar[str]
    #: Ends the server in order.
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    #: What marks the line of its log that says why it could not go on.
    fatal_marks: ClassVar[tuple[str, ...]]

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.log = self.folder / "log"

    # What a kind of server says of itself

    @abstractmethod
    def _launch(self, state: State) -> Launch:
        """Make ready whatever the server needs, and say how to start it."""

    @abstractmethod
    def _answers(self, state: State) -> bool:
        """Whether the server takes our password and serves."""

    @abstractmethod
    def _url(self, state: State) -> str: ...

    # What everybody may ask

    @property
    def url(self) -> str:
        """Where clients find it, password included."""
        return self._url(self._known())

    @property
    def pid(self) -> int | None:
        """The server's process, None when it does not run."""
        state = self._state()
        return state.pid if state is not None and self.alive() else None

    def alive(self) -> bool:
        """Whether any process of the server still runs."""
        for child in list(_children.values()):
            if child.poll() is not None:
                _children.pop(child.pid, None)
        try:
            with lock.opened(self.folder / "alive.lock", make=False) as descriptor:
                return not lock.taken(descriptor, fcntl.LOCK_SH)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def start(self, wait_s: float = START_S) -> None:
        """Start it unless it runs, and wait until it serves; raises Unavailable with the server's own last words."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._alone():
                self._start(wait_s)
        except OSError as fault:
            if fault.errno in outages.NO_ROOM:
                raise outages.no_room(self.folder) from fault
            raise Unavailable(
                f"{self.name} cannot use the folder {self.folder}: {fault.strerror or fault}; make room or give rights "
                f"there, choose another by LOA_DATA_DIR, or set {self.setting}."
            ) from fault

    def wait_ready(self, wait_s: float = START_S) -> None:
        """Wait until a running server serves; Unavailable when it ends first or takes longer than `wait_s`."""
        deadline = time.monotonic() + wait_s
        while not self._answers(self._known()):
            if not self.alive():
                raise self._last_words()
            # One that cannot write begins anew again and again, and is never ready.
            if outages.is_full(self.folder / "data"):  # PostgreSQL's may be a link to another disk
                raise outages.no_room(self.folder)
            if time.monotonic() > deadline:
                raise Unavailable(f"{self.name} did not answer within {wait_s:.0f} s; its log is {self.log}.")
            time.sleep(0.02)

    def stop(self, wait_s: float = STOP_S) -> None:
        """End it in order; one that does not follow within `wait_s` is killed (both servers survive that)."""
        if not self.folder.exists():
            return
        with self._alone():
            self._stop(wait_s)

    def kill(self) -> None:
        """SIGKILL, as the out-of-memory killer would; returns when no process of the server is left."""
        with self._alone():
            self._kill()

    # How

    def _start(self, wait_s: float) -> None:
        if self.alive():
            try:
                self.wait_ready(wait_s)
            except Unavailable:
                if self.alive():
                    raise  # else it was the rest of a killed server, and has left
            else:
                return
        self.folder.chmod(0o700)
        state = self._state() or State(_free_port(), secrets.token_hex(16))
        # A server that was killed may leave its port taken for a moment; one that was stopped does not.
        if not lock.within(0.0 if state.pid is None else 2.0, lambda: _is_free(state.port), 0.05):
            state = replace(state, port=_free_port())
        self._save(state)
        self._save(replace(state, pid=self._spawn(self._launch(state))))
        try:
            self.wait_ready(wait_s)
        except Unavailable:
            self._stop(STOP_S)
            raise

    def _spawn(self, launch: Launch) -> int:
        """Start the process with the lock that tells of its life; in a session of its own, out of Ctrl-C's reach."""
        if self.log.exists():
            self.log.replace(self.folder / "log.before")  # two lives of log at most
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            with lock.opened(self.folder / "alive.lock") as life:
                lock.take(life, fcntl.LOCK_EX, START_S, f"A process of the former {self.name} has not ended")
                child = subprocess.Popen(
                    [*launch.account.prefix, *launch.command],
                    stdout=descriptor,
                    stderr=descriptor,
                    pass_fds=[life],
                    umask=0o077,
                    start_new_session=True,
                    **launch.account.child,
                )
        finally:
            os.close(descriptor)
        _children[child.pid] = child
        return child.pid

    def _stop(self, wait_s: float) -> None:
        self._send(self.stop_signal)
        if not self._gone_within(wait_s):
            self._kill()
        if (state := self._state()) is not None:
            with contextlib.suppress(OSError):  # a full disk must not make a stop fail
                self._save(replace(state, pid=None))

    def _kill(self) -> None:
        self._send(signal.SIGKILL)
        if not self._gone_within(STOP_S):
            raise Unavailable(f"A process of {self.name} under {self.folder} does not end.")

    def _send(self, number: signal.Signals) -> None:
        pid = self.pid
        # Our servers lead their session; a stranger that got the id of one whose children still end hardly does.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if pid is not None and os.getsid(pid) == pid:
                os.kill(pid, number)

    def _gone_within(self, wait_s: float) -> bool:
        return lock.within(wait_s, lambda: not self.alive(), 0.01)

    def _last_words(self) -> Unavailable:
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        fatal = [line for line in lines if any(mark in line for mark in self.fatal_marks)]
        words = (fatal or lines or ["it said nothing"])[-1]
        if outages.is_full(self.folder / "data"):
            return outages.no_room(self.folder)
        return Unavailable(
            f"{self.name} did not start under {self.folder}: {words} (the log is {self.log}); "
            f"mend that, choose another folder by LOA_DATA_DIR, or set {self.setting}."
        )

    def _alone(self) -> contextlib.AbstractContextManager[None]:
        """No two processes start or stop the same server at once."""
        what = f"Another command has been starting or stopping {self.name} under {self.folder}"
        return lock.held(self.folder / "start.lock", START_S + STOP_S, what)

    def _state(self) -> State | None:
        try:
            return State(**json.loads((self.folder / "server.json").read_text()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as fault:
            words = f"{self.folder / 'server.json'} cannot be read; move {self.folder} away to begin empty."
            raise Unavailable(words) from fault

    def _known(self) -> State:
        state = self._state()
        if state is None:
            raise Unavailable(f"{self.name} was never started under {self.folder}.")
        return state

    def _save(self, state: State) -> None:
        write_private(self.folder / "server.json", json.dumps(asdict(state)))


def write_private(path: Path, text: str) -> None:
    """Write a 0600 file whole or not at all, so that a reader never sees half of it."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _free_port() -> int:
    for _ in range(200):
        port = secrets.choice(_PORTS)
        if _is_free(port):
            return port
    raise Unavailable("No free TCP port was found on 127.0.0.1 between 20000 and 29999.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False
