"""A small process that ends what a killed `loa up` leaves behind, within seconds: a pipe tells it of the end.

The kernel ends the processes themselves (launch.py asks for SIGTERM at the parent's death), but a warm stop may take a minute,
and the embedded servers live in sessions of their own. Run as `python -I guardian.py DATA_DIR` with the pipe as its input: `+PID`
and `-PID` for each process that begins and ends, `bye` before an orderly end; the pipe's end without it means that the parent was
killed.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

#: How long processes have for a warm stop, when nobody waits for them any more.
_GRACE_S = 1.5
_TICK_S = 0.05


class Guardian:
    """The parent's side."""

    def __init__(self, data_dir: Path, *, servers: bool) -> None:
        """Start it; `servers`: whether the embedded servers of the folder end too, if no other command uses them."""
        words = [str(data_dir.resolve())] if servers else []
        self._child = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__)), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # out of Ctrl-C's reach
        )

    def begun(self, pid: int) -> None:
        """A process that leads its own group was started."""
        self._say(f"+{pid}")

    def ended(self, pid: int) -> None:
        """It has ended, and its number may be given to another."""
        self._say(f"-{pid}")

    def dismiss(self) -> None:
        """The end is an orderly one."""
        self._say("bye")
        if self._child.stdin is not None:
            with contextlib.suppress(OSError):
                self._child.stdin.close()
        self._child.wait()

    def _say(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # it died: the kernel's SIGTERM is left
            if self._child.stdin is not None:
                self._child.stdin.write(f"{line}\n".encode())
                self._child.stdin.flush()


def _listen() -> set[int] | None:
    """The groups that are left at the parent's death; None: it ended in order."""
    groups: set[int] = set()
    for line in sys.stdin:
        word = line.strip()
        if word == "bye":
            return None
        (groups.add if word[0] == "+" else groups.discard)(int(word[1:]))
    return groups


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False
    return True


def _signal(leader: int) -> None:
    """SIGTERM to a leader alone: to its group it would end Celery's children in mid-call."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(leader, signal.SIGTERM)


def _end(groups: set[int], deadline: float) -> None:
    """Wait for them; what is left at the deadline is killed. Calls in hand are then unknown, and looked up."""
    while any(map(_alive, groups)) and time.monotonic() < deadline:
        time.sleep(_TICK_S)
    for group in filter(_alive, groups):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def _main() -> None:
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    groups = _listen()
    if groups is None:
        return
    for leader in groups:
        _signal(leader)
    deadline = time.monotonic() + _GRACE_S
    if len(sys.argv) > 1:  # a second of importing, while they end
        sys.path.insert(0, str(Path(__file__).parents[2]))
        from worker.engine import embedded  # noqa: PLC0415 - needed by a killed parent only
    _end(groups, deadline)
    if len(sys.argv) > 1:
        embedded.stop_unused(Path(sys.argv[1]))


if __name__ == "__main__":
    _main()
