"""A provider of one answer, which takes single texts faster than anybody sends them: `python -m tests.bench.sink`.

It answers every request as eSMS answers a text that it took, after its latency, and notes whose it was and when. It reads
what Loa and a bare loop post (`"Phone": ...` in JSON) and what Kannel asks for (`to=` in the address).
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter
from typing import cast
from urllib.request import urlopen

from worker.loop import runner

PHONE = re.compile(rb'"Phone": ?"0?(\d+)"|[?&]to=0?(\d+)')
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Sink:
    """What came in."""

    def __init__(self) -> None:
        self.latency_s = 0.0
        self.arrivals: list[float] = []
        self.phones: Counter[bytes] = Counter()

    def take(self, head: bytes, body: bytes) -> tuple[bytes, float]:
        """The answer to a request, and how much later it is given."""
        line = head.split(b" ", 2)[1]
        if line.startswith(b"/_sink/reset"):
            self.__init__()  # type: ignore[misc] # everything as at the start
            self.latency_s = float(line.partition(b"latency=")[2] or 0)
            return _answer(b"{}"), 0.0
        if line.startswith(b"/_sink/"):
            return _answer(json.dumps(self.report()).encode()), 0.0
        if found := PHONE.search(body or line):
            self.phones[found[1] or found[2]] += 1
            self.arrivals.append(time.monotonic())
        reference = len(self.arrivals)
        return _answer(b'{"CodeResult":"100","CountRegenerate":0,"SMSID":"%d"}' % reference), self.latency_s

    def report(self) -> dict[str, float]:
        """`requests`, the different `numbers` of them, and the `seconds` from the first to the last."""
        seconds = self.arrivals[-1] - self.arrivals[0] if self.arrivals else 0.0
        return {"requests": len(self.arrivals), "numbers": len(self.phones), "seconds": seconds}


class Connection(asyncio.Protocol):
    """One kept-alive connection; a request at a time."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._read = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._read[:end])
            length = LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._read) < whole:
                return
            answer, latency_s = self._sink.take(head, bytes(self._read[end + 4 : whole]))
            del self._read[:whole]
            assert self._transport is not None
            if latency_s:
                asyncio.get_running_loop().call_later(latency_s, self._transport.write, answer)
            else:
                self._transport.write(answer)


def _answer(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


def reset(url: str, latency_s: float = 0.0) -> None:
    """Everything as at the start, and from now on this latency."""
    urlopen(f"{url}/_sink/reset?latency={latency_s}", timeout=10).close()  # noqa: S310 - our own, on loopback


def report(url: str) -> dict[str, float]:
    """What came in since."""
    with urlopen(f"{url}/_sink/report", timeout=10) as answer:  # noqa: S310 - our own, on loopback
        found: dict[str, float] = json.load(answer)
    return found


async def main() -> None:
    """Serve until SIGTERM; one line of JSON says where."""
    sink = Sink()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(sink), "127.0.0.1", 0, backlog=1000)
    sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"}) + "\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    runner().run(main())
