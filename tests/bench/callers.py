"""Many clients at one door: `python callers.py PORT KEY CLIENTS SECONDS FIRST` prints as JSON how often and how soon it answered.

Each client has one connection and asks again as soon as it was answered. Little is done here: it runs on the cores of what it
measures. It names nothing of Loa, so that two builds are measured by the same lines.
"""

import asyncio
import json
import sys
import time
from itertools import count

#: What a line of an answer begins with that gives the length of its body.
LENGTH = b"content-length:"


class Caller(asyncio.Protocol):
    """One client: asks, waits for the whole answer, asks again."""

    def __init__(self, crowd: "Crowd") -> None:
        self.crowd, self.seen, self.asked_at = crowd, b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        """Ask once, unless the time is over."""
        if time.perf_counter() >= self.crowd.ends:
            self.transport.close()
            return
        self.asked_at = time.perf_counter()
        self.transport.write(self.crowd.request())

    def data_received(self, data: bytes) -> None:
        self.seen += data
        head, found, body = self.seen.partition(b"\r\n\r\n")
        if not found:
            return
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(LENGTH))
        if len(body) < int(length.removeprefix(LENGTH)):
            return
        self.crowd.note(int(head[9:12]), time.perf_counter() - self.asked_at)
        self.seen = b""
        self.ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None or time.perf_counter() < self.crowd.ends:
            self.crowd.cut_off += 1
        self.crowd.open -= 1
        if not self.crowd.open:
            self.crowd.over.set()


class Crowd:
    """All clients, and what they were answered."""

    def __init__(self, port: int, key: str, clients: int, first: int) -> None:
        self.port, self.key, self.open, self.cut_off = port, key, clients, 0
        self.numbers, self.waits, self.refused = count(first), list[float](), dict[int, int]()
        self.ends = float("inf")
        self.over = asyncio.Event()

    def request(self) -> bytes:
        """One password, to a number that nobody else asks for."""
        body = json.dumps({"phone": f"09{next(self.numbers):08d}", "text": "482913 la ma xac nhan cua ban"}).encode()
        head = (
            f"POST /v1/otp HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def note(self, status: int, waited_s: float) -> None:
        """One answer."""
        if status == 202:
            self.waits.append(waited_s)
        else:
            self.refused[status] = self.refused.get(status, 0) + 1

    async def run(self, seconds: float) -> dict[str, object]:
        """Ask for so long, then wait for the last answers."""
        began = time.perf_counter()
        self.ends = began + seconds
        loop = asyncio.get_running_loop()
        await asyncio.gather(
            *(loop.create_connection(lambda: Caller(self), "127.0.0.1", self.port) for _ in range(self.open))
        )
        await self.over.wait()
        waits = sorted(self.waits) or [float("nan")]
        return {
            "accepted": len(self.waits),
            "refused": self.refused,
            "cut_off": self.cut_off,
            "per_second": len(self.waits) / (time.perf_counter() - began),
            "p50_s": waits[len(waits) // 2],
            "p99_s": waits[min(len(waits) - 1, len(waits) * 99 // 100)],
            "max_s": waits[-1],
        }


async def _main(port: int, key: str, clients: int, seconds: float, first: int) -> dict[str, object]:
    return await Crowd(port, key, clients, first).run(seconds)


if __name__ == "__main__":
    port, key, clients, seconds, first = sys.argv[1:]
    found = _main(int(port), key, int(clients), float(seconds), int(first))
    print(json.dumps(asyncio.run(found)))
