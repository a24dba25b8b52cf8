"""How do the processes stay alive until they are told to stop? One loop that starts, listens, buries and starts again."""

import contextlib
import selectors
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Protocol

from worker.errors import LoaError
from worker.supervisor.process import Process, Run

#: Under this name the supervisor's own lines are handed on.
OWN_NAME = "loa"
_TICK_S = 0.2
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
    ) -> None:
        self._slots = [_Slot(process) for process in processes]
        self._env = dict(env)
        self._on_line = on_line
        self._parts = dict(parts or {})
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
        with self._signals():
            try:
                for keeper in keepers:
                    keeper.start()
                while not self._signals_seen and not (until is not None and until.is_set()):
                    self._start_due()
                    self._listen(_TICK_S)
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
        heard = self._signals_seen
        for slot in self._slots:
            slot.due = None
            if slot.run is not None:
                slot.run.terminate()
        while running := [slot for slot in self._slots if slot.run is not None]:
            if self._signals_seen > heard:
                deadline = min(deadline, time.monotonic() + _HURRY_S)
            late = time.monotonic() >= deadline
            for slot in running:
                if late and slot.run is not None:
                    slot.run.kill()
                    self._say(f"{slot.process.name} did not stop in time and was killed.")
            self._listen(_TICK_S)
            self._bury(stopping=True)

    def _start_due(self) -> None:
        now = time.monotonic()
        for slot in self._slots:
            if slot.due is None or slot.due > now:
                continue
            slot.due = None
            refusal = slot.process.precheck() if slot.process.precheck is not None else None
            if refusal is not None:
                self._say(refusal)
                continue
            slot.run = Run(slot.process, self._env)
            for pipe in slot.run.pipes():
                self._selector.register(pipe, selectors.EVENT_READ, slot)

    def _listen(self, wait_s: float) -> None:
        """Hand on what the processes write, for as long as nothing else is to be done."""
        if not self._selector.get_map():
            time.sleep(wait_s / 4)
            return
        for key, _ in self._selector.select(wait_s):
            self._drain(key.data, key.fileobj)

    def _drain(self, slot: _Slot, pipe: object) -> None:
        if slot.run is None:
            return
        for known in slot.run.pipes():
            if known is pipe:
                for line in slot.run.read(known):
                    with self._speaking:
                        self._on_line(slot.process.name, line)
                if known.closed:
                    self._selector.unregister(pipe)

    def _bury(self, stopping: bool = False) -> None:
        pass

    def _say(self, sentence: str) -> None:
        with self._speaking:
            self._on_line(OWN_NAME, sentence)
