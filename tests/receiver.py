"""A receiver of events over real HTTP, that can be told to misbehave; it verifies by the public library alone."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Received:
    """One post, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)  # type: ignore[no-any-return]

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def signed_by(self, secret: str) -> bool:
        """Whether one of its signatures is of this secret; the clock of a test stands still, so the time is not looked at."""
        moment = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), UTC)
        wanted = Webhook(secret).sign(self.id, moment, self.body.decode())
        return wanted in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """What came, and how the next ones are answered: a status, `drop`, `hang`, or `(status, headers)`."""

    url: str
    posts: list[Received] = field(default_factory=list)
    #: How posts are answered, one after the other; the last one repeats.
    answers: list[Any] = field(default_factory=lambda: [200])
    #: What is posted to this path hangs, whatever the answers.
    hangs_at: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def types(self) -> list[str]:
        return [one.event["type"] for one in self.posts]

    def until(self, done: Callable[[], bool], within_s: float = 60) -> None:
        ends = time.monotonic() + within_s
        while not done():
            assert time.monotonic() < ends, f"only {self.types} came"
            time.sleep(0.01)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver for as long as the block lasts."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                answer = made.answers[0]
                if self.path == made.hangs_at:
                    answer = "hang"
                elif len(made.answers) > 1:
                    made.answers.pop(0)
                post = Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                made.posts.append(post)
            if answer == "hang":
                made.released.wait(60)
                self.close_connection = True
                return
            if answer == "drop":
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

        do_GET = do_POST  # noqa: N815 - the name is http.server's

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, *_: Any) -> None:
            """A client that hung up is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    made = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        made.released.set()
        server.shutdown()
        server.server_close()
        thread.join(60)
