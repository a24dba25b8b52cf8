"""What happens to FPT's calls on a real socket? Nothing is ever sent twice, and every call ends in time."""

import asyncio
import json
import time
from contextlib import asynccontextmanager

import pytest

from tests.providers.fpt_cases import CALLS, GRANTED, MESSAGE, TAKEN, Now, account, answer_of, signed_in
from worker.domain.outcome import Outcome
from worker.providers.fpt import Fpt, LocalTokens

TOKEN_PATH = "/oauth2/token"


class Server:
    """FPT on loopback: keeps the path of every request, and does with the nth what the nth of its acts says."""

    def __init__(self, *acts):
        self.acts = acts
        self.paths = []
        self.connections = 0

    async def __call__(self, reader, writer):
        self.connections += 1
        try:
            while path := await self._read(reader):
                self.paths.append(path)
                if not await self.acts[min(len(self.paths), len(self.acts)) - 1](writer, path):
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _read(self, reader):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return ""
        lines = head.split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.lower().startswith(b"content-length:"))
        await reader.readexactly(length)
        return lines[0].split()[1].decode()

    @property
    def steps(self):
        return [path for path in self.paths if path != TOKEN_PATH]


async def answers(writer, path):
    body = json.dumps(GRANTED["json"] if path == TOKEN_PATH else TAKEN).encode()
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: keep-alive\r\n\r\n%b" % (len(body), body))
    await writer.drain()
    return True


async def refuses_the_token(writer, path):
    body = b'{"error":1013}'
    writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    await writer.drain()
    return True


async def drops(writer, path):
    """Takes the request and hangs up."""
    return False


async def resets(writer, path):
    writer.transport.abort()
    return False


async def stops_in_the_middle(writer, path):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + json.dumps(TAKEN).encode())
    await writer.drain()
    return False


async def stays_silent(writer, path):
    await asyncio.Event().wait()


async def drips(writer, path):
    """A byte now and then, each well within any read timeout."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def drips_headers(writer, path):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: b\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


@asynccontextmanager
async def provider(server, signed=True, timeout_s=5.0):
    """The adapter with its own client, calling the server over TCP; with or without a token to begin with."""
    listener = await asyncio.start_server(server, "127.0.0.1", 0)
    owner = account(base_url=f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", timeout_s=timeout_s)
    fpt = Fpt(owner, await signed_in(owner) if signed else LocalTokens(), Now())
    try:
        yield fpt
    finally:
        await fpt.aclose()
        listener.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)


@pytest.mark.parametrize("act", [drops, resets, stops_in_the_middle])
@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_a_request_dropped_on_a_warm_connection_is_not_repeated(call, act):
    server = Server(answers, act, answers)

    async def two_calls():
        async with provider(server) as fpt:
            return answer_of(await call(fpt)), answer_of(await call(fpt))

    first, second = asyncio.run(two_calls())
    assert (first.outcome, second.outcome) == (Outcome.ACCEPTED, Outcome.UNKNOWN)
    assert server.connections == 1, "the second request went over the warm connection"
    assert len(server.paths) == 2, "one receipt of each request, and no token for it"


@pytest.mark.parametrize("act", [drops, resets, stops_in_the_middle])
@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_a_repeat_with_a_new_token_that_is_dropped_is_not_repeated_again(call, act):
    server = Server(refuses_the_token, answers, act, answers)

    async def one_call():
        async with provider(server) as fpt:
            return answer_of(await call(fpt))

    assert asyncio.run(one_call()).outcome is Outcome.UNKNOWN
    assert server.connections == 1
    assert (len(server.steps), len(server.paths)) == (2, 3)


@pytest.mark.parametrize("act", [drops, resets, stops_in_the_middle])
def test_a_request_for_a_token_that_is_dropped_is_made_again_and_the_message_sent_once(act):
    server = Server(act, answers)

    async def one_call():
        async with provider(server, signed=False) as fpt:
            return await fpt.send_message(MESSAGE)

    assert asyncio.run(one_call()).outcome is Outcome.ACCEPTED
    assert server.paths == [TOKEN_PATH, TOKEN_PATH, "/api/push-brandname-otp"]


def test_a_token_that_never_comes_sends_no_message():
    server = Server(drops)

    async def one_call():
        async with provider(server, signed=False) as fpt:
            return await fpt.send_message(MESSAGE)

    assert asyncio.run(one_call()).outcome is Outcome.RETRY
    assert server.paths == [TOKEN_PATH, TOKEN_PATH]


@pytest.mark.parametrize("act", [stays_silent, drips, drips_headers])
@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_the_deadline_covers_the_whole_call(call, act):
    server = Server(act)

    async def one_call():
        async with provider(server, timeout_s=0.3) as fpt:
            began = time.monotonic()
            answer = answer_of(await call(fpt))
            return answer, time.monotonic() - began

    answer, took_s = asyncio.run(one_call())
    assert answer.outcome is Outcome.UNKNOWN
    assert 0.25 < took_s < 5.0
    assert len(server.paths) == 1


def test_a_refused_connection_never_left():
    async def one_call():
        async with provider(Server(answers)) as fpt:
            gone = await asyncio.start_server(Server(answers), "127.0.0.1", 0)
            owner = account(base_url=f"http://127.0.0.1:{gone.sockets[0].getsockname()[1]}")
            gone.close()
            await gone.wait_closed()
            with_token = Fpt(owner, await signed_in(owner), Now(), fpt.client)
            without = Fpt(owner, LocalTokens(), Now(), fpt.client)
            return await with_token.send_message(MESSAGE), await without.send_message(MESSAGE)

    found = [(answer.outcome, answer.words) for answer in asyncio.run(one_call())]
    assert found == [
        (Outcome.RETRY, "no connection (ConnectError)"),
        (Outcome.RETRY, "no token: no connection (ConnectError)"),
    ]


def test_waiting_for_a_free_connection_never_left():
    server = Server(stays_silent)

    async def one_too_many():
        async with provider(server, timeout_s=0.5) as fpt:
            return await asyncio.gather(*(fpt.send_message(MESSAGE) for _ in range(11)))

    outcomes = [answer.outcome for answer in asyncio.run(one_too_many())]
    assert (outcomes.count(Outcome.UNKNOWN), outcomes.count(Outcome.RETRY)) == (10, 1)
    assert len(server.paths) == 10


@pytest.mark.parametrize("signed", [True, False], ids=["in the step", "in the token"])
def test_a_cancelled_call_is_cancelled(signed):
    arrived = asyncio.Event()

    async def tells_and_stays_silent(writer, path):
        arrived.set()
        await stays_silent(writer, path)

    async def cancelled():
        async with provider(Server(tells_and_stays_silent), signed=signed) as fpt:
            call = asyncio.create_task(fpt.send_message(MESSAGE))
            await arrived.wait()
            call.cancel()
            await call

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
