#!/usr/bin/env bash
# libcurl: it sends a POST that the server received a second time, when a kept connection ends without an answer.
#
# Versions: PycURL 7.49.0 with libcurl 8.23.0; Python's http.client and httpx 0.28.1 for comparison.
# You would expect: a POST is sent once. A caller who wants a retry asks for it (`--retry`, off by default). A GET may be repeated
# on a new connection, because it changes nothing.
# What happens: the first request opens a connection, which is kept. The server reads the second request completely and hangs up.
# libcurl assumes that the connection was dead before, opens another, and posts the same body again. The caller sees the answer to
# the second POST. No option of the request was set. On a separate connection (FORBID_REUSE for the first request) the POST is
# sent once, and the caller gets "Empty reply from server".
# Why it matters: PHP's curl and many other clients of SMS gateways are libcurl. A gateway that restarts after it accepted a text
# and before it answered sends two texts. The sender's log has one line.
# Loa: it writes its requests to its own socket, once (worker/providers/wire.py). tests/providers/test_no_repeats.py accepts the
# request and drops the answer, on warm and on new connections, for every function.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check pycurl==7.49.0 httpx==0.28.1

"$work/venv/bin/python" - <<'PYTHON'
import http.client
import io
import socket
import threading

import httpx
import pycurl


class Gateway:
    """Answers the first request, takes the second and hangs up, as one that is being restarted, and answers whatever comes then."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            line, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=[line], daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with line, line.makefile("rb") as read:
            while head := read.readline():
                length = 0
                while (header := read.readline().lower()) not in {b"\r\n", b""}:
                    name, _, value = header.partition(b":")
                    length = int(value) if name == b"content-length" else length
                self.taken.append((read.read(length) or head.split()[1]).decode())
                if len(self.taken) == 2:
                    return
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def with_libcurl(port: int, *, keep: bool) -> str:
    curl, said = pycurl.Curl(), ""
    for text in ("text=1", "text=2"):
        answer = io.BytesIO()
        curl.setopt(pycurl.URL, f"http://127.0.0.1:{port}/send")
        curl.setopt(pycurl.POSTFIELDS, text)
        curl.setopt(pycurl.WRITEFUNCTION, answer.write)
        curl.setopt(pycurl.FORBID_REUSE, int(not keep))
        try:
            curl.perform()
            said = answer.getvalue().decode()
        except pycurl.error as error:
            said = str(error.args[1])
    curl.close()
    return said


def with_http_client(port: int) -> str:
    connection, said = http.client.HTTPConnection("127.0.0.1", port), ""
    for text in ("text=1", "text=2"):
        try:
            connection.request("POST", "/send", text)
            said = connection.getresponse().read().decode()
        except (http.client.HTTPException, OSError) as error:
            said = type(error).__name__
    return said


def with_httpx(port: int) -> str:
    with httpx.Client(trust_env=False) as client:
        client.post(f"http://127.0.0.1:{port}/send", content="text=1")
        try:
            return client.post(f"http://127.0.0.1:{port}/send", content="text=2").text
        except httpx.HTTPError as error:
            return type(error).__name__


print(pycurl.version.split(" OpenSSL")[0])
ways = {
    "libcurl, kept connection": lambda port: with_libcurl(port, keep=True),
    "libcurl, a connection each": lambda port: with_libcurl(port, keep=False),
    "http.client, kept connection": with_http_client,
    "httpx, kept connection": with_httpx,
}
seen = {}
for name, send in ways.items():
    gateway = Gateway()
    said = send(gateway.port)
    seen[name] = gateway.taken.count("text=2")
    print(f"{name}: the second text was taken {seen[name]} time(s); the caller was told {said!r}")
expected = {name: 2 if name == "libcurl, kept connection" else 1 for name in ways}
raise SystemExit(0 if seen == expected else f"changed: {seen}")
PYTHON
