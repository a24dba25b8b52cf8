"""Nothing of a campaign leaves after its `until`."""

import pytest
from dateutil.parser import isoparse
from sqlalchemy import event

from worker.errors import Refused
from worker.services.approval import change
from worker.services.approval.change import Changes
from worker.services.sending import until
from worker.services.sending.lists import Order
from worker.services.sending.singles import BatchRun
from worker.storage import campaigns
from worker.storage.sending import batches


def test_what_has_not_left_by_then_never_leaves_and_is_counted(loa, numbers, clock):
    loa.limits(max_recipients=25)
    made = loa.create(numbers(100), until="2026-03-02T09:30")
    loa.release()
    first, *rest = loa.task_queue.sends
    loa.task_queue.sends = [first]
    loa.run_tasks()
    clock.tick(minutes=30)
    loa.task_queue.sends = rest
    loa.run_tasks()
    assert len(loa.sandbox.orders()) == 1, "a claim after the last moment"
    assert until.end_overdue(loa.deps) == 1
    assert loa.status(made) == "cancelled"
    assert loa.counts(made) == {"accepted": 25, "cancelled": 75}
    assert "75 numbers did not leave" in loa.show(made).campaign.status_reason
    assert until.end_overdue(loa.deps) == 0


def test_of_a_campaign_past_its_last_moment_nothing_is_claimed(loa, numbers):
    made = loa.create(numbers(25), until="2026-03-02T09:30")
    loa.release()
    with loa.deps.sessions.begin() as session:
        assert campaigns.lock_if_sending(session, made.campaign.id, loa.clock.now())
        assert not campaigns.lock_if_sending(session, made.campaign.id, isoparse("2026-03-02T09:30+07:00"))


def test_a_campaign_of_which_everything_has_left_is_not_touched(loa, numbers, clock):
    made = loa.create(numbers(25), until="2026-03-02T09:30")
    loa.go()
    clock.tick(hours=1)
    assert until.end_overdue(loa.deps) == 0
    assert loa.status(made) == "sending"


def test_single_texts_stop_at_that_moment_too(loa, numbers, clock):
    made = loa.create(numbers(5), kind="care", text="Chao ban", until="2026-03-02T09:30")
    loa.release()
    clock.tick(minutes=30)
    loa.run_tasks()
    assert loa.sandbox.orders() == []
    until.end_overdue(loa.deps)
    assert loa.counts(made) == {"cancelled": 5}


def test_a_last_moment_before_the_first_opening_is_refused(loa, numbers):
    with pytest.raises(Refused) as fault:
        loa.create(numbers(25), at="2026-03-02T12:00", until="2026-03-02T13:00")
    assert fault.value.rule == "until_too_early"
    assert "2026-03-02T13:30:00+07:00" in str(fault.value)


def test_a_campaign_that_will_not_finish_in_time_says_so(loa, numbers):
    loa.limits(requests_per_second=1.0)
    made = loa.create(numbers(600), kind="care", text="Chao ban", until="2026-03-02T09:05")
    assert any("will not finish in time" in note for note in made.notes)


def summary(loa):
    """The batch whose task was enqueued first, and what is known of it before anything is waited for."""
    batch_id = loa.task_queue.sends[0]
    with loa.deps.sessions() as session:
        return batch_id, batches.summary(session, batch_id)


def test_an_order_that_was_claimed_just_before_that_moment_is_not_placed_after_it(loa, numbers, clock):
    made = loa.create(numbers(25), until="2026-03-02T09:30")
    clock.tick(minutes=29, seconds=59)
    loa.release()
    order = Order(loa.deps, loa.deps.account("esms"), *summary(loa))
    claimed = order.claim([0.0])
    assert order.in_time(claimed)
    clock.tick(seconds=1)
    assert not order.in_time(claimed)
    order.record(claimed, {0: order.not_begun})
    until.end_overdue(loa.deps)
    assert loa.counts(made) == {"cancelled": 25}


def test_nor_are_single_numbers_called_after_it(loa, numbers, clock):
    loa.create(numbers(5), kind="care", text="Chao ban", until="2026-03-02T09:30")
    clock.tick(minutes=29, seconds=59)
    loa.release()
    run = BatchRun(loa.deps, loa.deps.account("esms"), *summary(loa))
    wave = run.claim([0.0])
    assert run.in_time(wave)
    clock.tick(seconds=1)
    assert not run.in_time(wave)


def test_a_last_moment_that_is_moved_while_the_sweep_looks_is_not_the_end(loa, numbers, clock):
    made = loa.create(numbers(25), at="2026-03-02T10:00", until="2026-03-02T10:30")
    clock.tick(minutes=90)
    moved = []

    def meanwhile(_connection, _cursor, statement, *_):
        if "campaign.until <=" in statement and not moved:
            moved.append(statement)
            change.change(loa.deps, made.campaign.id, Changes(until="2026-03-02T11:00"))

    event.listen(loa.loa.engine, "after_cursor_execute", meanwhile)
    try:
        assert until.end_overdue(loa.deps) == 0
    finally:
        event.remove(loa.loa.engine, "after_cursor_execute", meanwhile)
    assert moved
    loa.go()
    assert loa.counts(made) == {"accepted": 25}
