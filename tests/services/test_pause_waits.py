"""A pause and a cancel wait for whoever has the campaign in hand: the audience of a long list is counted in one transaction."""

import threading
import time

import pytest
from sqlalchemy import event, text

from worker.services.operations import control
from worker.storage import campaigns

#: How long anything else waits for a lock, here.
SHORT_MS = 100


@pytest.fixture
def short_locks(loa):
    """Every transaction gives up soon, where it does not say otherwise."""

    def begin(_session, _transaction, connection):
        connection.execute(text(f"SET LOCAL lock_timeout = '{SHORT_MS}ms'"))

    event.listen(loa.deps.sessions, "after_begin", begin)
    yield
    event.remove(loa.deps.sessions, "after_begin", begin)


def longest_wait_ms(loa):
    """For how long a statement has waited for a lock."""
    told = "SELECT max(clock_timestamp() - query_start) FROM pg_stat_activity WHERE datname = current_database()"
    with loa.deps.sessions() as session:
        waited = session.execute(text(f"{told} AND wait_event_type = 'Lock'")).scalar()
    return 0 if waited is None else waited.total_seconds() * 1000


@pytest.mark.usefixtures("short_locks")
@pytest.mark.parametrize(("command", "status"), [(control.pause, "paused"), (control.cancel, "cancelled")])
def test_it_waits_for_a_claim_that_takes_longer_than_other_locks(loa, numbers, command, status):
    made = loa.create(numbers(20))
    loa.release()
    failed = []

    def give():
        try:
            command(loa.deps, made.campaign.id)
        except Exception as fault:  # noqa: BLE001 - said by the test
            failed.append(fault)

    with loa.deps.sessions.begin() as claim:
        assert campaigns.lock_if_sending(claim, made.campaign.id, loa.clock.now())
        giver = threading.Thread(target=give)
        giver.start()
        while giver.is_alive() and longest_wait_ms(loa) < 3 * SHORT_MS:
            time.sleep(0.01)
    giver.join()
    assert failed == []
    assert loa.status(made) == status
