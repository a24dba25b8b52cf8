"""Clients that send half a request, send it slowly, or do not read: closed in time, and nobody else notices."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from tests.api.served import Api, served
from tests.world import World
from worker.api.guard import Guarded
from worker.config.http_limits import HttpLimits

ASK = {"phone": "0900000001", "text": "Ma xac thuc LOA: 482913", "route": ["esms"], "sender": "LOA"}
HALF = b"POST /v1/otp HTTP/1.1\r\nHost: loa\r\n"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: loa\r\n\r\n"
LIMITS = {"max_connections": 40, "header_timeout_s": 0.5, "body_timeout_s": 0.5}


@pytest.fixture
def api(loa: World) -> Iterator[Api]:
    loa.loa.settings = loa.loa.settings.model_copy(update=LIMITS)
    with served(loa) as made:
        yield made


def connected(api: Api, said: bytes = b"", timeout_s: float = 30) -> socket.socket:
    host, port = api.url.removeprefix("http://").split(":")
    made = socket.create_connection((host, int(port)), timeout_s)
    made.sendall(said)
    return made


def answer(client: socket.socket) -> bytes:
    """All that comes until the server closes; a reset is such an end."""
    found = b""
    try:
        while some := client.recv(65536):
            found += some
    except ConnectionResetError:
        pass
    return found


@pytest.mark.parametrize("said", [b"", HALF])
def test_half_a_header_is_closed_in_time(api: Api, said: bytes):
    with connected(api, said) as client:
        assert answer(client).startswith(b"HTTP/1.1 408 ")


def test_a_header_that_drips_is_closed_in_time(api: Api):
    with connected(api, HALF) as client:
        assert _drips_until_closed(client) < 10


def _drips_until_closed(client: socket.socket) -> float:
    began = time.monotonic()
    with suppress(BrokenPipeError, ConnectionResetError):
        while time.monotonic() < began + 30:
            client.sendall(b"x")
            time.sleep(0.05)
    return time.monotonic() - began


def test_half_a_header_after_a_whole_request_is_closed_too(api: Api):
    with connected(api, WHOLE) as client:
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        client.sendall(HALF)
        assert b"HTTP/1.1 408 " in answer(client)


def test_half_a_body_is_closed_in_time(api: Api):
    key = api.client("otp").headers["authorization"]
    head = f"POST /v1/otp HTTP/1.1\r\nHost: loa\r\nAuthorization: {key}\r\nContent-Type: application/json\r\n"
    with connected(api, head.encode() + b"Content-Length: 100\r\n\r\n{") as client:
        assert answer(client) == b""


def test_half_a_body_whose_header_came_with_the_request_before_is_closed_too(api: Api):
    head = b"POST /login HTTP/1.1\r\nHost: loa\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n"
    with connected(api, WHOLE + head, timeout_s=20) as client:
        assert answer(client).startswith(b"HTTP/1.1 200 ")


def test_a_long_body_that_keeps_coming_is_read(api: Api):
    piece = b" " * 8000
    key = api.client("otp").headers["authorization"]
    head = f"POST /v1/otp HTTP/1.1\r\nHost: loa\r\nAuthorization: {key}\r\nContent-Type: application/json\r\n"
    with connected(api, head.encode() + b"Content-Length: 160000\r\n\r\n") as client:
        for _ in range(20):
            client.sendall(piece)
            time.sleep(0.05)
        # Longer than such a body may be, and read to its end all the same.
        assert client.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_whoever_waits_longest_makes_room_for_a_whole_request(api: Api):
    client = api.client("otp")
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(api, HALF)) for _ in range(3 * LIMITS["max_connections"])]
        for number in range(5):
            assert client.post("/v1/otp", json={**ASK, "phone": f"090000000{number}"}).status_code == 202
        # Each ends, with an answer or without.
        for one in slow:
            answer(one)


def test_with_nobody_to_make_room_the_newest_is_told_to_come_again(loa: World):
    loa.loa.settings = loa.loa.settings.model_copy(update={**LIMITS, "body_timeout_s": 60})
    with served(loa) as api, ExitStack() as stack:
        key = api.client("campaigns").headers["authorization"]
        head = f"POST /v1/campaigns HTTP/1.1\r\nHost: loa\r\nAuthorization: {key}\r\nContent-Type: application/json\r\n"
        for _ in range(LIMITS["max_connections"]):
            one = stack.enter_context(
                connected(api, head.encode() + b"Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n")
            )
            assert one.recv(65536).startswith(b"HTTP/1.1 100 ")
        with connected(api, WHOLE) as client:
            said = answer(client)
        assert said.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 2\r\n" in said


def test_a_connection_that_is_made_while_the_server_ends_is_closed():
    # The kernel may have taken it before the server closed its door: a busy one would keep the process for ever.
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def asked(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(WHOLE)
            return await asyncio.wait_for(reader.read(64), 5)
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    async def run() -> None:
        uvicorn_config, state, shared = uvicorn.Config(app, log_config=None), ServerState(), {}
        uvicorn_config.load()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Guarded(uvicorn_config, state, shared), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        assert (await asked(port)).startswith(b"HTTP/1.1 200 ")
        idle, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(WHOLE)
        assert (await idle.read(64)).startswith(b"HTTP/1.1 200 ")
        for connection in list(state.connections):
            connection.shutdown()
        assert await asked(port) == b""
        assert await idle.read() == b""
        writer.close()
        server.close()

    asyncio.run(asyncio.wait_for(run(), 20))


def test_a_client_that_hangs_up_in_a_body_leaves_no_trace_in_the_log(api: Api, caplog: pytest.LogCaptureFixture):
    key = api.client("otp").headers["authorization"]
    head = f"POST /v1/otp HTTP/1.1\r\nHost: loa\r\nAuthorization: {key}\r\nContent-Type: application/json\r\n"
    with connected(api, head.encode() + b"Content-Length: 100\r\nExpect: 100-continue\r\n\r\n") as client:
        assert client.recv(65536).startswith(b"HTTP/1.1 100 ")
    assert api.client("otp").post("/v1/otp", json=ASK).status_code == 202
    with connected(api, WHOLE) as client:
        assert client.recv(65536)
    assert "ClientDisconnect" not in caplog.text


def test_the_limits_are_those_of_the_settings():
    assert {name: HttpLimits.model_fields[name].default for name in LIMITS} == {
        "max_connections": 600,
        "header_timeout_s": 10,
        "body_timeout_s": 30,
    }
