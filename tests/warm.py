"""Commands of `loa` for tests, each in a process of its own that is forked from one which has imported Loa: nine tenths of a
command's CPU are imports.

A command begins where the script `loa` begins, at `worker.cli.main`, with its own words, environment, folder, stdin, stdout and
stderr; it ends as any program of Python ends. What begins with the script itself is in tests/cli/test_help.py,
`Terminal.start` and tests/flows.
"""

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

from tests.environment import plain_environment

ROOT = Path(__file__).parents[1]
SCRIPT = Path(sys.executable).with_name("loa")
#: What commands import when they come to it. Not `worker.app`: it is made from settings.
LATER = (
    "celery",
    "kombu.transport.redis",
    "openpyxl",
    "worker.providers.esms",
    "worker.providers.fibo",
    "worker.providers.fpt",
    "worker.providers.sandbox",
)


def run(
    words: Sequence[str], env: Mapping[str, str], cwd: Path, stdin: str | None = None, timeout: float = 300
) -> "subprocess.CompletedProcess[str]":
    """What `subprocess.run([loa, *words])` gives, its stdin empty where none is given."""
    mine, theirs = socket.socketpair()
    given, taken = os.pipe()
    pipes = [os.pipe(), os.pipe()]
    with mine:
        with theirs:
            ends = [theirs.fileno(), given, *(writing for _, writing in pipes)]
            with _LOCK:
                socket.send_fds(_server(), [b"."], ends)
        for one in ends[1:]:
            os.close(one)
        request = {"words": [str(SCRIPT), *words], "env": dict(env), "cwd": str(cwd)}
        mine.sendall(json.dumps(request).encode() + b"\n")
        said: list[bytes] = [b"", b""]
        threads = [threading.Thread(target=_feed, args=(taken, (stdin or "").encode()))]
        threads += [threading.Thread(target=_hear, args=(said, n, reading)) for n, (reading, _) in enumerate(pipes)]
        for thread in threads:
            thread.start()
        with mine.makefile() as answers:
            pid = int(answers.readline())
            mine.settimeout(timeout)
            try:
                status = int(answers.readline())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(words), timeout) from None
        for thread in threads:
            thread.join()
    out, err = (part.decode().replace("\r\n", "\n") for part in said)
    return subprocess.CompletedProcess(list(words), os.waitstatus_to_exitcode(status), out, err)


_LOCK = threading.Lock()


def _feed(end: int, words: bytes) -> None:
    try:
        with os.fdopen(end, "wb") as pipe:
            pipe.write(words)
    except BrokenPipeError:
        pass  # it left without reading all


def _hear(said: list[bytes], n: int, end: int) -> None:
    with os.fdopen(end, "rb") as pipe:
        said[n] = pipe.read()


@cache
def _server() -> socket.socket:
    """The way to the process that has imported Loa; it ends with us."""
    ours, its = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.warm", str(its.fileno())],
        env=plain_environment() | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        pass_fds=[its.fileno()],
        # As those of a command are: no terminal.
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    its.close()

    def end() -> None:
        ours.close()
        process.wait(60)

    atexit.register(end)
    return ours


def serve(way: socket.socket) -> None:
    """Fork a process for each request, until whoever asks is gone; returns in the process of a command, which is to run it."""
    for path, _ in import_module("worker.cli.root").COMMANDS.values():
        import_module(f"worker.cli.{path.partition(':')[0]}")
    for name in LATER:
        import_module(name)
    gc.collect()
    gc.freeze()  # else the end of each process would look through all that was imported, which takes half a second
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait for commands
    while True:
        something, ends, _, _ = socket.recv_fds(way, 1, 4)
        if not something:
            os._exit(0)
        if os.fork() == 0:
            way.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return _wait_for_a_command(*ends)
        for end in ends:
            os.close(end)


def _wait_for_a_command(answer: int, *streams: int) -> None:
    asking = socket.socket(fileno=answer)
    with asking.makefile("rb") as requests:
        asked = json.loads(requests.readline())
    if pid := os.fork():
        for end in streams:
            os.close(end)
        asking.sendall(f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        asking.sendall(f"{status}\n".encode())
        os._exit(0)
    asking.close()
    for number, end in enumerate(streams):
        os.dup2(end, number)
        os.close(end)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    sys.argv = asked["words"]


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
    from worker.cli import main

    main()
