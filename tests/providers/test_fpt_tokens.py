"""All workers share one token, and no trouble with it ever sends, loses or repeats a message."""

import asyncio
import json
import time
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from tests.providers.fpt_cases import (
    CALLS,
    CODE,
    GRANTED,
    MESSAGE,
    NOW,
    PHONES,
    Now,
    Wire,
    account,
    answer_of,
    assert_silent,
    fpt,
    response,
)
from worker.domain.outcome import Outcome
from worker.providers.fpt import LocalTokens
from worker.providers.fpt.tokens import Token


class Server(httpx.MockTransport):
    """FPT with real tokens: each is good for its own session, until it is revoked or its time is over."""

    def __init__(self, now, expires_in=3600):
        super().__init__(self._answer)
        self.now = now
        self.expires_in = expires_in
        #: Whether a token that is granted now does not allow to send.
        self.lacks_scope = False
        self.lesser = set()
        self.good = {}
        self.granted = 0
        self.taken = []
        self.refused = 0

    async def _answer(self, request):
        sent = json.loads(request.content)
        # Another task may run here, as it would while the request travels.
        await asyncio.sleep(0)
        if request.url.path == "/oauth2/token":
            self.granted += 1
            token = f"token-number-{self.granted}"
            if self.lacks_scope:
                self.lesser.add(token)
            self.good[token] = (sent["session_id"], self.now() + timedelta(seconds=self.expires_in))
            granted = {"access_token": token, "expires_in": self.expires_in}
            return response({"status": 200, "json": granted}, request)
        session, until = self.good.get(sent["access_token"], ("", NOW))
        if sent["session_id"] != session or self.now() >= until:
            self.refused += 1
            return response({"status": 401, "json": {"error": 1013 if session else 1011}}, request)
        if sent["access_token"] in self.lesser:
            return response({"status": 200, "json": {"error": 1010}}, request)
        self.taken.append(sent["Phone"])
        return response({"status": 200, "json": {"MessageId": len(self.taken)}}, request)

    def revoke(self):
        self.good.clear()


async def send_many(adapters, count):
    return await asyncio.gather(*(adapters[n % len(adapters)].send_message(MESSAGE) for n in range(count)))


def all_accepted(answers):
    return {answer.outcome for answer in answers} == {Outcome.ACCEPTED}


def test_fifty_messages_at_once_ask_for_one_token():
    now = Now()
    server, tokens = Server(now), LocalTokens()
    workers = [fpt(server, tokens, now) for _ in range(8)]
    answers = asyncio.run(send_many(workers, 50))
    assert all_accepted(answers)
    assert (server.granted, server.refused, len(server.taken)) == (1, 0, 50)


def test_a_token_that_is_revoked_among_eight_workers_is_renewed_once_and_every_step_is_taken_once():
    now = Now()
    server, tokens = Server(now), LocalTokens()
    workers = [fpt(server, tokens, now) for _ in range(8)]

    async def two_rounds():
        first = await send_many(workers, 20)
        server.revoke()
        return first + await send_many(workers, 20)

    assert all_accepted(asyncio.run(two_rounds()))
    assert (server.granted, server.refused, len(server.taken)) == (2, 20, 40)


def test_a_token_is_renewed_before_it_ends():
    now = Now()
    server = Server(now, expires_in=3600)
    adapter = fpt(server, LocalTokens(), now)

    async def three_sends():
        for seconds in (0, 3539, 1):
            now.tick(seconds=seconds)
            assert (await adapter.send_message(MESSAGE)).outcome is Outcome.ACCEPTED
            yield server.granted

    async def granted():
        return [count async for count in three_sends()]

    assert asyncio.run(granted()) == [1, 1, 2]
    assert server.refused == 0


def test_a_token_that_lacks_a_right_is_not_used_once_fpt_has_granted_it():
    """Whoever resumes then must not be refused by the token of before, which would live on for an hour."""
    now, tokens = Now(), LocalTokens()
    server = Server(now)
    server.lacks_scope = True

    async def granted_between():
        adapter = fpt(server, tokens, now)
        first = await adapter.send_message(MESSAGE)
        server.lacks_scope = False
        return first, await adapter.send_message(MESSAGE)

    first, second = asyncio.run(granted_between())
    assert (first.outcome, first.code, second.outcome) == (Outcome.HALT, "1010", Outcome.ACCEPTED)
    assert server.granted == 2


def test_the_life_of_a_token_counts_from_the_question_not_from_the_answer():
    now = Now()
    tokens = LocalTokens()

    class Slow(Wire):
        def _answer(self, request):
            if request.url.path == "/oauth2/token":
                now.tick(seconds=30)
            return super()._answer(request)

    async def kept():
        await fpt(Slow(), tokens, now).send_message(MESSAGE)
        return Token.of_record(await tokens.get(account().key))

    assert asyncio.run(kept()).expires_at == NOW + timedelta(seconds=3540)


@pytest.mark.parametrize(
    "record",
    [
        "",
        "null",
        "[]",
        '["a", "b"]',
        '["a", "b", "soon"]',
        '["a", "b", 5]',
        '["a", "b", "2099-01-01T00:00:00"]',
        '["a", "b", "2026-03-02T09:00:00+07:00"]',
        '{"a": 1, "b": 2, "c": 3}',
        "\x00",
    ],
)
def test_a_record_that_is_no_living_token_is_replaced(record):
    wire, tokens = Wire(), LocalTokens()

    async def send():
        await tokens.put(account().key, record, 60)
        return await fpt(wire, tokens).send_message(MESSAGE)

    assert asyncio.run(send()).outcome is Outcome.ACCEPTED
    assert len(wire.tokens) == 1


def test_a_record_comes_back_as_it_was_put():
    token = Token('a"b', "ß", NOW)
    assert Token.of_record(token.record()) == token


class Broken(LocalTokens):
    """A store whose server is away at one of its three doors."""

    def __init__(self, door):
        super().__init__()
        self.door = door

    async def get(self, key):
        self._fail("get")
        return await super().get(key)

    async def put(self, key, record, keep_s):
        self._fail("put")
        await super().put(key, record, keep_s)

    @asynccontextmanager
    async def lock(self, key, lease_s):
        self._fail("lock")
        async with super().lock(key, lease_s):
            yield

    def _fail(self, door):
        if door == self.door:
            raise ConnectionRefusedError("the store at secret-host with 0901234567")


@pytest.mark.parametrize("door", ["get", "put", "lock"])
@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_no_store_of_tokens_no_message_and_no_exception(call, door):
    wire = Wire()
    answer = answer_of(asyncio.run(call(fpt(wire, Broken(door)))))
    assert (answer.outcome, wire.steps) == (Outcome.RETRY, [])
    assert answer.provider_message == "no token: the store of tokens failed (ConnectionRefusedError)"


class Stuck(httpx.AsyncBaseTransport):
    """Answers each path after its number of seconds; counts who knocks."""

    def __init__(self, **seconds):
        self.seconds = seconds
        self.knocks = []
        self.wire = Wire()

    async def handle_async_request(self, request):
        kind = "token" if request.url.path == "/oauth2/token" else "step"
        self.knocks.append(kind)
        await asyncio.sleep(self.seconds.get(kind, 0))
        return await self.wire.handle_async_request(request)


def timed(coroutine):
    began = time.monotonic()
    return asyncio.run(coroutine), time.monotonic() - began


def test_a_token_that_does_not_come_costs_half_of_the_time_and_sends_nothing():
    wire = Stuck(token=30)
    answer, took_s = timed(fpt(wire, timeout_s=0.4).send_message(MESSAGE))
    assert (answer.outcome, answer.provider_message) == (Outcome.RETRY, "no token within 0.2 s")
    assert 0.15 < took_s < 25.0
    assert wire.knocks == ["token"]


def test_a_lock_that_another_holds_costs_half_of_the_time_and_sends_nothing():
    tokens, wire = LocalTokens(), Wire()

    async def held():
        async with tokens.lock(account().key, 5):
            return await fpt(wire, tokens, timeout_s=0.4).send_message(MESSAGE)

    answer, took_s = timed(held())
    assert answer.outcome is Outcome.RETRY
    assert 0.15 < took_s < 25.0
    assert wire.tokens + wire.steps == []


def test_a_token_that_gave_up_leaves_the_lock_to_others():
    tokens = LocalTokens()

    async def two():
        first = await fpt(Stuck(token=30), tokens, timeout_s=0.2).send_message(MESSAGE)
        return first, await fpt(Wire(), tokens).send_message(MESSAGE)

    first, second = asyncio.run(two())
    assert (first.outcome, second.outcome) == (Outcome.RETRY, Outcome.ACCEPTED)


def test_a_whole_function_with_its_token_ends_in_time():
    wire = Stuck(token=0.1, step=30)
    answer, took_s = timed(fpt(wire, timeout_s=2.0).send_message(MESSAGE))
    assert answer.outcome is Outcome.UNKNOWN
    assert 1.5 < took_s < 25.0
    assert wire.knocks == ["token", "step"]


def test_a_token_refused_too_late_is_not_a_doubt_but_later():
    wire = Stuck(step=1.4)
    wire.wire = Wire({"status": 401, "json": {"error": 1013}})
    answer, took_s = timed(fpt(wire, timeout_s=2.0).push(CODE, PHONES))
    assert (answer.answer.outcome, answer.answer.code) == (Outcome.RETRY, "1013")
    assert took_s < 25.0
    assert wire.knocks == ["token", "step"]


def test_a_token_that_is_granted_again_under_a_new_session_counts_as_new():
    wire = Wire({"status": 401, "json": {"error": 1012}}, {"status": 200, "json": {"MessageId": 1}}, tokens=[GRANTED])
    assert asyncio.run(fpt(wire).send_message(MESSAGE)).outcome is Outcome.ACCEPTED
    assert (len(wire.tokens), len(wire.steps)) == (2, 2)


def test_the_store_holds_the_pair_and_nothing_that_is_printed_does():
    tokens = LocalTokens()

    async def kept():
        adapter = fpt(Wire(), tokens)
        await adapter.send_message(MESSAGE)
        return await tokens.get(account().key), adapter

    record, adapter = asyncio.run(kept())
    assert json.loads(record)[0] == GRANTED["json"]["access_token"]
    assert_silent(repr(adapter) + repr(adapter.account) + repr(Token.of_record(record)))
