"""Who of a batch may get an ad now: suppression, ads a day, and what is left too small for an order."""

import pytest
from dateutil.parser import isoparse
from sqlalchemy import event, text

from worker.cli import console
from worker.cli.campaign import show
from worker.domain.outcome import Outcome
from worker.domain.states import BatchState
from worker.services.operations import control, suppression
from worker.services.unknown import resolve
from worker.storage.sending import batches


def opt_out(loa, *phones):
    suppression.add(loa.deps, [f"0{phone - 84_000_000_000}" for phone in phones], reason="opt_out", source="test")


def phones_of(loa, seq):
    with loa.deps.sessions() as session:
        rows = session.execute(text("SELECT phone FROM recipient WHERE batch_seq = :seq ORDER BY phone"), {"seq": seq})
        return [row.phone for row in rows]


def test_suppressed_numbers_are_left_out_of_the_plan_and_counted(loa, numbers):
    opt_out(loa, 84900000003, 84900000004)
    made = loa.create(numbers(30))
    one = made.campaign
    assert (one.rows, one.valid, one.suppressed, one.duplicates, one.invalid) == (30, 28, 2, 0, 0)
    loa.go()
    assert len(loa.sandbox.phones()) == 28


def test_care_texts_go_to_suppressed_numbers_too(loa, numbers):
    opt_out(loa, 84900000003)
    made = loa.create(numbers(30), kind="care")
    assert made.campaign.valid == 30


def test_an_opt_out_between_plan_and_send_wins(loa, numbers):
    made = loa.create(numbers(30))
    opt_out(loa, 84900000003)
    loa.go()
    assert 84900000003 not in loa.sandbox.phones()
    assert loa.counts(made) == {"accepted": 29, "suppressed": 1}


def test_a_fourth_ad_in_24_hours_does_not_leave_and_one_after_them_does(loa, numbers):
    for _ in range(3):
        loa.create(numbers(20))
        loa.go()
    fourth = loa.create(numbers(40))
    loa.go()
    assert loa.counts(fourth) == {"accepted": 20, "suppressed": 20}
    assert max(loa.sandbox.phones().values()) == 3
    loa.clock.tick(hours=24)
    fifth = loa.create(numbers(20))
    loa.go()
    assert loa.counts(fifth) == {"accepted": 20}


def test_a_definite_refusal_gives_the_ad_back(loa, numbers):
    for _ in range(5):
        loa.sandbox.fault(do="status", status=503)
        made = loa.create(numbers(20))
        loa.release()
        assert loa.run_tasks() == [Outcome.RETRY]
        loa.sandbox.heal()
        with loa.deps.sessions() as session:
            assert session.execute(text("SELECT sum(cardinality(times)) FROM ad_contact")).scalar() == 0
        control.cancel(loa.deps, made.campaign.id)


@pytest.mark.parametrize("code", ["160", "103", "146"], ids=["retry", "halt", "rejected"])
def test_each_kind_of_definite_refusal_gives_back_once(loa, numbers, code):
    loa.create(numbers(20))
    loa.go()
    loa.sandbox.fault(do="code", code=code)
    loa.create(numbers(20))
    loa.release()
    loa.run_tasks()
    with loa.deps.sessions() as session:
        assert session.execute(text("SELECT DISTINCT cardinality(times) FROM ad_contact")).scalars().all() == [1]


def test_an_ad_that_is_refused_at_review_is_given_back(loa, numbers):
    loa.sandbox.set(review_refuses=True)
    refused = loa.create(numbers(20))
    loa.go()
    loa.clock.tick(seconds=11)
    loa.poll()
    assert loa.counts(refused) == {"rejected": 20}
    loa.sandbox.set(review_refuses=False)
    for _ in range(3):
        made = loa.create(numbers(20))
        loa.go()
        assert loa.counts(made) == {"accepted": 20}
    assert loa.counts(refused) == {"rejected": 20}


@pytest.mark.parametrize("refused", [False, True])
def test_the_repeat_of_a_doubtful_order_is_the_same_ad_and_counts_as_of_its_repeat(loa, numbers, refused):
    loa.change(ads_a_day=1)
    loa.sandbox.fault(do="drop", when="before", times=1)
    made = loa.create(numbers(20))
    loa.go()
    assert loa.counts(made) == {"unknown": 20}
    if refused:
        loa.sandbox.fault(do="code", code="146")
    with loa.deps.sessions.begin() as session:
        assert batches.move(session, loa.show(made).batches[0].id, BatchState.PLANNED, enqueued_at=None)
        session.execute(text("UPDATE campaign SET status = 'sending'"))
    loa.clock.tick(hours=1)
    loa.go()
    assert loa.counts(made) == ({"unknown": 20} if refused else {"accepted": 20})
    with loa.deps.sessions() as session:
        assert session.execute(text("SELECT DISTINCT times FROM ad_contact")).scalars().all() == [[loa.clock.now()]]


def again(loa, made):
    """The record does not show the order, so it is repeated, an hour later."""
    with loa.deps.sessions.begin() as session:
        assert batches.move(session, loa.show(made).batches[0].id, BatchState.PLANNED, enqueued_at=None)
        session.execute(text("UPDATE campaign SET status = 'sending'"))
    loa.clock.tick(hours=1)
    loa.go()


def doubtful_and_refused_again(loa, numbers):
    """Its first call is unknown, and its repeat was refused, which says nothing of the first."""
    loa.sandbox.fault(do="drop", when="before", times=1)
    made = loa.create(numbers(20))
    loa.go()
    loa.sandbox.fault(do="code", code="146")
    again(loa, made)
    assert loa.counts(made) == {"unknown": 20}
    return made


def test_an_ad_that_is_repeated_after_a_refused_repeat_counts_once(loa, numbers):
    made = doubtful_and_refused_again(loa, numbers)
    loa.sandbox.heal()
    again(loa, made)
    assert loa.counts(made) == {"accepted": 20}
    with loa.deps.sessions() as session:
        assert session.execute(text("SELECT DISTINCT times FROM ad_contact")).scalars().all() == [[loa.clock.now()]]


def test_an_ad_that_a_person_says_was_not_sent_is_not_counted_though_its_repeat_was_refused(loa, numbers):
    made = doubtful_and_refused_again(loa, numbers)
    control.pause(loa.deps, made.campaign.id)
    resolve.resolve(loa.deps, made.campaign.id, 1, resolve.Verdict.NOT_SENT)
    with loa.deps.sessions() as session:
        assert session.execute(text("SELECT sum(cardinality(times)) FROM ad_contact")).scalar() == 0


def test_a_doubtful_ad_counts_as_received(loa, numbers):
    loa.sandbox.fault(do="drop", when="after", times=3)
    for _ in range(3):
        loa.create(numbers(20))
        loa.go()
    fourth = loa.create(numbers(20))
    loa.go()
    assert loa.counts(fourth) == {"suppressed": 20}
    assert loa.status(fourth) == "failed"
    assert "below_minimum" in loa.show(fourth).campaign.status_reason
    with console.out.capture() as shown:
        show.campaign(loa.show(fourth), every_batch=True)
    assert "below_minimum: 0 numbers" in " ".join(shown.get().split())
    assert "below_minimum below_minimum" not in " ".join(shown.get().split())


def test_what_is_left_too_small_goes_with_another_batch(loa, numbers):
    loa.limits(max_recipients=40)
    made = loa.create(numbers(60))
    first, second = phones_of(loa, 1), phones_of(loa, 2)
    opt_out(loa, *first[:20])
    loa.go()
    assert loa.counts(made) == {"accepted": 40, "suppressed": 20}
    assert sorted(loa.sandbox.phones()) == sorted([*first[20:], *second])
    assert len(loa.sandbox.orders()) == 1


def test_nobody_joins_a_batch_of_which_a_gateway_only_says_that_it_was_not_taken(loa, numbers):
    loa.limits(max_recipients=30)
    made = loa.create(numbers(60))
    loa.sandbox.fault(function="SendMultipleSMSBrandname_json", nth=1, times=1, do="status", status=503, when="after")
    loa.release()
    first, rest = loa.task_queue.sends[:1], loa.task_queue.sends[1:]
    loa.task_queue.sends = first
    loa.run_tasks()
    (taken,) = loa.sandbox.orders()
    other = next(seq for seq in (1, 2) if phones_of(loa, seq)[0] not in loa.sandbox.phones())
    opt_out(loa, *phones_of(loa, other)[:15])
    loa.limits(max_recipients=60)
    # The other one is claimed while the first waits to be called again.
    loa.task_queue.sends = rest
    loa.run_tasks()
    loa.clock.tick(minutes=2)
    loa.go()
    assert len(phones_of(loa, other)) == 30, "none of them joined the order that was taken"
    assert set(loa.sandbox.phones()) == set(phones_of(loa, 3 - other))
    assert set(loa.sandbox.phones().values()) == {1}
    assert loa.counts(made)["unknown"] == taken["phones"] == 30


def test_two_full_batches_share_when_one_cannot_hold_both(loa, numbers):
    loa.limits(max_recipients=40)
    made = loa.create(numbers(80))
    opt_out(loa, *phones_of(loa, 1)[:25])
    loa.go()
    assert loa.counts(made) == {"accepted": 55, "suppressed": 25}
    assert sorted(order["phones"] for order in loa.sandbox.orders()) == [27, 28]


def test_what_cannot_be_merged_is_rejected_with_the_reason(loa, numbers):
    made = loa.create(numbers(30))
    opt_out(loa, *phones_of(loa, 1)[:15])
    loa.go()
    assert loa.counts(made) == {"rejected": 15, "suppressed": 15}
    assert loa.status(made) == "failed"
    assert loa.show(made).batches[0].code == "below_minimum"
    assert loa.sandbox.phones() == {}


@pytest.mark.parametrize("most", [0, 1])
def test_how_many_ads_a_day_is_a_setting(loa, numbers, most):
    loa.change(ads_a_day=most)
    for _ in range(4):
        loa.create(numbers(20))
        loa.go()
    assert set(loa.sandbox.phones().values()) == {4 if most == 0 else 1}


@pytest.fixture
def slow(loa):
    """A database that takes three seconds to count the ads of an order."""

    def count(_connection, _cursor, statement, *_):
        if statement.startswith("INSERT INTO ad_contact"):
            loa.clock.tick(seconds=3)

    event.listen(loa.loa.engine, "before_cursor_execute", count)
    yield
    event.remove(loa.loa.engine, "before_cursor_execute", count)


def test_an_order_whose_ads_take_long_to_count_leaves_all_the_same(loa, numbers, slow):
    made = loa.create(numbers(20))
    loa.release()
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 20}


def test_but_not_when_its_hours_end_meanwhile_and_then_it_is_not_counted(loa, numbers, slow):
    loa.clock.moment = isoparse("2026-03-02T11:29:58+07:00")
    made = loa.create(numbers(20))
    loa.release()
    loa.run_tasks()
    assert loa.sandbox.orders() == []
    assert loa.counts(made) == {"planned": 20}
    with loa.deps.sessions() as session:
        assert session.execute(text("SELECT sum(cardinality(times)) FROM ad_contact")).scalar() == 0
