"""Wait, claim, commit, call, record: what each way of failing leaves behind, judged by the sandbox's ledger."""

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from dateutil.parser import isoparse
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from tests.world import FixedClock, calling
from worker.domain.attempts import Terms
from worker.domain.outcome import HaltScope, Outcome
from worker.domain.states import BatchState
from worker.services import campaign_status
from worker.services.deps import Account
from worker.services.operations import control
from worker.services.sending import dispatch, release
from worker.services.unknown import resolve
from worker.storage import campaigns
from worker.storage.sending import batches
from worker.storage.tables.campaigns import Attempt, Batch


def test_a_campaign_goes_from_list_to_report(loa, numbers):
    loa.limits(max_recipients=40)
    made = loa.create(numbers(100))
    loa.go()
    assert loa.counts(made) == {"accepted": 100}
    assert loa.status(made) == "sending"
    loa.clock.tick(seconds=11)
    loa.poll()
    assert loa.counts(made) == {"delivered": 100}
    assert loa.status(made) == "done"
    assert set(loa.sandbox.phones().values()) == {1}
    assert len(loa.sandbox.phones()) == 100


def test_the_batch_key_and_the_request_id_reach_the_provider(loa, numbers):
    made = loa.create(numbers(20))
    loa.go()
    batch = loa.show(made).batches[0]
    order = loa.sandbox.orders()[0]
    assert order["campaign"] == str(batch.id)
    assert order["request_id"] == f"{batch.id}-0"


def test_two_workers_one_batch_one_order(loa, numbers):
    loa.create(numbers(20))
    loa.release()
    (batch_id,) = loa.task_queue.sends
    start = threading.Barrier(4)
    outcomes = []

    def work():
        with asyncio.Runner() as runner:
            mine = replace(loa.deps, run=runner.run, accounts=fresh_accounts(loa))
            start.wait()
            outcomes.append(dispatch.send_batch(mine, batch_id))
            runner.run(mine.accounts["esms"].messages.aclose())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["None", "None", "None", "accepted"]
    assert len(loa.sandbox.orders()) == 1


def fresh_accounts(loa) -> dict[str, Account]:
    """Accounts with HTTP connections of their own: an event loop each."""
    account = loa.deps.accounts["esms"]
    return {"esms": calling(account, account.messages.account)}


def test_a_bell_for_a_batch_that_was_sent_does_nothing(loa, numbers):
    loa.create(numbers(20))
    loa.release()
    loa.task_queue.sends *= 3
    assert loa.run_tasks() == [Outcome.ACCEPTED, None, None]
    assert len(loa.sandbox.orders()) == 1


@pytest.mark.parametrize(
    "when", ["2026-03-02T12:10:00+07:00", "2026-03-02T21:30:00+07:00", "2026-03-02T11:30:00+07:00"]
)
def test_a_bell_that_rings_late_finds_the_window_closed(loa, numbers, when):
    made = loa.create(numbers(20))
    loa.release()
    loa.clock.moment = isoparse(when)
    assert loa.run_tasks() == [None]
    assert loa.sandbox.orders() == []
    assert loa.show(made).batches[0].not_before == loa.deps.accounts["esms"].windows.next_opening(loa.clock.now())


def test_nothing_is_released_outside_the_window_and_all_of_it_at_the_next(loa, numbers):
    made = loa.create(numbers(20))
    loa.clock.moment = isoparse("2026-03-02T11:30:00+07:00")
    assert loa.release() == 0
    loa.clock.moment = isoparse("2026-03-02T13:29:59.9+07:00")
    assert loa.release() == 0
    loa.clock.moment = isoparse("2026-03-02T13:30:00+07:00")
    loa.go()
    assert loa.counts(made) == {"accepted": 20}


def test_a_campaign_of_tomorrow_does_not_leave_today(loa, numbers):
    made = loa.create(numbers(20), at="2026-03-03T09:00")
    assert loa.release() == 0
    assert loa.status(made) == "scheduled"
    loa.clock.tick(days=1)
    assert loa.release() == 1


def test_a_bell_for_a_batch_that_is_not_due_does_nothing(loa, numbers, clock):
    loa.create(numbers(20))
    loa.release()
    with loa.deps.sessions.begin() as session:
        session.execute(update(Batch).values(not_before=clock.now() + timedelta(seconds=1)))
    assert loa.run_tasks() == [None]
    assert loa.sandbox.orders() == []


def test_a_paused_campaign_is_not_claimed_by_a_bell_already_on_the_queue(loa, numbers):
    made = loa.create(numbers(20))
    loa.release()
    control.pause(loa.deps, made.campaign.id)
    assert loa.run_tasks() == [None]
    assert loa.sandbox.orders() == []
    control.resume(loa.deps, made.campaign.id)
    loa.go()
    assert loa.counts(made) == {"accepted": 20}, "the task that did nothing counts as never enqueued"


def test_no_money_in_the_middle_pauses_with_the_providers_words_and_resume_goes_on_where_it_stopped(loa, numbers):
    loa.limits(max_recipients=20)
    made = loa.create(numbers(60))
    other = loa.create(numbers(20, first=500))
    loa.sandbox.fault(nth=2, times=1, when="before", do="code", code="103")
    loa.release()
    first, second, *_ = loa.run_tasks()
    assert (first, second) == (Outcome.ACCEPTED, Outcome.HALT)
    view = loa.show(made)
    assert str(view.campaign.status) == "paused"
    assert "103" in view.campaign.status_reason
    assert loa.status(other) == "paused"
    assert loa.release() == 0
    for campaign in (made, other):
        control.resume(loa.deps, campaign.campaign.id)
    loa.go()
    assert loa.counts(made) == {"accepted": 60}
    assert set(loa.sandbox.phones().values()) == {1}


def test_a_halt_pauses_only_if_its_call_began_after_the_resume(loa, numbers, clock):
    made = loa.create(numbers(20))
    began = clock.now()
    control.pause(loa.deps, made.campaign.id)
    clock.tick(seconds=1)
    control.resume(loa.deps, made.campaign.id)
    with loa.deps.sessions.begin() as session:
        account = (made.campaign.id, HaltScope.ACCOUNT)
        assert campaigns.halt(session, *account, began, "103") == 0
        assert campaigns.halt(session, *account, clock.now() + timedelta(seconds=1), "103") == 1


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"when": "after", "do": "drop"}, id="it takes it and drops the line"),
        pytest.param({"when": "after", "do": "hang", "seconds": 16}, id="it takes it and hangs"),
        pytest.param({"when": "after", "do": "slow_drip", "seconds": 16}, id="it takes it and drips its answer"),
        pytest.param({"when": "after", "do": "status", "status": 502}, id="it takes it and a gateway says 502"),
        pytest.param({"when": "after", "do": "truncate"}, id="it takes it and half an answer comes"),
        pytest.param({"when": "after", "do": "html"}, id="it takes it and a web page comes"),
        pytest.param({"when": "before", "do": "drop"}, id="it does not take it, but who knows"),
        pytest.param({"when": "before", "do": "code", "code": "4711"}, id="a code that no document lists"),
        pytest.param({"when": "before", "do": "code", "code": "99"}, id="a code with two meanings"),
    ],
)
def test_what_may_have_been_taken_is_never_sent_again(loa, numbers, fault):
    made = loa.create(numbers(20))
    loa.sandbox.fault(nth=1, times=1, **fault)
    loa.go()
    taken = len(loa.sandbox.orders())
    assert loa.counts(made) == {"unknown": 20}
    assert loa.status(made) == "reconciling"
    for _ in range(3):
        loa.clock.tick(minutes=20)
        loa.task_queue.sends = [loa.show(made).batches[0].id]
        loa.run_tasks()
        loa.go()
        release.expire_claims(loa.deps)
    assert len(loa.sandbox.orders()) == taken == (fault["when"] == "after")


@pytest.mark.parametrize(
    ("fault", "suffix"),
    [
        pytest.param({"do": "status", "status": 429, "headers": {"Retry-After": "2"}}, "-0", id="429 with Retry-After"),
        pytest.param({"do": "status", "status": 503}, "-0", id="503"),
        pytest.param({"do": "code", "code": "160"}, "-1", id="too many requests by its own code: a new RequestId"),
    ],
)
def test_what_was_certainly_refused_is_sent_again_later(loa, numbers, fault, suffix):
    made = loa.create(numbers(20))
    loa.sandbox.fault(nth=1, times=1, when="before", **fault)
    loa.release()
    assert loa.run_tasks() == [Outcome.RETRY]
    assert loa.counts(made) == {"planned": 20}
    assert loa.release() == 0, "it must not be sent again at once"
    loa.clock.tick(seconds=3)
    loa.go()
    assert loa.counts(made) == {"accepted": 20}
    assert [order["request_id"][-2:] for order in loa.sandbox.orders()] == [suffix]


def test_a_provider_that_says_for_how_long_is_left_alone_until_then(loa, numbers):
    made = loa.create(numbers(20))
    loa.sandbox.fault(nth=1, times=1, when="before", do="status", status=429, headers={"Retry-After": "2"})
    loa.release()
    loa.run_tasks()
    loa.clock.tick(seconds=1.5)
    assert loa.release() == 0
    loa.clock.tick(seconds=0.6)
    loa.go()
    assert loa.counts(made) == {"accepted": 20}


@pytest.mark.parametrize("status", [429, 503])
def test_a_gateway_that_refuses_what_was_taken_behind_it_costs_nobody_a_second_message(loa, numbers, status):
    made = loa.create(numbers(20))
    loa.sandbox.fault(nth=1, times=1, when="after", do="status", status=status)
    loa.release()
    assert loa.run_tasks() == [Outcome.RETRY]
    loa.clock.tick(seconds=3)
    loa.go()
    assert set(loa.sandbox.phones().values()) == {1}
    assert loa.counts(made) == {"unknown": 20}, "124 under the same RequestId: it may have been taken"


def test_a_refused_connection_is_tried_again(loa, numbers):
    made = loa.create(numbers(20))
    loa.release()
    good = loa.deps
    esms = loa.deps.accounts["esms"]
    nowhere = replace(esms.messages.account, base_url="http://127.0.0.1:9/MainService.svc")
    loa.call(nowhere)
    assert loa.run_tasks() == [Outcome.RETRY]
    loa.deps.run(loa.deps.accounts["esms"].messages.aclose())
    loa.__dict__["deps"] = good
    loa.clock.tick(seconds=2)
    loa.go()
    assert loa.counts(made) == {"accepted": 20}


def test_a_provider_that_wants_more_numbers_ends_the_batch_and_names_the_setting(loa, numbers):
    loa.sandbox.set(min_recipients=30)
    made = loa.create(numbers(20))
    loa.go()
    view = loa.show(made)
    assert loa.counts(made) == {"rejected": 20}
    assert str(view.campaign.status) == "failed"
    assert "LOA_ESMS_MIN_AD_RECIPIENTS" in view.campaign.status_reason


def test_a_claim_whose_worker_died_is_unknown_after_its_lease(loa, numbers, clock):
    made = loa.create(numbers(20))
    loa.release()
    with loa.deps.sessions.begin() as session:
        now = clock.now()
        on = Terms("esms", "", now, now, deadline=now, lease_until=now + timedelta(seconds=30))
        assert batches.claim(session, loa.task_queue.sends[0], "order", on)
    assert release.expire_claims(loa.deps) == 0
    assert loa.run_tasks() == [None]
    clock.tick(seconds=31)
    assert release.expire_claims(loa.deps) == 1
    campaign_status.refresh_all(loa.deps)
    assert loa.status(made) == "reconciling"
    assert loa.sandbox.orders() == []


def test_an_answer_that_comes_after_its_lease_was_given_up_still_counts(loa, numbers, clock):
    made = loa.create(numbers(20))
    loa.release()
    real_run = loa.deps.run

    def slow_machine(call):
        answer = real_run(call)
        clock.tick(seconds=60)
        release.expire_claims(loa.deps)
        assert loa.counts(made) == {"unknown": 20}
        return answer

    loa.__dict__["deps"] = replace(loa.deps, run=slow_machine)
    assert loa.run_tasks() == [Outcome.ACCEPTED]
    assert loa.counts(made) == {"accepted": 20}


def test_an_acceptance_that_comes_after_a_person_said_not_sent_counts_as_long_as_nothing_went_again(
    loa, numbers, clock
):
    """A host that was frozen in its call wakes up: the order is with the provider, and would go again under a new key."""
    made = loa.create(numbers(20))
    loa.release()
    real_run = loa.deps.run

    def frozen(call):
        answer = real_run(call)
        clock.tick(minutes=10)
        release.expire_claims(loa.deps)
        assert resolve.resolve(loa.deps, made.campaign.id, 1, resolve.Verdict.NOT_SENT).state == "planned"
        return answer

    loa.change(run=frozen)
    assert loa.run_tasks() == [Outcome.ACCEPTED]
    loa.change(run=real_run)
    loa.go()
    assert loa.counts(made) == {"accepted": 20}
    assert set(loa.sandbox.phones().values()) == {1}


def test_the_late_answer_of_an_earlier_call_does_not_touch_a_later_one(loa, numbers, clock):
    made = loa.create(numbers(20))
    batch_id = loa.show(made).batches[0].id
    first = Attempt(
        owner_id=batch_id,
        number=1,
        call="order",
        provider="esms",
        request_id="x",
        began_at=clock.now(),
        deadline=clock.now(),
    )
    with loa.deps.sessions.begin() as session:
        later = update(Batch).where(col(Batch.id) == batch_id).values(attempts=2, state=BatchState.SENDING)
        session.execute(later)
        assert not batches.record(session, first, BatchState.REJECTED)
    assert loa.show(made).batches[0].state is BatchState.SENDING


def test_a_process_that_slept_between_claim_and_call_does_not_call(loa, numbers):
    class SlowClock(FixedClock):
        """Three seconds pass whenever somebody looks."""

        def now(self):
            self.tick(seconds=3)
            return self.moment

    made = loa.create(numbers(20))
    loa.release()
    slow = SlowClock(loa.clock.moment)
    loa.__dict__["deps"] = replace(loa.deps, clock=slow)
    assert loa.run_tasks() == [Outcome.RETRY]
    assert loa.sandbox.orders() == []
    assert loa.counts(made) == {"planned": 20}


def test_a_refused_repeat_of_a_doubtful_call_leaves_it_unknown(loa, numbers, clock):
    made = loa.create(numbers(20))
    loa.release()
    (batch_id,) = loa.task_queue.sends
    with loa.deps.sessions.begin() as session:
        session.add(
            Attempt(
                owner_id=batch_id,
                number=1,
                call="order",
                provider="esms",
                request_id="x",
                began_at=clock.now(),
                deadline=clock.now(),
            )
        )
        session.execute(update(Batch).where(col(Batch.id) == batch_id).values(attempts=1))
    loa.sandbox.fault(nth=1, times=1, when="before", do="code", code="103")
    loa.run_tasks()
    assert loa.counts(made) == {"unknown": 20}


def test_every_call_leaves_its_evidence_and_no_key_or_number_in_it(loa, numbers):
    loa.create(numbers(20))
    loa.sandbox.fault(
        nth=1, times=1, when="before", do="body", body='{"echo": "sandbox-secret 0900000001", "CodeResult": "160"}'
    )
    loa.release()
    loa.run_tasks()
    with loa.deps.sessions() as session:
        (attempt,) = session.scalars(select(Attempt)).all()
    assert (attempt.outcome, attempt.code) == ("retry", "160")
    assert attempt.raw
    assert "sandbox-secret" not in attempt.raw
    assert "0900000001" not in attempt.raw


def test_cancel_stops_what_has_not_left_and_says_what_it_could_not_stop(loa, numbers):
    loa.limits(max_recipients=20)
    made = loa.create(numbers(60))
    loa.release()
    loa.task_queue.sends = loa.task_queue.sends[:1]
    loa.run_tasks()
    receipt = control.cancel(loa.deps, made.campaign.id)
    assert (str(receipt.status), receipt.stopped, receipt.beyond_reach) == ("cancelled", 40, 20)
    assert loa.counts(made) == {"accepted": 20, "cancelled": 40}
    loa.clock.tick(minutes=1)
    assert loa.release() == 0
    assert control.cancel(loa.deps, made.campaign.id).stopped == 0


def test_a_call_under_way_when_its_campaign_is_cancelled_does_not_come_back_to_the_plan(loa, numbers):
    made = loa.create(numbers(20))
    loa.release()
    real_run = loa.deps.run

    def cancelled_meanwhile(call):
        control.cancel(loa.deps, made.campaign.id)
        return real_run(call)

    loa.sandbox.fault(nth=1, times=1, when="before", do="status", status=429)
    loa.__dict__["deps"] = replace(loa.deps, run=cancelled_meanwhile)
    loa.run_tasks()
    assert loa.counts(made) == {"cancelled": 20}
    assert loa.status(made) == "cancelled"


def test_a_bell_that_was_lost_is_rung_again(loa, numbers):
    made = loa.create(numbers(20))
    assert loa.release() == 1
    loa.task_queue.sends.clear()
    assert loa.release() == 0, "it is believed to be on the queue"
    loa.clock.tick(seconds=16)
    assert loa.release() == 1
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 20}


def test_only_a_few_seconds_of_work_wait_on_the_queue(loa, numbers):
    loa.limits(max_recipients=20, requests_per_second=2)
    loa.create(numbers(2000))
    assert loa.release() == 6
    assert loa.release() == 0
    loa.task_queue.sends *= 2
    loa.clock.tick(seconds=16)
    assert loa.release() == 0, "workers are behind: more tasks would not help them"


def test_campaigns_take_turns(loa, numbers):
    loa.limits(max_recipients=20, requests_per_second=1)
    for first in (0, 1000):
        loa.create(numbers(100, first=first))
    loa.release()
    with loa.deps.sessions() as session:
        enqueued = (
            session.execute(text("SELECT seq FROM batch WHERE enqueued_at IS NOT NULL ORDER BY seq")).scalars().all()
        )
    assert enqueued == [1, 1, 2]


def test_a_batch_that_is_not_planned_cannot_be_claimed(loa, numbers, clock):
    loa.create(numbers(20))
    loa.release()
    (batch_id,) = loa.task_queue.sends
    for state in set(BatchState) - {BatchState.PLANNED}:
        with loa.deps.sessions.begin() as session:
            session.execute(update(Batch).where(col(Batch.id) == batch_id).values(state=state))
            assert batches.claim(session, batch_id, "order", Terms("esms", "", *[clock.now()] * 4)) is None


def test_a_refusal_that_comes_after_its_lease_was_given_up_sets_the_campaign_going_again(loa, numbers, clock):
    made = loa.create(numbers(20))
    loa.sandbox.fault(nth=1, times=1, when="before", do="code", code="160")
    loa.release()
    real = loa.deps

    def slow_machine(call):
        answer = real.run(call)
        clock.tick(seconds=60)
        release.expire_claims(real)
        campaign_status.refresh_all(real)
        assert loa.status(made) == "reconciling"
        return answer

    loa.__dict__["deps"] = replace(real, run=slow_machine)
    assert loa.run_tasks() == [Outcome.RETRY]
    loa.__dict__["deps"] = real
    assert loa.status(made) == "sending"
    clock.tick(seconds=3)
    loa.go()
    assert loa.counts(made) == {"accepted": 20}


def test_an_answer_is_not_lost_to_a_database_that_restarts(loa, numbers):
    made = loa.create(numbers(20))
    loa.release()
    real = loa.deps
    engine = loa.loa.engine
    blows = []

    def strike(connection, *_):
        """The server ends the session in the middle of the transaction that records the answer, twice."""
        if len(blows) < 2 and connection.info.get("struck") is None:
            connection.info["struck"] = True
            blows.append(1)
            pid = connection.connection.driver_connection.info.backend_pid
            with psycopg.connect(loa.loa.database_url.replace("+psycopg", ""), autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    def called(call):
        answer = real.run(call)
        event.listen(engine, "before_cursor_execute", strike)
        return answer

    loa.__dict__["deps"] = replace(real, run=called)
    try:
        assert loa.run_tasks() == [Outcome.ACCEPTED]
    finally:
        event.remove(engine, "before_cursor_execute", strike)
    assert len(blows) == 2
    assert loa.counts(made) == {"accepted": 20}
    assert loa.show(made).batches[0].provider_ref


def test_an_answer_is_not_lost_to_a_database_that_takes_no_writes_for_a_moment(loa, numbers):
    """A primary that fails over is a standby for a moment, or is told to be."""
    made = loa.create(numbers(20))
    loa.release()
    real, engine, refused = loa.deps, loa.loa.engine, []

    def writes_nothing(connection):
        if len(refused) < 2:
            refused.append(connection)
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")

    def called(call):
        answer = real.run(call)
        event.listen(engine, "begin", writes_nothing)
        return answer

    loa.change(run=called)
    try:
        assert loa.run_tasks() == [Outcome.ACCEPTED]
    finally:
        event.remove(engine, "begin", writes_nothing)
    assert len(refused) == 2
    assert loa.counts(made) == {"accepted": 20}


def test_a_window_that_closes_between_claim_and_call_stops_the_call(loa, numbers, clock):
    class LateClock(FixedClock):
        """Half a second passes whenever somebody looks."""

        def now(self):
            self.tick(seconds=0.5)
            return self.moment

    made = loa.create(numbers(20))
    loa.release()
    clock.moment = isoparse("2026-03-02T11:29:59.2+07:00")
    loa.__dict__["deps"] = replace(loa.deps, clock=LateClock(clock.moment))
    assert loa.run_tasks() == [Outcome.RETRY]
    assert loa.sandbox.orders() == []
    assert loa.counts(made) == {"planned": 20}


def test_a_crash_right_after_a_cancel_leaves_nothing_planned_for_ever(loa, numbers):
    made = loa.create(numbers(20))
    control.cancel(loa.deps, made.campaign.id)
    with loa.deps.sessions.begin() as session:
        session.execute(update(Batch).values(state=BatchState.PLANNED))
    campaign_status.refresh_all(loa.deps)
    assert loa.counts(made) == {"cancelled": 20}


def test_an_error_of_the_database_names_no_number(loa):
    with pytest.raises(SQLAlchemyError) as fault, loa.deps.sessions() as session:
        session.execute(text("SELECT 1 / 0 WHERE 84900000001 = ANY(:phones)"), {"phones": [84900000001, "x"]})
    assert "0000" not in str(fault.value).replace("84900000001 = ANY", "")


def test_cancels_and_releases_never_wait_for_each_other(loa, numbers):
    made = [loa.create(numbers(20, first=n * 100)) for n in range(12)]
    faults = []

    def cancel_all():
        try:
            for one in made:
                control.cancel(loa.deps, one.campaign.id)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the test wants to see it
            faults.append(fault)

    thread = threading.Thread(target=cancel_all)
    thread.start()
    while thread.is_alive():
        loa.release()
    thread.join()
    assert faults == []
    assert {loa.status(one) for one in made} == {"cancelled"}


def test_the_older_xml_form_goes_the_same_way(loa, numbers):
    loa.call(replace(loa.deps.accounts["esms"].messages.account, ads_api="v4_xml"))
    loa.limits(max_recipients=25)
    made = loa.create(numbers(50), text="[QC] Tết & <Xuân> 'giảm' 20%")
    loa.go()
    loa.clock.tick(seconds=11)
    loa.poll()
    loa.deps.run(loa.deps.accounts["esms"].messages.aclose())
    assert loa.counts(made) == {"delivered": 50}
    assert {order["text"] for order in loa.sandbox.orders()} == {"[QC] Tết & <Xuân> 'giảm' 20%"}
    assert {order["campaign"] for order in loa.sandbox.orders()} == {str(batch.id) for batch in loa.show(made).batches}


def test_a_campaign_in_doubt_can_be_paused_and_a_cancel_does_not_claim_to_know(loa, numbers):
    made = loa.create(numbers(20))
    loa.sandbox.fault(nth=1, times=1, when="after", do="drop")
    loa.go()
    assert str(control.pause(loa.deps, made.campaign.id).status) == "paused"
    assert str(control.resume(loa.deps, made.campaign.id).status) == "reconciling"
    receipt = control.cancel(loa.deps, made.campaign.id)
    assert (receipt.stopped, receipt.beyond_reach, receipt.unknown) == (0, 0, 20)
    assert "20 numbers may or may not" in loa.show(made).campaign.status_reason


def test_a_refusal_by_code_after_that_of_a_gateway_makes_no_new_key(loa, numbers):
    """Of the two only the second is certain: behind the gateway the first may have been taken, and its key is what tells."""
    loa.sandbox.set(checks_money_before_repeats=True)
    made = loa.create(numbers(20))
    loa.sandbox.fault(nth=1, times=1, when="after", do="status", status=503)
    loa.release()
    assert loa.run_tasks() == [Outcome.RETRY]
    money = loa.sandbox.client.get("/_sandbox/settings").json()["balance"]
    loa.sandbox.set(balance=0)
    loa.clock.tick(seconds=3)
    loa.go()
    assert loa.status(made) == "paused"
    loa.sandbox.set(balance=money)
    control.resume(loa.deps, made.campaign.id)
    loa.go()
    assert set(loa.sandbox.phones().values()) == {1}


def test_a_provider_whose_hours_never_open_holds_up_no_other(loa, numbers, clock):
    loa.create(numbers(20, 50), provider="fpt")
    made = loa.create(numbers(20))
    care = loa.create(numbers(5, 90), provider="fpt", kind="care", text="Don hang cua ban da den")
    fpt = loa.deps.accounts["fpt"]
    closed = frozenset(clock.now().date() + timedelta(days=ahead) for ahead in range(90))
    first = {"fpt": replace(fpt, intake=replace(fpt.intake, closed_days=closed))}
    loa.change(accounts={**first, "esms": loa.deps.accounts["esms"]})
    loa.go()
    assert loa.counts(made) == {"accepted": 20}
    assert loa.counts(care) == {"accepted": 5}


def test_where_no_campaign_is_open_one_look_a_second_is_enough(loa, numbers):
    """The scheduler looks each second, for each provider, channel and kind."""
    loa.release()
    asked = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    event.listen(loa.loa.engine, "before_cursor_execute", note)
    try:
        loa.release()
        assert len(asked) == 1, asked
    finally:
        event.remove(loa.loa.engine, "before_cursor_execute", note)
    made = loa.create(numbers(20))
    assert loa.release() == 1
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 20}
