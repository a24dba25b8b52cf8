"""Requests that come at the same time are asked for together, nobody waits for company, and a fault is heard by each."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.served import Api
from tests.services.test_otp_together import busy
from worker.api.together import MOST, Together
from worker.errors import Unavailable
from worker.services import otp

ASK = {"phone": "0900000001", "text": "Ma xac thuc LOA: 482913", "route": ["esms"], "sender": "LOA"}


class Asked:
    """Doubles numbers, one lot after the other, each when it is let."""

    def __init__(self) -> None:
        self.lots: list[list[int]] = []
        self.let, self.began = threading.Semaphore(0), threading.Event()

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.lots.append(list(numbers))
        self.began.set()
        assert self.let.acquire(timeout=30)
        if -1 in numbers:
            raise ArithmeticError("-1")
        return [2 * number for number in numbers]


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_what_comes_meanwhile_is_the_next_lot(asked: Asked):
    async def main() -> None:
        together = Together("test", asked)
        first = asyncio.create_task(together.ask(0))
        await asyncio.to_thread(asked.began.wait, 30)
        rest = [asyncio.create_task(together.ask(number)) for number in range(1, MOST + 2)]
        await asyncio.sleep(0)
        for _ in range(3):
            asked.let.release()
        assert await first == 0
        assert await asyncio.gather(*rest) == [2 * number for number in range(1, MOST + 2)]
        together.close()

    asyncio.run(main())
    assert asked.lots == [[0], [*range(1, MOST + 1)], [MOST + 1]]


def test_a_fault_is_heard_by_each_and_the_next_is_asked_for(asked: Asked):
    async def main() -> list[object]:
        together = Together("test", asked)
        found = [asyncio.create_task(together.ask(number)) for number in (12, -1)]
        asked.let.release()
        heard = await asyncio.gather(*found, return_exceptions=True)
        asked.let.release()
        return [*map(type, heard), await together.ask(14)]

    assert asyncio.run(main()) == [ArithmeticError, ArithmeticError, 28]


def test_who_goes_away_takes_nobody_along(asked: Asked):
    async def main() -> int:
        together = Together("test", asked)
        gone, stays = (asyncio.create_task(together.ask(number)) for number in (1, 2))
        await asyncio.to_thread(asked.began.wait, 30)
        gone.cancel()
        asked.let.release()
        return await stays

    assert asyncio.run(main()) == 4


def test_nobody_waits_for_ever_behind_a_question_that_hangs(asked: Asked):
    async def main() -> tuple[int, list[type]]:
        together = Together("test", asked, longest_s=0.05)
        first = asyncio.create_task(together.ask(1))
        await asyncio.to_thread(asked.began.wait, 30)
        behind = await asyncio.gather(together.ask(2), together.ask(3), return_exceptions=True)
        asked.let.release()
        return await first, [type(one) for one in behind]

    # What is being asked for is waited for: it may be done already.
    assert asyncio.run(main()) == (2, [Unavailable, Unavailable])
    assert asked.lots == [[1]]


def test_a_number_that_is_busy_holds_up_nobody_else(api: Api):
    client = api.client("otp")
    phone = otp.checked(api.world.deps, otp.OtpRequest(ASK["phone"], ASK["text"])).phone
    with ThreadPoolExecutor(1) as pool:
        with busy(api.world, phone):
            waits = pool.submit(client.post, "/v1/otp", json=ASK)
            for _ in range(20):
                assert client.post("/v1/otp", json={**ASK, "phone": "0900000002"}).status_code in {202, 429}
            assert not waits.done()
        assert waits.result(30).status_code == 202
    assert len(api.world.task_queue.otps) == 6
