"""Passwords that wait together leave together: each is called for once, and moves on by its own answer."""

from dataclasses import replace
from importlib import import_module

import pytest
from sqlalchemy import update
from sqlmodel import col

from tests.services.test_otp import arrived, ask, at_once, calls, drop, fault, now, run_tasks
from tests.world import at_each_call, sleeps_at_each_call, until
from worker.domain.message import MessageState
from worker.services.otp import deliver, sweep
from worker.services.otp.deliver import WAVE, Readied
from worker.storage.tables.campaigns import Message


def several(loa, number, *route):
    return [ask(loa, *route, phone=f"09{n:08d}") for n in range(1, number + 1)]


def states(loa, asked):
    return [str(now(loa, one).state) for one in asked]


def test_those_that_wait_leave_with_the_one_that_is_looked_at(loa):
    asked, begun = several(loa, WAVE + 4, "esms"), []

    async def at_call(message):
        begun.append(message.phone)
        await until(lambda: len(begun) >= WAVE)

    at_each_call(loa, "esms", at_call)
    assert deliver(loa.deps, asked[-1].id) is MessageState.ACCEPTED
    found = states(loa, asked)
    assert found[-1] == "accepted"
    assert (found.count("accepted"), found.count("queued")) == (WAVE, 4)
    run_tasks(loa)
    assert loa.sandbox.phones() == {84900000000 + n: 1 for n in range(1, WAVE + 5)}


def test_a_task_whose_message_has_left_takes_nobody_with_it(loa):
    """Its call was made; nothing of it is looked at again, for nobody else's sake either."""
    first = ask(loa, "esms")
    run_tasks(loa)
    other = ask(loa, "esms", phone="0900000002")
    assert deliver(loa.deps, first.id) is None
    assert states(loa, [first, other]) == ["accepted", "queued"]


def test_each_moves_on_by_its_own_answer(loa):
    fault(loa, "esms", do="code", code="201", times=1)
    drop(loa, "esms", nth=3, times=1)
    asked = several(loa, 5, "esms", "fpt")
    run_tasks(loa)
    found = [now(loa, one) for one in asked]
    assert [one.state for one in found] == [MessageState.ACCEPTED] * 5
    assert sorted(one.provider for one in found) == ["esms"] * 4 + ["fpt"]
    assert sorted(map(len, (calls(loa, one) for one in asked))) == [1, 1, 1, 2, 2]
    assert loa.sandbox.phones() == {84900000000 + n: 1 for n in range(1, 6)}
    assert len(arrived(loa)) == 5


def test_its_text_shows_in_no_repr():
    assert "482913" not in repr(Readied(None, "Ma 482913"))


def test_one_whose_turn_is_at_another_provider_is_left_to_its_own_task(loa):
    first, other = ask(loa, "esms"), ask(loa, "fpt", phone="0900000002")
    deliver(loa.deps, first.id)
    assert states(loa, [first, other]) == ["accepted", "queued"]


def test_one_that_cannot_be_opened_ends_alone(loa):
    asked = several(loa, 3, "esms")
    with loa.deps.sessions.begin() as session:
        session.execute(update(Message).where(col(Message.id) == asked[1].id).values(sealed=b"not ours"))
    run_tasks(loa)
    assert states(loa, asked) == ["accepted", "rejected", "accepted"]


def test_many_workers_with_many_tasks_call_for_each_once(loa):
    asked = several(loa, 60, "esms")
    # Each has every task, as where Celery delivers twice.
    at_once(loa, 4, lambda mine: [deliver(mine, one.id) for one in asked])
    assert states(loa, asked) == ["accepted"] * 60
    assert {now(loa, one).attempts for one in asked} == {1}
    assert set(loa.sandbox.phones().values()) == {1}
    assert len(arrived(loa)) == 60


def test_a_worker_that_dies_in_a_wave_leaves_doubts_that_are_all_found(loa):
    real = loa.deps.run

    def dies(call):
        real(call)
        raise SystemExit

    asked = several(loa, 5, "esms")
    loa.change(run=dies)
    with pytest.raises(SystemExit):
        run_tasks(loa)
    assert states(loa, asked) == ["sending"] * 5
    loa.change(run=real)
    loa.clock.tick(seconds=60)
    sweep(loa.deps)
    run_tasks(loa)
    # Asked again under their own keys, and so taken once.
    assert states(loa, asked) == ["accepted"] * 5
    assert {len(calls(loa, one)) for one in asked} == {2}
    assert loa.sandbox.phones() == {84900000000 + n: 1 for n in range(1, 6)}


def test_a_circuit_that_is_half_open_lets_one_try(loa):
    fault(loa, "esms", do="status", status=503, times=-1)
    account = loa.deps.account("esms")
    for _ in range(20):
        loa.deps.breaker.failed(account.name, account.timeout_s, 1)
    loa.clock.tick(seconds=60)
    asked = several(loa, 5, "esms")
    deliver(loa.deps, asked[0].id)
    assert [len(calls(loa, one)) for one in asked] == [1, 0, 0, 0, 0]


def test_where_one_slot_is_near_one_leaves(loa):
    account = loa.deps.accounts["esms"]
    slow = replace(account, requests_per_second=1)
    loa.change(accounts={**loa.deps.accounts, "esms": slow})
    asked = several(loa, 3, "esms")
    deliver(loa.deps, asked[0].id)
    assert states(loa, asked) == ["accepted", "queued", "queued"]


def test_a_machine_that_sleeps_in_a_wave_calls_for_no_more_of_it(loa):
    asked = several(loa, 4, "esms")
    sleeps_at_each_call(loa, "esms", seconds=60)
    deliver(loa.deps, asked[0].id)
    assert states(loa, asked) == ["accepted", "queued", "queued", "queued"]
    assert loa.sandbox.phones() == {84900000001: 1}


def test_one_whose_time_ends_holds_up_nobody_that_leaves_with_it(loa):
    asked = several(loa, 3, "esms")
    short = ask(loa, "esms", phone="0900000004", ttl_s=1)
    real = loa.deps.run

    def late(call):
        loa.clock.tick(seconds=1)
        return real(call)

    loa.change(run=late)
    deliver(loa.deps, asked[0].id)
    assert states(loa, asked) == ["accepted"] * 3
    assert now(loa, short).state in {MessageState.QUEUED, MessageState.EXPIRED}
    assert len(arrived(loa)) == 3


def test_a_task_ends_although_its_provider_answers_nobody(loa, monkeypatch):
    """Celery would end it in the middle of a call."""
    monkeypatch.setattr(import_module("worker.services.otp.deliver"), "RUN_S", 0.0)
    drop(loa, "esms")
    message = ask(loa, "esms", "fpt")
    run_tasks(loa)
    assert calls(loa, message) == [("esms", "unknown")]
    loa.clock.tick(seconds=10)
    sweep(loa.deps)
    assert loa.task_queue.otps == [message.id]
