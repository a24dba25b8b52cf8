"""Each term of each guard alone: the row that only this term keeps out is not touched. `mutations` drops them one by one."""

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from worker.domain.attempts import Terms
from worker.domain.calls import Answer
from worker.domain.outcome import HaltScope, Outcome
from worker.domain.states import BatchState, CampaignStatus, RecipientState
from worker.storage import campaigns
from worker.storage.calling import attempts
from worker.storage.reporting import single_reports
from worker.storage.sending import ad_counts, batches, fair_order, provider_campaigns, singles
from worker.storage.sending.singles import Result
from worker.storage.tables.campaigns import Attempt, Batch, Campaign, ProviderCampaign
from worker.storage.unknown import lookup

LATER = timedelta(minutes=5)


@pytest.fixture
def made(loa, numbers):
    """A campaign of one batch that is being sent."""
    made = loa.create(numbers(20))
    loa.release()
    loa.task_queue.sends.clear()
    return made


def put(loa, **values):
    with loa.deps.sessions.begin() as session:
        session.execute(update(Batch).values(**values))


def put_campaign(loa, **values):
    with loa.deps.sessions.begin() as session:
        session.execute(update(Campaign).values(**values))


def the_batch(loa, made):
    return loa.show(made).batches[0]


def claimed(loa, made):
    now, batch_id = loa.clock.now(), the_batch(loa, made).id
    with loa.deps.sessions.begin() as session:
        return batches.claim(session, batch_id, "order", Terms("esms", "", now, now, now, now + LATER))


def others(*states):
    return sorted(set(BatchState) - set(states))


def test_what_is_due_is_claimed(loa, made):
    assert claimed(loa, made)
    assert claimed(loa, made) is None


def test_a_claim_takes_nothing_that_is_not_due(loa, made):
    put(loa, not_before=loa.clock.now() + LATER)
    assert claimed(loa, made) is None


@pytest.mark.parametrize("state", others(BatchState.PLANNED))
def test_a_batch_is_locked_only_while_it_is_planned(loa, made, state):
    with loa.deps.sessions.begin() as session:
        assert batches.lock_due(session, the_batch(loa, made).id, loa.clock.now())
    put(loa, state=state)
    with loa.deps.sessions.begin() as session:
        assert batches.lock_due(session, the_batch(loa, made).id, loa.clock.now()) is None


def test_a_batch_is_locked_only_when_it_is_due(loa, made):
    put(loa, not_before=loa.clock.now() + LATER)
    with loa.deps.sessions.begin() as session:
        assert batches.lock_due(session, the_batch(loa, made).id, loa.clock.now()) is None


def test_a_batch_in_other_hands_is_not_waited_for(loa, made):
    batch_id = the_batch(loa, made).id
    with loa.deps.sessions.begin() as mine, loa.deps.sessions.begin() as theirs:
        assert batches.lock_due(mine, batch_id, loa.clock.now())
        theirs.execute(text("SET LOCAL lock_timeout = '1s'"))
        assert batches.lock_due(theirs, batch_id, loa.clock.now()) is None


def test_a_pause_waits_for_who_holds_the_campaign(loa, made):
    with loa.deps.sessions.begin() as claims, loa.deps.sessions() as pauses:
        assert campaigns.lock_if_sending(claims, made.campaign.id, loa.clock.now())
        busy = text("SELECT 1 FROM campaign FOR NO KEY UPDATE SKIP LOCKED")
        assert pauses.execute(busy).first() is None


@pytest.mark.parametrize("status", sorted(set(CampaignStatus) - {CampaignStatus.SENDING}))
def test_only_a_campaign_that_is_being_sent_is_held(loa, made, status):
    put_campaign(loa, status=status)
    with loa.deps.sessions.begin() as session:
        assert not campaigns.lock_if_sending(session, made.campaign.id, loa.clock.now())


#: Where an acceptance moves a batch from.
OPEN_TO_AN_ANSWER = (BatchState.SENDING, BatchState.UNKNOWN, BatchState.PLANNED, BatchState.CANCELLED)


@pytest.mark.parametrize(
    ("state", "ref"), [*((state, "") for state in others(*OPEN_TO_AN_ANSWER)), (BatchState.CANCELLED, "stopped")]
)
def test_an_answer_moves_only_what_is_in_a_call_is_unknown_is_to_be_called_or_was_given_up(loa, made, state, ref):
    attempt = claimed(loa, made)
    put(loa, state=state, provider_ref=ref)
    with loa.deps.sessions.begin() as session:
        assert not batches.record(session, attempt, BatchState.ACCEPTED)
    assert the_batch(loa, made).state is state


@pytest.mark.parametrize("to", [BatchState.REJECTED, BatchState.UNKNOWN])
@pytest.mark.parametrize("state", [BatchState.PLANNED, BatchState.CANCELLED])
def test_what_is_to_be_called_or_was_given_up_is_moved_by_an_acceptance_alone(loa, made, state, to):
    attempt = claimed(loa, made)
    put(loa, state=state)
    with loa.deps.sessions.begin() as session:
        assert not batches.record(session, attempt, to)
    assert the_batch(loa, made).state is state
    with loa.deps.sessions.begin() as session:
        assert batches.record(session, attempt, BatchState.ACCEPTED)
    assert the_batch(loa, made).state is BatchState.ACCEPTED


def test_an_answer_moves_only_the_call_that_it_is_of(loa, made):
    attempt = claimed(loa, made)
    put(loa, attempts=2)
    with loa.deps.sessions.begin() as session:
        assert not batches.record(session, attempt, BatchState.ACCEPTED)


@pytest.mark.parametrize("state", [BatchState.REPORTED, BatchState.REJECTED, BatchState.CANCELLED])
def test_a_batch_at_its_end_is_moved_no_more(loa, made, state):
    put(loa, state=state)
    with loa.deps.sessions.begin() as session:
        assert not batches.move(session, the_batch(loa, made).id, BatchState.UNKNOWN)


def test_a_call_that_never_said_what_became_of_it_is_a_doubt_for_those_after_it_alone(loa, made):
    batch_id = claimed(loa, made).owner_id
    with loa.deps.sessions.begin() as session:
        assert not attempts.is_maybe_taken(session, batch_id, 1)
        assert attempts.is_maybe_taken(session, batch_id, 2)
        attempt = session.get_one(Attempt, (batch_id, 1))
        attempts.complete(session, attempt, ended_at=loa.clock.now(), answer=Answer(Outcome.RETRY))
        assert not attempts.is_maybe_taken(session, batch_id, 2)


def test_only_claims_whose_lease_ran_out_expire(loa, made):
    claimed(loa, made)
    with loa.deps.sessions.begin() as session:
        assert not batches.expired(session, loa.clock.now(), 10)
        assert batches.expired(session, loa.clock.now() + 2 * LATER, 10)
    put(loa, state=BatchState.ACCEPTED)
    with loa.deps.sessions.begin() as session:
        assert not batches.expired(session, loa.clock.now() + 2 * LATER, 10)


@pytest.mark.parametrize(
    ("batch", "campaign"),
    [
        ({"state": BatchState.UNKNOWN}, {}),
        ({"state": BatchState.ACCEPTED}, {}),
        ({"not_before": "later"}, {}),
        ({"enqueued_at": "now"}, {}),
        ({}, {"status": CampaignStatus.PAUSED}),
        ({}, {"status": CampaignStatus.CANCELLED}),
    ],
)
def test_only_what_is_due_and_silent_in_a_campaign_being_sent_is_rung_for(loa, made, batch, campaign):
    now = loa.clock.now()
    times = {"later": now + LATER, "now": now}

    def due():
        with loa.deps.sessions.begin() as session:
            return fair_order.due(session, "esms", "ads", now=now, enqueued_before=now - LATER, limit=9)

    put(loa, enqueued_at=None)
    assert due()
    put(loa, **{"enqueued_at": None, **{name: times.get(value, value) for name, value in batch.items()}})
    put_campaign(loa, **{"status": CampaignStatus.SENDING, **campaign})
    assert not due()


def test_a_window_that_closes_leaves_alone_what_waits_for_a_later_hour(loa, made):
    now = loa.clock.now()
    put(loa, not_before=now + 2 * LATER)
    with loa.deps.sessions.begin() as session:
        assert batches.postpone_due(session, "esms", "ads", now=now, until=now + LATER) == 0


@pytest.mark.parametrize("state", others(BatchState.ACCEPTED))
def test_only_what_was_accepted_is_asked_about(loa, made, state):
    put(loa, state=state, next_poll_at=loa.clock.now())
    with loa.deps.sessions.begin() as session:
        assert not batches.to_poll(session, now=loa.clock.now(), limit=9)


@pytest.mark.parametrize("state", others(BatchState.PLANNED))
def test_only_what_is_planned_is_cancelled_and_rung_anew(loa, made, state):
    put(loa, state=state, enqueued_at=loa.clock.now())
    with loa.deps.sessions.begin() as session:
        assert batches.cancel_planned(session, made.campaign.id) == 0
        batches.forget_all_enqueued(session, made.campaign.id)
    assert the_batch(loa, made).state is state
    assert the_batch(loa, made).enqueued_at is not None


@pytest.mark.parametrize("status", [CampaignStatus.DONE, CampaignStatus.FAILED, CampaignStatus.CANCELLED])
def test_a_campaign_at_its_end_is_moved_no_more(loa, made, status):
    put_campaign(loa, status=status)
    with loa.deps.sessions.begin() as session:
        assert not campaigns.advance(session, made.campaign.id, CampaignStatus.SENDING)


def test_a_campaign_is_moved_only_from_where_the_caller_means(loa, made):
    with loa.deps.sessions.begin() as session:
        from_a_pause = {CampaignStatus.PAUSED}
        assert not campaigns.advance(session, made.campaign.id, CampaignStatus.DONE, only_from=from_a_pause)


@pytest.mark.parametrize(
    ("status", "resumed"),
    [(CampaignStatus.RECONCILING, False), (CampaignStatus.DONE, False), (CampaignStatus.SENDING, True)],
)
def test_a_halt_pauses_what_runs_and_was_not_resumed_since(loa, made, status, resumed):
    now = loa.clock.now()
    put_campaign(loa, status=status, resumed_at=now + LATER if resumed else None)
    with loa.deps.sessions.begin() as session:
        assert campaigns.halt(session, made.campaign.id, HaltScope.ACCOUNT, now, "no balance") == 0


def test_a_campaign_begins_when_a_batch_is_due(loa, made):
    put_campaign(loa, status=CampaignStatus.SCHEDULED)
    put(loa, not_before=loa.clock.now() + LATER)
    with loa.deps.sessions.begin() as session:
        campaigns.begin_due(session, "esms", "ads", loa.clock.now())
    assert loa.status(made) == "scheduled"


# Numbers that are called one by one


def states(loa):
    with loa.deps.sessions() as session:
        return session.execute(text("SELECT state FROM recipient ORDER BY phone")).scalars().all()


def mark(loa, *marks):
    """Give the first numbers of the batch these states."""
    with loa.deps.sessions.begin() as session:
        phones = session.execute(text("SELECT phone FROM recipient ORDER BY phone")).scalars().all()
        for phone, state in zip(phones, marks, strict=False):
            session.execute(
                text("UPDATE recipient SET state = :state WHERE phone = :phone"), {"state": state, "phone": phone}
            )
    return phones


def test_a_claim_is_kept_only_by_who_has_it(loa, made):
    number = claimed(loa, made).number
    batch_id, until = the_batch(loa, made).id, loa.clock.now() + LATER
    with loa.deps.sessions.begin() as session:
        assert singles.keep_claim(session, batch_id, number, until)
        assert not singles.keep_claim(session, batch_id, number + 1, until)
    put(loa, state=BatchState.UNKNOWN)
    with loa.deps.sessions.begin() as session:
        assert not singles.keep_claim(session, batch_id, number, until)


def test_only_numbers_without_a_state_are_called(loa, made):
    marks = [*RecipientState]
    phones = mark(loa, *marks)
    with loa.deps.sessions.begin() as session:
        batch = session.get_one(Batch, the_batch(loa, made).id)
        assert {one.phone for one in singles.uncalled(session, batch)} == set(phones[len(marks) :])
        assert singles.intend(session, batch, phones) == set(phones[len(marks) :])


def test_a_result_is_written_only_of_a_number_that_was_called(loa, made):
    marks = [*RecipientState, None]
    phones = mark(loa, *marks)
    with loa.deps.sessions.begin() as session:
        batch = session.get_one(Batch, the_batch(loa, made).id)
        singles.note(session, batch, [Result(phone, RecipientState.REJECTED) for phone in phones[: len(marks)]])
    open_ones = {RecipientState.SENDING, RecipientState.UNKNOWN}
    assert states(loa)[: len(marks)] == [RecipientState.REJECTED if mark in open_ones else mark for mark in marks]


def test_a_worker_that_is_gone_leaves_in_doubt_only_what_it_had_marked(loa, made):
    claimed(loa, made)
    marks = [*RecipientState, None]
    mark(loa, *marks)
    with loa.deps.sessions.begin() as session:
        singles.abandon(session, singles.lock(session, the_batch(loa, made).id), None)
    unknown = [RecipientState.UNKNOWN if mark is RecipientState.SENDING else mark for mark in marks]
    assert states(loa)[: len(marks)] == unknown


def test_a_cancel_spares_only_numbers_that_were_not_called(loa, made):
    marks = [RecipientState.ACCEPTED, RecipientState.REJECTED, RecipientState.UNKNOWN, None]
    mark(loa, *marks)
    put(loa, accepted=1, rejected=1, unknown=1)
    with loa.deps.sessions.begin() as session:
        singles.cancel_left(session, made.campaign.id)
    assert states(loa)[: len(marks)] == [*marks[:-1], RecipientState.CANCELLED]


def test_a_record_tells_only_of_numbers_that_were_taken(loa, made):
    marks = [RecipientState.REJECTED, RecipientState.DELIVERED, RecipientState.SUPPRESSED]
    phones = mark(loa, *marks)
    with loa.deps.sessions.begin() as session:
        session.execute(text("UPDATE recipient SET ref = 'r'"))
        told = [
            single_reports.DeliveryResult(phone, "r", RecipientState.FAILED, None) for phone in phones[: len(marks)]
        ]
        single_reports.note_delivery(session, session.get_one(Batch, the_batch(loa, made).id), told)
    assert states(loa)[: len(marks)] == marks


def test_only_the_push_that_is_in_flight_ends_its_turn(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    first, second = [batch.id for batch in fpt.show(made).batches][:2]
    with fpt.deps.sessions.begin() as session:
        session.execute(update(ProviderCampaign).values(pushing=first))
    with fpt.deps.sessions.begin() as session:
        (provider_campaign,) = provider_campaigns.of_campaign(session, made.campaign.id)
        provider_campaigns.end_push(session, provider_campaigns.place_of(provider_campaign), second)
    with fpt.deps.sessions() as session:
        assert provider_campaigns.of_campaign(session, made.campaign.id)[0].pushing == first


def lone_unknown_one(fpt, numbers):
    """A campaign with one push, which is unknown, in an open provider campaign."""
    made = fpt.create(numbers(20), provider="fpt")
    put_campaign(fpt, status=CampaignStatus.RECONCILING)
    put(fpt, state=BatchState.UNKNOWN)
    with fpt.deps.sessions.begin() as session:
        session.execute(update(ProviderCampaign).values(state="open"))
    return made


def unknowns(fpt):
    with fpt.deps.sessions() as session:
        return provider_campaigns.lone_unknown(session, "fpt", fpt.clock.now(), 9)


@pytest.mark.parametrize("state", [BatchState.PLANNED, BatchState.SENDING])
def test_only_a_push_in_doubt_is_repeated(fpt, numbers, state):
    made = lone_unknown_one(fpt, numbers)
    batch = the_batch(fpt, made)
    assert unknowns(fpt)
    put(fpt, state=state)
    assert not unknowns(fpt)
    with fpt.deps.sessions.begin() as session:
        assert provider_campaigns.repeat(session, batch, Terms("fpt", "", *[fpt.clock.now()] * 4)) is None


def test_a_push_in_doubt_is_repeated_only_in_time(fpt, numbers):
    lone_unknown_one(fpt, numbers)
    with fpt.deps.sessions.begin() as session:
        session.execute(update(ProviderCampaign).values(push_by=fpt.clock.now()))
    assert not unknowns(fpt)


def test_an_ad_of_another_day_takes_no_room(loa):
    now, phone = loa.clock.now(), 84900000001
    with loa.deps.sessions.begin() as session:
        assert ad_counts.reserve(session, [phone], now + timedelta(hours=30), 1, now)
        assert ad_counts.reserve(session, [phone], now, 1, now), "it is planned for later than a day from now"
        assert not ad_counts.reserve(session, [phone], now + timedelta(hours=12), 1, now)


# Unknown calls that are looked up


@pytest.mark.parametrize(
    "since",
    [{"attempts": 2}, *({"state": state} for state in (BatchState.ACCEPTED, BatchState.PLANNED, BatchState.CANCELLED))],
)
def test_a_look_up_settles_only_the_doubt_that_it_saw(loa, made, since):
    put(loa, state=BatchState.UNKNOWN, attempts=1)
    unknown = the_batch(loa, made)
    put(loa, **since)
    with loa.deps.sessions.begin() as session:
        assert not lookup.decide(session, unknown, BatchState.REJECTED)


def test_only_doubtful_numbers_are_called_again(loa, made):
    marks = [*RecipientState]
    phones = mark(loa, *marks)
    with loa.deps.sessions.begin() as session:
        batch = session.get_one(Batch, the_batch(loa, made).id)
        lookup.retry_same_key(session, batch, phones, frozenset())
    assert states(loa)[: len(marks)] == [None if mark is RecipientState.UNKNOWN else mark for mark in marks]


@pytest.mark.parametrize("state", others(BatchState.UNKNOWN))
def test_only_doubts_are_looked_up_and_only_once_their_calls_are_over(loa, made, state):
    claimed(loa, made)

    def taken(at):
        with loa.deps.sessions() as session:
            waits = {
                "lease": timedelta(seconds=30),
                "settle": timedelta(seconds=60),
                "give_up": timedelta(days=3),
            }
            return lookup.take(session, "esms", at, limit=9, **waits)

    put(loa, state=BatchState.UNKNOWN)
    assert not taken(loa.clock.now() + timedelta(seconds=80))
    assert taken(loa.clock.now() + LATER)
    put(loa, state=state)
    assert not taken(loa.clock.now() + LATER)
