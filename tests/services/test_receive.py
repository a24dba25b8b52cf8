"""What the provider says afterwards, and what is made of it."""

import pytest

from worker.domain.delivery import OrderStatus, Receiver, Stage
from worker.domain.states import BatchState
from worker.services.reporting import poll
from worker.storage.sending import recipients


@pytest.fixture
def accepted(loa, numbers):
    """A campaign of 40 numbers in one batch that the provider has taken."""
    made = loa.create(numbers(40))
    loa.go()
    loa.clock.tick(seconds=11)
    return made


def batch_of(loa, made):
    return loa.show(made).batches[0]


def reported(loa, numbers):
    """The same, asked for its report."""
    made = loa.create(numbers(40))
    loa.go()
    loa.clock.tick(seconds=11)
    loa.poll()
    return made


def test_failed_and_delivered_numbers_are_told_apart(loa, numbers):
    loa.sandbox.set(fail_share=0.3)
    made = reported(loa, numbers)
    counts = loa.counts(made)
    assert counts["delivered"] + counts["failed"] == 40
    assert counts["failed"] > 0
    assert loa.status(made) == "done"
    assert loa.show(made).cost == 40 * 345


def test_a_number_that_the_provider_drops_silently_is_not_delivered(loa, numbers):
    loa.sandbox.set(drop_share=0.3)
    made = reported(loa, numbers)
    counts = loa.counts(made)
    assert counts["delivered"] + counts["failed"] == 40
    with loa.deps.sessions() as session:
        reasons = {one.reason for one in recipients.stream(session, made.campaign.id) if one.state == "failed"}
    assert reasons == {"dropped by the provider"}


def test_an_order_not_yet_known_is_asked_for_again_later_and_later(loa, numbers):
    loa.sandbox.set(visible_after_s=3600.0)
    made = loa.create(numbers(40))
    loa.go()
    pauses = []
    for _ in range(4):
        before = batch_of(loa, made).next_poll_at
        loa.clock.moment = before
        assert loa.poll() == [Stage.NOT_FOUND]
        pauses.append((batch_of(loa, made).next_poll_at - before).total_seconds())
    assert pauses == [20, 40, 80, 160]
    assert loa.counts(made) == {"accepted": 40}


def test_an_order_refused_at_review_is_rejected(loa, numbers):
    loa.sandbox.set(review_refuses=True)
    made = reported(loa, numbers)
    assert loa.counts(made) == {"rejected": 40}
    assert loa.status(made) == "failed"


def test_an_unreadable_report_changes_nothing(loa, accepted):
    loa.sandbox.fault(function="GetSendStatus", nth=1, times=1, when="before", do="html")
    assert loa.poll() == [Stage.UNREADABLE]
    assert loa.counts(accepted) == {"accepted": 40}


def test_an_unreadable_list_of_receivers_is_asked_for_again(loa, accepted):
    loa.sandbox.fault(function="GetSmsReceiverStatus_get", nth=1, times=1, when="before", do="html")
    loa.poll()
    assert loa.counts(accepted) == {"accepted": 40}
    loa.clock.tick(minutes=1)
    loa.poll()
    assert loa.counts(accepted) == {"delivered": 40}


def test_silence_ends_at_the_deadline_with_the_numbers_still_only_accepted(loa, numbers):
    loa.sandbox.set(visible_after_s=1e7)
    made = loa.create(numbers(40))
    loa.go()
    loa.clock.tick(days=7)
    loa.poll()
    assert loa.counts(made) == {"accepted": 40}
    assert loa.status(made) == "done"
    assert "never reported on 40" in loa.show(made).campaign.status_reason


def sent(delivered, failed, receivers=40):
    return OrderStatus(Stage.SENT, receivers=receivers, delivered=delivered, failed=failed, code="100")


def phones(start, end, *, delivered=True):
    return [Receiver(84900000000 + n, sent=True, delivered=delivered) for n in range(start, end)]


def test_half_a_report_counts_what_arrived_and_fails_nobody(loa, accepted):
    batch = batch_of(loa, accepted)
    poll.apply(loa.deps, batch.id, sent(10, 0), [*phones(0, 10), *phones(10, 40, delivered=False)])
    assert loa.counts(accepted) == {"delivered": 10, "accepted": 30}
    assert batch_of(loa, accepted).state is BatchState.ACCEPTED


def test_a_repeated_report_is_a_no_op(loa, accepted):
    batch = batch_of(loa, accepted)
    for _ in range(3):
        poll.apply(loa.deps, batch.id, sent(10, 0), phones(0, 10))
    assert loa.counts(accepted) == {"delivered": 10, "accepted": 30}


def test_an_older_report_never_takes_back_a_delivery(loa, accepted):
    batch = batch_of(loa, accepted)
    poll.apply(loa.deps, batch.id, sent(10, 0), phones(0, 10))
    poll.apply(loa.deps, batch.id, sent(0, 0), phones(0, 40, delivered=False))
    assert loa.counts(accepted) == {"delivered": 10, "accepted": 30}


def test_numbers_that_are_not_of_the_batch_are_ignored(loa, accepted):
    batch = batch_of(loa, accepted)
    strangers = [Receiver(84911111111, sent=True, delivered=True)]
    poll.apply(loa.deps, batch.id, sent(40, 0), [*phones(0, 40), *strangers])
    assert loa.counts(accepted) == {"delivered": 40}


def test_finished_without_counters_is_not_delivery(loa, accepted):
    batch = batch_of(loa, accepted)
    poll.apply(loa.deps, batch.id, sent(0, 0), None)
    assert loa.counts(accepted) == {"accepted": 40}


def test_a_report_on_an_order_that_is_not_with_the_provider_is_ignored(loa, numbers):
    made = loa.create(numbers(40))
    poll.apply(loa.deps, batch_of(loa, made).id, sent(40, 0), phones(0, 40))
    assert loa.counts(made) == {"planned": 40}
    assert batch_of(loa, made).state is BatchState.PLANNED


@pytest.mark.parametrize("listed", [pytest.param(0, id="empty"), pytest.param(15, id="half")])
def test_a_list_that_does_not_bear_out_the_counters_fails_nobody(loa, accepted, listed):
    batch = batch_of(loa, accepted)
    poll.apply(loa.deps, batch.id, sent(40, 0), phones(0, listed))
    assert "failed" not in loa.counts(accepted)
    assert batch_of(loa, accepted).state is BatchState.ACCEPTED
    poll.apply(loa.deps, batch.id, sent(40, 0), phones(0, 40))
    assert loa.counts(accepted) == {"delivered": 40}


def test_a_list_that_holds_none_of_its_numbers_is_of_another_order_and_fails_nobody(loa, accepted):
    """Two orders were given one id: those of the other one would be `failed`, and sent to once more by a copy."""
    batch = batch_of(loa, accepted)
    strangers = [Receiver(84911000000 + n, sent=True, delivered=True) for n in range(40)]
    poll.apply(loa.deps, batch.id, sent(40, 0), strangers)
    assert loa.counts(accepted) == {"accepted": 40}
    assert batch_of(loa, accepted).state is BatchState.ACCEPTED
