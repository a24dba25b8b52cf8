"""What the provider's record settles of batches unknown, and what it leaves to a person; the sandbox's ledger is the judge."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError
from sqlmodel import col

from tests.world import ads_counted, waiting
from worker.clock import Clock
from worker.domain.account import Reading
from worker.domain.calls import AdOrder, Answer
from worker.domain.delivery import SentPage, SentRow, SentState
from worker.domain.outcome import Outcome
from worker.domain.window import ALWAYS
from worker.errors import NotFound, Refused
from worker.services import campaign_status
from worker.services.operations import after_restore, control, suppression
from worker.services.sending import lists, release
from worker.services.unknown import lookup, resolve
from worker.services.unknown.resolve import Verdict
from worker.storage.calling import attempts
from worker.storage.sending import batches, recipients
from worker.storage.tables.campaigns import Attempt, Batch

ADS, CARE = "SendMultipleSMSBrandname_json", "SendMultipleMessage_V4_post_json"


@pytest.fixture
def loa(loa):
    """Loa on the sandbox's own time, since its record is asked for by time; ads may leave at any hour."""
    loa.clock.moment = Clock().now()
    loa.limits(windows=ALWAYS)
    return loa


def later(loa, **duration):
    """Time passes, here and there."""
    before = loa.clock.moment
    loa.clock.tick(**duration)
    seconds = (loa.clock.moment - before).total_seconds()
    loa.sandbox.client.post("/_sandbox/advance", json={"seconds": seconds}).raise_for_status()


def settled_time(loa):
    """Long enough for the first look-up."""
    later(loa, seconds=(loa.deps.lease + loa.deps.lookup_delay).total_seconds() + 20)


def lost(loa, function=ADS, **more):
    """The next order is taken, and its answer lost."""
    loa.sandbox.fault(**{"function": function, "when": "after", "do": "drop", **more})


def never_taken(loa, function=ADS, **more):
    """The next order is lost before it is taken."""
    loa.sandbox.fault(**{"function": function, "when": "before", "do": "drop", **more})


@pytest.fixture
def v1(loa):
    """Read the record by its first version, in one of its generations."""
    before = loa.deps.accounts["esms"].messages

    def change(generation):
        loa.call(replace(before.account, sent_data="v1"))
        loa.sandbox.set(sent_data_v1_generation=generation)

    yield change
    if loa.deps.accounts["esms"].messages is not before:
        loa.deps.run(loa.deps.accounts["esms"].messages.aclose())


def each_once(loa, count):
    assert set(loa.sandbox.phones().values()) == {1}
    assert len(loa.sandbox.phones()) == count


def known_again_and_found(loa, made):
    """The repeat was answered with 124, and the record shows the first call at last."""
    batch = loa.show(made).batches[0]
    assert (batch.state, batch.code) == ("unknown", "124")
    settled_time(loa)
    assert lookup.look_up(loa.deps) == 1
    assert loa.counts(made) == {"accepted": 30}
    each_once(loa, 30)


@pytest.mark.parametrize("record", ["v2", "v1 of the manual", "v1 with keys"])
def test_an_order_that_stands_in_the_record_was_taken(loa, numbers, v1, record):
    if record != "v2":
        v1(1 if record == "v1 of the manual" else 2)
    lost(loa)
    made = loa.create(numbers(30))
    loa.go()
    assert loa.counts(made) == {"unknown": 30}
    assert loa.status(made) == "reconciling"
    assert lookup.look_up(loa.deps) == 0, "its lease has not ended, nor the time to settle"
    settled_time(loa)
    assert lookup.look_up(loa.deps) == 1
    assert loa.counts(made) == {"accepted": 30}
    batch = loa.show(made).batches[0]
    assert batch.provider_ref == loa.sandbox.orders()[0]["sms_id"]
    later(loa, seconds=20)
    loa.poll()
    assert loa.counts(made) == {"delivered": 30}
    assert loa.status(made) == "done"
    each_once(loa, 30)


@pytest.mark.parametrize("record", ["v2", "v1"])
def test_an_order_that_does_not_stand_in_the_record_goes_again_under_its_key(loa, numbers, v1, record):
    if record == "v1":
        v1(1)
    never_taken(loa)
    made = loa.create(numbers(30))
    loa.go()
    assert loa.counts(made) == {"unknown": 30}
    settled_time(loa)
    assert lookup.look_up(loa.deps) == 1
    assert loa.status(made) == "sending"
    loa.go()
    assert loa.counts(made) == {"accepted": 30}
    with loa.deps.sessions() as session:
        keys = session.scalars(select(col(Attempt.request_id))).all()
    assert len(keys) == 2
    assert len(set(keys)) == 1
    each_once(loa, 30)


def test_a_record_that_lags_behind_sends_nothing_twice(loa, numbers):
    """Absent, repeated, 124: looked up again, and found at last."""
    loa.sandbox.set(sent_data_after_s=600.0)
    lost(loa)
    made = loa.create(numbers(30))
    loa.go()
    settled_time(loa)
    lookup.look_up(loa.deps)
    loa.go()
    known_again_and_found(loa, made)


def test_what_the_provider_remembers_and_does_not_show_waits_for_a_person(loa, numbers):
    """A refused RequestId may be remembered: 124 alone proves nothing."""
    loa.sandbox.set(sent_data_after_s=1e9)
    lost(loa)
    made = loa.create(numbers(30))
    loa.go()
    for _ in range(2):
        settled_time(loa)
        lookup.look_up(loa.deps)
        loa.go()
    batch = loa.show(made).batches[0]
    assert (batch.state, batch.needs_operator) == ("unknown", True)
    assert f"loa campaign resolve {made.campaign.id} --batch 1" in loa.show(made).campaign.status_reason
    for _ in range(30):
        later(loa, hours=1)
        lookup.look_up(loa.deps)
        loa.go()
    assert len(loa.sandbox.orders()) == 1
    each_once(loa, 30)


def test_an_order_that_a_gateway_refused_after_passing_it_on_is_found_at_its_first_call(loa, numbers):
    loa.sandbox.fault(when="after", do="status", status=503)
    made = loa.create(numbers(30))
    loa.go()
    assert loa.counts(made) == {"planned": 30}
    later(loa, minutes=10)
    loa.go()
    known_again_and_found(loa, made)


def test_who_opted_out_of_an_order_that_a_gateway_lied_about_and_got_it_is_counted_once(loa, numbers):
    loa.sandbox.fault(when="after", do="status", status=503)
    made = loa.create(numbers(30))
    loa.go()
    suppression.add(loa.deps, ["84900000003"], source="test")
    later(loa, minutes=10)
    loa.go()
    assert loa.counts(made) == {"suppressed": 1, "unknown": 29}
    settled_time(loa)
    assert lookup.look_up(loa.deps) == 1
    later(loa, seconds=60)
    loa.poll()
    # The first call had it.
    assert loa.show(made).counts["accepted"] == 0
    assert loa.counts(made) == {"delivered": 30}


@pytest.mark.parametrize("taken", [True, False], ids=["it was taken", "it was not"])
@pytest.mark.parametrize(("kind", "function", "turned_away"), [("ads", ADS, 30), ("care", CARE, 1)])
def test_what_a_gateway_turned_away_a_day_ago_is_looked_up_before_it_goes_again(
    loa, numbers, kind, function, turned_away, taken
):
    """Its RequestId is forgotten by then, and should the gateway have been wrong, it would go twice."""
    fault = {"do": "status", "status": 503, "times": 1, "when": "after" if taken else "before"}
    loa.sandbox.fault(function=function, **fault)
    made = loa.create(numbers(30), kind=kind, text="[QC] Giam gia" if kind == "ads" else "Don hang da gui")
    loa.go()
    assert loa.counts(made)["planned"] == turned_away
    control.pause(loa.deps, made.campaign.id)
    later(loa, hours=25)
    control.resume(loa.deps, made.campaign.id)
    loa.go()
    assert loa.counts(made)["unknown"] == turned_away
    settled_time(loa)
    lookup.look_up(loa.deps)
    if kind == "care" and not taken:
        # The batch was in hand a moment ago, and a record may lag behind: a new key waits until no call of it is recent.
        assert (loa.counts(made)["unknown"], loa.show(made).batches[0].needs_operator) == (1, True)
        later(loa, hours=21)
        lookup.look_up(loa.deps)
    loa.go()
    assert loa.counts(made) == {"accepted": 30}
    each_once(loa, 30)


def test_an_order_that_a_gateway_turned_away_and_that_a_person_says_was_sent_is_counted(loa, numbers):
    loa.sandbox.fault(function=ADS, do="status", status=503, times=1, when="after")
    made = loa.create(numbers(30), text="[QC] Giam gia")
    loa.go()
    control.pause(loa.deps, made.campaign.id)
    later(loa, hours=25)
    control.resume(loa.deps, made.campaign.id)
    loa.go()
    assert loa.counts(made) == {"unknown": 30}
    resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.SENT)
    assert (loa.counts(made), ads_counted(loa)) == ({"accepted": 30}, 30)


@pytest.mark.parametrize("taken", [True, False], ids=["it was taken", "it was not"])
def test_too_few_of_an_order_that_a_gateway_turned_away_go_with_no_other(loa, numbers, taken):
    """With another order they would go under its key, and should the gateway have been wrong, for the second time."""
    loa.limits(max_recipients=30)
    made = loa.create(numbers(60))
    loa.sandbox.fault(function=ADS, do="status", status=503, times=1, when="after" if taken else "before")
    loa.release()
    first, rest = loa.task_queue.sends[:1], loa.task_queue.sends[1:]
    loa.task_queue.sends = list(first)
    loa.run_tasks()
    with loa.deps.sessions() as session:
        batch = session.get_one(Batch, first[0])
        members = recipients.members(session, batch)
    suppression.add(loa.deps, [str(phone) for phone in members[:15]], source="test")
    # The other one has room for them.
    loa.limits(max_recipients=60)
    later(loa, minutes=2)
    loa.task_queue.sends = list(first)
    loa.run_tasks()
    assert loa.counts(made) == {"planned": 30, "suppressed": 15, "unknown": 15}
    loa.task_queue.sends = list(rest)
    loa.go()
    settled_time(loa)
    lookup.look_up(loa.deps)
    loa.go()
    if not taken:
        assert loa.counts(made) == {"accepted": 30, "suppressed": 15, "unknown": 15}
        later(loa, hours=21)
        lookup.look_up(loa.deps)
        loa.go()
    assert loa.counts(made) == {"accepted": 45 if taken else 30, "suppressed": 15} | ({} if taken else {"rejected": 15})
    assert ads_counted(loa) == (45 if taken else 30)
    assert set(loa.sandbox.phones().values()) == {1}


def test_a_record_that_lags_behind_gives_no_new_key_to_what_a_gateway_lied_about(loa, numbers):
    loa.sandbox.set(sent_data_after_s=3 * 3600.0)
    loa.sandbox.fault(function=ADS, do="status", status=503, times=1, when="before")
    made = loa.create(numbers(30))
    loa.go()
    loa.sandbox.fault(function=ADS, do="status", status=503, times=1, when="after")
    later(loa, hours=19)
    loa.go()
    later(loa, hours=2)
    loa.go()
    assert lookup.look_up(loa.deps) == 0
    loa.go()
    assert (loa.counts(made), loa.show(made).batches[0].needs_operator) == ({"unknown": 30}, True)
    later(loa, hours=2)
    assert lookup.look_up(loa.deps) == 1
    assert loa.counts(made) == {"accepted": 30}
    each_once(loa, 30)


def test_a_held_doubt_ends_when_the_record_shows_it_after_all(loa, numbers):
    loa.sandbox.set(sent_data_after_s=7200.0)
    lost(loa)
    made = loa.create(numbers(30))
    loa.go()
    for _ in range(2):
        settled_time(loa)
        lookup.look_up(loa.deps)
        loa.go()
    assert loa.show(made).batches[0].needs_operator
    later(loa, hours=6)
    assert lookup.look_up(loa.deps) == 1
    batch = loa.show(made).batches[0]
    assert (batch.state, batch.needs_operator) == ("accepted", False)


def test_a_refused_repeat_of_a_doubtful_order_leaves_it_in_doubt(loa, numbers):
    never_taken(loa)
    made = loa.create(numbers(30))
    loa.go()
    settled_time(loa)
    lookup.look_up(loa.deps)
    loa.sandbox.fault(do="code", code="103")
    loa.go()
    assert loa.counts(made) == {"unknown": 30}
    assert loa.status(made) == "paused"
    settled_time(loa)
    lookup.look_up(loa.deps)
    loa.go()
    assert loa.status(made) == "paused"
    assert loa.counts(made) == {"planned": 30}
    control.resume(loa.deps, made.campaign.id)
    loa.go()
    assert loa.counts(made) == {"accepted": 30}
    with loa.deps.sessions() as session:
        assert len(set(session.scalars(select(col(Attempt.request_id))).all())) == 1
    each_once(loa, 30)


def test_a_record_that_cannot_be_read_settles_nothing(loa, numbers):
    lost(loa)
    made = loa.create(numbers(30))
    loa.go()
    settled_time(loa)
    loa.sandbox.fault(function="GetSmsSentData_V2", do="status", status=500, times=-1)
    assert lookup.look_up(loa.deps) == 0
    assert loa.counts(made) == {"unknown": 30}
    loa.sandbox.heal()
    assert lookup.look_up(loa.deps) == 0, "it was asked just now"
    later(loa, minutes=11)
    assert lookup.look_up(loa.deps) == 1
    each_once(loa, 30)


def test_half_a_record_settles_nothing(loa, numbers):
    """The order stands on the second page, which cannot be had: absent is not what was not read."""
    loa.create(numbers(700), name="other")
    loa.go()
    lost(loa)
    made = loa.create(numbers(30, first=5000))
    loa.go()
    settled_time(loa)
    loa.sandbox.fault(function="GetSmsSentData_V2", nth=2, do="status", status=500, times=1)
    assert lookup.look_up(loa.deps) == 0
    assert loa.counts(made) == {"unknown": 30}
    later(loa, minutes=11)
    assert lookup.look_up(loa.deps) == 1
    assert loa.counts(made) == {"accepted": 30}


@pytest.mark.parametrize("page_rows", [500, 100, 70])
def test_a_record_is_read_to_its_end_however_short_its_pages_are(loa, numbers, page_rows):
    """The order stands on the last page. The provider decides how many rows a page has; the documents only name the most."""
    loa.sandbox.set(sent_data_page_rows=page_rows)
    loa.create(numbers(700), name="other")
    loa.go()
    lost(loa)
    made = loa.create(numbers(30, first=5000))
    loa.go()
    control.cancel(loa.deps, made.campaign.id)
    for _ in range(4):
        later(loa, hours=1)
        lookup.look_up(loa.deps)
    assert loa.counts(made) == {"accepted": 30}
    each_once(loa, 730)


def test_a_record_that_counts_more_rows_than_it_shows_settles_nothing(loa, numbers):
    loa.sandbox.set(sent_data_hidden_rows=1)
    never_taken(loa)
    made = loa.create(numbers(30))
    loa.go()
    settled_time(loa)
    assert lookup.look_up(loa.deps) == 0
    assert loa.counts(made) == {"unknown": 30}
    loa.sandbox.set(sent_data_hidden_rows=0)
    later(loa, minutes=11)
    assert lookup.look_up(loa.deps) == 1
    assert loa.status(made) == "sending"


def test_only_the_time_around_a_doubtful_call_is_read(loa, numbers):
    asked = []

    class Record:
        async def records(self, start, end, page, purpose):
            asked.append((start, end, page, purpose))
            return Reading(SentPage([], 0, more=False))

    loa.limits(max_recipients=30)
    loa.create(numbers(90))
    loa.release()
    loa.task_queue.sends.sort(key=str)
    never_taken(loa, nth=1, times=1)
    never_taken(loa, nth=3, times=1)
    first = loa.clock.now()
    for task in [*loa.task_queue.sends]:
        loa.task_queue.sends = [task]
        loa.run_tasks()
        later(loa, hours=1)
    loa.limits(records=Record())
    lookup.look_up(loa.deps)
    slack, call = timedelta(minutes=2), timedelta(seconds=loa.deps.accounts["esms"].timeout_s)
    third = first + timedelta(hours=2)
    assert asked == [
        (first - slack, first + call + slack, 1, "ads"),
        (third - slack, third + call + slack, 1, "ads"),
    ]


def test_where_the_record_keeps_keys_a_row_without_one_is_not_ours(loa, numbers):
    """The same text may have been sent by hand."""
    never_taken(loa)
    made = loa.create(numbers(30))
    text_of_it = loa.show(made).batches[0].text

    class Record:
        async def records(self, start, end, page, purpose):
            by_hand = SentRow("ref-1", "", 84900000000, text_of_it, SentState.DELIVERED, None, None)
            other = SentRow("ref-2", "another's key", 84900000999, "another", SentState.DELIVERED, None, None)
            return Reading(SentPage([by_hand, other], 2, more=False))

    loa.go()
    loa.limits(records=Record())
    settled_time(loa)
    lookup.look_up(loa.deps)
    assert loa.counts(made) == {"planned": 30}


@pytest.mark.parametrize(("kind", "function", "unknown"), [("ads", ADS, 30), ("care", CARE, 2)], ids=["list", "single"])
def test_without_a_key_what_two_campaigns_could_have_left_is_given_to_neither(
    loa, numbers, v1, kind, function, unknown
):
    """Both told the same numbers the same; the one was taken, and its rows could as well be the other's."""
    v1(1)
    calls = 1 if kind == "ads" else unknown
    lost(loa, function, times=calls)
    taken = loa.create(numbers(30), kind=kind, name="taken")
    loa.go()
    never_taken(loa, function, times=calls)
    absent = loa.create(numbers(30), kind=kind, name="absent")
    loa.go()
    settled_time(loa)
    assert lookup.look_up(loa.deps) == 0
    loa.go()
    for made in (taken, absent):
        assert loa.counts(made)["unknown"] == unknown
        assert loa.show(made).batches[0].needs_operator
        assert "more than one order in eSMS's record could be this one" in loa.show(made).batches[0].provider_message
    resolve.resolve(loa.deps, taken.campaign.id, 1, Verdict.SENT)
    resolve.resolve(loa.deps, absent.campaign.id, 1, Verdict.NOT_SENT)
    loa.go()
    assert loa.counts(taken) == loa.counts(absent) == {"accepted": 30}
    assert len(loa.sandbox.phones()) == 30
    assert set(loa.sandbox.phones().values()) == {2}, "each campaign reached everybody once"


def test_without_a_key_two_orders_that_share_its_numbers_are_not_taken_for_it(loa, numbers, v1):
    """Somebody gave the same text by hand to the one half, and then to the other."""
    v1(1)
    never_taken(loa)
    made = loa.create(numbers(40))
    loa.go()
    batch = loa.show(made).batches[0]
    for half in range(2):
        first = 84900000000 + 20 * half
        by_hand = AdOrder(f"by-hand-{batch.id}-{half}", "", "LOA", batch.text, list(range(first, first + 20)))
        loa.deps.run(loa.deps.accounts["esms"].messages.send_ads(by_hand))
    settled_time(loa)
    assert lookup.look_up(loa.deps) == 0
    batch = loa.show(made).batches[0]
    assert (batch.state, batch.needs_operator) == ("unknown", True)
    assert all(order["sms_id"] in batch.provider_message for order in loa.sandbox.orders())


def test_a_doubt_that_waited_too_long_is_not_repeated(loa, numbers):
    never_taken(loa)
    made = loa.create(numbers(30))
    loa.go()
    settled_time(loa)
    lookup.look_up(loa.deps)
    control.pause(loa.deps, made.campaign.id)
    later(loa, hours=21)
    control.resume(loa.deps, made.campaign.id)
    loa.go()
    batch = loa.show(made).batches[0]
    assert (batch.state, batch.needs_operator) == ("unknown", True)
    assert loa.sandbox.orders() == []
    later(loa, hours=7)
    lookup.look_up(loa.deps)
    assert loa.show(made).batches[0].state == "unknown"


def test_a_paused_campaign_repeats_nothing(loa, numbers):
    never_taken(loa)
    made = loa.create(numbers(30))
    loa.go()
    assert loa.status(made) == "reconciling"
    control.pause(loa.deps, made.campaign.id)
    settled_time(loa)
    lookup.look_up(loa.deps)
    loa.go()
    assert loa.status(made) == "paused"
    assert loa.sandbox.orders() == []
    control.resume(loa.deps, made.campaign.id)
    loa.go()
    each_once(loa, 30)


def test_a_cancelled_campaign_repeats_nothing(loa, numbers):
    never_taken(loa)
    made = loa.create(numbers(30))
    loa.go()
    control.cancel(loa.deps, made.campaign.id)
    settled_time(loa)
    assert lookup.look_up(loa.deps) == 0
    assert loa.counts(made) == {"unknown": 30}, "once absent proves little where no repeat will"
    for _ in range(3):
        later(loa, hours=1)
        lookup.look_up(loa.deps)
        loa.go()
    assert loa.counts(made) == {"cancelled": 30}
    assert loa.sandbox.orders() == []


def test_a_campaign_that_is_cancelled_while_the_record_is_read_is_not_believed_unsent_at_once(loa, numbers):
    never_taken(loa)
    made = loa.create(numbers(30))
    loa.go()

    class Record:
        async def records(self, start, end, page, purpose):
            control.cancel(loa.deps, made.campaign.id)
            return Reading(SentPage([], 0, more=False))

    loa.limits(records=Record())
    settled_time(loa)
    assert lookup.look_up(loa.deps) == 0
    assert loa.counts(made) == {"unknown": 30}


def test_a_cancelled_campaign_learns_what_was_taken(loa, numbers):
    lost(loa)
    made = loa.create(numbers(30))
    loa.go()
    control.cancel(loa.deps, made.campaign.id)
    settled_time(loa)
    lookup.look_up(loa.deps)
    assert loa.counts(made) == {"accepted": 30}
    assert loa.status(made) == "cancelled"


def test_a_dead_workers_batch_is_looked_up_too(loa, numbers):
    made = loa.create(numbers(30))
    loa.release()
    with loa.deps.sessions.begin() as session:
        session.execute(
            text("UPDATE batch SET state = 'sending', attempts = 1, lease_until = :until"),
            {"until": loa.clock.now() + loa.deps.lease},
        )
        batch = session.scalars(select(Batch)).one()
        now = loa.clock.now()
        session.add(
            Attempt(
                owner_id=batch.id,
                number=1,
                call="order",
                provider="esms",
                request_id=f"{batch.id}-0",
                began_at=now,
                deadline=now,
            )
        )
    later(loa, seconds=loa.deps.lease.total_seconds() + 1)
    release.expire_claims(loa.deps)
    assert loa.counts(made) == {"unknown": 30}
    settled_time(loa)
    assert lookup.look_up(loa.deps) == 1
    loa.go()
    each_once(loa, 30)


def test_two_sweeps_at_once_look_each_doubt_up_once(loa, numbers):
    loa.limits(max_recipients=30)
    lost(loa, times=-1)
    loa.create(numbers(90))
    loa.go()
    settled_time(loa)
    assert lookup.look_up(loa.deps) == 3
    assert lookup.look_up(loa.deps) == 0


# --- numbers called one by one


def test_single_numbers_are_settled_one_by_one(loa, numbers):
    lost(loa, CARE, nth=3, times=4)
    never_taken(loa, CARE, nth=10, times=2)
    made = loa.create(numbers(40), kind="care", text="Don hang da gui")
    loa.go()
    assert loa.counts(made) == {"accepted": 34, "unknown": 6}
    settled_time(loa)
    assert lookup.look_up(loa.deps) == 1
    loa.go()
    assert loa.counts(made) == {"accepted": 40}
    each_once(loa, 40)
    later(loa, seconds=60)
    loa.poll()
    assert loa.counts(made) == {"delivered": 40}
    assert loa.status(made) == "done"


@pytest.mark.parametrize("generation", [1, 2])
def test_single_numbers_are_found_without_a_key(loa, numbers, v1, generation):
    v1(generation)
    lost(loa, CARE, nth=3, times=4)
    made = loa.create(numbers(40), kind="care", text="Don hang da gui")
    loa.go()
    settled_time(loa)
    lookup.look_up(loa.deps)
    assert loa.counts(made) == {"accepted": 40}
    each_once(loa, 40)


def test_without_a_key_another_campaigns_order_is_not_taken_for_this_one(loa, numbers, v1):
    v1(1)
    loa.create(numbers(40), kind="care", text="Don hang da gui", name="first")
    loa.go()
    never_taken(loa, CARE, nth=3, times=4)
    made = loa.create(numbers(40), kind="care", text="Don hang da gui", name="second", again=True)
    loa.go()
    settled_time(loa)
    lookup.look_up(loa.deps)
    loa.go()
    assert loa.counts(made) == {"accepted": 40}
    assert set(loa.sandbox.phones().values()) == {2}


def test_single_numbers_that_are_remembered_and_not_shown_wait_for_a_person(loa, numbers):
    loa.sandbox.set(sent_data_after_s=1e9)
    lost(loa, CARE, nth=3, times=2)
    made = loa.create(numbers(40), kind="care", text="Don hang da gui")
    loa.go()
    for _ in range(3):
        settled_time(loa)
        later(loa, hours=1)
        lookup.look_up(loa.deps)
        loa.go()
    assert loa.counts(made) == {"accepted": 38, "unknown": 2}
    assert loa.show(made).batches[0].needs_operator
    with loa.deps.sessions() as session:
        assert session.scalars(select(func.count()).select_from(Attempt)).one() == 2, "called, and repeated once"
    each_once(loa, 40)


def test_a_refused_repeat_of_a_single_number_leaves_it_in_doubt(loa, numbers):
    """Its next call must not get a new key: the first may have been taken."""
    never_taken(loa, CARE, nth=3, times=2)
    made = loa.create(numbers(40), kind="care", text="Don hang da gui")
    loa.go()
    settled_time(loa)
    lookup.look_up(loa.deps)
    loa.sandbox.fault(function=CARE, do="code", code="103", times=1)
    loa.sandbox.fault(function=CARE, do="status", status=503, times=1, nth=2)
    loa.go()
    assert loa.counts(made) == {"accepted": 38, "unknown": 1, "planned": 1}
    control.resume(loa.deps, made.campaign.id)
    loa.clock.tick(minutes=2)
    loa.go()
    settled_time(loa)
    lookup.look_up(loa.deps)
    loa.go()
    assert loa.counts(made) == {"accepted": 40}
    assert len({order["request_id"] for order in loa.sandbox.orders()}) == 40
    each_once(loa, 40)


def test_a_single_number_that_waited_too_long_is_not_repeated(loa, numbers):
    never_taken(loa, CARE, nth=3, times=4)
    made = loa.create(numbers(40), kind="care", text="Don hang da gui")
    loa.go()
    settled_time(loa)
    lookup.look_up(loa.deps)
    control.pause(loa.deps, made.campaign.id)
    later(loa, hours=21)
    control.resume(loa.deps, made.campaign.id)
    loa.go()
    assert loa.counts(made) == {"accepted": 36, "unknown": 4}


# --- what a person says


@pytest.mark.parametrize("provider", ["esms", "fibo"])
def test_a_person_says_it_was_sent(loa, numbers, provider):
    function = ADS if provider == "esms" else "SendMaskedSMS"
    lost(loa, function, times=-1)
    loa.limits("fibo", windows=ALWAYS)
    made = loa.create(numbers(30), provider=provider, kind="ads")
    loa.go()
    unknown = loa.counts(made)["unknown"]
    loa.sandbox.heal()
    loa.go()
    what = resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.SENT)
    assert what.numbers == unknown
    assert "unknown" not in loa.counts(made)
    loa.go()
    assert set(loa.sandbox.phones().values()) == {1}


def test_a_person_says_it_was_not_sent_and_it_goes_under_a_new_key(loa, numbers):
    never_taken(loa)
    made = loa.create(numbers(30))
    loa.go()
    what = resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.NOT_SENT)
    assert (what.numbers, what.state, what.status) == (30, "planned", "sending")
    loa.go()
    assert loa.counts(made) == {"accepted": 30}
    assert loa.sandbox.orders()[0]["request_id"].endswith("-1")
    with loa.deps.sessions() as session:
        assert session.execute(text("SELECT max(cardinality(times)) FROM ad_contact")).scalar() == 1, "counted once"


def test_what_a_person_says_was_not_sent_goes_by_the_rules_of_its_new_call(loa, numbers):
    """Its first call counts as refused: who asked for no more ads since is left out, and the next refusal is believed."""
    never_taken(loa)
    made = loa.create(numbers(30))
    loa.go()
    suppression.add(loa.deps, ["0900000003"], source="test")
    resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.NOT_SENT)
    loa.sandbox.fault(do="code", code="108", times=1)
    loa.go(rounds=1)
    assert loa.counts(made) == {"rejected": 29, "suppressed": 1}
    assert loa.sandbox.orders() == []


def test_fibos_doubts_wait_for_a_person(loa, numbers):
    loa.limits("fibo", windows=ALWAYS)
    never_taken(loa, "SendMaskedSMS", nth=2, times=1)
    made = loa.create(numbers(30), provider="fibo", kind="ads")
    loa.go()
    assert loa.counts(made)["unknown"] == 1
    settled_time(loa)
    lookup.look_up(loa.deps)
    assert loa.show(made).batches[0].needs_operator
    assert "--batch 1" in loa.show(made).campaign.status_reason
    resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.NOT_SENT)
    loa.go()
    assert loa.status(made) == "done"
    each_once(loa, 30)
    with loa.deps.sessions() as session:
        assert session.execute(text("SELECT max(cardinality(times)) FROM ad_contact")).scalar() == 1, "counted once"


def test_fibo_knows_a_text_again_that_a_person_took_for_lost(loa, numbers):
    """Code 6, repeated content: evidence that the first call was taken."""
    loa.limits("fibo", windows=ALWAYS)
    lost(loa, "SendMaskedSMS", nth=2, times=1)
    made = loa.create(numbers(30), provider="fibo", kind="ads")
    loa.go()
    resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.NOT_SENT)
    loa.go()
    assert loa.counts(made) == {"accepted": 30}
    assert loa.status(made) == "done"
    each_once(loa, 30)


def test_only_a_batch_in_doubt_can_be_resolved(loa, numbers):
    made = loa.create(numbers(30))
    loa.go()
    with pytest.raises(Refused, match="is accepted, not unknown"):
        resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.SENT)
    with pytest.raises(NotFound, match="batch"):
        resolve.resolve(loa.deps, made.campaign.id, 9, Verdict.SENT)


def test_a_cancelled_campaigns_batch_that_was_not_sent_stays_unsent(loa, numbers):
    never_taken(loa)
    made = loa.create(numbers(30))
    loa.go()
    control.cancel(loa.deps, made.campaign.id)
    resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.NOT_SENT)
    loa.go()
    assert loa.counts(made) == {"cancelled": 30}
    assert loa.sandbox.orders() == []


def test_an_order_that_goes_back_to_the_plan_while_its_campaign_is_looked_at_ends_nothing(loa, numbers):
    """The look has seen nothing that is still to be sent, and counts when nothing is unknown any more."""
    loa.limits(max_recipients=20)
    never_taken(loa, nth=2)
    made = loa.create(numbers(40))
    loa.go()
    settled_time(loa)
    loa.poll()
    assert loa.counts(made) == {"delivered": 20, "unknown": 20}
    looked = []

    def meanwhile(_connection, _cursor, statement, *_):
        if "GROUP BY batch.state" in statement and not looked:
            looked.append(statement)
            looked.append(lookup.look_up(loa.deps))

    event.listen(loa.loa.engine, "before_cursor_execute", meanwhile)
    try:
        campaign_status.refresh(loa.deps, made.campaign.id)
    finally:
        event.remove(loa.loa.engine, "before_cursor_execute", meanwhile)
    assert looked[1] == 1
    assert loa.status(made) == "sending"
    loa.go()
    each_once(loa, 40)


def test_what_was_unknown_is_not_said_of_a_campaign_that_ended_meanwhile(loa, numbers):
    lost(loa)
    made = loa.create(numbers(20))
    loa.go()
    assert loa.status(made) == "reconciling"
    resolved = []

    def meanwhile(_connection, _cursor, statement, *_):
        if statement.startswith("SELECT batch.seq") and not resolved:
            resolved.append(statement)
            resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.SENT)
            loa.clock.tick(seconds=60)
            loa.poll()

    event.listen(loa.loa.engine, "before_cursor_execute", meanwhile)
    try:
        campaign_status.refresh(loa.deps, made.campaign.id)
    finally:
        event.remove(loa.loa.engine, "before_cursor_execute", meanwhile)
    assert resolved
    assert loa.status(made) == "done"
    assert "may or may not" not in loa.show(made).campaign.status_reason


def test_numbers_that_went_with_another_order_after_a_backup_are_not_messaged_again(loa, numbers):
    """Too few of the first order were left, so they went with the second; the backup has them where they were."""
    loa.limits(max_recipients=60)
    made = loa.create(numbers(70))
    taken_at = loa.clock.now()
    first, second = loa.show(made).batches
    with loa.deps.sessions() as session:
        moved, own = (recipients.order_contents(session, batch.id) for batch in (first, second))
    order = AdOrder(f"{second.id}-0", str(second.id), own.sender, own.text, sorted([*moved.phones[:19], *own.phones]))
    loa.deps.run(loa.deps.accounts["esms"].lists.send_ads(order))
    later(loa, minutes=1)
    after_restore.mark_unknown(loa.deps, taken_at)
    for _ in range(3):
        settled_time(loa)
        lookup.look_up(loa.deps)
        loa.go()
    assert set(loa.sandbox.phones().values()) == {1}
    assert [batch.state for batch in loa.show(made).batches] == ["unknown", "accepted"]
    assert "with another order" in loa.show(made).batches[0].provider_message


@pytest.mark.parametrize("cancelled", [False, True], ids=["runs", "cancelled"])
def test_an_acceptance_that_comes_after_a_person_said_not_sent_counts_as_one_and_as_an_ad(loa, numbers, cancelled):
    """A host that was frozen in its call wakes up."""
    made = loa.create(numbers(30))
    loa.release()
    real_run = loa.deps.run

    def frozen(calls):
        answer = real_run(calls)
        loa.clock.tick(minutes=10)
        release.expire_claims(loa.deps)
        if cancelled:
            control.cancel(loa.deps, made.campaign.id)
        resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.NOT_SENT)
        assert ads_counted(loa) == 0
        return answer

    loa.change(run=frozen)
    loa.run_tasks()
    loa.change(run=real_run)
    loa.go()
    assert loa.counts(made) == {"accepted": 30}
    assert ads_counted(loa) == 30
    later(loa, minutes=1)
    loa.poll()
    assert loa.counts(made) == {"delivered": 30}
    each_once(loa, 30)


def test_an_answer_and_a_persons_word_at_the_same_moment_do_not_wait_in_a_circle(loa, numbers):
    made = loa.create(numbers(30))
    loa.release()
    with loa.deps.sessions() as session:
        seen = batches.summary(session, loa.task_queue.sends[0])
    order = lists.Order(loa.deps, loa.deps.account("esms"), loa.task_queue.sends[0], seen)
    claimed = order.claim(order.wait(time.sleep))
    loa.clock.tick(minutes=10)
    release.expire_claims(loa.deps)
    faults = []

    def work(act):
        try:
            act()
        except OperationalError as fault:
            faults.append(fault)

    lost = {0: Answer(Outcome.UNKNOWN, provider_message="read timeout")}
    threads = [
        threading.Thread(target=work, args=(lambda: order.record(claimed, lost),)),
        threading.Thread(target=work, args=(lambda: resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.NOT_SENT),)),
    ]
    with loa.deps.sessions.begin() as session:
        attempts.lock(session, claimed.attempt)
        for number, thread in enumerate(threads, 1):
            thread.start()
            while waiting(loa) < number:
                assert thread.is_alive(), faults
                time.sleep(0.01)
    for thread in threads:
        thread.join()
    assert faults == []
    assert loa.counts(made) == {"planned": 30}


@pytest.mark.parametrize("cancelled", [False, True], ids=["runs", "cancelled"])
def test_what_the_record_showed_is_not_sent_again_because_a_person_said_not_sent_meanwhile(loa, numbers, cancelled):
    lost(loa)
    made = loa.create(numbers(30))
    loa.go()
    settled_time(loa)
    real_run = loa.deps.run

    def resolved_meanwhile(question):
        loa.change(run=real_run)
        found = real_run(question)
        if cancelled:
            control.cancel(loa.deps, made.campaign.id)
        resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.NOT_SENT)
        return found

    loa.change(run=resolved_meanwhile)
    lookup.look_up(loa.deps)
    loa.go()
    assert loa.counts(made) == {"accepted": 30}
    assert ads_counted(loa) == 30
    each_once(loa, 30)


@pytest.mark.parametrize("cancelled", [False, True], ids=["runs", "cancelled"])
@pytest.mark.parametrize("lost_ones", [2, 5], ids=["some", "all"])
def test_nor_is_a_single_number(loa, numbers, lost_ones, cancelled):
    loa.sandbox.fault(function=CARE, do="drop", when="after", times=lost_ones)
    made = loa.create(numbers(5), kind="care", text="Don hang da gui")
    loa.go()
    assert loa.show(made).counts["unknown"] == lost_ones
    settled_time(loa)
    real_run = loa.deps.run

    def resolved_meanwhile(question):
        loa.change(run=real_run)
        found = real_run(question)
        if cancelled:
            control.cancel(loa.deps, made.campaign.id)
        resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.NOT_SENT)
        return found

    loa.change(run=resolved_meanwhile)
    lookup.look_up(loa.deps)
    loa.go()
    assert loa.counts(made) == {"accepted": 5}
    each_once(loa, 5)


# --- who asks for no more ads while an order is unknown


@pytest.mark.parametrize("restored", [False, True], ids=["its answer was lost", "a backup was restored"])
def test_who_opted_out_meanwhile_is_left_out_of_the_repeat_of_what_was_absent(loa, numbers, restored):
    if not restored:
        never_taken(loa)
    made = loa.create(numbers(30))
    if restored:
        after_restore.mark_unknown(loa.deps, loa.clock.now() - timedelta(hours=1))
    else:
        loa.go()
    assert loa.counts(made) == {"unknown": 30}
    suppression.add(loa.deps, ["0900000003"], source="test")
    settled_time(loa)
    lookup.look_up(loa.deps)
    loa.go()
    assert loa.counts(made) == {"accepted": 29, "suppressed": 1}
    assert loa.sandbox.orders()[0]["request_id"].endswith("-0")
    assert loa.sandbox.phones() == dict.fromkeys(set(range(84900000000, 84900000030)) - {84900000003}, 1)


def test_who_opted_out_of_an_order_that_was_taken_after_all_is_counted_once(loa, numbers):
    """The record lagged behind; the provider knows the key, and its report has everybody of the first call."""
    loa.sandbox.set(sent_data_after_s=600.0)
    lost(loa)
    made = loa.create(numbers(30))
    loa.go()
    settled_time(loa)
    lookup.look_up(loa.deps)
    suppression.add(loa.deps, ["0900000003"], source="test")
    loa.go()
    assert loa.show(made).batches[0].code == "124"
    later(loa, minutes=20)
    assert lookup.look_up(loa.deps) == 1
    later(loa, seconds=60)
    loa.poll()
    assert loa.counts(made) == {"delivered": 30}
    each_once(loa, 30)


def test_too_few_of_an_order_that_may_have_been_taken_wait_for_a_person(loa, numbers):
    never_taken(loa)
    made = loa.create(numbers(30))
    loa.go()
    suppression.add(loa.deps, [str(84900000000 + n) for n in range(15)], source="test")
    settled_time(loa)
    lookup.look_up(loa.deps)
    loa.go()
    assert loa.counts(made) == {"suppressed": 15, "unknown": 15}
    assert loa.show(made).batches[0].needs_operator
    assert loa.sandbox.orders() == []
    resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.NOT_SENT)
    loa.go()
    assert loa.counts(made) == {"rejected": 15, "suppressed": 15}
    assert loa.sandbox.orders() == []
