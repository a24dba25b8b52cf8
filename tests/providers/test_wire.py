"""Every adapter stands whatever a socket can do: headers without end, no connection left, a caller that gives up."""

import asyncio
import gzip
import socket
import threading
import time
from contextlib import closing, contextmanager, suppress

import pytest

from tests.providers.asking import answer_of, asked, opened, received
from tests.providers.sandboxed import MESSAGES, CampaignRequest
from worker.domain.outcome import Outcome
from worker.providers import http
from worker.providers.wire import CONNECTIONS as ROOM
from worker.providers.wire import Wire

pytestmark = pytest.mark.usefixtures("each_loop")

#: One of each adapter.
ONE_EACH = ("esms message as JSON", "fpt message", "fibo message as query", "sandbox message")


async def send(provider, nth):
    return answer_of(await provider.send_message(CampaignRequest(nth).message))


async def drips_headers(reader, writer):
    """Grants FPT its token; then a header now and then, each well within any read timeout, and never the last."""
    grant = b'{"access_token": "a", "expires_in": 3600}'
    with closing(writer), suppress(ConnectionError):
        if b"/oauth2/token" in await reader.readuntil(b"\r\n"):
            await reader.readuntil(b"client_credentials")
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(grant), grant))
            return
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X-A: b\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)


def test_headers_without_end_are_a_doubt_in_time():
    async def all_at_once():
        listener = await asyncio.start_server(drips_headers, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"

        async def one(function):
            async with opened(function, url, timeout_s=9.0) as provider:
                began = time.monotonic()
                return (await send(provider, 1)).outcome, time.monotonic() - began < 45.0

        async with listener:
            return await asyncio.gather(*map(one, MESSAGES.values()))

    assert set(asyncio.run(all_at_once())) == {(Outcome.UNKNOWN, True)}


@contextmanager
def tires_of_waiting():
    """A server that answers once and closes when it is told to, without having said so; its address, and how to tell it."""
    told, closed = threading.Semaphore(0), threading.Semaphore(0)

    def close():
        told.release()
        assert closed.acquire(timeout=60)

    def serve(listener):
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                with line:
                    while not line.recv(65_536).endswith(b"\r\n\r\n"):
                        pass
                    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                    told.acquire(timeout=60)
                closed.release()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=[listener])
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", close
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(60)


def test_a_connection_that_was_closed_while_nobody_called_is_not_called_over():
    """Between two calls a worker's loop stands still, and hears of nothing."""
    with tires_of_waiting() as (url, close), asyncio.Runner() as runner:
        wire = http.new_wire()
        for _ in range(5):
            ask = http.request("GET", url, within_s=30)
            assert runner.run(http.call(wire, ask, deadline_s=30, max_bytes=100)) == http.Reply(200, b"{}")
            close()
        runner.run(wire.aclose())


def test_an_answer_that_came_in_time_is_read_by_a_process_that_was_busy_meanwhile():
    """A worker that waits for its database reads nothing; what came meanwhile is an answer and not an unknown call."""
    asked, answer = threading.Event(), threading.Event()

    def serve(listener):
        line, _ = listener.accept()
        with line:
            line.recv(65_536)
            asked.set()
            assert answer.wait(60)
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            line.recv(1)

    async def busy(url):
        wire = http.new_wire()
        ask = http.request("GET", url, within_s=30)
        calling = asyncio.create_task(http.call(wire, ask, deadline_s=3, max_bytes=100))
        await asyncio.to_thread(asked.wait, 60)
        answer.set()
        time.sleep(3.2)  # noqa: ASYNC251 - the event loop stands still, past the time limit of the call
        got = await calling
        await wire.aclose()
        return got

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=[listener])
        thread.start()
        assert asyncio.run(busy(f"http://127.0.0.1:{listener.getsockname()[1]}")) == http.Reply(200, b"{}")
        thread.join(60)


async def packs_its_answer(reader, writer):
    """Compresses, as gateways do for whoever says that he can read it."""
    with closing(writer):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        answer = gzip.compress(b'{"CodeResult": "100", "SMSID": "77"}')
        assert b"accept-encoding: gzip, deflate\r\n" in head
        size = f"Content-Encoding: gzip\r\nContent-Length: {len(answer)}".encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + size + b"\r\n\r\n" + answer)


def test_a_compressed_answer_is_read():
    async def ask():
        listener = await asyncio.start_server(packs_its_answer, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        async with listener, opened(MESSAGES["esms message as JSON"], url) as provider:
            return await send(provider, 1)

    assert asyncio.run(ask()).ref == "77"


async def packs_what_it_was_asked(reader, writer):
    """Compresses the path of each request; the connection stays open."""
    with closing(writer):
        while head := await _head(reader):
            answer = gzip.compress(head.split(b" ")[1])
            size = f"Content-Encoding: gzip\r\nContent-Length: {len(answer)}".encode()
            writer.write(b"HTTP/1.1 200 OK\r\n" + size + b"\r\n\r\n" + answer)


async def _head(reader):
    with suppress(asyncio.IncompleteReadError):
        return await reader.readuntil(b"\r\n\r\n")


def test_a_connection_of_a_compressed_answer_is_given_back_once():
    """Two calls over one connection would get each other's answers."""

    async def ask():
        one = Wire()
        listener = await asyncio.start_server(packs_what_it_was_asked, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"

        async def call(path):
            request = http.request("GET", url + path, within_s=30)
            return (await http.call(one, request, deadline_s=30, max_bytes=100)).body

        async with listener:
            first = [await call("/a")]
            kept, room = sum(map(len, one._kept.values())), one._room._value
            both = await asyncio.gather(call("/b"), call("/c"))
            await one.aclose()
        return [*first, *both], kept, room

    assert asyncio.run(ask()) == ([b"/a", b"/b", b"/c"], 1, ROOM)


@pytest.mark.parametrize("function", [MESSAGES[name] for name in ONE_EACH], ids=ONE_EACH)
def test_waiting_for_a_free_connection_never_left(sandbox, function):
    async def one_too_many():
        # A third of it is the time in which a connection must be there: room for a busy machine.
        async with opened(function, sandbox.url, timeout_s=12.0) as provider:
            # FPT's token is there before the crowd.
            await send(provider, 0)
            sandbox.arm("hang", function=function.name, times=-1, seconds=30)
            return await asyncio.gather(*(send(provider, nth) for nth in range(1, ROOM + 2)))

    outcomes = [answer.outcome for answer in asyncio.run(one_too_many())]
    unknown, retry = outcomes.count(Outcome.UNKNOWN), outcomes.count(Outcome.RETRY)
    assert unknown + retry == ROOM + 1
    # One at least found no room; on a busy machine others may find no connection in time.
    assert unknown
    assert retry
    # All that left is in doubt, and nothing else: what is to be tried again never left.
    assert received(sandbox, function.name) == unknown + 1


@pytest.mark.parametrize("function", [MESSAGES[name] for name in ONE_EACH], ids=ONE_EACH)
def test_it_follows_nobody_and_takes_nothing_of_the_machine(sandbox, function, monkeypatch):
    """No redirect, no proxy, no cookie: a provider gets what its adapter wrote, and nobody else gets anything."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    sandbox.arm("status", function=function.name, status=307, headers={"Location": "/elsewhere", "Set-Cookie": "a=b"})
    first, second = asked(function, sandbox.url, "[QC] first", "[QC] second")
    assert (answer_of(first).outcome, answer_of(second).outcome) == (Outcome.HALT, Outcome.ACCEPTED)
    assert received(sandbox, function.name) == 2
    assert "/elsewhere" not in str(sandbox.http.get("/_sandbox/calls").json())


@pytest.mark.parametrize(
    ("function", "where"),
    [*((MESSAGES[name], MESSAGES[name].name) for name in ONE_EACH), (MESSAGES["fpt message"], "oauth2/token")],
    ids=[*ONE_EACH, "fpt token"],
)
def test_a_cancelled_call_is_cancelled(sandbox, function, where):
    sandbox.arm("hang", function=where, seconds=30)

    async def cancelled():
        async with opened(function, sandbox.url) as provider:
            call = asyncio.create_task(send(provider, 1))
            while not await asyncio.to_thread(received, sandbox, where):
                assert not call.done()
            call.cancel()
            await call

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
