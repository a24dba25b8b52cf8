"""What happens on a real socket? Nothing is ever sent twice, and every call ends in time."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from tests.providers.esms_cases import FORMS, ORDER, REF, account
from tests.providers.esms_functions import FUNCTIONS
from worker.domain.outcome import Outcome
from worker.providers.base import Reading, Stage
from worker.providers.esms import Esms

BODY = b'{"CodeResult":"100","SMSID":"d53345f1","ReceiverList":[],"SendStatus":1,"Balance":1,"ListBrandName":[],"SentData":[]}'


class Server:
    """A provider on loopback that keeps every request, and does with the nth what the nth of its acts says."""

    def __init__(self, *acts):
        self.acts = acts
        self.requests = []
        self.connections = 0

    async def __call__(self, reader, writer):
        self.connections += 1
        try:
            while request := await self._read(reader):
                self.requests.append(request)
                if not await self.acts[min(len(self.requests), len(self.acts)) - 1](writer):
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


async def answers(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: keep-alive\r\n\r\n%b" % (len(BODY), BODY))
    await writer.drain()
    return True


async def drops(writer):
    """Takes the request and hangs up."""
    return False


async def resets(writer):
    writer.transport.abort()
    return False


async def stops_in_the_middle(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + BODY)
    await writer.drain()
    return False


async def stays_silent(writer):
    await asyncio.Event().wait()


async def drips(writer):
    """A byte now and then, each well within any read timeout."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def drips_headers(writer):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: b\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


@asynccontextmanager
async def provider(server, ads_api="brandname_json", timeout_s=5.0, **changes):
    """The adapter with its own client, calling the server over TCP."""
    listener = await asyncio.start_server(server, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}/MainService.svc"
    urls = {"base_url": url, "voice_base_url": url, "ott_base_url": url}
    esms = Esms(account(ads_api, timeout_s=timeout_s, **urls, **changes))
    try:
        yield esms
    finally:
        await esms.aclose()
        listener.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)


CALLS = {
    **{f"send {form}": (form, lambda esms: esms.send_ads(ORDER)) for form in FORMS},
    "status": ("brandname_json", lambda esms: esms.order_status(REF)),
    "receivers": ("brandname_json", lambda esms: esms.receivers(REF)),
}


@pytest.mark.parametrize("act", [drops, resets, stops_in_the_middle])
@pytest.mark.parametrize(("form", "call"), CALLS.values(), ids=list(CALLS))
def test_a_request_dropped_on_a_warm_connection_is_not_repeated(form, call, act):
    server = Server(answers, act)

    async def two_calls():
        async with provider(server, form) as esms:
            return await call(esms), await call(esms)

    first, second = asyncio.run(two_calls())
    assert learned(first)
    assert not learned(second)
    assert server.connections == 1, "the second request went over the warm connection"
    assert len(server.requests) == 2, "one receipt of each request"


@pytest.mark.parametrize("act", [drops, resets, stops_in_the_middle])
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_no_function_is_repeated_on_a_warm_connection(function, act):
    server = Server(answers, act)

    async def two_calls():
        async with provider(server, **function.account) as esms:
            return await function.call(esms), await function.call(esms)

    first, second = asyncio.run(two_calls())
    assert learned(first)
    assert not learned(second)
    assert not function.family or second.outcome is Outcome.UNKNOWN
    assert server.connections == 1, "the second request went over the warm connection"
    assert len(server.requests) == 2, "one receipt of each request"


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_no_function_outlasts_its_deadline(function):
    server = Server(drips)

    async def one_call():
        async with provider(server, timeout_s=0.6, **function.account) as esms:
            began = time.monotonic()
            return await function.call(esms), time.monotonic() - began

    result, took_s = asyncio.run(one_call())
    assert not learned(result)
    assert took_s < 3.0
    assert len(server.requests) == 1


@pytest.mark.parametrize("act", [stays_silent, drips, drips_headers])
@pytest.mark.parametrize("form", FORMS)
def test_the_deadline_covers_the_whole_call(form, act):
    server = Server(act)

    async def one_call():
        async with provider(server, form, timeout_s=0.6) as esms:
            began = time.monotonic()
            answer = await esms.send_ads(ORDER)
            return answer, time.monotonic() - began

    answer, took_s = asyncio.run(one_call())
    assert answer.outcome is Outcome.UNKNOWN
    assert 0.25 < took_s < 5.0
    assert len(server.requests) == 1


def test_a_refused_connection_never_left():
    async def one_call():
        async with provider(Server(answers)) as esms:
            gone = await asyncio.start_server(Server(answers), "127.0.0.1", 0)
            port = gone.sockets[0].getsockname()[1]
            gone.close()
            await gone.wait_closed()
            refused = Esms(account(base_url=f"http://127.0.0.1:{port}"), esms.client)
            return await refused.send_ads(ORDER), await refused.order_status(REF)

    answer, status = asyncio.run(one_call())
    assert (answer.outcome, answer.words) == (Outcome.RETRY, "no connection (ConnectError)")
    assert status.stage is Stage.UNREADABLE


def test_waiting_for_a_free_connection_never_left():
    server = Server(stays_silent)

    async def one_too_many():
        async with provider(server, timeout_s=0.5) as esms:
            return await asyncio.gather(*(esms.send_ads(ORDER) for _ in range(11)))

    outcomes = [answer.outcome for answer in asyncio.run(one_too_many())]
    assert (outcomes.count(Outcome.UNKNOWN), outcomes.count(Outcome.RETRY)) == (10, 1)
    assert len(server.requests) == 10


def test_a_cancelled_call_is_cancelled():
    async def cancelled():
        async with provider(Server(stays_silent)) as esms:
            call = asyncio.create_task(esms.send_ads(ORDER))
            await asyncio.sleep(0)
            call.cancel()
            await call

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())


def learned(result):
    """Whether the call taught anything: accepted, a stage, a list."""
    match result:
        case None:
            return False
        case list():
            return True
        case Reading():
            return result.value is not None
        case _ if hasattr(result, "outcome"):
            assert result.outcome in {Outcome.ACCEPTED, Outcome.UNKNOWN}
            return result.outcome is Outcome.ACCEPTED
        case _:
            return result.stage is not Stage.UNREADABLE
