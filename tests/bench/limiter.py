"""Measures how exactly 4 processes keep one rate, 10 a second for a minute: `python -m tests.bench.limiter [seconds]`.

Each process does what a sender does: waits for a slot, then posts to a sink in a process of its own. Counted are the
slots as they were given away and the requests as they arrived, which jitter moves by some milliseconds.
"""

import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
from redis import Redis

from tests.slots import reserve
from worker.clock import Clock
from worker.engine import embedded
from worker.throttle import RateLimit, Throttle

PROCESSES = 4
SPAWN = multiprocessing.get_context("spawn")


class Told(Clock):
    """A clock whose last answer is known, so that a slot is known to the microsecond."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What four processes made of one rate."""

    per_second: float
    seconds: float
    #: Slots given away, and requests that arrived.
    slots: int
    arrived: int
    #: The most of them in any second, wherever it begins.
    most_slots: int
    most_arrived: int

    @property
    def used(self) -> float:
        """The part of the rate that was used."""
        return self.slots / (self.per_second * self.seconds)


def measure(redis_url: str, per_second: float = 10.0, seconds: float = 60.0, otp_reserve: float = 0.2) -> Accuracy:
    """Run four processes for so long against the Redis at the address."""
    rate_limit = RateLimit(f"bench-{time.time_ns()}", per_second, otp_reserve)
    ours, theirs = SPAWN.Pipe()
    sink = SPAWN.Process(target=_sink, args=(theirs,), daemon=True)
    sink.start()
    address = ours.recv()
    barrier, slots = SPAWN.Barrier(PROCESSES), SPAWN.Queue()
    senders = [
        SPAWN.Process(target=_send, args=(redis_url, rate_limit, seconds, address, barrier, slots))
        for _ in range(PROCESSES)
    ]
    for sender in senders:
        sender.start()
    taken = sorted(slot for _ in senders for slot in slots.get())
    for sender in senders:
        sender.join()
    ours.send(None)
    arrived = sorted(ours.recv())
    sink.join()
    # The slots of the minute, whoever was late to ask for them.
    taken = [slot for slot in taken if slot < taken[0] + seconds * 1_000_000]
    return Accuracy(per_second, seconds, len(taken), len(arrived), most_in_a_second(taken), most_in_a_second(arrived))


def most_in_a_second(times: Sequence[int]) -> int:
    """The most of some sorted times (microseconds) in any half-open second."""
    most, first = 0, 0
    for last, moment in enumerate(times):
        while times[first] <= moment - 1_000_000:
            first += 1
        most = max(most, last - first + 1)
    return most


def _send(redis_url: str, rate_limit: RateLimit, seconds: float, address: str, barrier: Any, slots: Any) -> None:
    clock, taken = Told(), []
    with Redis.from_url(redis_url) as redis, httpx.Client(trust_env=False) as client:
        throttle = Throttle(redis, clock)
        client.get(address)
        barrier.wait(60)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            clock.moment = Clock().now()
            waits = reserve(throttle, rate_limit)
            if waits is None:
                continue
            taken.append(round(clock.moment.timestamp() * 1_000_000) + round(waits[0] * 1_000_000))
            time.sleep(waits[0])
            client.post(address)
    slots.put(taken)


def _sink(pipe: Connection) -> None:
    arrived: list[int] = []

    class Sink(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            arrived.append(round(time.time() * 1_000_000))
            self.do_GET()

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Sink) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        pipe.send(f"http://127.0.0.1:{server.server_address[1]}/")
        pipe.recv()
        server.shutdown()
    pipe.send(arrived)


def main() -> None:
    """Measure and print."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    with (
        tempfile.TemporaryDirectory(prefix="loa-limiter-") as folder,
        embedded.attach(Path(folder), need_postgres=False, need_redis=True) as engines,
    ):
        found = measure(engines.redis_url or "", seconds=seconds)
    print(f"{PROCESSES} processes, {found.per_second:g} requests/s allowed, {found.seconds:g} s")
    print(f"most slots in any second: {found.most_slots}; seen at the sink: {found.most_arrived}")
    print(f"used: {found.used:.1%} ({found.slots} slots)")


if __name__ == "__main__":
    main()
