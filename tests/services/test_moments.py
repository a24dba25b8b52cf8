"""What is asked at the very moment of a call, for every strategy: a claim that came too late, or that something overtook.

Each of these is the only test of its guard; `tests.reliability.mutations` drops them one by one.
"""

from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import pytest
from sqlalchemy import event, select, text, update

from tests.services.test_lookup import never_taken, settled_time
from tests.services.test_policy_singles import counted
from tests.services.test_push import LEASE, lost, push_all
from worker.clock import Clock
from worker.domain.calls import Answer, Push
from worker.domain.message import MessageState
from worker.domain.outcome import Outcome
from worker.domain.window import ALWAYS
from worker.services import campaign_status, otp
from worker.services.calling.by_hand import ByHand, Call
from worker.services.calling.terms import NOT_BEGUN, RECORD_WITHIN, terms
from worker.services.operations import control
from worker.services.otp import OtpRequest
from worker.services.otp.deliver import Passwords, Readied
from worker.services.sending import release, singles
from worker.services.sending.pushes.create import Creation
from worker.services.sending.pushes.push import PushCall
from worker.services.unknown import lookup
from worker.storage.otp import messages
from worker.storage.sending import batches, provider_campaigns
from worker.storage.tables.campaigns import Attempt, Batch, Message, ProviderCampaign


class Meanwhile:
    """A rate limit during whose n-th wait something happens."""

    def __init__(self, throttle, nth, act):
        self._throttle, self._left, self._act = throttle, nth, act

    def wait(self, *given, **named):
        self._left -= 1
        if self._left == 0:
            self._act()
        return self._throttle.wait(*given, **named)

    def __getattr__(self, name):
        return getattr(self._throttle, name)


def test_a_lease_is_longer_than_its_call_can_take(loa):
    loa.change(lease=timedelta(seconds=1))
    account = loa.deps.account("esms")
    on = terms(loa.deps, account, 3.0)
    assert on.deadline == on.now + timedelta(seconds=3 + account.timeout_s)
    assert on.lease_until >= on.deadline + RECORD_WITHIN


@pytest.fixture
def between(loa, numbers):
    """A worker between the first and the second wave of eight numbers."""
    loa.limits(provider="fibo", requests_per_second=4)
    made = loa.create(numbers(8), provider="fibo", kind="care", text="Don hang da gui")
    loa.release()
    batch_id = loa.task_queue.sends.pop()
    with loa.deps.sessions() as session:
        seen = batches.summary(session, batch_id)
    run = singles.BatchRun(loa.deps, loa.deps.account("fibo"), batch_id, seen)
    wave = run.claim([0.0] * 4)
    run.record(wave, dict.fromkeys(range(4), Answer(Outcome.ACCEPTED, "200")))
    return made, run


def test_a_pause_between_two_waves_stops_the_next(loa, between):
    made, run = between
    control.pause(loa.deps, made.campaign.id)
    assert run.claim([0.0] * 4) is None
    control.resume(loa.deps, made.campaign.id)
    assert len(run.claim([0.0] * 4).members) == 4


def test_numbers_whose_campaign_is_paused_while_a_slot_is_waited_for_are_not_claimed(loa, numbers):
    made = loa.create(numbers(8), provider="fibo", kind="care", text="Don hang da gui")
    loa.release()
    loa.change(throttle=Meanwhile(loa.deps.throttle, 1, lambda: control.pause(loa.deps, made.campaign.id)))
    loa.run_tasks()
    assert loa.counts(made) == {"planned": 8}
    assert not loa.sandbox.phones()


def test_a_batch_that_is_given_back_while_its_campaign_is_cancelled_keeps_what_is_known_of_its_numbers(loa, between):
    made, run = between
    looked = []

    def meanwhile(_connection, _cursor, statement, *_):
        if statement.startswith("UPDATE batch SET state") and not looked:
            looked.append(statement)
            run.end()

    event.listen(loa.loa.engine, "before_cursor_execute", meanwhile)
    try:
        control.cancel(loa.deps, made.campaign.id)
    finally:
        event.remove(loa.loa.engine, "before_cursor_execute", meanwhile)
    assert looked
    campaign_status.refresh_all(loa.deps)
    (batch,) = loa.show(made).batches
    assert (str(batch.state), batch.accepted, batch.cancelled) == ("accepted", 4, 4)


def test_a_number_that_was_settled_between_two_waves_is_not_called(loa, between):
    _, run = between
    with loa.deps.sessions.begin() as session:
        left = "(SELECT phone FROM recipient WHERE state IS NULL ORDER BY phone LIMIT 1)"
        settled = session.execute(
            text(f"UPDATE recipient SET state = 'cancelled' WHERE phone = {left} RETURNING phone")
        )
        gone = settled.scalar_one()
    assert gone not in {one.phone for one in run.claim([0.0] * 4).members}


# Pushes


@pytest.mark.parametrize(("nth", "campaigns"), [(1, []), (2, [0])])
def test_a_campaign_that_is_paused_while_a_slot_is_waited_for_is_not_claimed(fpt, numbers, nth, campaigns):
    """By its creation, or by its first push."""
    made = fpt.create(numbers(60), provider="fpt")
    fpt.release()
    fpt.change(throttle=Meanwhile(fpt.deps.throttle, nth, lambda: control.pause(fpt.deps, made.campaign.id)))
    fpt.run_tasks()
    assert fpt.status(made) == "paused"
    assert [one["taken"] for one in fpt.sandbox.campaigns()] == campaigns


def test_an_intake_that_closes_while_a_slot_is_waited_for_takes_no_creation(fpt, numbers):
    fpt.create(numbers(60), provider="fpt")
    fpt.release()
    fpt.change(throttle=Meanwhile(fpt.deps.throttle, 1, lambda: fpt.clock.tick(hours=8)))
    fpt.run_tasks()
    assert fpt.sandbox.campaigns() == []
    with fpt.deps.sessions() as session:
        assert session.scalars(select(Attempt)).all() == [], "nothing was claimed"


@pytest.fixture
def opened(fpt, numbers):
    """A provider campaign into which the first of its pushes went, and the next one."""
    fpt.create(numbers(100), provider="fpt")
    fpt.release()
    fpt.run_tasks()
    with fpt.deps.sessions() as session:
        place = provider_campaigns.place_of(session.scalars(select(ProviderCampaign)).one())
        batch_id = provider_campaigns.next_in_turn(session, place, fpt.clock.now())
    fpt.task_queue.sends.clear()
    return PushCall(fpt.deps, fpt.deps.account("fpt"), place, batch_id, 40)


def test_a_push_whose_turn_has_passed_to_another_is_not_claimed(fpt, opened):
    """A doubt about it was settled while it waited for its slot, and what was unknown once comes last."""
    with fpt.deps.sessions() as session:
        account, place = fpt.deps.account("fpt"), opened._place
        later = session.scalars(
            select(Batch.id).where(Batch.state == "planned", Batch.id != opened._batch_id).order_by(Batch.seq)
        ).first()
    assert PushCall(fpt.deps, account, place, later, 40).claim([0.0]) is None
    assert opened.claim([0.0])


def test_the_room_that_a_late_answer_tells_settles_no_push_that_came_after_it(fpt, opened):
    """It was told before that one, which may have used of it since."""
    claimed = opened.claim([0.0])
    reply = fpt.deps.run(fpt.deps.account("fpt").campaigns.push(claimed.request.campaign_code, claimed.request.phones))
    fpt.clock.moment += LEASE
    release.expire_claims(fpt.deps)
    lost(fpt, 1)
    fpt.go(rounds=1)
    opened.record(claimed, {0: reply})
    with fpt.deps.sessions() as session:
        assert session.scalars(select(Batch.state).order_by(Batch.seq)).all()[:3] == ["accepted", "accepted", "unknown"]
        assert session.scalars(select(ProviderCampaign.provider_message)).one() == ""
    assert opened.warning == ""
    push_all(fpt)
    assert fpt.sandbox.phones() == dict.fromkeys(range(84900000000, 84900000100), 1)


def test_a_late_answer_to_an_earlier_call_ends_no_turn_of_the_call_that_is_made_now(fpt, opened):
    """A cancel would not wait for it, and what comes after it could begin beside it."""
    claimed = opened.claim([0.0])
    fpt.clock.moment += LEASE
    release.expire_claims(fpt.deps)
    # The next push tells that this one was not counted, so it is planned again.
    fpt.go(rounds=1)
    again = PushCall(fpt.deps, fpt.deps.account("fpt"), opened._place, opened._batch_id, 40)
    assert again.claim([0.0])
    opened.record(claimed, {0: Push(NOT_BEGUN)})
    with fpt.deps.sessions() as session:
        assert session.scalars(select(ProviderCampaign.pushing)).one() == opened._batch_id
        assert provider_campaigns.in_flight(session, opened._place.campaign_id, fpt.clock.now())


def test_an_intake_that_closes_after_the_claim_stops_the_call(fpt, opened):
    with fpt.deps.sessions() as session:
        push_by = session.scalars(select(ProviderCampaign)).one().push_by
    fpt.clock.moment = push_by - timedelta(seconds=0.5)
    claimed = opened.claim([0.0])
    assert opened.in_time(claimed)
    fpt.clock.tick(seconds=1)
    assert not opened.in_time(claimed)


def test_a_machine_that_slept_after_the_claim_of_a_push_does_not_call(fpt, opened):
    claimed = opened.claim([0.0])
    assert opened.in_time(claimed)
    fpt.clock.tick(seconds=3)
    assert not opened.in_time(claimed)


@pytest.fixture
def creations(fpt, numbers):
    """Workers that are about to create one provider campaign, one after the other."""
    fpt.create(numbers(60), provider="fpt")
    fpt.release()
    (batch_id, *_) = fpt.task_queue.sends
    account = fpt.deps.account("fpt")
    with fpt.deps.sessions() as session:
        place = provider_campaigns.place_of(session.scalars(select(ProviderCampaign)).one())
    return [Creation(fpt.deps, account, account.campaigns, place, batch_id) for _ in range(2)]


def test_a_machine_that_slept_after_the_claim_of_a_creation_does_not_call(fpt, creations):
    creation, _ = creations
    claimed = creation.claim([0.0])
    assert creation.in_time(claimed)
    fpt.clock.tick(seconds=3)
    assert not creation.in_time(claimed)


def test_an_intake_that_closes_after_the_claim_stops_the_creation(fpt, creations):
    """To fix a long audience takes a while too."""
    with fpt.deps.sessions() as session:
        push_by = session.scalars(select(ProviderCampaign)).one().push_by
    fpt.clock.moment = push_by - timedelta(seconds=0.5)
    creation, _ = creations
    claimed = creation.claim([0.0])
    assert creation.in_time(claimed)
    fpt.clock.tick(seconds=1)
    assert not creation.in_time(claimed)


def created(fpt):
    """The state of the one provider campaign, and how many numbers are counted for it."""
    with fpt.deps.sessions() as session:
        return str(session.scalars(select(ProviderCampaign)).one().state), len(counted(fpt))


def test_a_refusal_that_comes_when_its_creation_is_in_doubt_gives_no_ads_back(fpt, creations):
    """One in doubt is tried again without being counted again."""
    creation, _ = creations
    claimed = creation.claim([0.0])
    fpt.clock.moment += LEASE
    with fpt.deps.sessions.begin() as session:
        assert provider_campaigns.mark_expired_unknown(session, creation._place, fpt.clock.now())
    creation.record(claimed, {0: Answer(Outcome.RETRY, "429")})
    assert created(fpt) == ("unknown", 60)


def test_a_refusal_that_comes_when_another_creates_leaves_it_to_that_one(fpt, creations):
    first, second = creations
    claimed = first.claim([0.0])
    fpt.clock.moment += LEASE
    later = second.claim([0.0])
    first.record(claimed, {0: Answer(Outcome.RETRY, "429")})
    assert created(fpt) == ("creating", 60)
    second.record(later, {0: Answer(Outcome.ACCEPTED, ref="qc.1")})
    assert created(fpt) == ("open", 60)


# Calls whose outcome is unknown


@pytest.fixture
def dated(loa):
    """Loa on the sandbox's own time, since its record is asked for by time."""
    loa.clock.moment = Clock().now()
    loa.limits(windows=ALWAYS)
    return loa


def needs_operator(loa):
    with loa.deps.sessions() as session:
        return session.execute(text("SELECT needs_operator FROM batch")).scalars().all()


def test_where_no_key_makes_a_repeat_safe_what_is_absent_waits_for_a_person(dated, numbers):
    never_taken(dated)
    made = dated.create(numbers(30))
    dated.go()
    settled_time(dated)
    dated.limits(accepts_idempotency_key=False)
    lookup.look_up(dated.deps)
    assert dated.counts(made) == {"unknown": 30}
    assert needs_operator(dated) == [True]


def test_what_is_lost_again_and_again_waits_for_a_person(dated, numbers):
    never_taken(dated)
    made = dated.create(numbers(30))
    dated.go()
    with dated.deps.sessions.begin() as session:
        session.execute(update(Batch).values(lookups=lookup.MOST_LOOKUPS - 1))
    settled_time(dated)
    lookup.look_up(dated.deps)
    assert needs_operator(dated) == [True]
    dated.go()
    assert dated.counts(made) == {"unknown": 30}


# One-time passwords, and commands by hand


def asked(loa, **requested):
    return otp.enqueue(
        loa.deps, OtpRequest("0900000001", "Ma 482913", route=("esms", "fpt"), sender="LOA", **requested)
    )


def passwords(loa, *asked_for):
    return Passwords(
        loa.deps, loa.deps.account("esms"), [Readied(one, "Ma 482913") for one in asked_for], lambda _states: None
    )


def claim(loa, message, provider):
    now = loa.clock.now()
    with loa.deps.sessions.begin() as session:
        return messages.claim(session, [message.id], provider, now, now, now, now)


def test_the_claim_is_for_the_provider_whose_turn_it_is_and_not_before_its_time(loa):
    message = asked(loa)
    assert not claim(loa, message, "fpt")
    with loa.deps.sessions.begin() as session:
        session.execute(update(Message).values(not_before=loa.clock.now() + timedelta(seconds=1)))
    assert not claim(loa, message, "esms")
    loa.clock.tick(seconds=1)
    assert claim(loa, message, "esms")


def test_a_machine_that_slept_after_the_claim_of_a_password_does_not_call(loa):
    wave = passwords(loa, asked(loa))
    claimed = wave.claim([0.0])
    assert wave.in_time(claimed)
    loa.clock.tick(seconds=3)
    assert not wave.in_time(claimed)


def test_its_time_ends_between_claim_and_call(loa):
    wave = passwords(loa, asked(loa, ttl_s=1))
    claimed = wave.claim([0.0])
    assert wave.in_time(claimed)
    loa.clock.tick(seconds=1)
    assert not wave.in_time(claimed)


def test_a_worker_in_its_call_is_left_alone_by_the_sweep(loa):
    message = asked(loa)
    assert passwords(loa, message).claim([0.0])
    assert import_module("worker.services.otp.sweep")._recover(loa.deps, message.id) == 0.0
    assert otp.show(loa.deps, message.id).state is MessageState.SENDING


def test_a_machine_that_slept_after_its_claim_gives_no_command(loa):
    hand = ByHand(loa.deps, loa.deps.account("esms"), Call("key-1", lambda _adapter: None, uuid4()))
    claimed = hand.claim([0.0])
    assert hand.in_time(claimed)
    loa.clock.tick(seconds=3)
    assert not hand.in_time(claimed)


def test_every_refusal_by_code_makes_a_new_key(loa, numbers):
    """Only a refusal under this very key keeps it, and that is a gateway's."""
    made = loa.create(numbers(20))
    loa.sandbox.fault(do="code", code="160", times=2)
    for _ in range(3):
        loa.go(rounds=1)
        loa.clock.tick(minutes=2)
    with loa.deps.sessions() as session:
        calls = session.execute(text("SELECT request_id, code FROM attempt ORDER BY number")).all()
    assert len({call.request_id for call in calls}) == 3
    assert [call.code for call in calls] == ["160", "160", "100"], "each keeps its own evidence"
    assert loa.counts(made) == {"accepted": 20}


@pytest.mark.parametrize(
    ("provider", "kind", "call"), [("esms", "ads", "order"), ("esms", "care", "single"), ("fpt", "ads", "push")]
)
def test_others_see_the_claim_at_the_moment_of_the_call(loa, fpt, numbers, provider, kind, call):
    """It is committed: whoever dies now leaves a call that may have been made, and nobody else begins one."""
    seen, run = [], loa.deps.run

    def watched(coroutine):
        with loa.deps.sessions() as session:
            under_way = (
                "SELECT a.call, b.state FROM attempt a JOIN batch b ON b.id = a.owner_id WHERE a.ended_at IS NULL"
            )
            seen.extend(tuple(row) for row in session.execute(text(under_way)))
        return run(coroutine)

    loa.change(run=watched)
    loa.create(numbers(30), provider=provider, kind=kind)
    loa.go(rounds=1)
    assert (call, "sending") in seen
