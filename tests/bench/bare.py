"""The baseline of bare httpx posts: several processes, each with so many calls at once, no database, nothing kept."""

import asyncio
import multiprocessing
import time
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import httpx

from tests.bench import lists

#: Calls of one client: a pool of httpx collapses above 20 connections, and would be a straw man.
A_CLIENT = 10
SPAWN = multiprocessing.get_context("spawn")


def loop(url: str, numbers: int, processes: int, at_once: int) -> float:
    """Posts a second; every process begins at the same moment."""
    barrier, times = SPAWN.Barrier(processes), SPAWN.Queue()
    phones = lists.phones(numbers)
    posters = [
        SPAWN.Process(target=_process, args=(url, phones[place::processes], at_once, barrier, times))
        for place in range(processes)
    ]
    for poster in posters:
        poster.start()
    spans = [times.get() for _ in posters]
    for poster in posters:
        poster.join()
    return numbers / float(max(end for _, end in spans) - min(begin for begin, _ in spans))


def _process(url: str, phones: list[str], at_once: int, barrier: Any, times: Any) -> None:
    times.put(asyncio.run(_post(url, phones, at_once, barrier)))


async def _post(url: str, phones: list[str], at_once: int, barrier: Any) -> tuple[float, float]:
    address = f"{url}/esms/MainService.svc/json/SendMultipleMessage_V4_post_json/"
    left = iter(phones)

    async def one(client: httpx.AsyncClient) -> None:
        for phone in left:
            body = {
                "ApiKey": "sandbox-key",
                "Content": "Don hang cua ban dang duoc giao",
                "Phone": phone,
                "SecretKey": "sandbox-secret",
                "Brandname": "LOA",
                "SmsType": "2",
                "RequestId": str(uuid4()),
            }
            (await client.post(address, json=body)).raise_for_status()

    async with AsyncExitStack() as stack:
        clients = [httpx.AsyncClient(trust_env=False, timeout=60) for _ in range(at_once // A_CLIENT)]
        for client in clients:
            await stack.enter_async_context(client)
        barrier.wait(60)
        began = time.monotonic()
        await asyncio.gather(*(one(clients[nth % len(clients)]) for nth in range(at_once)))
        return began, time.monotonic()
