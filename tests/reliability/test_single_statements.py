"""The two statements of a wave of single numbers: each term of them alone, and what they see after they waited for a lock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.operations.conftest import until
from tests.reliability.test_guards import LATER, claimed, mark, put, put_campaign, states, the_batch
from worker.domain.states import BatchState, CampaignStatus, RecipientState
from worker.storage import database
from worker.storage.sending import singles
from worker.storage.sending.singles import Result
from worker.storage.tables.campaigns import Batch

ONE = "phone = (SELECT min(phone) FROM recipient)"


@pytest.fixture
def wave(loa, numbers):
    """A claimed batch of twenty numbers, and how its next wave is marked and recorded."""
    made = loa.create(numbers(20))
    loa.release()
    loa.task_queue.sends.clear()
    return Wave(loa, made, claimed(loa, made).number)


class Wave:
    def __init__(self, loa, made, number):
        self.loa, self.made, self.number = loa, made, number
        with loa.deps.sessions() as session:
            self.batch = session.get_one(Batch, the_batch(loa, made).id)
            self.phones = session.execute(text("SELECT phone FROM recipient ORDER BY phone")).scalars().all()

    def go_on(self, connection=None):
        now = self.loa.clock.now()
        if connection is None:
            with database.statement(self.loa.deps.sessions) as alone:
                return self.go_on(alone)
        return singles.go_on(connection, self.batch, self.number, self.phones, until=now + LATER, last_call=now)

    def note(self, connection=None):
        if connection is None:
            with database.statement(self.loa.deps.sessions) as alone:
                return self.note(alone)
        results = [Result(phone, RecipientState.REJECTED) for phone in self.phones]
        return singles.note(connection, self.batch, results, self.number)


def test_a_claim_that_stands_goes_on(loa, wave):
    assert wave.go_on() == set(wave.phones)
    assert set(states(loa)) == {RecipientState.SENDING}
    assert the_batch(loa, wave.made).lease_until == loa.clock.now() + LATER
    assert wave.note() == set(wave.phones)
    assert set(states(loa)) == {RecipientState.REJECTED}


@pytest.mark.parametrize("state", sorted(set(BatchState) - {BatchState.SENDING}))
def test_a_batch_that_was_taken_away_does_not_go_on(loa, wave, state):
    put(loa, state=state)
    assert wave.go_on() == set()
    assert set(states(loa)) == {None}


def test_a_batch_that_another_has_does_not_go_on_and_takes_no_result(loa, wave):
    mark(loa, RecipientState.SENDING)
    put(loa, attempts=wave.number + 1)
    assert (wave.go_on(), wave.note()) == (set(), set())
    assert states(loa)[:2] == [RecipientState.SENDING, None]


@pytest.mark.parametrize("status", sorted(set(CampaignStatus) - {CampaignStatus.SENDING}))
def test_a_campaign_that_is_not_being_sent_does_not_go_on(loa, wave, status):
    put_campaign(loa, status=status)
    assert wave.go_on() == set()


def test_a_campaign_goes_on_until_its_last_moment(loa, wave):
    put_campaign(loa, until=loa.clock.now())
    assert wave.go_on() == set()
    put_campaign(loa, until=loa.clock.now() + timedelta(seconds=1))
    assert wave.go_on()


def test_only_numbers_without_a_state_go_on(loa, wave):
    marks = [*RecipientState]
    mark(loa, *marks)
    assert wave.go_on() == set(wave.phones[len(marks) :])


@pytest.mark.parametrize(
    ("meanwhile", "marked"),
    [
        ("UPDATE campaign SET status = 'paused'", 0),
        ("UPDATE batch SET attempts = attempts + 1", 0),
        ("UPDATE batch SET state = 'unknown'", 0),
        (f"UPDATE recipient SET state = 'cancelled' WHERE {ONE}", 19),
    ],
)
def test_who_waited_for_a_lock_marks_by_what_is_there_then(loa, wave, meanwhile, marked):
    assert len(after(loa, meanwhile, wave.go_on)) == marked
    assert states(loa).count(RecipientState.SENDING) == marked


@pytest.mark.parametrize(
    ("meanwhile", "written"),
    [
        ("UPDATE batch SET attempts = attempts + 1", 0),
        (f"UPDATE recipient SET state = 'unknown' WHERE {ONE}", 20),
        (f"UPDATE recipient SET state = 'delivered' WHERE {ONE}", 19),
    ],
)
def test_who_waited_for_a_lock_records_by_what_is_there_then(loa, wave, meanwhile, written):
    wave.go_on()
    assert len(after(loa, meanwhile, wave.note)) == written
    assert states(loa).count(RecipientState.REJECTED) == written


def after(loa, meanwhile, act):
    """What `act` comes to that waits for the lock of a transaction which does `meanwhile`."""
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with ThreadPoolExecutor() as pool, loa.deps.sessions() as other, database.look(loa.deps.sessions) as looking:
        other.execute(text(meanwhile))
        acting = pool.submit(act)
        until("it waits for the lock", lambda: looking.execute(waits).scalar_one() == 1, 20)
        other.commit()
        return acting.result()


@pytest.mark.parametrize(
    ("act", "table"), [("go_on", "campaign"), ("go_on", "batch"), ("note", "batch"), ("go_on", "recipient")]
)
def test_nothing_that_a_wave_relies_on_changes_until_it_is_committed(loa, wave, act, table):
    if act == "note":
        wave.go_on()
    with loa.loa.engine.begin() as connection, loa.deps.sessions() as other:
        getattr(wave, act)(connection)
        with pytest.raises(OperationalError, match="could not obtain lock"):
            other.execute(text(f"SELECT FROM {table} FOR UPDATE NOWAIT"))


def test_a_statement_by_itself_is_committed_at_its_end(loa, wave):
    with database.statement(loa.deps.sessions) as connection:
        assert wave.go_on(connection)
        assert set(states(loa)) == {RecipientState.SENDING}
