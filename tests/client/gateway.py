"""What may stand between a producer and Loa: it passes requests on, or answers some of them in Loa's place."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from tests.world import UNUSED_TLS

#: Headers that belong to one connection, and are not passed on.
OWN = {"connection", "transfer-encoding", "content-length", "content-encoding", "host", "date", "server"}


@dataclass
class Gateway:
    """Its address, what it saw, and what it answers by itself."""

    url: str
    #: `METHOD /path` and when.
    seen: list[tuple[str, float]] = field(default_factory=list)
    #: By `METHOD /path`, which may be the beginning of it: answers that are given first, one after the other.
    instead: dict[str, list[tuple[int, dict[str, str], bytes]]] = field(default_factory=dict)

    def answer(self, what: str, status: int, *, retry_after: str = "", times: int = 1, body: bytes = b"") -> None:
        headers = {"Content-Type": "application/problem+json"} if body else {"Content-Type": "text/html"}
        if retry_after:
            headers["Retry-After"] = retry_after
        self.instead.setdefault(what, []).extend([(status, headers, body)] * times)

    def times(self, what: str) -> list[float]:
        return [at for seen, at in self.seen if seen.startswith(what)]


@contextmanager
def gateway(to: str) -> Iterator[Gateway]:
    """One in front of `to`, for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self._pass_on()

        def do_GET(self) -> None:
            self._pass_on()

        def log_message(self, *_: object) -> None:
            pass

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            what = f"{self.command} {self.path}"
            made.seen.append((what, time.monotonic()))
            for start, answers in sorted(made.instead.items(), key=lambda one: -len(one[0])):
                if what.startswith(start) and answers:
                    self._say(*answers.pop(0))
                    return
            kept = {name: value for name, value in self.headers.items() if name.lower() not in OWN}
            got = client.request(self.command, self.path, content=body, headers=kept)
            self._say(got.status_code, dict(got.headers), got.content)

        def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in OWN:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    client = httpx.Client(base_url=to, timeout=60, trust_env=False, verify=UNUSED_TLS)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Gateway(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join(30)
        server.server_close()
        client.close()
