"""The token of all workers: one record, and one of them at a time who renews it."""

import asyncio
import multiprocessing
import socket
import threading
import time
from contextlib import suppress

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from tests.providers.fpt_cases import MESSAGE, Now, Wire, fpt
from worker.domain.outcome import Outcome
from worker.providers.fpt import TokenStore
from worker.tokens import RedisTokens


@pytest.fixture
def redis(redis_server):
    client = Redis.from_url(redis_server.url)
    client.flushall()
    yield client
    client.close()


def test_a_record_is_the_same_for_every_worker(redis):
    async def put_and_get():
        await RedisTokens(redis).put("a", "record with ngôn từ", 60)
        return await RedisTokens(redis).get("a"), await RedisTokens(redis).get("b")

    assert asyncio.run(put_and_get()) == ("record with ngôn từ", None)


def test_a_client_that_decodes_by_itself_serves_too(redis_server, redis):
    async def put_and_get():
        with Redis.from_url(redis_server.url, decode_responses=True) as decoding:
            await RedisTokens(decoding).put("a", "record", 60)
            return await RedisTokens(decoding).get("a")

    assert asyncio.run(put_and_get()) == "record"


def test_redis_forgets_a_record_that_is_of_no_use(redis):
    asyncio.run(RedisTokens(redis, prefix="p:").put("a", "record", 60))
    assert 30_000 < redis.pttl("p:a") <= 60_000


def test_two_holders_never_hold_at_once(redis):
    inside, most = 0, 0

    async def hold(tokens):
        nonlocal inside, most
        async with tokens.lock("a", 5):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            inside -= 1

    async def many():
        stores = [RedisTokens(redis) for _ in range(4)]
        await asyncio.gather(*(hold(stores[n % 4]) for n in range(12)))

    asyncio.run(many())
    assert most == 1


def test_locks_of_two_accounts_do_not_wait_for_each_other(redis):
    async def both():
        tokens = RedisTokens(redis)
        async with tokens.lock("a", 5), tokens.lock("b", 5):
            return True

    assert asyncio.run(both())


def test_a_holder_that_died_is_waited_for_no_longer_than_its_lease(redis):
    async def waits():
        began = time.monotonic()
        # Taken, and never given back.
        redis.set("loa:token:a:lock", "a process that is no more", px=200)
        async with RedisTokens(redis).lock("a", 60):
            return time.monotonic() - began

    assert 0.19 < asyncio.run(waits()) < 45


def loses_one_answer(server_port, listening, to):
    """Pass everything on between clients and Redis; close the connection instead of the first answer to a command `to`."""
    lost = threading.Event()

    def pump(client):
        with client, socket.create_connection(("127.0.0.1", server_port)) as server:
            while asked := client.recv(65536):
                server.sendall(asked)
                answer = server.recv(65536)
                if to in asked and not lost.is_set():
                    lost.set()
                    return
                client.sendall(answer)

    def accept():
        with suppress(OSError):
            while True:
                threading.Thread(target=pump, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return lost


def test_a_lock_that_was_taken_by_a_lost_answer_is_ours(redis):
    """The client asks a second time by itself, and is told that the lock is taken: by us."""
    port = redis.connection_pool.connection_kwargs["port"]
    password = redis.connection_pool.connection_kwargs.get("password")

    async def waits(through):
        began = time.monotonic()
        async with asyncio.timeout(60), RedisTokens(through).lock("a", 50):
            held = redis.exists("loa:token:a:lock")
        return held, time.monotonic() - began

    with socket.create_server(("127.0.0.1", 0)) as listening:
        lost = loses_one_answer(port, listening, b":lock")
        with Redis(port=listening.getsockname()[1], password=password) as through:
            held, waited = asyncio.run(waits(through))
    assert lost.is_set()
    assert held
    assert waited < 30, "nobody waits for the lease of a lock that is ours"
    assert not redis.exists("loa:token:a:lock"), "and it is given back"


def test_a_lock_ends_by_itself(redis):
    async def left_s():
        async with RedisTokens(redis).lock("a", 60):
            return redis.pttl("loa:token:a:lock") / 1000

    assert 30 < asyncio.run(left_s()) <= 60


def test_a_lease_that_ran_out_takes_nothing_from_the_next_holder(redis):
    async def two():
        async with RedisTokens(redis).lock("a", 0.05):
            await asyncio.sleep(0.1)
            redis.set("loa:token:a:lock", "the next", px=5000)
        return redis.get("loa:token:a:lock")

    assert asyncio.run(two()) == b"the next"


def test_a_holder_that_fails_gives_the_lock_back(redis):
    async def fails():
        tokens = RedisTokens(redis)
        with pytest.raises(ValueError, match="inside"):
            async with tokens.lock("a", 60):
                raise ValueError("inside")
        async with asyncio.timeout(30), tokens.lock("a", 60):
            return True

    assert asyncio.run(fails())


def test_without_redis_no_message_is_sent_and_nothing_is_raised(redis_server):
    async def away():
        with Redis(port=1, retry=Retry(NoBackoff(), 0)) as nobody:
            tokens: TokenStore = RedisTokens(nobody)
            with pytest.raises(RedisError):
                await tokens.get("a")
            wire = Wire()
            return await fpt(wire, tokens).send_message(MESSAGE), wire

    answer, wire = asyncio.run(away())
    assert (answer.outcome, wire.tokens + wire.steps) == (Outcome.RETRY, [])


def send_some(url, start, counted):
    """A worker process: sends ten messages at once, and tells how many tokens it asked for and what was accepted."""
    wire = Wire()

    async def send():
        with Redis.from_url(url) as client:
            adapter = fpt(wire, RedisTokens(client), Now())
            return await asyncio.gather(*(adapter.send_message(MESSAGE) for _ in range(10)))

    start.wait(30)
    answers = asyncio.run(send())
    counted.put((len(wire.tokens), sum(answer.outcome is Outcome.ACCEPTED for answer in answers)))


def test_four_processes_ask_for_one_token_among_them(redis_server, redis):
    spawn = multiprocessing.get_context("spawn")
    with spawn.Manager() as manager:
        start, counted = manager.Barrier(4), manager.Queue()
        workers = [spawn.Process(target=send_some, args=(redis_server.url, start, counted)) for _ in range(4)]
        for worker in workers:
            worker.start()
        found = [counted.get(timeout=60) for _ in workers]
        for worker in workers:
            worker.join()
    assert sum(asked for asked, _ in found) == 1
    assert sum(accepted for _, accepted in found) == 40
