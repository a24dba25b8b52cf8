"""Keeps processes alive until told to stop: one loop that starts them, reads them, and restarts what ended."""

import contextlib
import selectors
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Protocol

from worker.errors import LoaError
from worker.supervisor.guardian import Guardian
from worker.supervisor.nursery import Nursery
from worker.supervisor.process import Process, Run

#: Under this name the supervisor's own lines are handed on.
OWN_NAME = "loa"
#: While something starts or stops; and once all is ready, when a line, a signal or an end wakes us anyway.
_TICK_S = 0.2
_QUIET_TICK_S = 1.0
#: How often a server is looked at.
_PART_TICK_S = 0.5
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0
#: A run that lasted this long was no false start; the pauses begin anew.
_SETTLED_S = 10.0
#: What a second Ctrl-C leaves of the time to stop.
_HURRY_S = 2.0


class Part(Protocol):
    """Something the processes need and that is kept alive with them: an embedded server."""

    def alive(self) -> bool:
        """Whether it runs."""
        ...

    def start(self) -> None:
        """Start it where it was (same port) and wait until it serves; LoaError says why not."""
        ...


@dataclass(slots=True)
class _Slot:
    """A process's place: its present run, or when (monotonic) the next one is due; neither: left out."""

    process: Process
    run: Run | None = None
    due: float | None = 0.0
    false_starts: int = 0


class Supervisor:
    """Keeps `processes` and `parts` alive; `on_line(name, line)` gets every line they write, one call at a time.

    `env` is the whole environment of the processes. Used from the main thread: the system ties the life of a process to
    the thread that started it, and signals are handled there.
    """

    def __init__(
        self,
        processes: Sequence[Process],
        env: Mapping[str, str],
        on_line: Callable[[str, str], None],
        parts: Mapping[str, Part] | None = None,
        guardian: Guardian | None = None,
        nursery: Nursery | None = None,
    ) -> None:
        self._slots = [_Slot(process) for process in processes]
        self._env = dict(env)
        self._on_line = on_line
        self._parts = dict(parts or {})
        self._guardian = guardian
        self._nursery = nursery
        self._speaking = threading.Lock()
        self._over = threading.Event()
        self._signals_seen = 0
        self._selector = selectors.DefaultSelector()

    def run(
        self,
        until: threading.Event | None = None,
        on_ready: Callable[[], None] | None = None,
        grace_s: float = 60.0,
    ) -> None:
        """Run until `until` is set or SIGINT, SIGTERM or SIGHUP comes; then `stop(grace_s)`.

        `on_ready` is called once, when every process that was not left out is started and `ready`.
        """
        keepers = [threading.Thread(target=self._keep, args=part, daemon=True) for part in self._parts.items()]
        with self._selector, self._signals():
            try:
                for keeper in keepers:
                    keeper.start()
                while not self._signals_seen and not (until is not None and until.is_set()):
                    self._start_due()
                    self._listen(self._until_next_s(_TICK_S if on_ready is not None else _QUIET_TICK_S))
                    self._bury()
                    if on_ready is not None and self._ready():
                        on_ready()
                        on_ready = None
            finally:
                self.stop(grace_s)
                self._over.set()
                for keeper in keepers:
                    keeper.join()

    def stop(self, grace_s: float = 60.0) -> None:
        """Ask all processes for a warm stop (SIGTERM), wait, and SIGKILL those that still run after `grace_s` seconds.

        A further Ctrl-C meanwhile leaves them 2 s. The parts are kept alive to the end: a warm stop writes to them.
        """
        deadline = time.monotonic() + grace_s
        record_result = self._signals_seen
        killed: set[str] = set()
        for slot in self._slots:
            slot.due = None
            if slot.run is not None:
                slot.run.terminate()
        while running := [slot for slot in self._slots if slot.run is not None]:
            if self._signals_seen > record_result:
                deadline = min(deadline, time.monotonic() + _HURRY_S)
            late = running if time.monotonic() >= deadline else []
            for slot in late:
                if slot.run is not None and slot.process.name not in killed:
                    killed.add(slot.process.name)
                    slot.run.kill()
                    self._say(f"{slot.process.name} did not stop in time and was killed.")
            self._listen(_TICK_S)
            self._bury(stopping=True)

    def _until_next_s(self, longest: float) -> float:
        """Seconds to listen: not beyond the next start."""
        if self._nursery is not None and self._nursery.preparing():
            return _TICK_S
        now = time.monotonic()
        return max(0.0, min([longest, *(slot.due - now for slot in self._slots if slot.due is not None)]))

    def _start_due(self) -> None:
        if self._nursery is not None and self._nursery.preparing():
            return
        now = time.monotonic()
        for slot in self._slots:
            if slot.due is None or slot.due > now:
                continue
            slot.due = None
            refusal = slot.process.precheck() if slot.process.precheck is not None else None
            if refusal is not None:
                self._say(refusal)
                continue
            try:
                slot.run = Run(slot.process, self._env, self._nursery)
            except OSError as fault:  # the machine has no process or memory to spare just now
                slot.due = now + _LONGEST_PAUSE_S
                self._say(f"{slot.process.name} cannot be started: {fault}.")
                continue
            if self._guardian is not None:
                self._guardian.begun(slot.run.pid)
            for pipe in slot.run.pipes():
                self._selector.register(pipe, selectors.EVENT_READ, slot)

    def _listen(self, wait_s: float) -> None:
        """Hand on what the processes write, waiting at most `wait_s` for it."""
        for key, _ in self._selector.select(wait_s):
            if isinstance(key.data, _Slot):
                self._drain(key.data)
            else:
                key.fileobj.recv(1024)  # type: ignore[union-attr]

    def _drain(self, slot: _Slot) -> None:
        """Hand on all that waits in a process's pipes, and let go of those at their end."""
        if slot.run is None:
            return
        for pipe in slot.run.pipes():
            number = pipe.fileno()
            for line in slot.run.read(pipe):
                with self._speaking:
                    self._on_line(slot.process.name, line)
            if pipe.closed:
                self._selector.unregister(number)

    def _bury(self, stopping: bool = False) -> None:
        """Clear away the dead, and say when they come again."""
        for slot in self._slots:
            if slot.run is None or not slot.run.ended():
                continue
            slot.run.kill()  # what it left in its group would work on beside the next run
            self._drain(slot)
            for pipe in slot.run.pipes():
                self._selector.unregister(pipe)  # a grandchild outside the group holds it
            slot.run.close()
            if self._guardian is not None:
                self._guardian.ended(slot.run.pid)
            if not stopping:
                slot.false_starts = 0 if slot.run.lived_s() >= _SETTLED_S else slot.false_starts + 1
                pause = _pause_s(slot.false_starts)
                slot.due = time.monotonic() + pause
                self._say(f"{slot.process.name} {slot.run.epitaph()}; it starts again in {pause:.1f} s.")
            slot.run = None

    def _ready(self) -> bool:
        present = [slot for slot in self._slots if slot.run is not None or slot.due is not None]
        return all(slot.run is not None for slot in present) and all(
            slot.process.ready() for slot in present if slot.process.ready is not None
        )

    def _keep(self, name: str, part: Part) -> None:
        """Start a part again whenever it dies. In a thread: a database that replays its log must not hold up Ctrl-C."""
        failures = 0
        while not self._over.wait(_PART_TICK_S + (_pause_s(failures) if failures else 0.0)):
            try:
                if part.alive():
                    continue
                self._say(f"{name} has died; it starts again.")
                part.start()
            except (LoaError, OSError) as fault:
                failures += 1
                self._say(str(fault))
            else:
                failures = 0

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Count SIGINT, SIGTERM and SIGHUP (a closed terminal, unless `nohup` asked to ignore it) instead of dying of them.

        They and a child's end (SIGCHLD) wake the one who listens.
        """

        def count(number: int, _frame: FrameType | None) -> None:
            self._signals_seen += number != signal.SIGCHLD

        numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGCHLD]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            numbers.append(signal.SIGHUP)
        wakes, woken = socket.socketpair()
        with wakes, woken:
            woken.setblocking(False)
            wakes.setblocking(False)
            self._selector.register(wakes, selectors.EVENT_READ)
            former_wakeup = signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
            former = {number: signal.signal(number, count) for number in numbers}
            try:
                yield
            finally:
                for number, handler in former.items():
                    signal.signal(number, handler)
                signal.set_wakeup_fd(former_wakeup)

    def _say(self, sentence: str) -> None:
        with self._speaking:
            self._on_line(OWN_NAME, sentence)


def _pause_s(failures: int) -> float:
    """Seconds before the next start, after so many failures in a row: 0.1, 0.1, 0.2, 0.4 … 2."""
    return float(min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(max(failures - 1, 0), 10)))
