"""Numbers that are called one by one: filled texts, waves, and what each way of failing leaves behind."""

import csv
import io
import threading
import time
from datetime import timedelta

import pytest
from dateutil.parser import isoparse
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from tests.world import ads_counted, sleeps_at_each_call, waiting
from worker.clock import Clock
from worker.domain.calls import Answer
from worker.domain.delivery import Stage
from worker.domain.outcome import Outcome
from worker.domain.states import NextCall
from worker.errors import Refused
from worker.services.calling import call
from worker.services.calling.terms import NOT_BEGUN
from worker.services.operations import control
from worker.services.planning import batching
from worker.services.reporting import report
from worker.services.sending import release, single_results, singles
from worker.services.unknown import lookup, resolve
from worker.storage.reporting import callbacks
from worker.storage.sending import batches
from worker.storage.sending import singles as store
from worker.storage.sending.batches import BatchSummary
from worker.storage.sending.singles import Addressee
from worker.storage.tables.campaigns import Batch

#: Half of the calls that one process makes at once.
WAVE = singles.CONCURRENCY // 2
FUNCTIONS = {"esms": "SendMultipleMessage_V4_post_json", "fpt": "push-brandname-otp", "fibo": "SendMaskedSMS"}


def care(loa, path, **requested):
    return loa.create(path, **{"kind": "care", "text": "Don hang cua ban da gui", **requested})


def named(loa, count):
    path = loa.folder / "named.csv"
    path.write_text("phone,name\n" + "".join(f"09000{n:05d},Ban {n}\n" for n in range(count)))
    return path


def states(loa, made):
    out = io.StringIO()
    report.write_recipients(loa.deps, made.campaign.id, out, lambda _lines: None)
    return {row["phone"]: row["state"] for row in csv.DictReader(io.StringIO(out.getvalue()))}


@pytest.mark.parametrize("provider", ["esms", "fpt", "fibo"])
def test_each_number_gets_its_own_filled_text_once(loa, provider):
    made = care(loa, named(loa, 120), provider=provider, text="Chao {name}, đơn hàng đã gửi & 20% + (b)")
    assert made.batches == 1
    sent(loa, made)
    orders = loa.sandbox.orders()
    assert set(loa.sandbox.phones().values()) == {1}
    assert len(orders) == 120
    assert {order["text"] for order in orders} == {f"Chao Ban {n}, đơn hàng đã gửi & 20% + (b)" for n in range(120)}
    assert loa.counts(made) == {"accepted": 120}


@pytest.mark.parametrize(("provider", "kind"), [("fpt", "care"), ("fibo", "care"), ("fibo", "ads")])
def test_where_the_provider_tells_no_more_the_campaign_is_done_once_all_are_taken(loa, numbers, provider, kind):
    made = loa.create(numbers(30), provider=provider, kind=kind)
    sent(loa, made)
    assert loa.status(made) == "done"
    assert loa.show(made).campaign.status_reason == ""
    assert loa.counts(made) == {"accepted": 30}


def test_on_esms_the_record_tells_what_became_of_each(loa, numbers):
    loa.sandbox.set(fail_share=0.2)
    loa.clock.moment = Clock().now()  # the sandbox's record has its own time
    made = care(loa, numbers(60))
    sent(loa, made)
    assert loa.status(made) == "sending"
    loa.clock.tick(seconds=60)
    loa.poll()
    counts = loa.counts(made)
    assert loa.status(made) == "done"
    assert counts["delivered"] + counts["failed"] == 60
    assert counts["failed"] > 0
    assert loa.show(made).cost > 0


def at(loa, *, hours):
    """Set both clocks to so many hours after the provider's own."""
    offset = timedelta(hours=hours)
    loa.clock.moment = Clock().now() + offset
    loa.sandbox.client.post("/_sandbox/clock", json={"offset_s": offset.total_seconds()}).raise_for_status()


def reads(loa):
    """How many pages of the record were asked for."""
    return loa.sandbox.client.get("/_sandbox/calls").json()["functions"].get("GetSmsSentData_V2", 0)


def sent(loa, made, *, to=None):
    """Send until that many, by default all, are taken: on a busy machine calls that are too late for their slot leave later."""
    wanted = to or made.campaign.valid
    for _ in range(20):
        loa.go()
        if loa.counts(made).get("accepted") == wanted:
            return
        loa.clock.tick(seconds=10)
    raise AssertionError(loa.counts(made))


def test_the_record_is_read_once_for_all_batches_that_were_called_together(loa, numbers, monkeypatch):
    monkeypatch.setattr(batching, "SINGLES_IN_A_BATCH", 1000)
    loa.clock.moment = Clock().now()  # the sandbox's record has its own time
    made = care(loa, numbers(1200))
    assert made.batches == 2
    sent(loa, made)
    loa.clock.tick(seconds=60)
    before = reads(loa)
    assert len(loa.poll()) == 1
    # 1,200 rows, of which a page holds 500 at most.
    assert reads(loa) - before == 3
    assert loa.counts(made) == {"delivered": 1200}
    assert loa.status(made) == "done"


def test_batches_that_were_called_hours_apart_are_read_apart_and_nothing_between_them(loa, numbers, monkeypatch):
    monkeypatch.setattr(batching, "SINGLES_IN_A_BATCH", 1000)
    loa.clock.moment = Clock().now()
    made = care(loa, numbers(1002))
    with loa.deps.sessions.begin() as session:
        later = session.scalars(select(Batch).where(Batch.seq == 2)).one()
        later.not_before = loa.clock.now() + timedelta(hours=5)
    sent(loa, made, to=501)
    try:
        at(loa, hours=5)
        sent(loa, made)
    finally:
        loa.sandbox.client.post("/_sandbox/clock", json={"offset_s": 0}).raise_for_status()
    assert loa.counts(made) == {"accepted": 1002}
    loa.clock.tick(seconds=60)
    assert len(loa.poll()) == 2
    assert loa.counts(made) == {"delivered": 1002}


def test_each_campaign_is_read_for_itself(loa, numbers):
    loa.clock.moment = Clock().now()
    made = [care(loa, numbers(20)), care(loa, numbers(20, first=50), text="Don hang thu hai")]
    loa.go()
    loa.clock.tick(seconds=60)
    assert len(loa.poll()) == 2
    assert [loa.counts(one) for one in made] == [{"delivered": 20}] * 2


def test_what_others_sent_between_the_calls_of_a_batch_is_not_read(loa, numbers):
    loa.clock.moment = Clock().now()
    made = care(loa, numbers(120))
    # In the first wave the provider asks to wait, and the batch waits until others have sent for long.
    loa.sandbox.fault(function=FUNCTIONS["esms"], do="status", status=429, nth=100)
    loa.go()
    assert loa.counts(made)["planned"] > 0
    with loa.deps.sessions.begin() as session:
        session.scalars(select(Batch)).one().not_before = loa.clock.now() + timedelta(hours=4)
    try:
        at(loa, hours=2)
        others = care(loa, numbers(1000, first=500), text="Don hang cua nguoi khac")
        sent(loa, others)
        at(loa, hours=5)
        sent(loa, made)
    finally:
        loa.sandbox.client.post("/_sandbox/clock", json={"offset_s": 0}).raise_for_status()
    assert loa.counts(made) == {"accepted": 120}
    with loa.deps.sessions.begin() as session:
        session.execute(
            text("UPDATE batch SET next_poll_at = NULL WHERE campaign_id = :id"), {"id": others.campaign.id}
        )
    loa.clock.tick(seconds=60)
    before = reads(loa)
    loa.poll()
    assert loa.counts(made) == {"delivered": 120}
    assert reads(loa) - before == 2


def test_where_the_record_cannot_be_read_all_are_asked_for_again(loa, numbers):
    loa.clock.moment = Clock().now()
    made = care(loa, numbers(1000))
    sent(loa, made)
    loa.clock.tick(seconds=60)
    # The second page does not come: nothing is concluded, of no batch.
    loa.sandbox.fault(function="GetSmsSentData_V2", do="html", nth=2)
    assert loa.poll() == [Stage.UNREADABLE]
    assert loa.counts(made) == {"accepted": 1000}
    assert loa.poll() == []
    loa.clock.tick(hours=1)
    loa.poll()
    assert loa.counts(made) == {"delivered": 1000}


def test_a_record_that_can_never_be_read_keeps_no_campaign_open_beyond_the_deadline(loa, numbers):
    loa.clock.moment = Clock().now()
    made = care(loa, numbers(5))
    loa.go()
    loa.sandbox.fault(function="GetSmsSentData_V2", do="html", times=1000)
    loa.clock.moment += loa.deps.polling.deadline - timedelta(hours=1)
    loa.poll()
    assert loa.status(made) == "sending"
    loa.clock.moment += timedelta(days=1)
    loa.poll()
    assert loa.status(made) == "done"
    assert loa.counts(made) == {"accepted": 5}
    assert "never reported on 5 numbers" in loa.show(made).campaign.status_reason


def test_nor_does_one_number_without_a_result_whose_worker_died_before_it_gave_its_batch_back(loa, numbers):
    loa.sandbox.set(done_after_s=1e9)
    at(loa, hours=0)
    made = care(loa, numbers(10))
    loa.release()
    with loa.deps.sessions() as session:
        seen = batches.summary(session, loa.task_queue.sends[0])
    run = singles.BatchRun(loa.deps, loa.deps.account("esms"), loa.task_queue.sends[0], seen)
    begun = call.begin(run, time.sleep)
    run.record(begun.claimed, {nth: loa.deps.run(begun.call(nth)) for nth in range(10)})
    loa.clock.tick(seconds=60)
    release.expire_claims(loa.deps)
    assert loa.counts(made) == {"accepted": 10}
    loa.clock.tick(seconds=60)
    loa.poll()
    assert loa.status(made) == "sending"
    loa.clock.moment += loa.deps.polling.deadline
    loa.poll()
    assert loa.status(made) == "done"


def test_care_knows_no_hours_and_no_label_and_no_minimum(loa, numbers):
    loa.clock.moment = isoparse("2026-03-02T23:30:00+07:00")
    made = care(loa, numbers(1))
    loa.go()
    assert loa.counts(made) == {"accepted": 1}


def test_a_care_text_of_more_parts_than_carriers_take_is_refused(loa, numbers):
    with pytest.raises(Refused, match="parts"):
        care(loa, numbers(1), text="a" * 766)


def test_ads_on_fibo_keep_their_hours(loa, numbers):
    loa.clock.moment = isoparse("2026-03-02T12:00:00+07:00")
    made = loa.create(numbers(5), provider="fibo")
    assert made.campaign.scheduled_for == isoparse("2026-03-02T13:30:00+07:00")
    loa.go()
    assert loa.counts(made) == {"planned": 5}


def test_a_crash_leaves_only_the_marked_numbers_in_doubt(loa, numbers):
    made = care(loa, numbers(200), provider="fibo")
    batch_id = begin_and_die(loa, made)
    loa.clock.tick(seconds=60)
    assert release.expire_claims(loa.deps) == 1
    assert loa.counts(made) == {"planned": 200 - WAVE, "unknown": WAVE}
    loa.go()
    assert loa.counts(made) == {"accepted": 200 - WAVE, "unknown": WAVE}
    assert loa.status(made) == "reconciling"
    assert len(loa.sandbox.phones()) == 200 - WAVE
    assert loa.show(made).batches[0].id == batch_id


def test_a_claim_at_a_provider_whose_keys_are_gone_ends_like_any_other(loa, numbers):
    gone = care(loa, numbers(WAVE), provider="fibo")
    begin_and_die(loa, gone)
    other = care(loa, numbers(WAVE, first=500))
    begin_and_die(loa, other)
    loa.clock.tick(seconds=60)
    loa.change(accounts={"esms": loa.deps.accounts["esms"]}, missing_settings={"fibo": ["LOA_FIBO_CLIENT_NO"]})
    assert release.expire_claims(loa.deps) == 2
    assert loa.counts(gone) == loa.counts(other) == {"unknown": WAVE}
    resolve.resolve(loa.deps, gone.campaign.id, 1, resolve.Verdict.SENT)
    assert loa.status(gone) == "done"


def begin_and_die(loa, made):
    """A worker marks its first wave, and is never heard of again."""
    loa.release()
    (batch_id,) = loa.task_queue.sends
    loa.task_queue.sends = []
    with loa.deps.sessions() as session:
        seen = batches.summary(session, batch_id)
    assert isinstance(seen, BatchSummary)
    turn = singles.BatchRun(loa.deps, loa.deps.account(seen.provider), batch_id, seen)
    assert len(turn.claim(turn.wait()).members) == WAVE
    return batch_id


def test_the_answers_of_a_worker_that_was_given_up_still_count(loa, numbers):
    made = care(loa, numbers(10), provider="fibo")
    loa.release()
    with loa.deps.sessions() as session:
        seen = batches.summary(session, loa.task_queue.sends[0])
    turn = singles.BatchRun(loa.deps, loa.deps.account("fibo"), loa.task_queue.sends[0], seen)
    begun = call.begin(turn, time.sleep)
    wave, answers = begun.claimed, [loa.deps.run(begun.call(nth)) for nth in range(10)]
    loa.clock.tick(seconds=60)
    release.expire_claims(loa.deps)
    assert loa.counts(made) == {"unknown": 10}
    turn.record(wave, dict(enumerate(answers)))
    turn.end()
    assert loa.counts(made) == {"accepted": 10}
    assert loa.status(made) == "done"


@pytest.mark.parametrize("provider", ["esms", "fpt", "fibo"])
def test_what_may_have_been_taken_is_never_called_again(loa, numbers, provider):
    loa.sandbox.fault(function=FUNCTIONS[provider], do="drop", when="after", times=7)
    made = care(loa, numbers(30), provider=provider)
    loa.go()
    assert loa.counts(made) == {"accepted": 23, "unknown": 7}
    assert loa.status(made) == "reconciling"
    loa.clock.tick(hours=2)
    loa.go()
    assert set(loa.sandbox.phones().values()) == {1}
    assert len(loa.sandbox.phones()) == 30


def test_what_is_said_of_unknown_numbers_is_not_said_of_those_that_were_taken(loa, numbers):
    """The words of a batch are those of its unknown numbers; the report is read number by number."""
    loa.sandbox.fault(function=FUNCTIONS["fibo"], do="drop", when="after", times=2)
    made = care(loa, numbers(6), provider="fibo")
    loa.go()
    loa.clock.tick(hours=2)
    lookup.look_up(loa.deps)
    shown = loa.show(made)
    assert "a person has to say" in shown.batches[0].provider_message
    columns, rows = report.recipients_of(loa.deps, shown.campaign)
    said = [(row[columns.index("state")], bool(row[columns.index("reason")])) for row in rows]
    assert sorted(said) == [("accepted", False)] * 4 + [("unknown", True)] * 2


@pytest.mark.parametrize("provider", ["esms", "fpt", "fibo"])
def test_what_was_certainly_refused_is_called_again_later(loa, numbers, provider):
    loa.sandbox.fault(function=FUNCTIONS[provider], do="status", status=429, times=4)
    made = care(loa, numbers(30), provider=provider)
    loa.release()
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 26, "planned": 4}
    loa.clock.tick(seconds=70)
    loa.go()
    assert loa.counts(made) == {"accepted": 30}
    assert set(loa.sandbox.phones().values()) == {1}


def test_a_provider_that_leaves_everything_in_doubt_is_not_called_again_at_once(loa, numbers):
    loa.sandbox.fault(function=FUNCTIONS["fibo"], do="status", status=502, times=-1)
    made = care(loa, numbers(200), provider="fibo")
    loa.release()
    assert loa.run_tasks() == [Outcome.UNKNOWN]
    found = loa.counts(made)
    assert found["unknown"] in {WAVE, 2 * WAVE}
    assert found["unknown"] + found["planned"] == 200
    assert loa.release() == 0


def test_no_money_pauses_and_fails_nobody(loa, numbers):
    loa.sandbox.set(balance=345 * 60)
    made = care(loa, numbers(100))
    loa.release()
    loa.run_tasks()
    assert loa.status(made) == "paused"
    assert "103" in loa.show(made).campaign.status_reason
    counts = loa.counts(made)
    assert counts["accepted"] == len(loa.sandbox.phones())
    assert set(counts) == {"accepted", "planned"}
    loa.sandbox.set(balance=10**9)
    loa.clock.tick(seconds=1)
    control.resume(loa.deps, made.campaign.id)
    loa.go()
    assert loa.counts(made) == {"accepted": 100}
    assert set(loa.sandbox.phones().values()) == {1}


def test_a_rejected_number_ends_and_the_others_go_on(loa, numbers):
    loa.sandbox.fault(function=FUNCTIONS["esms"], do="code", code="146", times=3)
    made = care(loa, numbers(20))
    loa.go()
    assert loa.counts(made) == {"accepted": 17, "rejected": 3}
    assert sorted(states(loa, made).values()).count("rejected") == 3


def test_a_campaign_of_which_all_numbers_are_rejected_has_failed(loa, numbers):
    loa.sandbox.fault(function=FUNCTIONS["esms"], do="code", code="146", times=-1)
    made = care(loa, numbers(5))
    loa.go()
    assert loa.status(made) == "failed"
    assert "146" in loa.show(made).campaign.status_reason


def test_a_pause_between_two_waves_is_heeded(loa, numbers):
    made = care(loa, numbers(120), provider="fibo")
    loa.release()
    paused = []

    def pause_once(phone_list):
        if not paused:
            paused.append(control.pause(loa.deps, made.campaign.id))

    after_each_call(loa, pause_once)
    loa.run_tasks()
    assert loa.status(made) == "paused"
    assert loa.counts(made) == {"accepted": WAVE, "planned": 120 - WAVE}
    control.resume(loa.deps, made.campaign.id)
    loa.go()
    assert loa.counts(made) == {"accepted": 120}
    assert set(loa.sandbox.phones().values()) == {1}


def after_each_call(loa, then):
    """Do something when the provider has answered a wave, before it is recorded."""
    run = loa.deps.run

    def running(call):
        answers = run(call)
        then(answers)
        return answers

    loa.change(run=running)


def test_cancel_in_the_middle_spares_those_who_were_not_called(loa, numbers):
    made = care(loa, numbers(120), provider="fibo")
    loa.release()
    after_each_call(loa, lambda _answers: control.cancel(loa.deps, made.campaign.id))
    loa.run_tasks()
    assert loa.status(made) == "cancelled"
    assert loa.counts(made) == {"accepted": WAVE, "cancelled": 120 - WAVE}


def test_a_worker_that_slept_after_marking_does_not_call(loa, numbers):
    made = care(loa, numbers(20), provider="fibo")
    loa.release()
    with loa.deps.sessions() as session:
        seen = batches.summary(session, loa.task_queue.sends[0])
    turn = singles.BatchRun(loa.deps, loa.deps.account("fibo"), loa.task_queue.sends[0], seen)
    wave = turn.claim(turn.wait())
    loa.clock.tick(seconds=3)
    assert not turn.in_time(wave)
    turn.record(wave, dict.fromkeys(range(len(wave.members)), NOT_BEGUN))
    turn.end()
    assert loa.counts(made) == {"planned": 20}
    assert loa.sandbox.phones() == {}


def begun(loa, made):
    """A worker that has marked its first wave."""
    loa.release()
    batch_id = loa.task_queue.sends.pop()
    with loa.deps.sessions() as session:
        seen = batches.summary(session, batch_id)
    run = singles.BatchRun(loa.deps, loa.deps.account(seen.provider), batch_id, seen)
    return run, run.claim(run.wait())


def test_a_wave_that_would_begin_after_its_window_does_not(loa, numbers):
    loa.clock.moment = isoparse("2026-03-02T11:29:59.500000+07:00")
    run, wave = begun(loa, loa.create(numbers(20), provider="fibo"))
    assert run.in_time(wave)
    loa.clock.tick(seconds=0.6)
    assert not run.in_time(wave)


@pytest.mark.parametrize(("moment", "seconds"), [("11:29:59.4", 0.6), ("11:00:00", 60)], ids=["window", "sleep"])
def test_a_wave_stops_where_its_time_is_over(loa, numbers, moment, seconds):
    loa.clock.moment = isoparse(f"2026-03-02T{moment}+07:00")
    made = loa.create(numbers(20), provider="fibo")
    loa.release()
    sleeps_at_each_call(loa, "fibo", seconds=seconds)
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 1, "planned": 19}
    assert set(loa.sandbox.phones().values()) == {1}


def marked(loa):
    with loa.deps.sessions() as session:
        rows = session.execute(text("SELECT state, count(*) AS numbers FROM recipient GROUP BY state"))
        return {row.state: row.numbers for row in rows}


def test_a_late_refusal_frees_no_number_that_another_worker_calls(loa, numbers):
    made = care(loa, numbers(10), provider="fibo")
    first, lost = begun(loa, made)
    loa.clock.tick(seconds=60)
    release.expire_claims(loa.deps)
    resolve.resolve(loa.deps, made.campaign.id, 1, resolve.Verdict.NOT_SENT)
    second, wave = begun(loa, made)
    first.record(lost, dict.fromkeys(range(10), Answer(Outcome.RETRY, "2", "too busy")))
    first.end()
    assert loa.show(made).batches[0].state == "sending", "it is not given back either"
    # Were one free, and the second worker gone before it records, it would be called a third time.
    assert marked(loa) == {"sending": 10}
    second.record(wave, dict.fromkeys(range(10), Answer(Outcome.ACCEPTED, "200")))
    second.end()
    assert loa.counts(made) == {"accepted": 10}


def test_a_refusal_by_code_after_that_of_a_gateway_makes_no_new_key(loa, numbers):
    """Of the two only the second is certain: behind the gateway it may have been taken, and its key is what tells."""
    loa.sandbox.set(checks_money_before_repeats=True)
    loa.sandbox.fault(function=FUNCTIONS["esms"], when="after", do="status", status=503)
    made = care(loa, numbers(10))
    loa.release()
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 9, "planned": 1}
    money = loa.sandbox.client.get("/_sandbox/settings").json()["balance"]
    loa.sandbox.set(balance=0)
    loa.clock.tick(seconds=3)
    loa.go()
    assert loa.status(made) == "paused"
    loa.sandbox.set(balance=money)
    control.resume(loa.deps, made.campaign.id)
    loa.go()
    assert set(loa.sandbox.phones().values()) == {1}


@pytest.mark.parametrize(
    ("provider", "before", "answer", "after"),
    [
        ("esms", None, NOT_BEGUN, None),
        ("esms", NextCall.TURNED_AWAY, NOT_BEGUN, NextCall.TURNED_AWAY),
        ("esms", NextCall.TURNED_AWAY, Answer(Outcome.HALT, "103"), NextCall.TURNED_AWAY),
        ("esms", NextCall.RETRY_SAME_KEY, NOT_BEGUN, NextCall.RETRY_SAME_KEY),
        ("esms", NextCall.RETRY_NEW_KEY, NOT_BEGUN, NextCall.RETRY_NEW_KEY),
        ("fibo", NextCall.RETRY_NEW_KEY, Answer(Outcome.RETRY), NextCall.RETRY_NEW_KEY),
        ("fibo", None, Answer(Outcome.RETRY), None),
    ],
)
def test_what_may_be_done_next_outlives_a_call_that_was_not_made_or_refused(loa, provider, before, answer, after):
    result = single_results.result_of(loa.deps.account(provider), Addressee(84900000000, 2, None, 0, before), answer)
    assert (result.state, result.next_call, result.refused) == (None, after, False)


def test_two_waves_are_no_larger_than_a_second_of_the_rate(loa, numbers):
    loa.limits(provider="fibo", requests_per_second=4)
    made = care(loa, numbers(9), provider="fibo")
    loa.release()
    with loa.deps.sessions() as session:
        seen = batches.summary(session, loa.task_queue.sends[0])
    turn = singles.BatchRun(loa.deps, loa.deps.account("fibo"), loa.task_queue.sends[0], seen)
    assert len(turn.claim(turn.wait()).members) == 2
    assert loa.counts(made) == {"planned": 9}


def test_an_unlisted_code_is_kept_with_what_was_said(loa, numbers):
    loa.sandbox.fault(function=FUNCTIONS["esms"], do="code", code="4711")
    made = care(loa, numbers(3))
    loa.go()
    assert loa.counts(made) == {"accepted": 2, "unknown": 1}
    with loa.deps.sessions() as session:
        raw, code = session.execute(text("SELECT raw, code FROM attempt")).one()
    assert "4711" in raw
    assert code == "4711"
    assert loa.show(made).batches[0].code == "4711"


def test_the_turn_ends_before_the_window_does(loa, numbers):
    loa.clock.moment = isoparse("2026-03-02T11:29:59.900000+07:00")
    loa.limits(provider="fibo", requests_per_second=10)
    made = loa.create(numbers(50), provider="fibo")
    loa.release()
    loa.run_tasks()
    assert loa.counts(made) == {"planned": 50}, "the last calls of the wave would begin after 11:30"
    loa.clock.moment += timedelta(hours=2, seconds=1)
    loa.limits(provider="fibo", requests_per_second=1000)
    loa.go()
    assert loa.counts(made) == {"accepted": 50}


@pytest.mark.parametrize("act", [store.cancel_left, batches.forget_all_enqueued], ids=["cancel", "resume"])
def test_what_holds_several_batches_takes_them_in_the_order_in_which_callbacks_do(loa, numbers, act):
    """Else a cancel in the middle of a campaign waits for reports that wait for it, and one of the two fails."""
    made = care(loa, numbers(1200), provider="fpt")
    batch_ids = sorted(batch.id for batch in loa.show(made).batches)
    with loa.deps.sessions.begin() as session:
        session.execute(text("UPDATE batch SET accepted = 1, seq = seq + 10"))
        for seq, batch_id in enumerate(reversed(batch_ids), 1):
            session.execute(text("UPDATE batch SET seq = :seq WHERE id = :id"), {"seq": seq, "id": batch_id})
    faults = []

    def work(locks):
        try:
            with loa.deps.sessions.begin() as session:
                locks(session)
        except OperationalError as fault:
            faults.append(fault)

    threads = [
        threading.Thread(target=work, args=(lambda session: act(session, made.campaign.id),)),
        threading.Thread(target=work, args=(lambda session: callbacks.batches_of(session, batch_ids),)),
    ]
    with loa.deps.sessions.begin() as session:
        session.get_one(Batch, batch_ids[-1], with_for_update=True)
        for number, thread in enumerate(threads, 1):
            thread.start()
            while waiting(loa) < number:
                assert thread.is_alive(), faults
                time.sleep(0.01)
    for thread in threads:
        thread.join()
    assert faults == []


def test_an_acceptance_that_comes_after_a_person_said_not_sent_keeps_the_number_from_another_call(loa, numbers):
    """A host that was frozen in its calls wakes up."""
    made = care(loa, numbers(5), provider="fpt")
    loa.release()
    real_run = loa.deps.run

    def frozen(calls):
        answers = real_run(calls)
        loa.clock.tick(minutes=10)
        if release.expire_claims(loa.deps):
            resolve.resolve(loa.deps, made.campaign.id, 1, resolve.Verdict.NOT_SENT)
            assert loa.counts(made) == {"planned": 5}
        return answers

    loa.change(run=frozen)
    loa.run_tasks()
    loa.change(run=real_run)
    loa.go()
    assert loa.counts(made) == {"accepted": 5}
    assert set(loa.sandbox.phones().values()) == {1}


@pytest.mark.parametrize("cancelled", [False, True], ids=["runs", "cancelled"])
def test_and_counts_as_an_ad_though_its_campaign_was_cancelled(loa, numbers, cancelled):
    made = loa.create(numbers(5), provider="fibo")
    loa.release()
    real_run = loa.deps.run

    def frozen(calls):
        answers = real_run(calls)
        loa.clock.tick(minutes=10)
        if release.expire_claims(loa.deps):
            if cancelled:
                control.cancel(loa.deps, made.campaign.id)
            resolve.resolve(loa.deps, made.campaign.id, 1, resolve.Verdict.NOT_SENT)
            assert loa.counts(made) == {"cancelled" if cancelled else "planned": 5}
            assert ads_counted(loa) == 0
        return answers

    loa.change(run=frozen)
    loa.run_tasks()
    loa.change(run=real_run)
    loa.go()
    assert loa.counts(made) == {"accepted": 5}
    assert loa.show(made).batches[0].state == "accepted"
    assert ads_counted(loa) == 5
    assert set(loa.sandbox.phones().values()) == {1}
