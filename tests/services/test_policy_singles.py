"""Ads that go number by number: suppression and ads a day when each wave leaves, and what each answer does to the count."""

import asyncio
import random
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.services.test_policy import opt_out
from worker.domain.outcome import Outcome
from worker.providers.esms import Esms
from worker.providers.fibo import Fibo
from worker.services.calling.terms import NOT_BEGUN
from worker.services.operations import control
from worker.services.sending import ad_policy, dispatch, singles
from worker.services.unknown import resolve
from worker.storage.sending import ad_counts, batches
from worker.storage.sending import singles as store
from worker.storage.tables.campaigns import Batch
from worker.storage.unknown import lookup

SEND = "SendMaskedSMS"


def counted(loa):
    """When each number got the ads that are counted."""
    with loa.deps.sessions() as session:
        rows = session.execute(text("SELECT phone, times FROM ad_contact WHERE times <> '{}'"))
        return {row.phone: row.times for row in rows}


def offer(n):
    """A text of its own: Fibo takes none twice."""
    return f"[QC] Giam gia lan {n}"


def begin(loa):
    """A worker's hold of the batch whose task was enqueued first."""
    with loa.deps.sessions() as session:
        seen = batches.summary(session, loa.task_queue.sends[0])
    return singles.BatchRun(loa.deps, loa.deps.account(seen.provider), loa.task_queue.sends[0], seen)


def only_batch(loa, made):
    with loa.deps.sessions() as session:
        return session.get_one(Batch, loa.show(made).batches[0].id)


def test_an_opt_out_between_plan_and_call_wins(loa, numbers):
    made = loa.create(numbers(30), provider="fibo")
    opt_out(loa, 84900000003)
    loa.go()
    assert loa.counts(made) == {"accepted": 29, "suppressed": 1}
    assert 84900000003 not in loa.sandbox.phones()
    assert loa.status(made) == "done"


def test_an_opt_out_between_two_waves_wins(loa, numbers):
    made = loa.create(numbers(130), provider="fibo")
    run = loa.deps.run

    def running(call):
        opt_out(loa, 84900000120)
        return run(call)

    loa.change(run=running)
    loa.go()
    assert loa.counts(made) == {"accepted": 129, "suppressed": 1}
    assert 84900000120 not in loa.sandbox.phones()


def test_a_fourth_ad_in_24_hours_is_not_called_and_says_why(loa, numbers):
    for n, provider in enumerate(("fibo", "esms", "fibo")):
        loa.create(numbers(20), provider=provider, text=offer(n))
        loa.go()
    fourth = loa.create(numbers(30), provider="fibo")
    loa.go()
    assert loa.counts(fourth) == {"accepted": 10, "suppressed": 20}
    with loa.deps.sessions() as session:
        reasons = session.scalars(text("SELECT DISTINCT reason FROM recipient WHERE state = 'suppressed'")).all()
    assert reasons == [ad_policy.TOO_OFTEN]
    assert max(loa.sandbox.phones().values()) == 3
    loa.clock.tick(hours=24)
    fifth = loa.create(numbers(20), provider="fibo", text=offer(5))
    loa.go()
    assert loa.counts(fifth) == {"accepted": 20}


def test_care_texts_are_neither_checked_nor_counted(loa, numbers):
    opt_out(loa, 84900000003)
    for n in range(4):
        made = loa.create(numbers(5), provider="fibo", kind="care", text=f"Don hang {n} cua ban da gui")
        loa.go()
        assert loa.counts(made) == {"accepted": 5}
    assert counted(loa) == {}


def test_a_wave_that_the_rules_empty_does_not_end_the_turn(loa, numbers):
    made = loa.create(numbers(120), provider="fibo")
    opt_out(loa, *range(84900000000, 84900000110))
    loa.release()
    assert loa.run_tasks() == [Outcome.ACCEPTED]
    assert loa.counts(made) == {"accepted": 10, "suppressed": 110}
    assert loa.status(made) == "done"


def test_a_campaign_of_which_nobody_may_get_the_ad_has_failed_and_says_so(loa, numbers):
    made = loa.create(numbers(60), provider="fibo")
    opt_out(loa, *range(84900000000, 84900000060))
    loa.go()
    assert loa.counts(made) == {"suppressed": 60}
    assert loa.status(made) == "failed"
    assert loa.show(made).campaign.status_reason == ad_policy.NOBODY_LEFT_WORDS
    assert loa.sandbox.ledger()["orders"] == []
    assert loa.release() == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"do": "status", "status": 429},
        {"do": "code", "code": "14"},
        {"do": "code", "code": "10"},
    ],
    ids=["retry 429", "halt", "rejected"],
)
def test_a_definite_refusal_gives_back_the_ad_of_that_number_alone(loa, numbers, fault):
    made = loa.create(numbers(6), provider="fibo")
    loa.sandbox.fault(function=SEND, times=2, **fault)
    loa.release()
    loa.run_tasks()
    assert loa.counts(made)["accepted"] == 4
    assert set(counted(loa)) == set(loa.sandbox.phones())


def test_a_call_that_was_not_begun_gives_the_ads_back(loa, numbers):
    loa.create(numbers(6), provider="fibo")
    loa.release()
    turn = begin(loa)
    wave = turn.claim(turn.wait())
    assert len(counted(loa)) == 6
    turn.record(wave, dict.fromkeys(range(6), NOT_BEGUN))
    turn.end()
    assert counted(loa) == {}


def test_answers_that_are_written_down_twice_give_back_once(loa, numbers):
    loa.create(numbers(6), provider="fibo")
    loa.go()
    loa.create(numbers(6), provider="fibo")
    loa.release()
    turn = begin(loa)
    wave = turn.claim(turn.wait())
    for _ in range(2):
        turn.record(wave, dict.fromkeys(range(6), NOT_BEGUN))
    assert {len(times) for times in counted(loa).values()} == {1}


def test_what_may_have_been_taken_stays_counted(loa, numbers):
    loa.sandbox.fault(function=SEND, do="drop", when="before", times=-1)
    made = loa.create(numbers(6), provider="fibo")
    loa.go()
    assert loa.counts(made) == {"unknown": 6}
    assert {len(times) for times in counted(loa).values()} == {1}
    assert len(counted(loa)) == 6


@pytest.mark.parametrize("refused", [False, True])
def test_the_repeat_of_a_doubtful_number_is_the_same_ad_and_counts_as_of_its_repeat(loa, numbers, refused):
    loa.change(ads_a_day=1)
    loa.sandbox.fault(function=SEND, do="drop", when="before", times=-1)
    made = loa.create(numbers(3), provider="fibo")
    loa.go()
    loa.sandbox.heal()
    if refused:
        loa.sandbox.fault(function=SEND, do="code", code="10", times=-1)
    with loa.deps.sessions.begin() as session:
        batch = only_batch(loa, made)
        session.add(batch)
        unknown = list(lookup.unknown_numbers(session, batch))
        assert lookup.retry_same_key(session, batch, unknown, frozenset()) == 3
        store.give_back(session, batch, not_before=loa.clock.now(), next_poll_at=None)
        session.execute(text("UPDATE campaign SET status = 'sending'"))
    loa.clock.tick(hours=1)
    loa.go()
    assert loa.counts(made) == ({"unknown": 3} if refused else {"accepted": 3})
    assert list(counted(loa).values()) == [[loa.clock.now()]] * 3
    assert len(counted(loa)) == 3


def absent(loa, made):
    """The record has nothing of its three unknown numbers: they are to be called again under their keys."""
    with loa.deps.sessions.begin() as session:
        batch = only_batch(loa, made)
        session.add(batch)
        assert lookup.retry_same_key(session, batch, [*lookup.unknown_numbers(session, batch)], frozenset()) == 3
        store.give_back(session, batch, not_before=loa.clock.now(), next_poll_at=None)
        session.execute(text("UPDATE campaign SET status = 'sending'"))


def test_a_persons_word_takes_no_other_ad_from_the_count(loa, numbers):
    """Between two runs of the batch another campaign called the same people."""
    loa.sandbox.fault(function=SEND, do="drop", when="before", times=-1)
    made = loa.create(numbers(3), provider="fibo")
    loa.go()
    absent(loa, made)
    loa.clock.tick(hours=1)
    control.pause(loa.deps, made.campaign.id)
    loa.sandbox.heal()
    loa.create(numbers(3), provider="fibo", text="[QC] Khac")
    loa.go()
    others = loa.clock.now()
    loa.clock.tick(hours=1)
    loa.sandbox.fault(function=SEND, do="drop", when="before", times=-1)
    control.resume(loa.deps, made.campaign.id)
    loa.go()
    assert list(counted(loa).values()) == [[others, loa.clock.now()]] * 3
    control.cancel(loa.deps, made.campaign.id)
    resolve.resolve(loa.deps, made.campaign.id, 1, resolve.Verdict.NOT_SENT)
    assert list(counted(loa).values()) == [[others]] * 3


def test_the_repeat_of_a_doubtful_number_takes_no_other_ad_from_the_count(loa, numbers):
    """Each run of its batch is a time in which it may have been counted, and another campaign called in one of them."""
    loa.sandbox.fault(function=SEND, do="drop", when="before", times=-1)
    made = loa.create(numbers(3), provider="fibo")
    loa.go()
    loa.sandbox.heal()
    absent(loa, made)
    loa.clock.tick(hours=1)
    loa.release()
    turn = begin(loa)
    first = turn.claim([0.0])
    loa.clock.tick(seconds=0.5)
    loa.create(numbers(3), provider="fibo", text="[QC] Khac")
    loa.go()
    assert sorted(map(len, counted(loa).values())) == [2, 2, 2]
    loa.clock.tick(seconds=0.5)
    second = turn.claim([0.0])
    assert [len(first.members), len(second.members)] == [1, 1]
    assert sorted(map(len, counted(loa).values())) == [2, 2, 2]


def test_a_cancel_counts_only_those_that_were_called(loa, numbers):
    made = loa.create(numbers(120), provider="fibo")
    loa.release()
    run = loa.deps.run

    def running(call):
        answers = run(call)
        control.cancel(loa.deps, made.campaign.id)
        return answers

    loa.change(run=running)
    loa.run_tasks()
    # The first wave: half of what may be in flight.
    assert loa.counts(made) == {"accepted": 50, "cancelled": 70}
    assert set(counted(loa)) == set(loa.sandbox.phones())


def alone(loa, runner):
    """Services with connections of their own, for a thread."""
    esms, fibo = loa.deps.accounts["esms"], loa.deps.accounts["fibo"]
    by_list, by_number = Esms(esms.messages.account), Fibo(fibo.messages.account)
    accounts = {
        "esms": replace(esms, messages=by_list, lists=by_list, records=by_list),
        "fibo": replace(fibo, messages=by_number),
    }
    return replace(loa.deps, run=runner.run, accounts=accounts), (by_list, by_number)


def test_campaigns_of_two_providers_at_once_never_give_a_number_one_ad_too_many(loa, numbers):
    for n in range(2):
        loa.create(numbers(60), provider="fibo", text=offer(n))
        loa.go()
    providers = ("fibo", "esms", "fibo", "esms")
    made = [loa.create(numbers(60), provider=one, text=offer(n + 2)) for n, one in enumerate(providers)]
    loa.release()
    task_queue, loa.task_queue.sends = loa.task_queue.sends, []
    start = threading.Barrier(len(task_queue))

    def work(batch_id):
        with asyncio.Runner() as runner:
            deps, adapters = alone(loa, runner)
            start.wait()
            dispatch.send_batch(deps, batch_id)
            for adapter in adapters:
                runner.run(adapter.aclose())

    threads = [threading.Thread(target=work, args=(batch_id,)) for batch_id in task_queue]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    loa.go()
    assert len(task_queue) == 4
    assert set(loa.sandbox.phones().values()) == {3}
    counts = [loa.counts(one) for one in made]
    assert sum(one.get("accepted", 0) for one in counts) == 60
    assert sum(one.get("suppressed", 0) + one.get("rejected", 0) for one in counts) == 180


def test_claims_of_overlapping_numbers_never_wait_in_a_circle(loa):
    now, phones = loa.clock.now(), list(range(84900000000, 84900000400))
    faults, taken = [], []

    def work(seed):
        mine = random.Random(seed)
        try:
            for turn in range(15):
                given = mine.sample(phones, 300)
                at = now + timedelta(days=3 * turn)
                with loa.deps.sessions.begin() as session:
                    reserved = ad_counts.reserve(session, given, at, 3, now)
                with loa.deps.sessions.begin() as session:
                    ad_counts.give_back(session, mine.sample(sorted(reserved), len(reserved)), at)
                taken.append(len(reserved))
        except OperationalError as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert taken == [300] * 45
    assert counted(loa) == {}


def test_giving_back_takes_one_ad_of_several_at_the_same_moment(loa):
    now, phones = loa.clock.now(), [84900000001, 84900000002]
    with loa.deps.sessions.begin() as session:
        for _ in range(2):
            assert ad_counts.reserve(session, phones, now, 3, now) == set(phones)
        ad_counts.give_back(session, phones[:1], now)
        ad_counts.give_back(session, phones, now - timedelta(hours=2))
    assert {phone: len(times) for phone, times in counted(loa).items()} == {84900000001: 1, 84900000002: 2}


def test_an_ad_that_is_planned_ahead_does_not_make_todays_forgotten(loa, numbers):
    now = loa.clock.now()
    for _ in range(3):
        loa.create(numbers(20))
        loa.go()
    with loa.deps.sessions.begin() as session:
        ahead = now + timedelta(days=10)
        assert len(ad_counts.reserve(session, list(counted(loa)), ahead, 3, now)) == 20
    fourth = loa.create(numbers(20), provider="fibo")
    loa.go()
    assert loa.counts(fourth) == {"suppressed": 20}
