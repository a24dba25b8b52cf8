"""The maximum of an order is lowered after a campaign was planned: what is too large is cut, and nobody is lost."""

import asyncio
import threading
from dataclasses import replace

import pytest

from tests.world import calling
from worker.services.operations import suppression
from worker.services.sending import dispatch

MOST = "SendMultipleSMSBrandname_json"


def lower(loa, most):
    """The contract says less, there and here."""
    loa.sandbox.set(max_recipients=most)
    loa.limits(max_recipients=most)


def sizes(loa):
    return sorted(order["phones"] for order in loa.sandbox.orders())


def each_once(loa, count):
    assert loa.sandbox.phones() == dict.fromkeys(range(84900000000, 84900000000 + count), 1)


def test_batches_larger_than_the_provider_takes_now_are_cut(loa, numbers):
    loa.limits(max_recipients=90)
    made = loa.create(numbers(180))
    lower(loa, 40)
    loa.go()
    assert loa.counts(made) == {"accepted": 180}
    assert sizes(loa) == [30] * 6
    each_once(loa, 180)
    batches = loa.show(made).batches
    assert [batch.seq for batch in batches] == [1, 2, 3, 4, 5, 6]
    assert len({batch.text for batch in batches}) == 1


def test_who_opted_out_is_in_no_part(loa, numbers):
    loa.limits(max_recipients=90)
    made = loa.create(numbers(90))
    suppression.add(loa.deps, ["0900000003"], source="test")
    lower(loa, 60)
    loa.go()
    assert loa.counts(made) == {"accepted": 89, "suppressed": 1}
    assert loa.sandbox.phones().keys() == set(range(84900000000, 84900000090)) - {84900000003}


def test_what_cannot_be_cut_goes_as_it_was_planned(loa, numbers):
    """Two parts would be too small for an order; the provider may take it all the same."""
    loa.limits(max_recipients=39)
    made = loa.create(numbers(39))
    loa.limits(max_recipients=38)
    loa.go()
    assert loa.counts(made) == {"accepted": 39}
    assert sizes(loa) == [39]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"do": "drop"}, id="its answer was lost"),
        pytest.param({"do": "status", "status": 503}, id="it was turned away"),
    ],
)
def test_an_order_that_may_have_been_taken_is_not_cut(loa, numbers, fault):
    loa.limits(max_recipients=90)
    loa.sandbox.fault(function=MOST, when="after", times=1, **fault)
    made = loa.create(numbers(90))
    loa.go()
    loa.limits(max_recipients=40)
    loa.clock.tick(minutes=2)
    loa.go()
    assert [batch.size for batch in loa.show(made).batches] == [90]
    each_once(loa, 90)


def test_two_workers_cut_two_batches_of_a_campaign_at_once(loa, numbers):
    loa.limits(max_recipients=90)
    made = loa.create(numbers(360))
    lower(loa, 40)
    loa.release()
    halves = [loa.task_queue.sends[:2], loa.task_queue.sends[2:]]
    loa.task_queue.sends = []
    together, outcomes = threading.Barrier(2), []

    def work(tasks):
        account = loa.deps.accounts["esms"]
        with asyncio.Runner() as runner:
            mine = replace(loa.deps, run=runner.run, accounts={"esms": calling(account, account.messages.account)})
            for batch_id in tasks:
                together.wait()
                outcomes.append(str(dispatch.send_batch(mine, batch_id)))
            runner.run(mine.accounts["esms"].messages.aclose())

    workers = [threading.Thread(target=work, args=(half,)) for half in halves]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert outcomes == ["accepted"] * 4
    loa.go()
    assert loa.counts(made) == {"accepted": 360}
    each_once(loa, 360)
