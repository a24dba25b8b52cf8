"""Starts the sandbox: `python -m worker.sandbox.serve --port N`, or `serve` from another program."""

import argparse
import json
import socket
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import uvicorn

from worker.clock import Clock
from worker.errors import Misuse
from worker.sandbox.app import create_app
from worker.sandbox.wire import ClosableProtocol

#: Longer than any client keeps an idle connection, so that none is closed under a client's hands but by a fault.
_KEEP_ALIVE_S = 600


class _Announcing(uvicorn.Server):
    """Tells its address as soon as connections are accepted."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._announce:
            self._announce()


def serve(
    port: int = 0,
    host: str = "127.0.0.1",
    settings: Mapping[str, Any] | None = None,
    announce: Callable[[str], None] | None = None,
    clock: Clock | None = None,
) -> None:
    """Serve in the foreground until SIGINT or SIGTERM; port 0 takes a free one, `announce` is told the URL.

    Raises:
        Misuse: a setting does not exist or cannot have that value, or the port is taken.
    """
    config = uvicorn.Config(
        create_app(clock, settings),
        http=ClosableProtocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        # URLs carry keys, so no line is ever written about a request
        access_log=False,
        log_level="critical",
        timeout_keep_alive=_KEEP_ALIVE_S,
        # calls that hang by a fault do not hold up the end
        timeout_graceful_shutdown=1,
    )
    try:
        listener = socket.create_server((host, port), backlog=config.backlog)
    except OSError as fault:
        raise Misuse(f"The sandbox cannot listen on {host}:{port}: {fault.strerror}.") from fault
    # asyncio does this only for sockets that it makes itself; without it every answer waits 40 ms for the client's ACK
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with listener:
        url = f"http://{host}:{listener.getsockname()[1]}"
        try:
            _Announcing(config, partial(announce, url) if announce else None).run(sockets=[listener])
        except KeyboardInterrupt:
            # uvicorn has stopped in good order and hands the signal on; for whoever pressed Ctrl-C that is enough
            return


def main() -> int:
    """Read the command line, serve, print one JSON line with the URL; 2 for wrong words."""
    parser = argparse.ArgumentParser(prog="python -m worker.sandbox.serve", description="The providers' emulator.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="loopback unless you say otherwise")
    parser.add_argument("--settings", type=_switches, default={}, help="switches as a JSON object")
    parser.add_argument("--clock-offset-s", type=float, default=0.0, help="shifts the sandbox's dates")
    words = parser.parse_args()

    def announce(url: str) -> None:
        sys.stdout.write(json.dumps({"url": url}) + "\n")
        sys.stdout.flush()

    try:
        serve(words.port, words.host, words.settings, announce, Clock(words.clock_offset_s))
    except Misuse as fault:
        sys.stderr.write(f"{fault}\n")
        return Misuse.exit_code
    return 0


def _switches(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError("not a JSON object")
    return found


if __name__ == "__main__":
    sys.exit(main())
