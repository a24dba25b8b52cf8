"""Campaigns take turns in a provider's rate, and a shut rate limit wakes nobody in vain."""

from collections import Counter

from worker.storage.sending import batches


def turn(loa, rate, *campaigns):
    """How many tasks of each campaign are enqueued where a provider takes so many calls a second; they are answered."""
    loa.limits(requests_per_second=rate)
    loa.release()
    ids = {batch.id: at for at, made in enumerate(campaigns) for batch in loa.show(made).batches}
    count = Counter(ids[batch_id] for batch_id in loa.task_queue.sends)
    # Whose turn it is is the question here, not how long it takes.
    loa.limits(requests_per_second=1000)
    loa.run_tasks()
    loa.clock.tick(seconds=1)
    return [count[at] for at in range(len(campaigns))]


def test_a_small_campaign_does_not_wait_for_a_large_one_nor_the_other_way_round(loa, numbers):
    loa.limits(max_recipients=20)
    large = loa.create(numbers(2000))
    assert [turn(loa, 4, large) for _ in range(3)] == [[12]] * 3
    # It begins with number 1 while the other is at 37: neither may overtake the other for that.
    small = loa.create(numbers(200, first=5000))
    shares = [turn(loa, 4, large, small) for _ in range(2)]
    assert shares == [[6, 6], [8, 4]], "ten batches: half of what goes, until they are through"


def test_where_one_goes_at_a_time_they_take_turns(loa, numbers):
    loa.limits(max_recipients=20)
    made = [loa.create(numbers(400, first=first)) for first in (0, 5000, 9000)]
    turns = [turn(loa, 0.3, *made) for _ in range(9)]
    assert all(sum(one) == 1 for one in turns)
    assert [sum(one[at] for one in turns) for at in range(3)] == [3, 3, 3]


def test_an_order_of_many_messages_makes_the_next_wait_and_nobody_is_rung_for_it_before(loa, numbers):
    loa.limits(max_recipients=40, messages_per_second=4)
    made = loa.create(numbers(80))
    assert loa.release() == 2
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 40, "planned": 40}, "40 messages take 10 seconds"
    assert loa.release() == 0
    loa.clock.tick(seconds=10)
    throttle_moved(loa)
    assert loa.release() == 1, "its task was forgotten, so that it is enqueued as soon as there is room"
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 80}


def throttle_moved(loa):
    """The limits look at the wall, the test does not wait for it: ten seconds are taken off the rate limit."""
    shut = float(loa.loa.limits.hget("loa:lane:esms", "messages"))
    loa.loa.limits.hset("loa:lane:esms", "messages", f"{shut - 10_000_000:.0f}")


def test_a_batch_weighs_its_numbers_times_its_parts(loa, numbers):
    made = loa.create(numbers(30), text="[QC] " + "giam gia " * 30)
    assert made.campaign.parts == 2
    with loa.deps.sessions() as session:
        seen = batches.summary(session, loa.show(made).batches[0].id)
    assert (seen.messages, seen.parts) == (60, 2)
