"""Waves have no barrier: while calls are in flight the next are claimed, and what has ended is recorded.

A call waits here for something that comes about only if another call did not wait for it; where there is a barrier it waits in
vain, and the test fails.
"""

import asyncio
import time
from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.services.test_moments import Meanwhile
from tests.services.test_otp import ask, calls, fault, now, run_tasks
from tests.world import at_each_call, until
from worker.services import otp
from worker.services.otp.deliver import WAVE
from worker.services.sending import release, singles


@pytest.fixture(autouse=True)
def one_turn(monkeypatch):
    """A turn lasts as long as a busy machine needs for all twelve calls."""
    monkeypatch.setattr(singles, "RUN_S", 60.0)


@pytest.fixture
def begun(loa):
    """The numbers whose calls have begun, each with its moment."""
    return []


def twelve(loa, numbers, begun, then):
    """A campaign to twelve numbers, four a second; `then` is done before each call, and told how many were made before."""
    loa.limits("fibo", requests_per_second=4)
    made = loa.create(numbers(12), provider="fibo", kind="care", text="Don hang da gui")

    async def at_call(message):
        begun.append((message.phone, time.monotonic()))
        await then(len(begun) - 1)

    at_each_call(loa, "fibo", at_call)
    loa.release()
    return made


async def nothing(_nth):
    pass


def test_the_next_wave_begins_while_one_is_in_flight(loa, numbers, begun):
    async def then(nth):
        if nth == 4:
            await until(lambda: len(begun) > 8)

    made = twelve(loa, numbers, begun, then)
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 12}
    assert set(loa.sandbox.phones().values()) == {1}


def test_no_second_has_more_calls_than_the_rate_while_waves_overlap(loa, numbers, begun):
    made = twelve(loa, numbers, begun, nothing)
    began = time.monotonic()
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 12}
    # No call comes before its slot, of which there are four a second; how late one comes is the machine's business.
    assert len(begun) == 12
    early = [nth for nth, (_, moment) in enumerate(begun) if moment - began < 0.25 * nth - 0.05]
    assert early == []


def test_calls_begin_at_their_slots_while_those_of_the_next_wave_are_waited_for(loa, numbers, begun):
    made, throttle, meanwhile = twelve(loa, numbers, begun, nothing), loa.deps.throttle, []

    class Watched:
        def wait(self, *given, pause, **named):
            def watched(seconds):
                before = len(begun)
                pause(seconds)
                meanwhile.append(len(begun) - before)

            return throttle.wait(*given, pause=watched, **named)

        def __getattr__(self, name):
            return getattr(throttle, name)

    loa.change(throttle=Watched())
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 12}
    assert any(meanwhile)


def test_while_all_calls_of_a_wave_go_on_no_other_begins(loa, numbers, begun):
    async def then(nth):
        if nth < 4:
            with suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await until(lambda: len(begun) > 4)

    made = twelve(loa, numbers, begun, then)
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 12}
    # The fifth call waited for the end of the first.
    assert begun[4][1] - begun[0][1] > 1.9


def test_no_wave_begins_beside_calls_that_were_turned_away(loa, numbers, begun):
    made = twelve(loa, numbers, begun, nothing)
    loa.sandbox.fault(function="SendMaskedSMS", do="status", status=429, nth=4, times=1)
    loa.run_tasks()
    assert loa.counts(made)["planned"] >= 5
    assert len(begun) <= 8


def test_calls_that_are_never_answered_leave_the_places_of_the_others(loa, numbers, begun):
    """Of a wave whose first call hangs the others are recorded, and others are called in their places."""
    found = []

    def accepted():
        with loa.deps.sessions() as session:
            return session.execute(text("SELECT count(*) FROM recipient WHERE state = 'accepted'")).scalar()

    async def then(nth):
        if nth == 0:
            await until(lambda: accepted() == 11)
            found.append(accepted())

    made = twelve(loa, numbers, begun, then)
    loa.run_tasks()
    assert found == [11]
    assert loa.counts(made) == {"accepted": 12}


def test_a_call_that_is_never_answered_stops_nobody_after_a_wave_that_was_quick(loa, numbers, begun, monkeypatch):
    # On a busy machine, too, every wave is.
    monkeypatch.setattr(singles, "QUICK_S", 60.0)
    loa.limits("fibo", requests_per_second=1000)
    made = loa.create(numbers(300), provider="fibo", kind="care", text="Don hang da gui")

    def accepted():
        with loa.deps.sessions() as session:
            return session.execute(text("SELECT count(*) FROM recipient WHERE state = 'accepted'")).scalar()

    async def at_call(message):
        begun.append(message.phone)
        if len(begun) == 1:
            await until(lambda: accepted() == 299)

    at_each_call(loa, "fibo", at_call)
    loa.release()
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 300}


def test_no_more_numbers_are_in_flight_than_a_crash_may_leave_unknown(loa, numbers, begun, monkeypatch):
    monkeypatch.setattr(singles, "QUICK_S", 60.0)
    most = []

    async def then(nth):
        # The first wave ends, and is quick, while all of the second is in flight.
        if nth < 4:
            await until(lambda: len(begun) >= (4 if nth < 2 else 5))
        with loa.deps.sessions() as session:
            most.append(session.execute(text("SELECT count(*) FROM recipient WHERE state = 'sending'")).scalar())

    twelve(loa, numbers, begun, then)
    loa.run_tasks()
    assert max(most) == 4


def test_what_is_in_flight_is_recorded_before_a_fault_of_the_next_claim_is_raised(loa, numbers, begun):
    claimed = []

    def fails():
        claimed.append(len(begun))
        raise OperationalError("claim", {}, ConnectionError("away"))

    async def then(nth):
        if nth == 4:
            await until(lambda: claimed)

    twelve(loa, numbers, begun, then)
    loa.change(throttle=Meanwhile(loa.deps.throttle, 3, fails))
    with pytest.raises(OperationalError):
        loa.run_tasks()
    assert claimed
    with loa.deps.sessions() as session:
        found = session.execute(text("SELECT state, count(*) FROM recipient GROUP BY state ORDER BY state")).all()
    taken = len(loa.sandbox.phones())
    assert [tuple(row) for row in found] == [("accepted", taken), (None, 12 - taken)]


def test_a_password_that_a_provider_refuses_does_not_wait_for_one_that_it_leaves_unanswered(loa):
    fault(loa, "esms", do="code", code="201", times=1)
    refused, slow = ask(loa, "esms", "fpt"), ask(loa, "esms", phone="0900000002")
    moved = []

    async def fpt(message):
        moved.append(message.phone)

    async def esms(message):
        if message.phone == slow.phone:
            await until(lambda: moved and not now_open(refused))

    def now_open(one):
        return now(loa, one).state in {"queued", "sending"}

    at_each_call(loa, "esms", esms)
    at_each_call(loa, "fpt", fpt)
    run_tasks(loa)
    assert calls(loa, refused) == [("esms", "rejected"), ("fpt", "accepted")]
    assert calls(loa, slow) == [("esms", "accepted")]
    assert moved == [refused.phone]


def test_a_password_that_nobody_came_for_leaves_while_another_is_in_its_call(loa):
    first, later = ask(loa, "esms"), []

    async def at_call(message):
        if message.phone == first.phone:
            later.append(ask(loa, "esms", phone="0900000002"))
            # All processes are busy: its own task waits.
            loa.task_queue.otps.clear()
            loa.clock.tick(milliseconds=300)
            await until(lambda: now(loa, later[0]).state == "accepted")

    at_each_call(loa, "esms", at_call)
    otp.deliver(loa.deps, first.id)
    assert [str(now(loa, one).state) for one in (first, *later)] == ["accepted"] * 2
    assert loa.sandbox.phones() == {84900000001: 1, 84900000002: 1}


def test_no_more_passwords_are_in_flight_than_a_crash_may_leave_unknown(loa):
    asked, at_once, most = [ask(loa, "esms", phone=f"09{n:08d}") for n in range(2 * WAVE)], [], []

    async def at_call(message):
        at_once.append(message.phone)
        most.append(len(at_once))
        nth = len(most)
        # Half of the first wave ends at once; the others are in flight until those of the next one have had time to begin.
        await until(lambda: len(most) >= WAVE)
        if nth % 2 or nth > WAVE:
            await until(lambda: len(most) > WAVE)
            with suppress(AssertionError):
                await until(lambda: len(at_once) > WAVE, 1.5)
        at_once.remove(message.phone)

    at_each_call(loa, "esms", at_call)
    loa.clock.tick(seconds=1)
    otp.deliver(loa.deps, asked[0].id)
    assert len(most) > WAVE == max(most)
    run_tasks(loa)
    assert {str(now(loa, one).state) for one in asked} == {"accepted"}
    assert set(loa.sandbox.phones().values()) == {1}


def test_a_call_that_raises_takes_no_answer_from_those_that_ended_with_it(loa, numbers, begun):
    async def then(nth):
        if nth == 0:
            await until(lambda: len(begun) == 12)
            raise ZeroDivisionError

    made = twelve(loa, numbers, begun, then)
    loa.limits("fibo", requests_per_second=1000)
    with pytest.raises(ZeroDivisionError):
        loa.run_tasks()
    loa.clock.tick(seconds=60)
    release.expire_claims(loa.deps)
    assert loa.counts(made) == {"accepted": 11, "unknown": 1}
