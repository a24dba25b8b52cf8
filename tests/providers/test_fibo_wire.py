"""What happens to Fibo's calls on a real socket? Nothing is ever sent twice, and every call ends in time."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from tests.providers.fibo_cases import ACCEPTED, MESSAGE, account
from worker.domain.outcome import Outcome
from worker.providers.base import Answer
from worker.providers.fibo import Fibo

SENT = ACCEPTED.encode()
BALANCE = b"<string><SMS><Code>200</Code><AccountBalance>7</AccountBalance></SMS></string>"


class Server:
    """Fibo on loopback: keeps every request, and does with the nth what the nth of its acts says."""

    def __init__(self, *acts):
        self.acts = acts
        self.requests = []
        self.connections = 0

    async def __call__(self, reader, writer):
        self.connections += 1
        try:
            while request := await self._read(reader):
                self.requests.append(request)
                if not await self.acts[min(len(self.requests), len(self.acts)) - 1](writer, request):
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _read(self, reader):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return b""
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        return head + await reader.readexactly(length)


async def answers(writer, request):
    body = SENT if b"SendMaskedSMS" in request else BALANCE if b"GetClientBalance" in request else b"505|6|0"
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: keep-alive\r\n\r\n%b" % (len(body), body))
    await writer.drain()
    return True


async def drops(writer, _):
    """Takes the request and hangs up."""
    return False


async def resets(writer, _):
    writer.transport.abort()
    return False


async def stops_in_the_middle(writer, _):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + SENT)
    await writer.drain()
    return False


async def stays_silent(writer, _):
    await asyncio.Event().wait()


async def drips(writer, _):
    """A byte now and then, each well within any read timeout."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


@asynccontextmanager
async def provider(server, timeout_s=5.0, **changes):
    """The adapter with its own client, calling the server over TCP."""
    listener = await asyncio.start_server(server, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    urls = {"base_url": f"{base}/service.asmx", "status_url": f"{base}/PartnerMtTotal.aspx"}
    fibo = Fibo(account(timeout_s=timeout_s, **urls, **changes))
    try:
        yield fibo
    finally:
        await fibo.aclose()
        listener.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)


CALLS = {
    "send as query": ({}, lambda fibo: fibo.send_message(MESSAGE)),
    "send as form": ({"send_by": "form"}, lambda fibo: fibo.send_message(MESSAGE)),
    "balance": ({}, lambda fibo: fibo.balance()),
    "totals by page": ({}, lambda fibo: fibo.totals()),
    "totals by SOAP": ({"totals_by": "soap"}, lambda fibo: fibo.totals()),
}


def learned(result):
    """Whether the call taught anything."""
    if isinstance(result, Answer):
        assert result.outcome in {Outcome.ACCEPTED, Outcome.UNKNOWN}
        return result.outcome is Outcome.ACCEPTED
    return result.value is not None


@pytest.mark.parametrize("act", [drops, resets, stops_in_the_middle])
@pytest.mark.parametrize(("changes", "call"), CALLS.values(), ids=list(CALLS))
def test_a_request_dropped_on_a_warm_connection_is_not_repeated(changes, call, act):
    server = Server(answers, act)

    async def two_calls():
        async with provider(server, **changes) as fibo:
            return await call(fibo), await call(fibo)

    first, second = asyncio.run(two_calls())
    assert learned(first)
    assert not learned(second)
    assert server.connections == 1, "the second request went over the warm connection"
    assert len(server.requests) == 2, "one receipt of each request"


@pytest.mark.parametrize("act", [stays_silent, drips])
@pytest.mark.parametrize("send_by", ["query", "form"])
def test_the_deadline_covers_the_whole_call(send_by, act):
    server = Server(act)

    async def one_call():
        async with provider(server, timeout_s=0.3, send_by=send_by) as fibo:
            began = time.monotonic()
            answer = await fibo.send_message(MESSAGE)
            return answer, time.monotonic() - began

    answer, took_s = asyncio.run(one_call())
    assert answer.outcome is Outcome.UNKNOWN
    assert 0.25 < took_s < 5.0
    assert len(server.requests) == 1


def test_a_refused_connection_never_left():
    async def one_call():
        async with provider(Server(answers)) as fibo:
            gone = await asyncio.start_server(Server(answers), "127.0.0.1", 0)
            port = gone.sockets[0].getsockname()[1]
            gone.close()
            await gone.wait_closed()
            refused = Fibo(account(base_url=f"http://127.0.0.1:{port}"), fibo.client)
            return await refused.send_message(MESSAGE), await refused.balance()

    answer, balance = asyncio.run(one_call())
    assert (answer.outcome, answer.words) == (Outcome.RETRY, "no connection (ConnectError)")
    assert (balance.value, balance.words) == (None, "no connection (ConnectError)")


def test_a_cancelled_call_is_cancelled():
    async def cancelled():
        async with provider(Server(stays_silent)) as fibo:
            call = asyncio.create_task(fibo.send_message(MESSAGE))
            await asyncio.sleep(0)
            call.cancel()
            await call

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
