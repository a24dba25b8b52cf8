"""Numbers that failed for months are proposed for removal; nothing is changed."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import text

from worker.services.operations import failing, suppression

PHONE = "0900000001"


@pytest.fixture
def months(loa, numbers, clock):
    """Plays campaigns a month apart; each number of the list ends in the state that is said."""

    def play(*states):
        for state in states:
            made = loa.create(numbers(30), text=f"[QC] Sale {clock.now():%m%d}")
            loa.go()
            with loa.deps.sessions.begin() as session:
                session.execute(
                    text("UPDATE recipient SET state = :state WHERE campaign_id = :id AND phone = 84900000001"),
                    {"state": state, "id": made.campaign.id},
                )
            clock.tick(days=30)

    return play


def proposed(loa, **words):
    return [(one["phone"], one["failures"]) for one in failing.proposed(loa.deps, **words)]


def test_a_number_that_fails_for_months_is_proposed(loa, months):
    months("failed", "failed", "failed")
    assert proposed(loa) == [], "60 days"
    assert proposed(loa, span=timedelta(days=60)) == [(PHONE, 3)]
    months("failed")
    assert proposed(loa) == [(PHONE, 4)]
    assert proposed(loa, times=5) == []
    out = io.StringIO()
    assert failing.write(loa.deps, out) == 1
    assert PHONE in out.getvalue()


def test_a_delivery_begins_anew(loa, months):
    months("failed", "failed", "delivered", "failed", "failed")
    assert proposed(loa, times=3, span=timedelta(days=1)) == []
    assert proposed(loa, times=2, span=timedelta(days=30)) == [(PHONE, 2)]


def test_what_is_suppressed_already_is_not_proposed(loa, months):
    months("failed", "failed", "failed", "failed")
    suppression.add(loa.deps, [PHONE])
    assert proposed(loa) == []
